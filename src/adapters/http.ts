/**
 * Outbound HTTP as every adapter uses it: only to endpoints that the guard let through, within a deadline, with a cap on what
 * is read, without redirects or cookies, through the proxy the environment names, and with failures in keyrot's own words.
 *
 * It stands on `node:http(s)` because their agents take proxy settings per client (Node >= 22.21, >= 24.5); the built-in
 * `fetch` can only be given a proxy for the whole process, or by a package.
 */
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { SECOND, type Ms } from '../domain/duration.ts'
import { KeyrotError, type ErrorKind } from '../domain/errors.ts'

const DEADLINE: Ms = 30 * SECOND
const MAX_BYTES = 1024 * 1024

/** What is let through in either direction. Cookies, SDK telemetry and headers from `OPENAI_CUSTOM_HEADERS` are not. */
const SENT_HEADERS = ['accept', 'content-type', 'user-agent']
const READ_HEADERS = ['content-type', 'date', 'retry-after', 'retry-after-ms', 'x-request-id']
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']

const DECODERS: Record<string, (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

export interface HttpParts {
  /** Reads the environment as it was at start: proxies. */
  readonly env: (name: string) => string | undefined
  /** Ends every exchange under way. */
  readonly signal: AbortSignal
  /** From the first packet to the last byte of the answer. */
  readonly deadlineMs?: Ms
  /** Cap on the answer, before and after decompression. */
  readonly maxBytes?: number
}

export interface Http {
  /**
   * A `fetch` that adds these headers to each request, over any of the same name. It takes text bodies only and rejects
   * with a KeyrotError: `ambiguous` when a request that changes something may have arrived, `interrupted` when told to
   * stop, else `unavailable`.
   */
  fetch(headers: () => Record<string, string>): typeof fetch
}

/** Opens a client. Reads share connections; a request that changes something never rides on one that may be closing. */
export function openHttp(parts: HttpParts): Http {
  const trusted = { rejectUnauthorized: true, proxyEnv: proxyFrom(parts.env) }
  const agents = {
    'http:': { module: http, shared: new http.Agent({ keepAlive: true, proxyEnv: {} }), fresh: new http.Agent({ proxyEnv: {} }) },
    'https:': { module: https, shared: agentFor({ keepAlive: true, ...trusted }), fresh: agentFor(trusted) },
  }
  return {
    fetch: (headers) => async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input)
      const method = init?.method ?? 'GET'
      const reads = method === 'GET' || method === 'HEAD'
      const { module, shared, fresh } = agents[url.protocol === 'http:' ? 'http:' : 'https:']
      const deadline = AbortSignal.timeout(parts.deadlineMs ?? DEADLINE)
      const stop = AbortSignal.any([parts.signal, deadline, ...(init?.signal ? [init.signal] : [])])
      const request = { url, method, headers: outgoing(init?.headers, headers()), body: textOf(init?.body), agent: reads ? shared : fresh, stop }
      let sent = false
      let odd: Odd
      try {
        const message = await send(module, request, () => {
          sent = true
        })
        const answer = await answerOf(message, parts.maxBytes ?? MAX_BYTES)
        if (answer instanceof Response) return answer
        odd = answer
      } catch (error) {
        odd = deadline.aborted ? 'timeout' : stop.aborted ? 'stopped' : reasonOf(error, sent)
      }
      throw lost(url, odd, sent && !reads)
    },
  }
}

interface Outgoing {
  readonly url: URL
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | undefined
  readonly agent: http.Agent
  readonly stop: AbortSignal
}

function send(module: typeof http | typeof https, out: Outgoing, onSent: () => void): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = module.request(out.url, { method: out.method, headers: out.headers, agent: out.agent, signal: out.stop }, resolve)
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once(out.url.protocol === 'https:' ? 'secureConnect' : 'connect', onSent)
      else onSent()
    })
    request.on('error', reject)
    request.end(out.body)
  })
}

/** Reads an answer to its end, or says what is wrong with it. */
async function answerOf(message: IncomingMessage, maxBytes: number): Promise<Response | Odd> {
  const status = message.statusCode ?? 0
  if (status < 200 || status > 599 || (status >= 300 && status < 400)) {
    message.destroy()
    return status >= 300 && status < 400 ? 'redirected' : 'malformed'
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) return 'too-large'
    chunks.push(chunk)
  }
  const body = await decoded(Buffer.concat(chunks), message.headers['content-encoding'], maxBytes)
  if (typeof body === 'string') return body
  const headers = READ_HEADERS.flatMap((name): [string, string][] => (typeof message.headers[name] === 'string' ? [[name, message.headers[name]]] : []))
  return new Response(status === 204 || status === 205 ? null : new Uint8Array(body), { status, headers })
}

async function decoded(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer | Odd> {
  if (encoding === undefined || encoding === 'identity' || body.length === 0) return body
  const decoder = DECODERS[encoding.toLowerCase()]
  if (decoder === undefined) return 'malformed'
  return decoder(body, { maxOutputLength: maxBytes }).catch((error: unknown) => (codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'malformed'))
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

function outgoing(given: RequestInit['headers'], own: Record<string, string>): Record<string, string> {
  const headers = new Headers(given)
  const kept = SENT_HEADERS.flatMap((name): [string, string][] => (headers.get(name) === null ? [] : [[name, headers.get(name) ?? '']]))
  return { 'accept-encoding': 'gzip, deflate, br', ...Object.fromEntries(kept), ...own }
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
