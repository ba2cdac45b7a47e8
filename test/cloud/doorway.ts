/** Stands before a server, passes everything on, and lets somebody else act just before the requests that are waited for. */
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Passing {
  readonly method: string
  readonly path: string
  /** Last part of `X-Amz-Target`, or an empty text. */
  readonly operation: string
  readonly body: string
}

export interface Doorway {
  readonly url: string
  /** How often somebody acted. */
  readonly times: () => number
  readonly close: () => Promise<void>
}

/** `meanwhile` is called before each request that fits goes on. */
export function openDoorway(behind: string, fits: (passing: Passing) => boolean, meanwhile: () => void): Promise<Doorway> {
  const to = new URL(behind)
  let times = 0
  const server = createServer((incoming, outgoing) => {
    void bodyOf(incoming).then((body) => {
      const target = String(incoming.headers['x-amz-target'] ?? '')
      const passing = { method: incoming.method ?? '', path: incoming.url ?? '', operation: target.split('.').at(-1) ?? '', body: body.toString() }
      if (fits(passing)) {
        times++
        meanwhile()
      }
      // The host header stays as it was sent: a signature covers it.
      const onward = request({ host: to.hostname, port: to.port, method: passing.method, path: passing.path, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      onward.on('error', () => outgoing.destroy())
      onward.end(body)
    })
  })
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        times: () => times,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      }),
    ),
  )
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}
