/** The words of the AWS target for what a call met. Of AWS's answer only the error's name, the status and the request id are looked at. */
import type { Ms } from '../../domain/duration.ts'
import { KeyrotError, type ErrorFacts, type ErrorKind } from '../../domain/errors.ts'
import { retryAfter } from '../http/answer.ts'

/** A clear no of keyrot's own: nothing was changed, and trying again changes nothing. */
export function refused(code: `KR_AWS_${string}`, name: string, says: string, hint?: string): KeyrotError {
  return new KeyrotError({ code, kind: 'refused', message: `secret ${name} ${says}`, ...(hint === undefined ? {} : { hints: [hint] }) })
}

/** Somebody else changed the secret since keyrot looked; theirs stays. */
export function changed(name: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_AWS_CHANGED',
    kind: 'conflict',
    message: `secret ${name} was changed by somebody else since keyrot looked; theirs stays`,
    hints: ['run the same command again'],
  })
}

/** Whether a call may have changed something, and what it was about, in words for people. */
export interface Errand {
  readonly what: string
  readonly effect: 'read' | 'write'
}

interface Meaning {
  readonly code: `KR_AWS_${string}`
  readonly kind: ErrorKind
  readonly says: string
  readonly hint?: string
}

const FORBIDDEN: Meaning = {
  code: 'KR_AWS_FORBIDDEN',
  kind: 'forbidden',
  says: 'AWS does not permit this',
  hint: 'grant the rights that `keyrot permissions` prints; a customer-managed KMS key needs rights of its own',
}
const UNKNOWN_SIGNER: Meaning = {
  code: 'KR_AWS_UNAUTHORIZED',
  kind: 'unauthorized',
  says: 'AWS does not accept these credentials',
  hint: 'check the profile or access key, and the clock of this machine',
}
const EXPIRED: Meaning = {
  code: 'KR_AWS_EXPIRED',
  kind: 'unauthorized',
  says: 'the AWS session has ended',
  hint: 'sign in again (for example: aws sso login), then run the same command',
}
const THROTTLED: Meaning = { code: 'KR_AWS_RATE_LIMITED', kind: 'rate-limited', says: 'AWS asks for fewer requests' }
const NOT_FOUND: Meaning = {
  code: 'KR_AWS_NOT_FOUND',
  kind: 'not-found',
  says: 'AWS finds no such secret or version in this account and region',
  hint: 'check `secret`, `region`, and whose credentials are used',
}
const REJECTED: Meaning = { code: 'KR_AWS_REJECTED', kind: 'rejected', says: 'AWS refused the request' }
const KMS: Meaning = {
  code: 'KR_AWS_KMS',
  kind: 'rejected',
  says: 'AWS cannot use the KMS key of this secret',
  hint: 'see that the key is enabled and that its policy lets this identity use it',
}
const LIMIT: Meaning = {
  code: 'KR_AWS_LIMIT',
  kind: 'rejected',
  says: 'a quota of Secrets Manager is used up',
  hint: 'a secret has room for 20 labels and about 100 versions; old versions without labels go after a day',
}
const TAKEN: Meaning = { code: 'KR_AWS_TAKEN', kind: 'conflict', says: 'this version id is in use for another value' }
const LOST: Meaning = { code: 'KR_AWS_AMBIGUOUS', kind: 'ambiguous', says: 'AWS did not say whether this took effect' }
const DOWN: Meaning = { code: 'KR_AWS_UNAVAILABLE', kind: 'unavailable', says: 'AWS gave no usable answer' }

