/**
 * The one error class, and what each kind means to a shell.
 *
 * Rules: an error is built from an allow-list (code, kind, where, hints, safe facts). A foreign error, a response body or
 * foreign text is never attached, not even as `cause`. Words for people are made in `ui/text.ts` and in the `message`
 * given here by keyrot's own code.
 */
export type ErrorKind =
  | 'bug'
  | 'usage'
  | 'config'
  | 'found'
  | 'refused'
  | 'locked'
  | 'failed'
  | 'parked'
  | 'person'
  | 'waiting'
  | 'interrupted'
  // causes: what one call to the outside met; the flow turns them into one of the outcomes above
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'rejected'
  | 'rate-limited'
  | 'unavailable'
  | 'ambiguous'

/** Facts that may be shown and stored: numbers and identifiers that keyrot knows the form of. */
export interface ErrorFacts {
  readonly status?: number
  readonly requestId?: string
  readonly retryAfterMs?: number
  readonly providerCode?: string
  readonly path?: string
  readonly until?: number
}

export interface ErrorParts {
  readonly code: `KR_${string}`
  readonly kind: ErrorKind
  readonly message: string
  readonly retryable?: boolean
  readonly where?: string
  readonly hints?: readonly string[]
  readonly facts?: ErrorFacts
}

export class KeyrotError extends Error {
  override readonly name = 'KeyrotError'
  readonly code: `KR_${string}`
  readonly kind: ErrorKind
  readonly retryable: boolean
  readonly where: string | undefined
  readonly hints: readonly string[]
  readonly facts: ErrorFacts

  constructor(parts: ErrorParts) {
    super(parts.message)
    this.code = parts.code
    this.kind = parts.kind
    this.retryable = parts.retryable ?? (parts.kind === 'rate-limited' || parts.kind === 'unavailable')
    this.where = parts.where
    this.hints = parts.hints ?? []
    this.facts = parts.facts ?? {}
  }

  /** The parts that may be printed or stored; nothing else of an error ever is. */
  toJSON(): Record<string, unknown> {
    return { code: this.code, kind: this.kind, message: this.message, where: this.where, hints: this.hints, facts: this.facts }
  }
}

/** Whether a call may have taken effect although no answer came: the look-up decides, never a blind retry. */
export function isAmbiguous(error: unknown): boolean {
  return error instanceof KeyrotError && error.kind === 'ambiguous'
}

/** An unexpected throw reduced to what may be shown: its class name. A bug report needs `--verbose`, not a foreign message. */
export function toKeyrotError(error: unknown, where?: string): KeyrotError {
  if (error instanceof KeyrotError) return error
  const name = error instanceof Error ? error.constructor.name : typeof error
  return new KeyrotError({
    code: 'KR_BUG',
    kind: 'bug',
    message: `keyrot met something it did not expect (${/^[A-Za-z]{1,40}$/.test(name) ? name : 'unknown'})`,
    ...(where === undefined ? {} : { where }),
    hints: ['run again with --verbose and report what it prints'],
  })
}

const EXIT_CODES: Partial<Record<ErrorKind, number>> = {
  bug: 1,
  usage: 2,
  config: 3,
  found: 4,
  refused: 5,
  locked: 6,
  failed: 7,
  parked: 8,
  person: 9,
  waiting: 10,
  interrupted: 130,
}

/** The exit code of an error that ends a command. Causes that reach the top without an outcome changed nothing: 7. */
export function exitCodeOf(kind: ErrorKind): number {
  return EXIT_CODES[kind] ?? 7
}

/** Several credentials in one call end with the first of these that occurred (design section 6). */
const WORST_FIRST = [1, 9, 5, 6, 8, 7, 4, 10, 0] as const

/** The exit code of a call over several credentials. */
export function worstExitCode(codes: readonly number[]): number {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? codes[0] ?? 0
}
