/** How an adapter is put before the matrix: its server, its call sites, and the operations that together reach every one of them. */
import type { Provider } from '../../src/ports/provider.ts'
import type { Target } from '../../src/ports/target.ts'
import type { Fault } from './faults.ts'
import type { Dialect, Said } from './meaning.ts'
import type { Site } from './proxy.ts'

/** How long an exchange may take where only the deadline can end it; elsewhere a slow machine must not look like a slow wire. */
export const HASTE = 500
export const PATIENCE = 15_000

/** One fresh world: a server with what the operation needs, and ways to look at it past the wire. */
export interface Stage<T> {
  /** Where the server listens. */
  readonly behind: string
  /** Every key and token of this world, by what it is: none may be seen anywhere. */
  readonly keys: Readonly<Record<string, string>>
  /** The adapter, its requests going to `url`, each given up after `deadlineMs`. */
  connect(url: string, deadlineMs: number): Promise<T>
  /** What is ours at the server, in a form that is the same in every world that came to the same end. */
  state(): Promise<unknown>
  /** How much of ours lies there that nothing refers to any more, where a store keeps such. */
  litter?(): Promise<number>
  /** What is not ours, exactly. */
  others(): Promise<unknown>
  /** Somebody else changes what is his, in the same record. */
  edit?(): Promise<void>
  /** Somebody else puts a key of his into the current slot; and whether it is still there. Only where the store can refuse a write for that. */
  overtake?(): Promise<void>
  overtaken?(): Promise<boolean>
  close(): Promise<void>
}

export interface Operation<T, W extends Stage<T>> {
  readonly name: string
  /** Methods of the port that it calls. */
  readonly covers: readonly (keyof T & string)[]
  /** Brings the world to where the operation begins. Its own connection does not pass the proxy. */
  prepare?(world: W, adapter: T): Promise<void>
  act(adapter: T, world: W): Promise<unknown>
  /** Whether it writes the current slot. */
  readonly claims?: boolean
  /** The same wish once more, as the engine would have it: look first. Default: `act`. */
  again?(adapter: T, world: W): Promise<unknown>
  /** What a value says. Default: `done`. */
  says?(value: unknown): Said
  /** Where this operation means something else by an answer than the fault's own table, and why that is right: see the subject. */
  allows?(fault: Fault, site: Site): readonly Said[] | null
}

export interface Subject<T, W extends Stage<T> = Stage<T>> {
  readonly name: string
  readonly dialect: Dialect
  readonly sites: readonly Site[]
  readonly operations: readonly Operation<T, W>[]
  /** Where an answer leads to another request at the same site, by design. */
  readonly leadsOn?: (fault: Fault, site: Site) => boolean
  /** Methods that ask nothing of the network. */
  readonly silent: readonly (keyof T & string)[]
  start(): Promise<W>
}

type Methods<T> = { [K in keyof T]-?: NonNullable<T[K]> extends (...args: never) => unknown ? K : never }[keyof T]

/** Every method of the ports: the compiler says when one is missing here. */
const PORT_METHODS: Readonly<Record<Methods<Target> | Methods<Provider>, true>> = {
  observe: true,
  write: true,
  reload: true,
  reloaded: true,
  stragglers: true,
  leftovers: true,
  unmark: true,
  remarks: true,
  rights: true,
  prove: true,
  madeUp: true,
  refusePasted: true,
  isAdminKey: true,
  list: true,
  mint: true,
  retire: true,
  retireAccount: true,
  expire: true,
  usage: true,
  costs: true,
  keyEvents: true,
  guards: true,
  administrator: true,
  rateLimits: true,
  setRateLimit: true,
}

/** What this adapter can do, by the names of its port. */
export function methodsOf(adapter: object): readonly string[] {
  return Object.keys(PORT_METHODS).filter((name) => name in adapter && (adapter as Record<string, unknown>)[name] !== undefined)
}

/** A subject whatever its port: what the matrix works with. */
export type AnySubject = Subject<any, any>
