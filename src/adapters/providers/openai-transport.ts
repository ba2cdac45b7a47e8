/** The official SDK, held so that it cannot retry, log, follow, wait for ever or see a key; and its outcomes as plain answers. */
import type { OpenAI } from 'openai'
import { HOUR, SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError, toKeyrotError } from '../../domain/errors.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Surroundings } from '../define.ts'
import { retryAfter } from '../http/answer.ts'
import { openHttp } from '../http/http.ts'

/** From the first packet to the last byte of an answer. */
export const DEADLINE: Ms = 30 * SECOND

/** What may stand in an Authorization header. A key that does not fit is never sent: the error would quote it. */
export const KEY_ALPHABET = /^[A-Za-z0-9_-]{20,512}$/

/** The SDK refuses to be made without a key; the real one is put on the wire by our own fetch, so printing a client shows this. */
const PLACEHOLDER = 'held-outside-the-sdk'

export interface Answer {
  readonly status: number
  /** Parsed JSON, or `undefined` where the body was none. */
  readonly body: unknown
  /** The provider's clock, from the Date header; whole seconds. */
  readonly serverTime: Ms | null
  readonly retryAfterMs: Ms | null
  readonly requestId: string | null
}

type Call = (client: OpenAI) => { asResponse(): Promise<Response> }

/** One exchange with this key: any HTTP answer is an answer; only a lost one throws (see `Http.fetch`). */
export type Ask = (call: Call) => Promise<Answer>

export type Connection = (base: URL, key: Secret, role: 'admin' | 'project') => Ask

/** Opens the SDK, loading it at the first use. Every client shares the connections of one provider. */
export function openSdk(around: Surroundings, deadlineMs: Ms = DEADLINE): Connection {
  const web = openHttp({ env: around.env, signal: around.signal, turn: around.turn, deadlineMs })
  let loading: Promise<typeof import('openai')> | undefined
  return (base, key, role) => {
    const fetch = web.fetch(() => ({ authorization: `Bearer ${key.reveal()}` }))
    return async (call) => {
      const sdk = await (loading ??= import('openai'))
      const client = new sdk.OpenAI({
        apiKey: role === 'project' ? PLACEHOLDER : null,
        adminAPIKey: role === 'admin' ? PLACEHOLDER : null,
        organization: null,
        project: null,
        webhookSecret: null,
        baseURL: base.href.replace(/\/+$/, ''),
        maxRetries: 0,
        // Ours begins when a call has its turn; the SDK's would run while it waits.
        timeout: HOUR,
        logLevel: 'off',
        fetch,
      })
      return asAnswer(() => call(client).asResponse(), around.clock.now())
    }
  }
}

async function asAnswer(call: () => Promise<Response>, now: Ms): Promise<Answer> {
  try {
    const response = await call()
    return answer(response.status, parsed(await response.text()), response.headers, now)
  } catch (error) {
    if (error instanceof Error && error.cause instanceof KeyrotError) throw error.cause
    if (!isApiError(error)) throw toKeyrotError(error)
    return answer(error.status, { error: error.error }, error.headers, now)
  }
}

function isApiError(error: unknown): error is { status: number; headers: Headers; error: unknown } {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && 'headers' in error && error.headers instanceof Headers
}

function answer(status: number, body: unknown, headers: Headers, now: Ms): Answer {
  const serverTime = Date.parse(headers.get('date') ?? '')
  const requestId = headers.get('x-request-id') ?? ''
  return {
    status,
    body,
    serverTime: Number.isNaN(serverTime) ? null : serverTime,
    retryAfterMs: retryAfter(headers, now),
    requestId: /^(?:req_[A-Za-z0-9]{8,40}|[0-9a-f-]{16,40})$/.test(requestId) ? requestId : null,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
