/** Everything an invocation works with, put together once by `cli/compose.ts` (or by the simulator). */
import type { Policy } from '../domain/policy.ts'
import type { RunEvent } from '../domain/events.ts'
import type { Provider } from './provider.ts'
import type { Clock, Ids, Locks, Prompter, Records } from './system.ts'
import type { Secret } from '../domain/secret.ts'
import type { Target } from './target.ts'

export interface BoundTarget {
  readonly name: string
  readonly target: Target
  /** Waves run one after the other; design section 4. */
  readonly wave: number
}

/** A credential of the config with its provider and targets connected. */
export interface BoundCredential {
  readonly name: string
  readonly policy: Policy
  readonly provider: Provider
  readonly targets: readonly BoundTarget[]
}

export interface Workspace {
  readonly ns: string
  readonly credentials: readonly BoundCredential[]
  readonly clock: Clock
  readonly ids: Ids
  readonly records: Records
  readonly locks: Locks
  /** `null` without a terminal: nothing ever prompts then. */
  readonly prompter: Prompter | null
  /** Aborted when the invocation is told to stop: the engine ends at the next safe point. */
  readonly signal: AbortSignal
  /** Sees every event as it happens, journalled or not. Must not throw and must not slow the run. */
  readonly watch: (event: RunEvent) => void
}

export interface RunOptions {
  /** Adopt: which target's value is the predecessor where readable targets disagree. */
  readonly from?: string
  /** Warrant items a flag stands in for. */
  readonly waive: readonly string[]
  /** Targets whose old value cannot be had, accepted by name. */
  readonly noRollback: readonly string[]
  readonly reason: string | null
  /** Why the predecessor may be revoked without asking: `revoke NAME --yes --confirm NAME`. */
  readonly revokeConfirmed: boolean
  /** Accept a key of another project; what stays behind was listed. */
  readonly changeProject: boolean
  /** A new key given by hand (`--new-key-stdin`), where no API can mint one. */
  readonly pasted: Secret | null
}
