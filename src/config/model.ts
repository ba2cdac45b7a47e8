/** A config in memory: as far as it could be read (`Draft`), and whole (`LoadedConfig`). */
import type { ProviderDeclaration, TargetDeclaration } from '../adapters/define.ts'
import type { Policy } from '../domain/policy.ts'
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
export type TargetBlock = Block<TargetDeclaration> & { readonly wave: number }

export interface CredentialBlock {
  readonly name: string
  readonly provider: ProviderBlock
  readonly targets: readonly TargetBlock[]
  readonly policy: Policy
}

export interface LoadedConfig {
  readonly ns: string
  /** Real path of the config's folder: relative paths start here, and `.keyrot/` lies here. */
  readonly root: string
  readonly credentials: readonly CredentialBlock[]
  /** Every secret that the blocks in use refer to, each text once. */
  readonly references: readonly Reference[]
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
