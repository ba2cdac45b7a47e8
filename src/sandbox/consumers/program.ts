/**
 * A consumer: a process that was handed a key as its platform hands it over, calls with it all the time, and tells its parent
 * how that went, by fingerprint. An entry of the bundle of its own.
 */
import { createHash } from 'node:crypto'
import { Agent, get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { keyFrom, type Environment, type Source } from './source.ts'

/** What the parent says at start. It comes as a message: the environment of a process can be read by its neighbours. */
export interface Orders {
  /** What the platform puts into the process's environment, the key included where it does. */
  readonly env: Environment
  readonly source: Source
  /** Base URL of the provider. */
  readonly api: string
  readonly callsPerSecond: number
}

/** What happened since the last message. */
export interface Tally {
  readonly fingerprint: string
  /** `accepted` · `refused` (401 or 403) · `failed` (anything else). */
  readonly outcome: 'accepted' | 'refused' | 'failed'
  readonly calls: number
}

const TELL_MS = 100
/** Calls under way at once. Nobody waits in line for a place: a call would go out long after its key was taken up, and count for a key in use. */
const AT_ONCE = 8

type Counts = Map<string, { readonly tally: Omit<Tally, 'calls'>; calls: number }>

async function consume(orders: Orders): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const counts: Counts = new Map()
  let underWay = 0
  const call = (key: string): void => {
    const fingerprint = createHash('sha256').update(key).digest('hex').slice(0, 12)
    const count = (outcome: Tally['outcome']): void => {
      const found = counts.get(fingerprint + outcome) ?? { tally: { fingerprint, outcome }, calls: 0 }
      found.calls++
      counts.set(fingerprint + outcome, found)
    }
    underWay++
    get(`${orders.api}/models`, { agent, headers: { authorization: `Bearer ${key}` } }, (answer) => {
      answer.resume()
      count(answer.statusCode === 200 ? 'accepted' : answer.statusCode === 401 || answer.statusCode === 403 ? 'refused' : 'failed')
    })
      .on('error', () => count('failed'))
      .once('close', () => underWay--)
  }
  setInterval(() => tell(counts), TELL_MS)
  const { source, env, callsPerSecond } = orders
  const everyMs = 'everyMs' in source ? source.everyMs : Number.POSITIVE_INFINITY
  let key: string | null = null
  let readAt = Number.NEGATIVE_INFINITY
  for (let next = Date.now(); ; next += 1000 / callsPerSecond) {
    if (key === null || Date.now() - readAt >= everyMs) {
      key = await keyFrom(source, env).catch(() => key)
      readAt = Date.now()
    }
    if (key !== null && underWay < AT_ONCE) call(key)
    await pause(Math.max(0, next - Date.now()))
  }
}

function tell(counts: Counts): void {
  const tallies = [...counts.values()].map(({ tally, calls }): Tally => ({ ...tally, calls }))
  counts.clear()
  if (tallies.length > 0) process.send?.(tallies)
}

/** Without its parent nobody wants it. */
process.once('disconnect', () => process.exit(0))
process.once('message', (orders: Orders) => void consume(orders))
