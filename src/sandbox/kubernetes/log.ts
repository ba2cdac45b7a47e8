/** What the cluster was asked, in order. Of Secrets it keeps digests only, whatever form the value came in. */
import { fingerprintOf, scrub, scrubDeep } from '../openai/keys.ts'
import { isObject, type Json, type JsonObject } from './objects.ts'

export interface RequestLogEntry {
  readonly seq: number
  /** Unix ms. */
  readonly at: number
  readonly method: string
  readonly path: string
  /** Names and values in the order sent. */
  readonly query: readonly (readonly [string, string])[]
  readonly contentType: string | null
  /** Parsed JSON, every value of a Secret replaced by its fingerprint. */
  readonly body: unknown
  /** Who called; `null` when the token is not known. */
  readonly user: string | null
  readonly status: number | null
  /** Of a refusal. */
  readonly reason: string | null
  /** What changed, in words (`patch secrets prod/openai`), or `null`. */
  readonly effect: string | null
  readonly fault: string | null
  readonly delivery: string
  readonly userAgent: string | null
}

/** The body of a request as the log may show it. */
export function scrubbed(body: Json | undefined, isSecret: boolean): unknown {
  if (body === undefined) return undefined
  return scrubDeep(withoutEncoded(isSecret ? withoutValues(body) : body))
}

/** What looks like a key in base64: `sk-…` begins so. */
const ENCODED_KEY = /c2st[A-Za-z0-9+/]{8,}={0,2}/g

function withoutEncoded(value: Json): Json {
  if (typeof value === 'string') return value.replace(ENCODED_KEY, decodedPrint)
  if (Array.isArray(value)) return value.map(withoutEncoded)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutEncoded(inner)]))
}

export function scrubbedQuery(query: URLSearchParams): readonly (readonly [string, string])[] {
  return [...query].map(([name, value]) => [scrub(name), scrub(value)] as const)
}

/** A Secret, a patch of one in any kind, or a list of JSON patch operations, without what it holds. */
function withoutValues(body: Json): Json {
  if (Array.isArray(body))
    return body.map((operation) => (isObject(operation) && 'value' in operation ? { ...operation, value: hidden(operation['value'] ?? null) } : operation))
  if (!isObject(body)) return typeof body === 'string' ? hidden(body) : body
  const { data, stringData, metadata, ...rest } = body
  return {
    ...rest,
    ...(metadata === undefined ? {} : { metadata: withoutCopies(metadata) }),
    ...(data === undefined ? {} : { data: hidden(data, decodedPrint) }),
    ...(stringData === undefined ? {} : { stringData: hidden(stringData, print) }),
  }
}

/** `last-applied-configuration` repeats the whole object. */
function withoutCopies(metadata: Json): Json {
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined
  if (!isObject(metadata) || !isObject(annotations)) return metadata
  const copy = 'kubectl.kubernetes.io/last-applied-configuration'
  return { ...metadata, annotations: { ...annotations, ...(copy in annotations ? { [copy]: hidden(annotations[copy] ?? null) } : {}) } }
}

function hidden(value: Json, mark: (text: string) => string = decodedPrint): Json {
  if (typeof value === 'string') return mark(value)
  if (Array.isArray(value)) return value.map((item) => hidden(item, mark))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hidden(inner, mark)])) as JsonObject
}

function print(text: string): string {
  return `<value ${fingerprintOf(text)}>`
}

function decodedPrint(text: string): string {
  return print(Buffer.from(text, 'base64').toString('utf8'))
}
