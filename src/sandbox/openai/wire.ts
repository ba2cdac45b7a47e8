/** How bytes reach the client, or do not. */
import type { ServerResponse } from 'node:http'
import type { Fault } from './faults.ts'
import type { Reply } from './reply.ts'

/** What became of the answer: the log says it, so that a test can tell "refused" from "lost". */
export type Delivery = 'answered' | 'reset' | 'cut' | 'withheld'

/** Sends a reply as the fault wants it sent. Returns at once; dripping goes on until the client leaves. */
export function deliver(response: ServerResponse, fault: Fault | null, reply: Reply, headers: Readonly<Record<string, string>>): Delivery {
  const all = { ...headers, ...reply.headers }
  switch (fault?.kind) {
    case 'refuse':
    case 'reset-before-headers':
    case 'effect-then-reset':
      response.socket?.resetAndDestroy()
      return 'reset'
    case 'never-answers':
    case 'effect-then-timeout':
      return 'withheld'
    case 'reset-mid-body':
      return cut(response, reply, { ...all, 'content-length': String(reply.bytes.length) }, true)
    case 'wrong-length':
      return cut(response, reply, { ...all, 'content-length': String(reply.bytes.length + 100) }, false)
    case 'slow-drip':
      drip(response, reply, all, fault.everyMs ?? 100)
      return 'answered'
    default:
      response.writeHead(reply.status, { ...all, 'content-length': String(reply.bytes.length) })
      response.end(reply.bytes)
      return 'answered'
  }
}

/** Half the body and a reset, or all of it and a polite end that comes too early for the length announced. */
function cut(response: ServerResponse, reply: Reply, headers: Record<string, string>, reset: boolean): Delivery {
  const { socket } = response
  response.writeHead(reply.status, { ...headers, connection: 'close' })
  response.write(reset ? reply.bytes.subarray(0, Math.ceil(reply.bytes.length / 2)) : reply.bytes, () => {
    // a pause lets the half arrive: a reset at once may overtake it
    setTimeout(() => (reset ? socket?.resetAndDestroy() : socket?.end()), 20).unref()
  })
  return 'cut'
}

function drip(response: ServerResponse, reply: Reply, headers: Record<string, string>, everyMs: number): void {
  response.writeHead(reply.status, headers)
  let sent = 0
  const timer = setInterval(() => {
    if (sent < reply.bytes.length) response.write(reply.bytes.subarray(sent, ++sent))
    else response.end(() => clearInterval(timer))
  }, everyMs)
  response.on('close', () => clearInterval(timer))
}
