/**
 * Outbound HTTP as every adapter uses it: only to endpoints that the guard let through, within a deadline, with a cap on what
 * is read, without redirects or cookies, through the proxy the environment names, and with failures in keyrot's own words.
 *
 * It stands on `node:http(s)` because their agents take proxy settings per client (Node >= 22.21, >= 24.5); the built-in
 * `fetch` can only be given a proxy for the whole process, or by a package.
 */
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import type { Turn } from '../../ports/system.ts'
import { isLoopback } from '../endpoint.ts'
import { answerOf, type HttpAnswer } from './answer.ts'
import { lost, reasonOf, type Odd } from './failure.ts'
import { leashFor, type Leash } from './leash.ts'

const DEADLINE: Ms = 30 * SECOND
const MAX_BYTES = 1024 * 1024

/** What is let through of an SDK's headers. Cookies, telemetry and headers from `OPENAI_CUSTOM_HEADERS` are not. */
const SENT_HEADERS = ['accept', 'content-type', 'user-agent']
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']

export interface HttpParts {
  /** Reads the environment as it was at start: proxies. */
  readonly env: (name: string) => string | undefined
  /** Ends every exchange under way. */
  readonly signal: AbortSignal
  /** Waited for before an exchange; its deadline begins afterwards. */
  readonly turn?: Turn | undefined
  /** From the first packet to the last byte of the answer. */
  readonly deadlineMs?: Ms | undefined
  /** Cap on the answer, before and after decompression. */
  readonly maxBytes?: number
  /** Whom to trust and who we are, where that is not the system's own (a cluster's authority, a client certificate). */
  readonly tls?: Pick<https.AgentOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername'>
  /** Take any certificate, from this machine itself only: local clusters have authorities that nobody knows. Other hosts are refused then. */
  readonly loopbackUnverified?: boolean
}

export interface Http {
  /**
   * One exchange: any answer is an answer. Rejects with a KeyrotError: `ambiguous` when a request that changes something may
   * have arrived, `interrupted` when told to stop, else `unavailable`.
   */
  ask(request: HttpRequest): Promise<HttpAnswer>
  /** The same as a `fetch` for SDKs; it adds these headers to each request, over any of the same name, and takes text bodies only. */
  fetch(headers: () => Record<string, string>): typeof fetch
}

export interface HttpRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** Whether it changes nothing; what GET and HEAD do not. Some protocols POST a query. */
  readonly reads?: boolean
  /** Ends this exchange alone. */
  readonly signal?: AbortSignal | undefined
}

interface Way {
  readonly module: typeof http | typeof https
  readonly shared: http.Agent
  readonly fresh: http.Agent
}

/**
 * Opens a client. Reads share connections; a request that changes something never rides on one that may be closing. Agents
 * are made with the first request: the first one for https makes Node read every certificate authority it knows, and a
 * command that asks no network does not wait for that. A proxy's address is judged at once.
 */
export function openHttp(parts: HttpParts): Http {
  const unverified = parts.loopbackUnverified === true
  const proxyEnv = unverified ? {} : proxyFrom(parts.env)
  const trusted = { ...parts.tls, rejectUnauthorized: !unverified, proxyEnv }
  const plain = once((): Way => ({ module: http, shared: new http.Agent({ keepAlive: true, proxyEnv: {} }), fresh: new http.Agent({ proxyEnv: {} }) }))
  const secure = once((): Way => ({ module: https, shared: agentFor({ keepAlive: true, ...trusted }), fresh: agentFor(trusted) }))
  if (Object.keys(proxyEnv).length > 0) secure()
  const turn: Turn = parts.turn ?? ((work) => work())
  const exchange = async (given: HttpRequest, reads: boolean): Promise<HttpAnswer> => {
    const { url, signal } = given
    const { module, shared, fresh } = url.protocol === 'http:' ? plain() : secure()
    const leash = leashFor(parts.deadlineMs ?? DEADLINE, signal === undefined ? [parts.signal] : [parts.signal, signal])
    let sent = false
    let odd: Odd
    try {
      const message = await send(module, given, reads ? shared : fresh, leash, () => {
        sent = true
      })
      const answer = await answerOf(message, parts.maxBytes ?? MAX_BYTES)
      if (typeof answer !== 'string') return answer
      // A connection whose answer came to its end may carry somebody else's by now; the others are ended where they are left.
      odd = answer
    } catch (error) {
      odd = leash.pulled() ?? reasonOf(error, sent)
    } finally {
      leash.drop()
    }
    throw lost(url, odd, sent && !reads)
  }
  const ask: Http['ask'] = async (request) => {
    if (unverified && !isLoopback(request.url)) throw lost(request.url, 'certificate', false)
    return turn(() => exchange(request, request.reads ?? ['GET', 'HEAD'].includes(request.method)))
  }
  return { ask, fetch: (headers) => fetchBy(ask, headers) }
}

/** What SDKs know as `fetch`. Of their headers only what a request needs goes out. */
function fetchBy(ask: Http['ask'], own: () => Record<string, string>): typeof fetch {
  return async (input, init) => {
    const { status, headers, body } = await ask({
      url: new URL(input instanceof Request ? input.url : input),
      method: init?.method ?? 'GET',
      headers: { ...passed(init?.headers), ...own() },
      body: textOf(init?.body),
      signal: init?.signal ?? undefined,
    })
    return new Response(status === 204 || status === 205 ? null : new Uint8Array(body), { status, headers: [...headers] })
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

type Module = typeof http | typeof https

function send(module: Module, { url, method, headers, body }: HttpRequest, agent: http.Agent, leash: Leash, onSent: () => void): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = module.request(url, { method, headers: { 'accept-encoding': 'gzip, deflate, br', ...headers }, agent }, resolve)
    leash.hold(request)
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', onSent)
      else onSent()
    })
    request.on('error', reject)
    request.end(body)
  })
}

function passed(given: RequestInit['headers']): Record<string, string> {
  const headers = new Headers(given)
  return Object.fromEntries(SENT_HEADERS.flatMap((name): [string, string][] => (headers.get(name) === null ? [] : [[name, headers.get(name) ?? '']])))
}

function textOf(body: RequestInit['body']): string | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string') return body
  throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'keyrot sends text bodies only' })
}

/** The proxy settings for an https agent; empty = no proxy. Plain http is loopback and never goes through one. */
function proxyFrom(env: (name: string) => string | undefined): Record<string, string> {
  return Object.fromEntries(PROXY_VARIABLES.flatMap((name): [string, string][] => (env(name) ? [[name, env(name) ?? '']] : [])))
}

function agentFor(options: https.AgentOptions): https.Agent {
  try {
    return new https.Agent(options)
  } catch {
    throw new KeyrotError({ code: 'KR_PROXY_INVALID', kind: 'config', message: 'HTTPS_PROXY is not a proxy address', hints: ['write it as http://host:port'] })
  }
}
