/**
 * Outbound HTTP as every adapter uses it: only to endpoints that the guard let through, within a deadline, with a cap on what
 * is read, without redirects or cookies, through the proxy the environment names, and with failures in keyrot's own words.
 *
 * It stands on `node:http(s)` because their agents take proxy settings per client (Node >= 22.21, >= 24.5); the built-in
 * `fetch` can only be given a proxy for the whole process, or by a package.
 */
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { SECOND, type Ms } from '../domain/duration.ts'
import { KeyrotError, type ErrorKind } from '../domain/errors.ts'
import type { Turn } from '../ports/system.ts'
import { isLoopback } from './endpoint.ts'

const DEADLINE: Ms = 30 * SECOND
const MAX_BYTES = 1024 * 1024

/** What is let through of an SDK's headers, and of an answer's. Cookies, telemetry and headers from `OPENAI_CUSTOM_HEADERS` are not. */
const SENT_HEADERS = ['accept', 'content-type', 'user-agent']
const READ_HEADERS = ['content-type', 'date', 'retry-after', 'retry-after-ms', 'x-request-id', 'x-amzn-requestid', 'x-vercel-id', 'audit-id']
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']

type Decoder = (data: Buffer, options: { maxOutputLength: number }) => Buffer

/**
 * Taken when an answer asks for one: a command that asks no network does not load `node:zlib`. In one go: the other kind hands over every
 * 16 KiB in a turn of the loop, so that a bomb of megabytes outlasts every deadline where the loop is busy.
 */
const DECODERS: ReadonlyMap<string, () => Decoder> = new Map([
  ['gzip', () => gunzipSync],
  ['deflate', () => inflateSync],
  ['br', () => brotliDecompressSync],
])

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

/** Plain, for thousands of calls: a `Response` with its streams is a tenth of what one costs. */
export interface HttpAnswer {
  readonly status: number
  /** Those that keyrot knows, by their names in small letters. */
  readonly headers: ReadonlyMap<string, string>
  /** As it is after decompression. */
  readonly body: Buffer
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

/** What ends an exchange from outside: its deadline, or a signal. */
interface Leash {
  /** Whom to end; at once, if it was pulled already. */
  hold(request: ClientRequest): void
  pulled(): 'timeout' | 'stopped' | null
  /** Ends the watch. */
  drop(): void
}

/** By hand, and taken off at the end: an `AbortSignal.timeout` lives on until it is due, and `any` of it with it; ten thousand answered calls would keep theirs. */
function leashFor(deadlineMs: Ms, signals: readonly AbortSignal[]): Leash {
  let why: 'timeout' | 'stopped' | null = null
  let held: ClientRequest | null = null
  const pull = (reason: 'timeout' | 'stopped') => (): void => {
    why ??= reason
    held?.destroy(new Error(reason))
  }
  const stop = pull('stopped')
  const timer = setTimeout(pull('timeout'), deadlineMs).unref()
  for (const signal of signals) {
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  }
  return {
    hold: (request) => {
      held = request
      if (why !== null) held.destroy(new Error(why))
    },
    pulled: () => why,
    drop: () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', stop)
    },
  }
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

/** Reads an answer to its end, or says what is wrong with it. */
async function answerOf(message: IncomingMessage, maxBytes: number): Promise<HttpAnswer | Odd> {
  const status = message.statusCode ?? 0
  if (status < 200 || status > 599 || (status >= 300 && status < 400)) {
    message.destroy()
    return status >= 300 && status < 400 ? 'redirected' : 'malformed'
  }
  if (!isDecodable(message.headers['content-encoding'])) {
    message.destroy()
    return 'malformed'
  }
  const bytes = await bytesOf(message, maxBytes)
  const body = bytes === 'too-large' ? bytes : decoded(bytes, message.headers['content-encoding'], maxBytes)
  if (typeof body === 'string') return body
  const told = message.headers
  return { status, headers: new Map(READ_HEADERS.flatMap((name): [string, string][] => (typeof told[name] === 'string' ? [[name, told[name]]] : []))), body }
}

/** By its events: an iterator over each answer is a fifth of what a thousand targets leave to the collector. */
function bytesOf(message: IncomingMessage, maxBytes: number): Promise<Buffer | 'too-large'> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    message.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size <= maxBytes) return
      resolve('too-large')
      message.destroy()
    })
    message.on('end', () => resolve(Buffer.concat(chunks)))
    message.on('error', reject)
    message.on('close', () => reject(new Error('closed before its end')))
  })
}

function isDecodable(encoding: string | undefined): boolean {
  return encoding === undefined || encoding === 'identity' || DECODERS.has(encoding.toLowerCase())
}

function decoded(body: Buffer, encoding: string | undefined, maxBytes: number): Buffer | Odd {
  if (encoding === undefined || encoding === 'identity' || body.length === 0) return body
  const decoder = DECODERS.get(encoding.toLowerCase())?.()
  if (decoder === undefined) return 'malformed'
  try {
    return decoder(body, { maxOutputLength: maxBytes })
  } catch (error) {
    return codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'malformed'
  }
}

type Odd = 'redirected' | 'too-large' | 'malformed' | 'timeout' | 'stopped' | 'certificate' | 'unreachable' | 'cut-off'

const WORDS: Record<Odd, string> = {
  redirected: 'answered with a redirect, which keyrot never follows',
  'too-large': 'sent a larger answer than keyrot reads',
  malformed: 'sent something that is not a well-formed answer',
  timeout: 'did not answer in time',
  stopped: 'was not waited for: told to stop',
  certificate: 'did not prove who it is: its certificate is not trusted here',
  unreachable: 'could not be reached',
  'cut-off': 'closed the connection without an answer',
}

const HINTS: Partial<Record<Odd, string>> = {
  certificate: 'name an extra certificate authority in NODE_EXTRA_CA_CERTS',
  unreachable: 'check the network, and HTTPS_PROXY if there is one',
}

function lost(url: URL, odd: Odd, mayHaveActed: boolean): KeyrotError {
  const kind: ErrorKind = mayHaveActed ? 'ambiguous' : odd === 'stopped' ? 'interrupted' : 'unavailable'
  const hint = HINTS[odd]
  return new KeyrotError({
    code: `KR_HTTP_${odd.toUpperCase().replace('-', '_')}`,
    kind,
    message: `${url.host} ${WORDS[odd]}`,
    hints: hint === undefined ? [] : [hint],
  })
}

function reasonOf(error: unknown, sent: boolean): Odd {
  const code = codeOf(error)
  if (/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/.test(code)) return 'certificate'
  if (code.startsWith('HPE_')) return 'malformed'
  return sent ? 'cut-off' : 'unreachable'
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
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

/** Longer than this no server is left alone because it asks for it. */
const LONGEST_WAIT: Ms = 3600 * SECOND

/** Headers as `fetch` has them, or as plain answers do. */
export interface AnswerHeaders {
  get(name: string): string | null | undefined
}

/** How long an answer asks to be left alone: seconds or a date (RFC 9110, 10.2.3), or the finer header of OpenAI; `null` where it does not say. */
export function retryAfter(headers: AnswerHeaders, now: Ms): Ms | null {
  const exact = headers.get('retry-after-ms') ?? ''
  const given = headers.get('retry-after') ?? ''
  const wait = /^\d{1,9}$/.test(exact) ? Number(exact) : /^\d{1,9}(?:\.\d+)?$/.test(given) ? Number(given) * SECOND : Date.parse(given) - now
  return Number.isNaN(wait) ? null : Math.min(Math.max(Math.ceil(wait), 0), LONGEST_WAIT)
}
