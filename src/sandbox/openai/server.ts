/** The loopback server: reads requests, lets the cloud answer, lets faults spoil the answer, writes the log. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { bearerOf, bodyOf, jsonOf } from '../loopback.ts'
import { answered, replyTo } from './distort.ts'
import { badRequest } from './errors.ts'
import type { ApiRequest } from './exchange.ts'
import type { Faults } from './faults.ts'
import { fingerprintOf, newId } from './keys.ts'
import { type RequestLogEntry, seen } from './log.ts'
import { answer } from './routes.ts'
import type { Cloud } from './state.ts'
import { deliver } from './wire.ts'

export const CONTROL = '/_sandbox'

export type Control = (method: string, path: string, body: Record<string, unknown>) => { status: number; body: unknown }

/** One request to the cloud or to the control endpoint. */
export function handler(cloud: Cloud, faults: Faults, log: RequestLogEntry[], control: Control) {
  return async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1')
    const text = (await bodyOf(incoming)).toString('utf8')
    const method = incoming.method ?? 'GET'
    if (url.pathname.startsWith(`${CONTROL}/`)) {
      const { status, body } = isLoopback(incoming) ? control(method, url.pathname.slice(CONTROL.length), objectIn(text) ?? {}) : { status: 403, body: null }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return
    }
    const request: ApiRequest = { method, path: below(url.pathname), query: url.searchParams, body: objectIn(text), key: bearerOf(incoming) }
    await serve(cloud, faults, log, { request, incoming, response, malformed: text !== '' && request.body === undefined })
  }
}

interface Visit {
  readonly request: ApiRequest
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly malformed: boolean
}

async function serve(cloud: Cloud, faults: Faults, log: RequestLogEntry[], visit: Visit): Promise<void> {
  const { request, response } = visit
  if (cloud.options.latencyMs > 0) await pause(cloud.options.latencyMs)
  const key = request.key === null ? null : fingerprintOf(request.key)
  const fault = faults.take(request, key)
  const given = answered(fault, request, (wanted) => (visit.malformed ? unparsed() : answer(cloud, wanted)))
  const at = cloud.now()
  const requestId = `req_${newId('').slice(0, 24)}`
  const headers = {
    date: new Date(at).toUTCString(),
    'x-request-id': requestId,
    'openai-organization': cloud.organization,
    'openai-version': '2020-10-01',
    'openai-processing-ms': '7',
  }
  response.sendDate = false
  const delivery = deliver(response, fault, replyTo(fault, given, at), headers)
  const said = { key, status: given.body === null ? null : given.status, effect: given.effect, fault: fault?.kind ?? null, delivery, requestId }
  log.push({ seq: log.length + 1, at, ...seen(request, visit.incoming.headers), ...said })
}

function unparsed() {
  const failure = badRequest('We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.')
  return { status: failure.status, body: failure.body, effect: null }
}

/** The control endpoint is for this machine: a page in a browser that resolved a name to loopback is turned away. */
function isLoopback(incoming: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(incoming.headers.host ?? '') && incoming.headers.origin === undefined
}

function below(path: string): string {
  return decoded(path.startsWith('/v1/') ? path.slice(3) : path)
}

function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

function objectIn(text: string): Record<string, unknown> | undefined {
  const value = jsonOf(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
}