/**
 * Names as the Smithy model declares them, as the front of every AWS service gives them (user guide, "Common Errors"), and as the
 * query protocol of STS shortens them.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  AccessDeniedException: FORBIDDEN,
  AccessDenied: FORBIDDEN,
  NotAuthorized: FORBIDDEN,
  OptInRequired: FORBIDDEN,
  RegionDisabledException: FORBIDDEN,
  UnrecognizedClientException: UNKNOWN_SIGNER,
  InvalidClientTokenId: UNKNOWN_SIGNER,
  InvalidSignatureException: UNKNOWN_SIGNER,
  SignatureDoesNotMatch: UNKNOWN_SIGNER,
  IncompleteSignature: UNKNOWN_SIGNER,
  IncompleteSignatureException: UNKNOWN_SIGNER,
  MissingAuthenticationToken: UNKNOWN_SIGNER,
  MissingAuthenticationTokenException: UNKNOWN_SIGNER,
  RequestExpired: UNKNOWN_SIGNER,
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  IDPCommunicationError: DOWN,
  ThrottlingException: THROTTLED,
  Throttling: THROTTLED,
  TooManyRequestsException: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  ResourceNotFoundException: NOT_FOUND,
  ResourceExistsException: TAKEN,
  EncryptionFailure: KMS,
  DecryptionFailure: KMS,
  LimitExceededException: LIMIT,
  InvalidParameterException: REJECTED,
  InvalidRequestException: REJECTED,
  PreconditionNotMetException: REJECTED,
  ValidationException: REJECTED,
  SerializationException: REJECTED,
}

/** What a failed call of the SDK means, as a KeyrotError that holds nothing foreign. `subject` is what it was about: `secret app/keys`. */
export function callError(error: unknown, subject: string, { what, effect }: Errand, now: Ms): KeyrotError {
  if (error instanceof KeyrotError) return error
  const { status, requestId } = metadataOf(error)
  const wait = waitOf(error, now)
  const named = error instanceof Error ? error.name : ''
  const meaning = (Object.hasOwn(MEANINGS, named) ? MEANINGS[named] : undefined) ?? byStatus(status, effect)
  const facts: ErrorFacts = {
    ...(status === null ? {} : { status }),
    ...(requestId === null ? {} : { requestId }),
    ...(wait === null ? {} : { retryAfterMs: wait }),
    ...(Object.hasOwn(MEANINGS, named) ? { providerCode: named } : {}),
  }
  const message = `${subject}: ${meaning.says} (${what})`
  return new KeyrotError({ code: meaning.code, kind: meaning.kind, message, facts, hints: meaning.hint === undefined ? [] : [meaning.hint] })
}

/** An error without a known name: a definite 4xx did nothing; anything else leaves a write undecided. */
function byStatus(status: number | null, effect: Errand['effect']): Meaning {
  if (status === 429) return THROTTLED
  if (status === 401) return UNKNOWN_SIGNER
  if (status === 403) return FORBIDDEN
  if (status === 404) return NOT_FOUND
  if (status !== null && status >= 400 && status < 500 && status !== 408) return REJECTED
  return effect === 'write' ? LOST : DOWN
}

/** A 2xx that is not what the contract says: of a write, nobody can tell what it did. `subject` as for `callError`. */
export function malformed(subject: string, { what, effect }: Errand): KeyrotError {
  const kind = effect === 'write' ? 'ambiguous' : 'unavailable'
  return new KeyrotError({ code: 'KR_AWS_MALFORMED', kind, message: `${subject}: the answer of AWS is not of the promised form (${what})` })
}

const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/

function metadataOf(error: unknown): { readonly status: number | null; readonly requestId: string | null } {
  const metadata: unknown = typeof error === 'object' && error !== null && '$metadata' in error ? error.$metadata : null
  const { httpStatusCode: status, requestId } = (typeof metadata === 'object' && metadata !== null ? metadata : {}) as Record<string, unknown>
  return {
    status: typeof status === 'number' && Number.isInteger(status) && status >= 100 && status < 600 ? status : null,
    requestId: typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : null,
  }
}

/** Of the answer that the SDK hangs on its errors only one header is looked at. */
function waitOf(error: unknown, now: Ms): Ms | null {
  const response: unknown = error instanceof Error && '$response' in error ? error.$response : null
  const headers: unknown = typeof response === 'object' && response !== null && 'headers' in response ? response.headers : null
  const given: unknown = typeof headers === 'object' && headers !== null && 'retry-after' in headers ? headers['retry-after'] : null
  return typeof given === 'string' ? retryAfter(new Map([['retry-after', given]]), now) : null
}
