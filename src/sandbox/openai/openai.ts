/** An embedded OpenAI on loopback: stateful, with delays as in life, and breakable on demand. */
import type { AddressInfo } from 'node:net'
import { listen } from '../loopback.ts'
import { controlOf } from './control.ts'
import { Faults, type FaultRule, type FaultState } from './faults.ts'
import { type Hands, handsOf } from './hands.ts'
import type { RequestLogEntry } from './log.ts'
import { DEFAULTS, type SandboxOptions } from './options.ts'
import { CONTROL, handler } from './server.ts'
import { Cloud } from './state.ts'

export type { FaultKind, FaultRule, FaultState } from './faults.ts'
export { FAULT_KINDS, parseFault } from './faults.ts'
export type { CloudState, Hands, KeyView, KeyWish } from './hands.ts'
export type { RequestLogEntry } from './log.ts'
export { DEFAULTS, type SandboxOptions } from './options.ts'

export interface Sandbox extends Hands {
  /** Base URL for clients: `http://127.0.0.1:PORT/v1`. */
  readonly url: string
  /** Base of the control endpoint. */
  readonly controlUrl: string
  readonly adminKey: string
  /** Every request to the cloud so far, in order; control requests are not in it. */
  readonly log: readonly RequestLogEntry[]
  /** Puts a fault in force; the number names it in `faults()`. */
  fault(rule: FaultRule): number
  faults(): readonly FaultState[]
  clearFaults(): void
  /** Ends every connection, those left hanging by a fault included. */
  close(): Promise<void>
}

/** Starts a cloud with one admin key and nothing else in it. Rejects when the port is taken. */
export async function startSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const cloud = new Cloud({ ...DEFAULTS, ...options })
  const faults = new Faults()
  for (const rule of cloud.options.faults) faults.add(rule)
  const log: RequestLogEntry[] = []
  const hands = handsOf(cloud)
  const server = await listen(cloud.options.port, handler(cloud, faults, log, controlOf(cloud, faults, log, hands)))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...hands,
    url: `${origin}/v1`,
    controlUrl: `${origin}${CONTROL}`,
    adminKey: cloud.adminKey,
    log,
    fault: (rule) => faults.add(rule),
    faults: () => faults.states(),
    clearFaults: () => faults.clear(),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
