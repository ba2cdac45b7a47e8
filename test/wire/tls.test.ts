/**
 * A server that cannot prove who it is gets no request, and so no key: of every call of every adapter. What is wrong with each
 * certificate is wrong with it alone: the authority is trusted here, and a good certificate of the same make is accepted.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeIdentities } from './certificates.ts'
import type { Fault } from './faults.ts'
import { judge, leaksOf, type Leaks, type Outcome } from './judge.ts'
import { UNSENT, type Said } from './meaning.ts'
import { startProxy, type Seen } from './proxy.ts'
import { HASTE, PATIENCE, type AnySubject, type Operation } from './subject.ts'
import { subjects } from './subjects.ts'

const identities = makeIdentities()
const before = getCACertificates()
beforeAll(() => setDefaultCACertificates([...before, identities.authority]))
afterAll(() => setDefaultCACertificates(before))

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const operations = subjects.flatMap((subject) => subject.operations.map((operation) => [subject.name, operation.name, subject, operation] as const))
const outcomeOf = (call: Promise<unknown>): Promise<Outcome> =>
  call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )

type Kind = Exclude<keyof typeof identities, 'authority'>

/** A fresh world behind a front, what the operation says there, and what the front has let through. */
async function call(
  subject: AnySubject,
  operation: Operation<any, any>,
  front: Front,
  deadlineMs: number,
): Promise<{ outcome: Outcome; leaks: Leaks; seen: readonly Seen[] }> {
  const world = await subject.start()
  closers.push(() => world.close())
  await operation.prepare?.(world, await world.connect(world.behind, PATIENCE))
  const { url, seen } = await front(world.behind)
  const outcome = await outcomeOf(world.connect(url, deadlineMs).then((adapter: unknown) => operation.act(adapter, world)))
  return { outcome, leaks: leaksOf(world.keys), seen }
}

type Front = (behind: string) => Promise<{ readonly url: string; readonly seen: readonly Seen[] }>

const secured =
  (subject: AnySubject, kind: Kind): Front =>
  async (behind) => {
    const proxy = await startProxy({ behind, sites: subject.sites, dialect: subject.dialect, keys: () => [], identity: identities[kind] })
    closers.push(() => proxy.close())
    return proxy
  }

const bare =
  (greet: (socket: Socket) => unknown): Front =>
  async (behind) => {
    const port = await listening(createServer((socket) => void greet(socket.on('error', () => undefined))))
    return { url: `https://127.0.0.1:${port}${new URL(behind).pathname.replace(/\/$/, '')}`, seen: [] }
  }

describe.each(operations)('%s: %s', (_name, _operation, subject, operation) => {
  const says = operation.says ?? ((): Said => 'done')
  // as of a server that is not there
  const [site] = subject.sites
  const fault: Fault = { name: 'no handshake', at: 'connection', effect: false, means: UNSENT, spoil: () => undefined }
  const unreached = (site === undefined ? null : operation.allows?.(fault, site)) ?? UNSENT.read

  /** What is wrong with each call, by the front it was made at; the fronts stand side by side, in worlds of their own. */
  const problemsAt = async (fronts: Readonly<Record<string, Front>>, deadlineMs: number): Promise<Record<string, readonly string[]>> => {
    const calls = Object.entries(fronts).map(async ([name, front]) => {
      const { outcome, leaks, seen } = await call(subject, operation, front, deadlineMs)
      return [name, [...judge(outcome, unreached, says, leaks), ...seen.map(({ path }) => `it asked for ${path}`)]] as const
    })
    return Object.fromEntries(await Promise.all(calls))
  }

  it('sends nothing to a server whose certificate is not in order', async () => {
    const kinds = ['expired', 'notYetValid', 'wrongHost', 'selfSigned', 'unknownAuthority'] as const
    const problems = await problemsAt(Object.fromEntries(kinds.map((kind) => [kind, secured(subject, kind)])), PATIENCE)
    expect(problems).toEqual({ expired: [], notYetValid: [], wrongHost: [], selfSigned: [], unknownAuthority: [] })
  })

  it('accepts a certificate that is in order', async () => {
    const { outcome, leaks, seen } = await call(subject, operation, secured(subject, 'good'), PATIENCE)
    expect(judge(outcome, ['done'], says, leaks)).toEqual([])
    expect(seen.length).toBeGreaterThan(0)
  })

  it('cannot reach a server that does not finish the handshake', async () => {
    const fronts = {
      'never shakes hands': bare(() => undefined),
      'hangs up': bare((socket) => socket.once('data', () => socket.end())),
      resets: bare((socket) => socket.once('data', () => socket.resetAndDestroy())),
      'speaks no TLS': bare((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'))),
    }
    expect(await problemsAt(fronts, HASTE)).toEqual({ 'never shakes hands': [], 'hangs up': [], resets: [], 'speaks no TLS': [] })
  })
})

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
