/** What an administrative answer means: a value of the promised form, or an error in keyrot's own words. */
import { z } from 'zod'
import { SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError, type ErrorFacts, type ErrorKind } from '../../domain/errors.ts'
import { classify } from './openai-classify.ts'
import type { Answer } from './openai-transport.ts'

/** Ids of every kind; nothing that could leave its place in a path. */
export const ID = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/)
/** Seconds since the epoch. */
export const TIME = z.number().int().min(0).max(1e11)

/** Whether the answer is a 2xx. */
export function ok(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300
}

/** "No such thing" from the API itself: a gateway's own 404, or an unknown route, says nothing about what was asked for. */
const NO_SUCH = z.object({ error: z.object({ message: z.string().refine((text) => !text.startsWith('Invalid URL')) }) })

export function isNoSuch(answer: Answer): boolean {
  return answer.status === 404 && NO_SUCH.safeParse(answer.body).success
}

/** The body of a 2xx in its promised form; throws the meaning of anything else. */
export function wanted<S extends z.ZodType>(schema: S, answer: Answer, what: string, effect: 'read' | 'write'): z.output<S> {
  if (!ok(answer)) throw refusal(answer, what, effect)
  const body = schema.safeParse(answer.body)
  if (!body.success) throw malformed(answer, what, effect)
  return body.data
}

/** What an administrative answer other than 2xx means. A lost or undecided write is `ambiguous`; the rest definitely did nothing. */
export function refusal(given: Answer, what: string, effect: 'read' | 'write'): KeyrotError {
  const [kind, words] = meaning(given, effect)
  const facts: ErrorFacts = {
    status: given.status,
    ...(given.requestId === null ? {} : { requestId: given.requestId }),
    ...(given.retryAfterMs === null ? {} : { retryAfterMs: given.retryAfterMs }),
    ...codeOf(given.body),
  }
  return new KeyrotError({
    code: `KR_OPENAI_${kind.toUpperCase().replace('-', '_')}`,
    kind,
    message: `OpenAI: ${words} (${what}, status ${given.status})`,
    facts,
  })
}

function meaning({ status, body }: Answer, effect: 'read' | 'write'): [ErrorKind, string] {
  if (status === 401)
    return classify(status, body, 'list').is === 'limited' ? ['forbidden', 'the admin key lacks a right'] : ['unauthorized', 'the admin key was not accepted']
  if (status === 403) return ['forbidden', 'this is not permitted']
  if (status === 404) return ['not-found', 'there is no such thing in this project']
  if (status === 429) return ['rate-limited', 'too many requests']
  if (status >= 400 && status < 500 && status !== 408 && status !== 409) return ['rejected', 'the request was refused']
  return effect === 'write' ? ['ambiguous', 'the outcome is not known'] : ['unavailable', 'no usable answer']
}

/** A 2xx whose body is not what the contract says: of a write, nobody can tell what it did. */
export function malformed(given: Answer, what: string, effect: 'read' | 'write'): KeyrotError {
  const facts = { status: given.status, ...(given.requestId === null ? {} : { requestId: given.requestId }) }
  const kind = effect === 'write' ? 'ambiguous' : 'unavailable'
  return new KeyrotError({ code: 'KR_OPENAI_MALFORMED', kind, message: `OpenAI: the answer is not of the promised form (${what})`, facts })
}

/** Lower-case words only: no key can be among them. */
function codeOf(body: unknown): { providerCode?: string } {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : null
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  return typeof code === 'string' && /^[a-z_]{3,48}$/.test(code) ? { providerCode: code } : {}
}

/** Seconds of the API to milliseconds. */
export function time(value: number): Ms
export function time(value: number | null | undefined): Ms | null
export function time(value: number | null | undefined): Ms | null {
  return value === null || value === undefined ? null : value * SECOND
}
