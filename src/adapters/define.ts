/** How an adapter declares itself. The catalog lists declarations; config schema, JSON Schema, menus and docs are derived. */
import type { z } from 'zod'
import type { Secret } from '../domain/secret.ts'
import type { Policy } from '../domain/policy.ts'
import type { Provider } from '../ports/provider.ts'
import type { Clock, Ids } from '../ports/system.ts'
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
  readonly signal: AbortSignal
}

export interface TargetDeclaration<S extends z.ZodType = z.ZodType> {
  readonly type: string
  readonly title: string
  readonly schema: S
  /** Every slot these settings mean, each in one spelling: two blocks that share one are refused before anything connects. */
  slots?(settings: z.output<S>): readonly string[]
  connect(name: string, settings: z.output<S>, around: Surroundings): Promise<Target>
}

export interface ProviderDeclaration<S extends z.ZodType = z.ZodType> {
  readonly type: string
  readonly title: string
  readonly schema: S
  connect(name: string, settings: z.output<S>, around: Surroundings, policy: Policy): Promise<Provider>
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
}
