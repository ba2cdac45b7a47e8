/** Everything an invocation works with, put together once by `cli/compose.ts` (or by the simulator). */
import type { Ms } from '../domain/duration.ts'
import type { Limits, Policy } from '../domain/policy.ts'
import type { RunEvent } from '../domain/events.ts'
import type { Provider } from './provider.ts'
import type { Sink } from './sink.ts'
import type { Clock, Ids, Locks, Prompter, Records } from './system.ts'
import type { Secret } from '../domain/secret.ts'
import type { Target } from './target.ts'

export interface BoundTarget {
  readonly name: string
  readonly target: Target
  /** Waves run one after the other; design section 4. */
  readonly wave: number
  /** What it serves (`production`, `staging`), where the config says. */
  readonly environment?: string
}

/** A credential of the config with its provider and targets connected. */
export interface BoundCredential {
  readonly name: string
  readonly policy: Policy
  readonly provider: Provider
  /** The provider's name in the config. */
  readonly providerName?: string
  readonly targets: readonly BoundTarget[]
}

export interface Workspace {
  readonly ns: string
  readonly credentials: readonly BoundCredential[]
  /** For `rotate --due`; keyrot's own where the config has none. */
  readonly limits?: Limits
  /** Where notices go; none where the config has none. */
  readonly sinks?: readonly Sink[]
  readonly clock: Clock
  readonly ids: Ids
  readonly records: Records
  readonly locks: Locks
  /** `null` without a terminal: nothing ever prompts then. */
  readonly prompter: Prompter | null
  /** Aborted when the invocation is told to stop: the engine ends at the next safe point. */
  readonly signal: AbortSignal
  /** Stops this invocation at the next safe point because an incident asks for its lock; absent where nobody can ask. */
  readonly giveWay?: () => void
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
  /** Targets whose record another controller manages, accepted by name. */
  readonly managedElsewhere: readonly string[]
  readonly reason: string | null
  /** Why the predecessor may be revoked without asking: `revoke NAME --yes --confirm NAME`. */
  readonly revokeConfirmed: boolean
  /** Accept a key of another project; what stays behind was listed. */
  readonly changeProject: boolean
  /** A new key given by hand (`--new-key-stdin`), where no API can mint one. */
  readonly pasted: Secret | null
  /** A run of `rotate --due`: what it cannot go on with is counted and tried again later and later. */
  readonly unattended?: boolean
  /** Ends before the old key may die: who may mint need not be who may delete. */
  readonly until?: 'drain'
  /** What is said about a leak; only an incident has it. */
  readonly incident?: IncidentOrder
  /** Which key `revoke` is about, where it is not simply the old key of the run. */
  readonly subject?: RevocationSubject
}

/** What a person said about a leak, or flags for them. */
export interface IncidentOrder {
  /** The leaked value, or the id of the leaked key, where it is at hand. Without either: every key that is or was in use. */
  readonly value: Secret | null
  readonly keyId: string | null
  /** Whether somebody could have seen every slot, not only what is in use. */
  readonly everySlot: boolean
  readonly severFirst: boolean
  readonly deadman: Ms
  /** Targets that may be left on a dead key. */
  readonly without: readonly string[]
  readonly by: 'person' | 'flag'
}

/** What `revoke` is told beyond the credential: which key, by its id or its value, and whether what only time or people prove is waived. */
export interface RevocationSubject {
  readonly keyId: string | null
  readonly value: Secret | null
  readonly force: boolean
}
