/** What the servers of all services have in common: a port on loopback, the bytes of a request, and its bearer. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'

export type Handle = (...visit: Parameters<RequestListener>) => Promise<void>

/** Listens on 127.0.0.1; a request that cannot be handled loses its connection. Rejects with the system's error when the port is taken. */
export function listen(port: number, handle: Handle, serverOf: (serve: RequestListener) => Server = (serve) => createServer(serve)): Promise<Server> {
  const server = serverOf((request, response) => {
    handle(request, response).catch(() => response.socket?.destroy())
  })
  // A client in the same process may be busy for longer than Node's five seconds: an idle connection is not to be cut under its next call.
  server.keepAliveTimeout = 0
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

const BODY_LIMIT = 1024 * 1024

/** The body of a request. Rejects above 1 MiB. */
export async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const body = await bodyWithin(incoming, BODY_LIMIT)
  if (body === null) throw new Error('a request to the sandbox may not be larger than 1 MiB')
  return body
}

/** The body of a request, or `null` when it has more bytes than that; it is read to its end either way. */
export async function bodyWithin(incoming: IncomingMessage, limit: number): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= limit) parts.push(part)
  }
  return size > limit ? null : Buffer.concat(parts)
}

/** The parsed text, or `undefined` when it is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The token of an `Authorization: Bearer` header, or `null`. */
export function bearerOf({ headers }: IncomingMessage): string | null {
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null
}
