/** The words of the Kubernetes target for what a cluster answers. A body of the API server is never quoted: a 422 echoes the whole Secret. */
import type { Ms } from '../../domain/duration.ts'
import { KeyrotError, type ErrorFacts, type ErrorKind } from '../../domain/errors.ts'
import { retryAfter, type AnswerHeaders } from '../http/answer.ts'

type Code = `KR_KUBERNETES_${string}`

/** A clear no: nothing was changed, and trying again changes nothing. */
export function refused(code: Code, message: string, hint?: string): KeyrotError {
  return new KeyrotError({ code, kind: 'refused', message, hints: hint === undefined ? [] : [hint] })
}

/** Somebody else changed the record between our look and our write. */
export function changedMeanwhile(shown: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_KUBERNETES_CONFLICT',
    kind: 'conflict',
    message: `the Secret ${shown} was changed by somebody else meanwhile; theirs stays`,
  })
}

/** The kubeconfig cannot be used as it is. */
export function badKubeconfig(message: string, hint?: string): KeyrotError {
  return new KeyrotError({ code: 'KR_KUBERNETES_KUBECONFIG', kind: 'config', message, hints: hint === undefined ? [] : [hint] })
}

/** An answer other than 2xx, as it came: its text is looked at for one word and dropped. */
export interface Refusal {
  readonly status: number
  readonly text: string
  readonly headers: AnswerHeaders
}

interface Meaning {
  readonly code: Code
  readonly kind: ErrorKind
  readonly words: string
  readonly hint?: string
}

const AMBIGUOUS: Meaning = { code: 'KR_KUBERNETES_AMBIGUOUS', kind: 'ambiguous', words: 'the outcome is not known' }
const UNAVAILABLE: Meaning = { code: 'KR_KUBERNETES_UNAVAILABLE', kind: 'unavailable', words: 'no usable answer' }
const REJECTED: Meaning = { code: 'KR_KUBERNETES_REJECTED', kind: 'rejected', words: 'the request was refused' }

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: {
    code: 'KR_KUBERNETES_UNAUTHORIZED',
    kind: 'unauthorized',
    words: 'the cluster does not accept who we are',
    hint: 'log in again: kubectl must work with the same kubeconfig and context',
  },
  403: { code: 'KR_KUBERNETES_FORBIDDEN', kind: 'forbidden', words: 'this is not permitted', hint: 'keyrot permissions prints the role that is needed' },
  404: { code: 'KR_KUBERNETES_NOT_FOUND', kind: 'not-found', words: 'there is no such thing', hint: 'check the name, the namespace and the context' },
  409: { code: 'KR_KUBERNETES_CONFLICT', kind: 'conflict', words: 'it was changed by somebody else meanwhile; theirs stays' },
  429: { code: 'KR_KUBERNETES_RATE_LIMITED', kind: 'rate-limited', words: 'too many requests' },
  // 410: the place in a long list is no longer known; the list begins anew
  410: UNAVAILABLE,
  408: AMBIGUOUS,
}

/** What an answer other than 2xx means. A lost or undecided write is `ambiguous`; any other no definitely did nothing. */
export function refusal(given: Refusal, what: string, effect: 'read' | 'write', now: Ms): KeyrotError {
  const found = BY_STATUS[given.status] ?? (given.status >= 400 && given.status < 500 ? REJECTED : AMBIGUOUS)
  const { code, kind, words, hint } = found.kind === 'ambiguous' && effect === 'read' ? UNAVAILABLE : found
  return new KeyrotError({
    code,
    kind,
    message: `Kubernetes: ${words} (${what}, status ${given.status})`,
    facts: factsOf(given, now),
    hints: hint === undefined ? [] : [hint],
  })
}

/** A 2xx whose body is not what the contract says: of a write, nobody can tell what it did. */
export function malformed(what: string, effect: 'read' | 'write' = 'read'): KeyrotError {
  const kind = effect === 'write' ? 'ambiguous' : 'unavailable'
  return new KeyrotError({ code: 'KR_KUBERNETES_MALFORMED', kind, message: `Kubernetes: the answer is not of the promised form (${what})` })
}

function factsOf({ status, text, headers }: Refusal, now: Ms): ErrorFacts {
  const reason = reasonIn(text)
  const id = headers.get('audit-id') ?? ''
  const wait = retryAfter(headers, now)
  return {
    status,
    ...(reason === null ? {} : { providerCode: reason }),
    ...(/^[0-9a-f-]{16,40}$/.test(id) ? { requestId: id } : {}),
    ...(wait === null ? {} : { retryAfterMs: wait }),
  }
}

/** `StatusReason` of apimachinery (meta/v1/types.go); any other text is not shown. */
const REASONS = new Set([
  'Unauthorized',
  'Forbidden',
  'NotFound',
  'AlreadyExists',
  'Conflict',
  'Gone',
  'Invalid',
  'ServerTimeout',
  'StoreReadError',
  'Timeout',
  'TooManyRequests',
  'BadRequest',
  'MethodNotAllowed',
  'NotAcceptable',
  'RequestEntityTooLarge',
  'UnsupportedMediaType',
  'InternalError',
  'Expired',
  'ServiceUnavailable',
])

function reasonIn(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text)
    const reason: unknown = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : null
    return typeof reason === 'string' && REASONS.has(reason) ? reason : null
  } catch {
    return null
  }
}
