/** How bytes reach the client, or do not. Each returns at once; what goes on goes on until the client leaves. */
import type { Answer } from './meaning.ts'
import type { Moment } from './faults.ts'

/** So that a half arrives before the end does: a reset at once may overtake it. */
const SETTLE_MS = 15
const DRIP_MS = 40

export function reset({ response }: Moment): void {
  response.socket?.resetAndDestroy()
}

export function hang(): void {
  // the connection stays open and silent
}

/** The answer, whole. */
export function say({ response }: Moment, answer: Answer): void {
  const headers = Object.entries(answer.headers).filter(([name]) => name.toLowerCase() !== 'content-length')
  response.writeHead(answer.status, Object.fromEntries(headers))
  response.end(answer.bytes)
}

/** The answer with headers that may be untrue, written past Node's own sense for them. */
export function plain(moment: Moment, answer: Answer, headers: Readonly<Record<string, string>>): void {
  const { socket } = moment.response
  socket?.write(Buffer.concat([Buffer.from(headOf(answer, headers)), answer.bytes]))
  if (headers['connection'] === 'close') setTimeout(() => socket?.end(), SETTLE_MS)
}

/** Half of the answer, then a reset or a polite end. */
export function cut({ response }: Moment, answer: Answer, how: 'reset' | 'close'): void {
  const { socket } = response
  const head = headOf(answer, { 'content-length': String(answer.bytes.length) })
  socket?.write(Buffer.concat([Buffer.from(head), answer.bytes.subarray(0, Math.ceil(answer.bytes.length / 2))]))
  setTimeout(() => (how === 'reset' ? socket?.resetAndDestroy() : socket?.end()), SETTLE_MS)
}

/** Byte by byte. */
export function drip({ response }: Moment, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.bytes.length) })
  let sent = 0
  every(response, DRIP_MS, () => {
    if (sent < answer.bytes.length) response.write(answer.bytes.subarray(sent, ++sent))
    else response.end()
  })
}

/** A header line now and then, and never the last. */
export function headersForEver({ response }: Moment): void {
  const { socket } = response
  socket?.write('HTTP/1.1 200 OK\r\n')
  let line = 0
  if (socket !== null) every(socket, DRIP_MS, () => socket.write(`x-line-${(line += 1)}: and more\r\n`))
}

/** Header lines as fast as they are read. */
export function flood({ response }: Moment): void {
  const { socket } = response
  const lines = 'x-line: and more\r\n'.repeat(4_096)
  const pour = (): void => {
    while (socket?.writable === true && socket.write(lines));
  }
  socket?.on('drain', pour)
  socket?.write('HTTP/1.1 200 OK\r\n')
  pour()
}

export function sendRaw({ response }: Moment, text: string, then: 'close'): void {
  const { socket } = response
  socket?.write(text)
  if (then === 'close') setTimeout(() => socket?.end(), SETTLE_MS)
}

function headOf(answer: Answer, headers: Readonly<Record<string, string>>): string {
  const kept = Object.entries(answer.headers).filter(([name]) => !['content-length', 'transfer-encoding', 'connection'].includes(name.toLowerCase()))
  const lines = [...kept, ...Object.entries(headers)].map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${answer.status} Spoilt\r\n${lines.join('')}\r\n`
}

interface Stream {
  readonly destroyed: boolean
  on(event: 'close', act: () => void): unknown
}

function every(stream: Stream, ms: number, act: () => void): void {
  const timer = setInterval(() => (stream.destroyed ? clearInterval(timer) : act()), ms)
  stream.on('close', () => clearInterval(timer))
}
