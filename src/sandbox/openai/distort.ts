/** What a faulty cloud says: the answer and its bytes, before the wire does its own harm. */
import { gzipSync } from 'node:zlib'
import { ApiFailure, NAMED_FAILURES } from './errors.ts'
import type { ApiAnswer, ApiRequest } from './exchange.ts'
import type { Fault, FaultKind } from './faults.ts'

/** Bytes ready for the wire. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
}

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

/** Escape sequences, CI commands and direction overrides, as a server that means harm would send them. */
export const HOSTILE_TEXT =
  '\u001b[2J\u001b[31mred\u001b]0;title\u0007\u009b1A\r\n::error file=x::pwned\n::add-mask::x\n##vso[task.setvariable]x\u202e desrever \u2066isolated\u2069\u0000\u0008'

/** The cloud's answer to a request that meets this fault, or to any request when there is none. */
export function answered(fault: Fault | null, request: ApiRequest, answer: (request: ApiRequest) => ApiAnswer): ApiAnswer {
  if (fault === null) return answer(request)
  if (NO_EFFECT.has(fault.kind)) return { ...invented(fault), effect: null }
  if (fault.kind === 'duplicate-page') return answer(without(request, 'after'))
  if (fault.kind === 'skipped-page') return skipPage(request, answer)
  const given = answer(request)
  if (fault.kind === 'effect-then-error') return { ...failure(fault), effect: given.effect }
  if (fault.kind === 'wrong-type') return { ...given, body: otherTypes(given.body) }
  return given
}

/** The bytes of an answer, with the headers that belong to them. */
export function replyTo(fault: Fault | null, answer: ApiAnswer, now: number): Reply {
  const headers: Record<string, string> = { 'content-type': 'application/json', ...retryAfter(fault, now) }
  if (fault?.kind === 'redirect') return { status: answer.status, headers: { ...headers, location: fault.location ?? '/v1/elsewhere' }, bytes: Buffer.alloc(0) }
  if (fault?.kind === 'huge-body') return { status: 200, headers, bytes: huge(fault.bytes ?? SIZE) }
  if (fault?.kind === 'gzip-bomb') return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, bytes: gzipSync(huge(fault.bytes ?? SIZE)) }
  const bytes = Buffer.from(JSON.stringify(answer.body))
  return { status: answer.status, headers, bytes: fault?.kind === 'malformed-json' ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : bytes }
}

function invented(fault: Fault): { status: number; body: unknown } {
  switch (fault.kind) {
    case 'error':
      return failure(fault)
    case 'hostile-text': {
      const said = new ApiFailure(fault.status ?? 400, HOSTILE_TEXT, { type: HOSTILE_TEXT, code: HOSTILE_TEXT, param: HOSTILE_TEXT })
      return { status: said.status, body: said.body }
    }
    case 'redirect':
      return { status: fault.status ?? 307, body: null }
    case 'missing-page':
      return { status: 200, body: { object: 'list', data: [], first_id: null, last_id: null, has_more: true } }
    default:
      return { status: 200, body: null }
  }
}

function failure(fault: Fault): { status: number; body: unknown } {
  const usual = NAMED_FAILURES[fault.as ?? usualName(fault.status)] ?? new ApiFailure(500, 'The sandbox was told to fail.', { type: 'server_error' })
  const said = new ApiFailure(fault.status ?? usual.status, fault.message ?? usual.message, {
    type: fault.type ?? usual.type,
    code: fault.code === undefined ? usual.code : fault.code,
    param: usual.param,
  })
  return { status: said.status, body: said.body }
}

function usualName(status = 500): string {
  return { 401: 'invalid-key', 403: 'region', 429: 'rate-limit', 502: 'bad-gateway', 503: 'overloaded' }[status] ?? 'server-error'
}

function retryAfter(fault: Fault | null, now: number): Record<string, string> {
  if (fault?.retryAfter === undefined) return {}
  const named: Record<string, string> = { date: new Date(now + 2_000).toUTCString(), absurd: '99999999999', negative: '-5' }
  return { 'retry-after': named[fault.retryAfter] ?? fault.retryAfter }
}

/** The page after the one asked for: what lies between is lost, and nothing in the answer says so. */
function skipPage(request: ApiRequest, answer: (request: ApiRequest) => ApiAnswer): ApiAnswer {
  const lost = answer(request)
  const last = (lost.body as { last_id?: string | null } | null)?.last_id
  if (typeof last !== 'string') return lost
  const query = new URLSearchParams(request.query)
  query.set('after', last)
  return answer({ ...request, query })
}

function without(request: ApiRequest, name: string): ApiRequest {
  const query = new URLSearchParams(request.query)
  query.delete(name)
  return { ...request, query }
}

/** The same shape of JSON with every type wrong. */
function otherTypes(value: unknown): unknown {
  if (Array.isArray(value)) return { 0: 'not a list' }
  if (value === null) return []
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, otherTypes(inner)]))
  return typeof value === 'string' ? 42 : JSON.stringify(value)
}

function huge(bytes: number): Buffer {
  const head = '{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false,"padding":"'
  return Buffer.concat([Buffer.from(head), Buffer.alloc(Math.max(0, bytes - head.length - 2), 'a'), Buffer.from('"}')])
}
