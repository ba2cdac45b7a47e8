/** An answer as it is read: with a cap, unpacked, and with the headers that keyrot knows. */
import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { SECOND, type Ms } from '../../domain/duration.ts'
import { codeOf, type Odd } from './failure.ts'

/** What is let through of an answer's headers. */
const READ_HEADERS = ['content-type', 'date', 'retry-after', 'retry-after-ms', 'x-request-id', 'x-amzn-requestid', 'x-vercel-id', 'audit-id']

/** Plain, for thousands of calls: a `Response` with its streams is a tenth of what one costs. */
export interface HttpAnswer {
  readonly status: number
  /** Those that keyrot knows, by their names in small letters. */
  readonly headers: ReadonlyMap<string, string>
  /** As it is after decompression. */
  readonly body: Buffer
}

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

/** Reads an answer to its end, or says what is wrong with it. */
export async function answerOf(message: IncomingMessage, maxBytes: number): Promise<HttpAnswer | Odd> {
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
