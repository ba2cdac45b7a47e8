/** Answers that tests order in advance: refusals as Vercel gives them, and answers that get lost. */
import { type ApiAnswer, ApiFailure, type ApiRequest } from './exchange.ts'

/** Named refusals, with the status and code that go with them. */
export const NAMED = {
  'rate-limit': { status: 429, code: 'rate_limited', message: 'Rate limit exceeded' },
  'ongoing-update': {
    status: 400,
    code: 'bad_request',
    message: "The environment variable coudn't be created because an ongoing update env update is already happening",
  },
  forbidden: { status: 403, code: 'forbidden', message: 'You do not have permission to access this resource.' },
  transferring: { status: 409, code: 'conflict', message: 'The project is being transfered and creating an environment variable is not possible' },
  payment: { status: 402, code: 'payment_required', message: 'The account is missing a payment so payment method must be updated' },
  hostile: { status: 400, code: 'pwned', message: '\u001b[2J::error::pwned' },
  internal: { status: 500, code: 'internal_server_error', message: 'An unexpected internal error occurred' },
} as const

export interface RefusalRule {
  /** A named refusal; `lost` = the request takes effect and the connection is reset; `failed-in-201` = a create that lists a failure in a 201. */
  readonly as: keyof typeof NAMED | 'lost' | 'failed-in-201'
  readonly method?: string
  /** Regular expression over the path. */
  readonly path?: string
  /** How many requests meet it (default 1). */
  readonly times?: number
  /** `Retry-After` in seconds. */
  readonly retryAfter?: number
}

interface Armed {
  readonly rule: RefusalRule
  left: number
}

/** The refusals in force, oldest first. */
export class Refusals {
  readonly #armed: Armed[] = []

  add(rule: RefusalRule): void {
    this.#armed.push({ rule, left: rule.times ?? 1 })
  }

  clear(): void {
    this.#armed.length = 0
  }

  /** The rule that this request meets, counted as used. */
  take(request: ApiRequest): RefusalRule | null {
    const met = this.#armed.find(
      ({ rule, left }) => left > 0 && (rule.method ?? request.method) === request.method && new RegExp(rule.path ?? '').test(request.path),
    )
    if (met === undefined) return null
    met.left -= 1
    return met.rule
  }
}

/** The answer under a rule; `act` is what the cloud would do and say. */
export async function refusedBy(rule: RefusalRule | null, act: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  if (rule === null || rule.as === 'lost') return act()
  if (rule.as === 'failed-in-201') {
    const error = { code: 'ENV_CONFLICT', message: 'A variable with this name already exists for the target production on branch undefined' }
    return { status: 201, body: { created: [], failed: [{ error }] }, effect: null }
  }
  const { status, code, message } = NAMED[rule.as]
  const headers: Record<string, string> = rule.retryAfter === undefined ? {} : { 'retry-after': String(rule.retryAfter) }
  return new ApiFailure(status, code, message, {}, headers).answer
}
