/** Requests and answers as they stand on the wire, on their way to the server behind and back. */
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Answer, Asked } from './meaning.ts'

/** An answer with its headers in their own spelling and order, repeated ones included. */
export interface WholeAnswer extends Answer {
  readonly raw: readonly string[]
}

/** Asks the server behind and takes its whole answer. `unpacked`: without leave to compress, for who wants to read it. */
export type Behind = (asked: Asked, how: { readonly unpacked: boolean }) => Promise<WholeAnswer>

/** Of this connection only, and Node's to write (RFC 9110, section 7.6.1). */
const HOP = ['connection', 'keep-alive', 'proxy-connection']

/** Each request on a connection of its own: one that the server has just closed would look like a fault of ours. */
export function openBehind(base: string, ca: string | undefined): Behind {
  const module = base.startsWith('https:') ? https : http
  const agent = base.startsWith('https:') ? new https.Agent(ca === undefined ? {} : { ca }) : new http.Agent()
  return (asked, { unpacked }) => {
    const left = unpacked ? [...HOP, 'accept-encoding'] : HOP
    const headers = pairs(asked.rawHeaders).filter(([name]) => !left.includes(name.toLowerCase()))
    return new Promise((resolve, reject) => {
      const request = module.request(new URL(asked.url, base), { method: asked.method, headers: headers.flat(), agent, setHost: false }, (message) => {
        bytesOf(message).then((bytes) => resolve(answerOf(message, bytes)), reject)
      })
      request.on('error', reject)
      request.end(asked.body)
    })
  }
}

/** Reads a request to its end. */
export async function askedOf(incoming: IncomingMessage): Promise<Asked> {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
  return { method: incoming.method ?? 'GET', url: incoming.url ?? '/', headers, rawHeaders: incoming.rawHeaders, body: await bytesOf(incoming) }
}

export function pathOf({ url }: Asked): string {
  return url.split('?')[0] ?? url
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}

function answerOf(message: IncomingMessage, bytes: Buffer): WholeAnswer {
  const kept = pairs(message.rawHeaders).filter(([name]) => ![...HOP, 'transfer-encoding'].includes(name.toLowerCase()))
  return { status: message.statusCode ?? 0, headers: Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), value])), raw: kept.flat(), bytes }
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''])
}
