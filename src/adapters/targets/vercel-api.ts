/** One project at Vercel's REST API: bearer token and team on every call, answers in a form that hides nothing and keeps nothing foreign. */
import type { z } from 'zod'
import type { Ms } from '../../domain/duration.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Surroundings } from '../define.ts'
import { retryAfter, type HttpAnswer } from '../http/answer.ts'
import { openHttp, type Http } from '../http/http.ts'
import type { Answer } from './vercel-answer.ts'
import { malformed, refusal, type Effect } from './vercel-errors.ts'

export const API = 'https://api.vercel.com'

/** A page of 100 deployments or 1,000 variables with their ciphertext. */
const MAX_BYTES = 8 * 1024 * 1024

type Query = Readonly<Record<string, string | number | undefined>>

export interface Api {
  /** The path of this project under a version of the API: `v10` gives `/v10/projects/{project}`. */
  inProject(version: string): string
  get(path: string, query?: Query): Promise<Answer>
  send(method: 'POST' | 'PATCH' | 'DELETE', path: string, query: Query, body?: unknown): Promise<Answer>
  /** A deploy hook, which is its own permission: no token goes with it. The guard has let its host through. */
  call(hook: URL): Promise<Answer>
}

export interface Account {
  readonly token: Secret
  readonly project: string
  readonly team: string | undefined
}

/** Opens the API at an endpoint that the guard let through. Nothing is asked yet. */
export function openApi(around: Surroundings, base: URL, { token, project, team }: Account, deadlineMs?: Ms): Api {
  const parts = { env: around.env, signal: around.signal, turn: around.turn, maxBytes: MAX_BYTES }
  const open = (): Http => openHttp({ ...parts, ...(deadlineMs === undefined ? {} : { deadlineMs }) })
  // A thousand targets have one host: they share its connections.
  const web = around.shared?.(`vercel ${deadlineMs ?? ''}`, open) ?? open()
  const ask = async (url: URL, method: string, authorised: boolean, body?: unknown): Promise<Answer> => {
    const headers = {
      accept: 'application/json',
      ...(authorised ? { authorization: `Bearer ${token.reveal()}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    return answerOf(await web.ask({ url, method, headers, body: body === undefined ? undefined : JSON.stringify(body) }), around.clock.now())
  }
  const at = (path: string, query: Query): URL => {
    const url = new URL(base.href.replace(/\/+$/, '') + path)
    for (const [name, value] of Object.entries({ ...query, teamId: team })) if (value !== undefined) url.searchParams.set(name, String(value))
    return url
  }
  return {
    inProject: (version) => `/${version}/projects/${encodeURIComponent(project)}`,
    get: (path, query = {}) => ask(at(path, query), 'GET', true),
    send: (method, path, query, body) => ask(at(path, query), method, true, body),
    call: (hook) => ask(hook, 'POST', false),
  }
}

/** The body of a 2xx in its promised form; throws the meaning of anything else. */
export function wanted<S extends z.ZodType>(schema: S, answer: Answer, what: string, effect: Effect): z.output<S> {
  if (answer.status < 200 || answer.status >= 300) throw refusal(answer, what, effect)
  const body = schema.safeParse(answer.body)
  if (!body.success) throw malformed(answer, what, effect)
  return body.data
}

function answerOf({ status, headers, body }: HttpAnswer, now: Ms): Answer {
  const date = Date.parse(headers.get('date') ?? '')
  const requestId = headers.get('x-vercel-id') ?? ''
  return {
    status,
    body: parsed(body.toString()),
    serverTime: Number.isNaN(date) ? now : date,
    retryAfterMs: retryAfter(headers, now),
    requestId: /^[a-z0-9:-]{8,100}$/i.test(requestId) ? requestId : null,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
