/** What an answer of Vercel other than a wanted one means, in keyrot's own words: status and known codes only, never a message or a body. */
import { KeyrotError, type ErrorFacts, type ErrorKind } from '../../domain/errors.ts'
import type { Answer } from './vercel-answer.ts'

/** Codes that Vercel's client and specification name. Any other text in their place is dropped. */
const KNOWN = new Set([
  'bad_request',
  'branch_not_found',
  'challenge_required',
  'conflict',
  'env_already_exists',
  'env_conflict',
  'env_should_be_a_secret',
  'existing_key_and_target',
  'forbidden',
  'internal_server_error',
  'invalid_name',
  'max_envs_exceeded',
  'missing_files',
  'not_authorized',
  'not_decryptable',
  'not_found',
  'payment_required',
  'rate_limited',
  'reserved_env_variable',
  'system_env_with_value',
  'user_auth_required',
])

const STEP_UP = ['challenge_required', 'user_auth_required']
const TAKEN = ['env_already_exists', 'env_conflict', 'existing_key_and_target']

/** Whether the request only looks, or changes something: a lost change may have happened. */
export type Effect = 'read' | 'write'

interface Meaning {
  readonly code: `KR_VERCEL_${string}`
  readonly kind: ErrorKind
  readonly words: string
  readonly hint?: string
}

const UNAUTHORIZED: Meaning = {
  code: 'KR_VERCEL_UNAUTHORIZED',
  kind: 'unauthorized',
  words: 'the token was not accepted',
  hint: 'it may have expired or been deleted: make another in the account settings',
}
const STEPPED_UP: Meaning = {
  code: 'KR_VERCEL_STEP_UP',
  kind: 'forbidden',
  words: 'this asks for fresh authentication, which a token cannot give',
  hint: 'take the step-up requirement off for this token, or make the variable sensitive and set `visibility: sensitive`',
}
const FORBIDDEN: Meaning = {
  code: 'KR_VERCEL_FORBIDDEN',
  kind: 'forbidden',
  words: 'this is not permitted',
  hint: 'keyrot permissions lists what the token needs',
}
const NOT_FOUND: Meaning = {
  code: 'KR_VERCEL_NOT_FOUND',
  kind: 'not-found',
  words: 'there is no such thing, or the token may not know of it',
  hint: 'check `project`, and `team`: projects of a team need its id',
}
const EXISTS: Meaning = { code: 'KR_VERCEL_CHANGED', kind: 'conflict', words: 'somebody else has put an entry there meanwhile' }
const BUSY: Meaning = {
  code: 'KR_VERCEL_BUSY',
  kind: 'unavailable',
  words: 'another change of the variables of this project is under way; nothing was changed',
}
const LIMITED: Meaning = { code: 'KR_VERCEL_RATE_LIMITED', kind: 'rate-limited', words: 'too many requests' }
const REJECTED: Meaning = { code: 'KR_VERCEL_REJECTED', kind: 'rejected', words: 'the request was refused' }
const LOST: Meaning = { code: 'KR_VERCEL_AMBIGUOUS', kind: 'ambiguous', words: 'the outcome is not known' }
const UNAVAILABLE: Meaning = { code: 'KR_VERCEL_UNAVAILABLE', kind: 'unavailable', words: 'no usable answer' }

/** The meaning of an answer other than 2xx. A lost or undecided change is `ambiguous`; the rest definitely did nothing. */
export function refusal(answer: Answer, what: string, effect: Effect): KeyrotError {
  const error = errorOf(answer.body)
  return failure(meaningOf(answer.status, error, effect), what, answer, error.code)
}

/** What one entry of `failed[]` inside a 201 means: Vercel did not do this one. */
export function failedEntry(answer: Answer, entry: unknown, what: string): KeyrotError {
  const error = errorOf(entry)
  return failure(TAKEN.includes(error.code ?? '') ? EXISTS : REJECTED, what, answer, error.code)
}

/** A 2xx whose body is not what the contract says: of a change, nobody can tell what it did. */
export function malformed(answer: Answer, what: string, effect: Effect): KeyrotError {
  const words = 'the answer is not of the promised form'
  return failure({ code: 'KR_VERCEL_MALFORMED', kind: effect === 'write' ? 'ambiguous' : 'unavailable', words }, what, answer)
}

/** A clear no of keyrot's own: nothing was changed, and trying again changes nothing. */
export function refused(code: `KR_VERCEL_${string}`, message: string, ...hints: readonly string[]): KeyrotError {
  return new KeyrotError({ code, kind: 'refused', message, hints })
}

/** The record is not what it was when it was looked at. */
export function changed(variable: string): KeyrotError {
  return new KeyrotError({ code: 'KR_VERCEL_CHANGED', kind: 'conflict', message: `Vercel: ${variable} was changed by somebody else meanwhile` })
}

function failure(meaning: Meaning, what: string, answer: Answer, providerCode: string | null = null): KeyrotError {
  const facts: ErrorFacts = {
    status: answer.status,
    ...(answer.requestId === null ? {} : { requestId: answer.requestId }),
    ...(answer.retryAfterMs === null ? {} : { retryAfterMs: answer.retryAfterMs }),
    ...(providerCode === null ? {} : { providerCode }),
  }
  const { code, kind, words, hint } = meaning
  return new KeyrotError({ code, kind, message: `Vercel: ${words} (${what}, status ${answer.status})`, facts, hints: hint === undefined ? [] : [hint] })
}

interface ErrorPart {
  readonly code: string | null
  /** The token itself was refused, rather than what it asked for. */
  readonly badToken: boolean
  /** Says the one thing that Vercel gives no code for. */
  readonly ongoing: boolean
}

function meaningOf(status: number, { code, badToken, ongoing }: ErrorPart, effect: Effect): Meaning {
  if (status === 429) return LIMITED
  if (status === 401 || badToken) return UNAUTHORIZED
  if (STEP_UP.includes(code ?? '')) return STEPPED_UP
  if (TAKEN.includes(code ?? '') && status < 500) return EXISTS
  if (status === 403) return FORBIDDEN
  if (status === 404) return NOT_FOUND
  if (status === 400 && ongoing) return BUSY
  if (status >= 400 && status < 500 && status !== 408) return REJECTED
  return effect === 'write' ? LOST : UNAVAILABLE
}

function errorOf(body: unknown): ErrorPart {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : null
  const part = (typeof error === 'object' && error !== null ? error : {}) as Readonly<Record<string, unknown>>
  const code = typeof part['code'] === 'string' ? part['code'].toLowerCase() : ''
  return {
    code: KNOWN.has(code) ? code : null,
    badToken: part['invalidToken'] === true || part['missingToken'] === true,
    // The words of the published specification; they are looked at and not kept.
    ongoing: typeof part['message'] === 'string' && /\bongoing\b.*\bupdate\b/i.test(part['message']),
  }
}
