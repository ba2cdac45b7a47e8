/** The loopback server: reads requests, lets the cluster answer, lets faults spoil the answer, writes the log. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import { setTimeout as pause } from 'node:timers/promises'
import { bearerOf, bodyWithin, jsonOf } from '../loopback.ts'
import type { ApiRequest } from '../openai/exchange.ts'
import type { Fault, Faults } from '../openai/faults.ts'
import { fingerprintOf, scrub } from '../openai/keys.ts'
import { deliver } from '../openai/wire.ts'
import type { Cluster } from './cluster.ts'
import { tooLarge } from './failures.ts'
import { type RequestLogEntry, scrubbed, scrubbedQuery } from './log.ts'
import type { Json } from './objects.ts'
import { type Answer, answer, type Call, isAboutSecrets } from './routes.ts'
import { replyTo, spoilt } from './spoil.ts'
import { watch } from './watch.ts'

/** Of one request, as a real server's default. */
const BODY_LIMIT = 3_145_728

export function handler(cluster: Cluster, faults: Faults, log: RequestLogEntry[]) {
  return async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyWithin(incoming, BODY_LIMIT)
    const call = callOf(incoming, body?.toString('utf8') ?? '')
    if (cluster.options.latencyMs > 0) await pause(cluster.options.latencyMs)
    const fault = faults.take(asFaultsSeeIt(call), call.token === null ? null : fingerprintOf(call.token))
    const given = spoilt(fault, call, (asked) => (body === null ? refusedForSize() : answer(cluster, asked)))
    const delivery = respond(cluster, response, fault, given)
    log.push({ seq: log.length + 1, at: cluster.options.clock(), ...seen(call), ...said(given), fault: fault?.kind ?? null, delivery })
  }
}

function respond(cluster: Cluster, response: ServerResponse, fault: Fault | null, given: Answer): string {
  if (given.watch !== null && fault === null) {
    watch(cluster, given.watch, response)
    return 'streamed'
  }
  const headers = { 'cache-control': 'no-cache, private', 'audit-id': cluster.newUid() }
  return deliver(response, fault, replyTo(fault, given, cluster.options.clock()), headers)
}

function refusedForSize(): Answer {
  const failure = tooLarge(BODY_LIMIT)
  return { status: failure.code, body: failure.body, effect: null, watch: null, user: null, reason: failure.reason }
}

function callOf(incoming: IncomingMessage, text: string): Call {
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1')
  const body = jsonOf(text) as Json | undefined
  return {
    method: incoming.method ?? 'GET',
    path: decodedPath(url.pathname),
    query: url.searchParams,
    contentType: (incoming.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
    userAgent: incoming.headers['user-agent'] ?? '',
    certified: certifiedName(incoming),
    token: bearerOf(incoming),
    body,
    malformed: text !== '' && body === undefined,
  }
}

function certifiedName({ socket }: IncomingMessage): string | null {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null
  const name = socket.getPeerCertificate().subject?.CN
  return typeof name === 'string' ? name : null
}

/** Faults are shared with the other services of the sandbox: a page after the first is one that carries `continue`. */
function asFaultsSeeIt({ method, path, query, token }: Call): ApiRequest {
  const pages = new URLSearchParams(query)
  const later = query.get('continue')
  if (later !== null) pages.set('after', later)
  return { method, path, query: pages, body: undefined, key: token }
}

function seen({ method, path, query, contentType, userAgent, body }: Call) {
  return {
    method,
    path: scrub(path),
    query: scrubbedQuery(query),
    contentType: contentType === '' ? null : contentType,
    body: scrubbed(body, isAboutSecrets(path)),
    userAgent: userAgent === '' ? null : userAgent,
  }
}

function said({ status, reason, effect, user }: Answer) {
  return { status, reason, effect, user }
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
