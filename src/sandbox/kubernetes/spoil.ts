/** What a faulty API server says: the answer and its bytes, before the wire does its own harm. Faults mean what they mean for the other services. */
import { gzipSync } from 'node:zlib'
import { HOSTILE_TEXT, type Reply } from '../openai/distort.ts'
import type { Fault, FaultKind } from '../openai/faults.ts'
import { Failure } from './failures.ts'
import { isObject, type Json } from './objects.ts'
import type { Answer, Call } from './routes.ts'

const NO_EFFECT = new Set<FaultKind>([
  'refuse',
  'reset-before-headers',
  'never-answers',
  'error',
  'redirect',
  'hostile-text',
  'huge-body',
  'gzip-bomb',
  'missing-page',
])

const SIZE = 50 * 1024 * 1024

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
  if (NO_EFFECT.has(fault.kind)) return { ...invented(fault), effect: null, watch: null, user: null }
  if (fault.kind === 'duplicate-page') return answer(from(call, null))
  const given = answer(call)
  if (fault.kind === 'skipped-page') return skipped(call, given, answer)
  if (fault.kind === 'effect-then-error') return { ...given, ...failed(fault) }
  return fault.kind === 'wrong-type' ? { ...given, body: otherTypes(given.body) } : given
}

/** The bytes of an answer, with the headers that belong to them. */
export function replyTo(fault: Fault | null, given: Answer, now: number): Reply {
  const headers: Record<string, string> = { 'content-type': 'application/json', ...retryAfter(fault, given, now) }
  if (fault?.kind === 'redirect') return { status: given.status, headers: { ...headers, location: fault.location ?? '/elsewhere' }, bytes: Buffer.alloc(0) }
  if (fault?.kind === 'huge-body') return { status: 200, headers, bytes: huge(fault.bytes ?? SIZE) }
  if (fault?.kind === 'gzip-bomb') return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, bytes: gzipSync(huge(fault.bytes ?? SIZE)) }
  const bytes = Buffer.from(JSON.stringify(given.body))
  return { status: given.status, headers, bytes: fault?.kind === 'malformed-json' ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : bytes }
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

function retryAfter(fault: Fault | null, { status }: Answer, now: number): Record<string, string> {
  if (fault?.retryAfter === undefined) return status === 429 ? { 'retry-after': '1' } : {}
  const named: Record<string, string> = { date: new Date(now + 2_000).toUTCString(), absurd: '99999999999', negative: '-5' }
  return { 'retry-after': named[fault.retryAfter] ?? fault.retryAfter }
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

/** The same shape of JSON with every type wrong. */
function otherTypes(value: unknown): unknown {
  if (Array.isArray(value)) return { 0: 'not a list' }
  if (value === null) return []
  if (isObject(value)) return Object.fromEntries(Object.entries(value as Record<string, Json>).map(([name, inner]) => [name, otherTypes(inner)]))
  return typeof value === 'string' ? 42 : JSON.stringify(value)
}

function huge(bytes: number): Buffer {
  const head = '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"},"padding":"'
  return Buffer.concat([Buffer.from(head), Buffer.alloc(Math.max(0, bytes - head.length - 2), 'a'), Buffer.from('"}')])
}
