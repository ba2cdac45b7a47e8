/** A config in memory: as far as it could be read (`Draft`), and whole (`LoadedConfig`). */
import type { ProviderDeclaration, SinkDeclaration, StateDeclaration, TargetDeclaration } from '../adapters/define.ts'
import type { Ms } from '../domain/duration.ts'
import type { Limits, Policy } from '../domain/policy.ts'
import type { Problem } from './problems.ts'
import type { Reference } from './references.ts'

interface Block<D> {
  readonly name: string
  readonly type: string
  /** What `declaration.connect` takes: the output of the adapter's own schema, references still as text. */
  readonly settings: unknown
  readonly declaration: D
}

export type ProviderBlock = Block<ProviderDeclaration>
export interface TargetBlock extends Block<TargetDeclaration> {
  readonly wave: number
  /** What it serves, as people call it. */
  readonly environment?: string
}

export type SinkBlock = Block<SinkDeclaration> & { readonly references: readonly Reference[] }

export interface CredentialBlock {
  readonly name: string
  readonly provider: ProviderBlock
  readonly targets: readonly TargetBlock[]
  readonly policy: Policy
}

/** How an incident goes. */
export interface IncidentSettings {
  readonly deadman: Ms
}

export interface StateBlock {
  readonly settings: unknown
  readonly declaration: StateDeclaration
}

export interface LoadedConfig {
  readonly ns: string
  /** The shared store for records and locks; `null` = files. */
  readonly state: StateBlock | null
  readonly incident: IncidentSettings
  /** Real path of the config's folder: relative paths start here, and `.keyrot/` lies here. */
  readonly root: string
  readonly credentials: readonly CredentialBlock[]
  readonly limits: Limits
  /** Where notices go. Their secrets are read apart: one that is missing keeps no rotation from its turn. */
  readonly notify: readonly SinkBlock[]
  /** Every secret that the blocks in use refer to, each text once. */
  readonly references: readonly Reference[]
  /** Variables that any block names as a secret, in use or not: no program that an SDK starts may inherit one. */
  readonly secretVariables: readonly string[]
  readonly warnings: readonly Problem[]
}

/** A config as far as it could be read. */
export interface Draft {
  readonly providers: ReadonlyMap<string, ProviderBlock | null>
  readonly targets: ReadonlyMap<string, TargetBlock | null>
  readonly credentials: ReadonlyMap<string, DraftCredential>
}

export interface DraftCredential {
  readonly provider: string | null
  readonly targets: readonly string[]
  /** `null` when it could not be read. */
  readonly policy: Policy | null
}
