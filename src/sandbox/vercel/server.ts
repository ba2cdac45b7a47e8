/** The loopback server: reads requests, lets the cloud answer, writes the log. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { bearerOf, bodyOf, jsonOf } from '../loopback.ts'
import { badRequest, type ApiRequest } from './exchange.ts'
import { type RequestLogEntry, seen } from './log.ts'
import { type Refusals, refusedBy } from './refusals.ts'
import { answer } from './routes.ts'
import { newId } from './sealed.ts'
import type { Cloud } from './state.ts'

/** `woken` is called after each request: something may be due that was not before. */
export function handler(cloud: Cloud, refusals: Refusals, log: RequestLogEntry[], woken: () => void) {
  return async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1')
    const text = (await bodyOf(incoming)).toString('utf8')
    const body = jsonOf(text)
    const method = incoming.method ?? 'GET'
    const request: ApiRequest = { method, path: url.pathname, query: url.searchParams, body, token: bearerOf(incoming) }
    if (cloud.options.latencyMs > 0) await pause(cloud.options.latencyMs)
    const rule = refusals.take(request)
    const malformed = text !== '' && body === undefined
    const given = await refusedBy(rule, () => (malformed ? Promise.resolve(badRequest('Invalid JSON').answer) : answer(cloud, request)))
    const at = cloud.now()
    const delivery = rule?.as === 'lost' ? 'reset' : 'answered'
    log.push({ seq: log.length + 1, at, ...seen(request), status: given.status, effect: given.effect, delivery })
    woken()
    if (delivery === 'reset') {
      response.socket?.resetAndDestroy()
      return
    }
    response.sendDate = false
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      date: new Date(at).toUTCString(),
      'x-vercel-id': `fra1::${newId('', 5)}-${at}-${newId('', 12)}`,
    }
    response.writeHead(given.status, { ...headers, ...given.headers }).end(JSON.stringify(given.body))
  }
}
