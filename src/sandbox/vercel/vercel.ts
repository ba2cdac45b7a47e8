/** An embedded Vercel on loopback: projects, variables, deployments and the names that point to them, with delays as in life. */
import type { AddressInfo } from 'node:net'
import { listen } from '../loopback.ts'
import { nextDue, pump } from './builds.ts'
import { handsOf, type VercelHands } from './hands.ts'
import type { RequestLogEntry } from './log.ts'
import { DEFAULTS, type VercelOptions } from './options.ts'
import { type RefusalRule, Refusals } from './refusals.ts'
import { handler } from './server.ts'
import { Cloud } from './state.ts'

export type { VariableWish, VercelHands } from './hands.ts'
export type { RequestLogEntry } from './log.ts'
export { DEFAULTS, type Runtime, type Unit, type VercelOptions } from './options.ts'
export type { RefusalRule } from './refusals.ts'
export { ROUTES } from './routes.ts'
export type { EnvView, UnitView } from './views.ts'

export interface VercelSandbox {
  /** Base URL for clients: `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly token: string
  /** Id of the team that owns every project; `null` where a person does. */
  readonly team: string | null
  /** Every request so far, in order. */
  readonly log: readonly RequestLogEntry[]
  readonly hands: VercelHands
  /** Orders a refusal or a lost answer in advance. */
  refuse(rule: RefusalRule): void
  /** Ends every connection; nothing happens any more. */
  close(): Promise<void>
}

/** Starts a cloud without projects. Rejects when the port is taken. */
export async function startVercel(options: Partial<VercelOptions> = {}): Promise<VercelSandbox> {
  const cloud = new Cloud({ ...DEFAULTS, ...options })
  const refusals = new Refusals()
  const log: RequestLogEntry[] = []
  const alarm = alarmFor(cloud)
  const server = await listen(cloud.options.port, handler(cloud, refusals, log, alarm.set))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: cloud.token,
    team: cloud.team?.id ?? null,
    log,
    hands: handsOf(cloud, alarm.set),
    refuse: (rule) => refusals.add(rule),
    close: () =>
      new Promise<void>((resolve) => {
        alarm.stop()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Lets builds go on although nobody asks: production must move by itself. A clock that stands still is left alone. */
function alarmFor(cloud: Cloud): { set(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const set = (): void => {
    clearTimeout(timer)
    const next = nextDue(cloud)
    if (next === null) return
    const from = cloud.now()
    const ring = (): void => {
      pump(cloud)
      if (cloud.now() !== from) set()
    }
    timer = setTimeout(ring, Math.max(1, next.at - from)).unref()
  }
  return { set, stop: () => clearTimeout(timer) }
}
