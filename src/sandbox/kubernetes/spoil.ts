/** What a faulty API server says: the answer and its bytes, before the wire does its own harm. Faults mean what they mean for the other services. */
import { isBeforeEffect, type Fault } from '../openai/faults.ts'
import { HOSTILE_TEXT, otherTypes, replyOf, retryAfterOf, type Reply } from '../openai/reply.ts'
import { Failure } from './failures.ts'
import type { Json } from './objects.ts'
import type { Answer, Call } from './routes.ts'

/** Texts of a real server or of what stands before it, by status. */
const USUAL: Readonly<Record<number, Failure>> = {
  401: new Failure(401, 'Unauthorized', 'Unauthorized'),
  403: new Failure(403, 'Forbidden', 'forbidden: admission webhook "policy.example.com" denied the request'),
  409: new Failure(
    409,
    'Conflict',
    'Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again',
  ),
  429: new Failure(429, 'TooManyRequests', 'the server has received too many requests and has asked us to try again later', { retryAfterSeconds: 1 }),
  500: new Failure(500, 'InternalError', 'Internal error occurred: etcdserver: request timed out'),
  503: new Failure(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
  504: new Failure(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout'),
}

/** The answer to a request that meets this fault, or to any request when there is none. */
export function spoilt(fault: Fault | null, call: Call, answer: (call: Call) => Answer): Answer {
  if (fault === null) return answer(call)
  if (isBeforeEffect(fault.kind)) return { ...invented(fault), effect: null, watch: null, user: null }
  if (fault.kind === 'duplicate-page') return answer(from(call, null))
  const given = answer(call)
  if (fault.kind === 'skipped-page') return skipped(call, given, answer)
  if (fault.kind === 'effect-then-error') return { ...given, ...failed(fault) }
  return fault.kind === 'wrong-type' ? { ...given, body: otherTypes(given.body) as Json } : given
}

/** The bytes of an answer, with the headers that belong to them. */
export function replyTo(fault: Fault | null, { status, body }: Answer, now: number): Reply {
  const later = retryAfterOf(fault, now) ?? (status === 429 ? '1' : null)
  const headers = later === null ? {} : { 'retry-after': later }
  return replyOf(fault, { status, body, headers, elsewhere: '/elsewhere', padded: { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'x' } } })
}

type Invented = Pick<Answer, 'status' | 'body' | 'reason'>

function invented(fault: Fault): Invented {
  if (fault.kind === 'error') return failed(fault)
  if (fault.kind === 'redirect') return { status: fault.status ?? 307, body: null, reason: null }
  if (fault.kind === 'missing-page')
    return { status: 200, body: { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1', continue: 'lost' }, items: [] }, reason: null }
  if (fault.kind !== 'hostile-text') return { status: 200, body: null, reason: null }
  const cause = { reason: HOSTILE_TEXT, message: HOSTILE_TEXT, field: HOSTILE_TEXT }
  return shown(new Failure(fault.status ?? 400, HOSTILE_TEXT, HOSTILE_TEXT, { name: HOSTILE_TEXT, kind: HOSTILE_TEXT, causes: [cause] }))
}

function shown(failure: Failure): Invented {
  return { status: failure.code, body: failure.body, reason: failure.reason }
}

function failed(fault: Fault): Invented {
  const status = fault.status ?? 500
  const usual = USUAL[status] ?? new Failure(status, 'Unknown', 'an error on the server has prevented the request from succeeding')
  return shown(new Failure(status, fault.code ?? usual.reason, fault.message ?? usual.message, usual.details))
}

function from(call: Call, token: string | null): Call {
  const query = new URLSearchParams(call.query)
  if (token === null) query.delete('continue')
  else query.set('continue', token)
  return { ...call, query }
}

/** The page after the one asked for: what lies between is lost, and nothing in the answer says so. */
function skipped(call: Call, lost: Answer, answer: (call: Call) => Answer): Answer {
  const next = (lost.body as { metadata?: { continue?: string } } | null)?.metadata?.continue
  return next === undefined ? lost : answer(from(call, next))
}
