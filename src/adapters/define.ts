/** How an adapter declares itself. The catalog lists declarations; config schema, JSON Schema, menus and docs are derived. */
import type { z } from 'zod'
import type { Ms } from '../domain/duration.ts'
import type { Secret } from '../domain/secret.ts'
import type { PermissionSheet, Provider } from '../ports/provider.ts'
import type { SharedStore } from '../ports/store.ts'
import type { Clock, Ids, Turn } from '../ports/system.ts'
import type { Sink } from '../ports/sink.ts'
import type { Target } from '../ports/target.ts'

/** What an adapter is given when it connects. References in its settings are resolved to Secrets by then. */
export interface Surroundings {
  readonly clock: Clock
  readonly ids: Ids
  /** Folder of the config file: relative paths start here and may not leave it. */
  readonly root: string
  /** Folder for state; `tmp/` inside it is for temporary files that hold a key. */
  readonly stateDir: string
  /** Every secret the config refers to, by its reference text (`env:NAME`, `file:path`). */
  readonly secret: (reference: string) => Secret
  /** Endpoint variables and proxies as the environment had them at start. */
  readonly env: (name: string) => string | undefined
  /** Throws `KR_HOST_NOT_ALLOWED` unless the endpoint is the default, loopback, or allowed by flag (design section 5). */
  readonly endpoint: (given: string, fallback: string) => URL
  /** What several blocks have in common (connections, a login): made at the first call for this name. Absent, each block has its own. */
  readonly shared?: <T>(name: string, make: () => T) => T
  readonly signal: AbortSignal
  /** For every exchange over the network. Absent, none waits. */
  readonly turn?: Turn | undefined
  /** From the first packet to the last byte of one exchange, where an adapter's own choice is not wanted: tests are in a hurry. */
  readonly deadlineMs?: Ms | undefined
}

/** What a target is given besides: whose key it keeps. Markers and labels that a store keeps are named after both. */
export interface TargetSurroundings extends Surroundings {
  readonly ns: string
  readonly credential: string
}

/** One block of the config as `permissions` sees it. */
export interface Block<S extends z.ZodType> {
  readonly name: string
  readonly settings: z.output<S>
}

export type { PermissionSheet }

/** What every kind of declaration has: enough to judge a block of the config. */
export interface Declaration<S extends z.ZodType = z.ZodType> {
  readonly type: string
  readonly title: string
  readonly schema: S
}

/** What a machine that runs keyrot on schedule needs in order to reach a target. */
export type Reach =
  | { readonly by: 'aws'; readonly region: string }
  | { readonly by: 'cluster'; readonly context: string | null; readonly kubeconfig: string | null }
  /** The target is a file of this very machine. */
  | { readonly by: 'folder' }

export interface TargetDeclaration<S extends z.ZodType = z.ZodType> {
  readonly type: string
  readonly title: string
  readonly schema: S
  /** Every slot these settings mean, each in one spelling: two blocks that share one are refused before anything connects. */
  slots?(settings: z.output<S>): readonly string[]
  /** Beyond the secrets that the settings refer to. */
  reach?(settings: z.output<S>): Reach
  /** The least rights that all blocks of this type need together; pure, nothing connects. */
  permissions(blocks: readonly Block<S>[]): readonly PermissionSheet[]
  /** Loads the SDK and prepares the client; asks nothing of the store yet, so that a store that is down does not keep others from their turn. */
  connect(name: string, settings: z.output<S>, around: TargetSurroundings): Promise<Target>
}

export interface ProviderDeclaration<S extends z.ZodType = z.ZodType> {
  readonly type: string
  readonly title: string
  readonly schema: S
  /** As for targets. */
  permissions(blocks: readonly Block<S>[]): readonly PermissionSheet[]
  connect(name: string, settings: z.output<S>, around: Surroundings): Promise<Provider>
}

/** A shared store for records and locks. Its settings hold no secrets: it is opened before any is read. */
export interface StateDeclaration<S extends z.ZodType = z.ZodType> {
  readonly type: string
  readonly title: string
  readonly schema: S
  /** The least rights for these settings and the sheets of these names; pure, nothing connects. */
  permissions(settings: z.output<S>, sheets: readonly string[]): readonly PermissionSheet[]
  /** Asks nothing of the store yet. */
  open(settings: z.output<S>, around: Surroundings): Promise<SharedStore>
}

export function defineState<S extends z.ZodType>(declaration: StateDeclaration<S>): StateDeclaration<S> {
  return declaration
}

/** Where notices go. Connecting asks nothing; what is wrong with a secret is thrown, and said when a notice is to be sent. */
export interface SinkDeclaration<S extends z.ZodType = z.ZodType> {
  readonly type: string
  readonly title: string
  readonly schema: S
  connect(name: string, settings: z.output<S>, around: Surroundings): Sink
}

export function defineSink<S extends z.ZodType>(declaration: SinkDeclaration<S>): SinkDeclaration<S> {
  return declaration
}

export function defineTarget<S extends z.ZodType>(declaration: TargetDeclaration<S>): TargetDeclaration<S> {
  return declaration
}

export function defineProvider<S extends z.ZodType>(declaration: ProviderDeclaration<S>): ProviderDeclaration<S> {
  return declaration
}

/** Every adapter this keyrot has. One line each in `catalog.ts`. */
export interface Catalog {
  readonly providers: readonly ProviderDeclaration[]
  readonly targets: readonly TargetDeclaration[]
  readonly states: readonly StateDeclaration[]
  readonly sinks: readonly SinkDeclaration[]
}
