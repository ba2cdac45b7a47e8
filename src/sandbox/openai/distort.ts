/** What a faulty cloud says: the answer and its bytes, before the wire does its own harm. */
import { ApiFailure, NAMED_FAILURES } from './errors.ts'
import type { ApiAnswer, ApiRequest } from './exchange.ts'
import { isBeforeEffect, type Fault } from './faults.ts'
import { HOSTILE_TEXT, otherTypes, replyOf, retryAfterOf, type Reply } from './reply.ts'

/** The cloud's answer to a request that meets this fault, or to any request when there is none. */
export function answered(fault: Fault | null, request: ApiRequest, answer: (request: ApiRequest) => ApiAnswer): ApiAnswer {
  if (fault === null) return answer(request)
  if (isBeforeEffect(fault.kind)) return { ...invented(fault), effect: null }
  if (fault.kind === 'duplicate-page') return answer(without(request, 'after'))
  if (fault.kind === 'skipped-page') return skipPage(request, answer)
  const given = answer(request)
  if (fault.kind === 'effect-then-error') return { ...failure(fault), effect: given.effect }
  if (fault.kind === 'wrong-type') return { ...given, body: otherTypes(given.body) }
  return given
}

/** The bytes of an answer, with the headers that belong to them. */
export function replyTo(fault: Fault | null, { status, body }: ApiAnswer, now: number): Reply {
  const later = retryAfterOf(fault, now)
  const headers = later === null ? {} : { 'retry-after': later }
  return replyOf(fault, { status, body, headers, elsewhere: '/v1/elsewhere', padded: EMPTY_PAGE })
}

const EMPTY_PAGE = { object: 'list', data: [], first_id: null, last_id: null, has_more: false }

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
      return { status: 200, body: { ...EMPTY_PAGE, has_more: true } }
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
