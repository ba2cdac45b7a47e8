/** What an invocation says about one credential when it ends: the object behind every view and exit code. */
import type { Ms } from './duration.ts'
import type { KeyNote } from './record.ts'
import type { ItemFinding } from './warrant.ts'

/**
 * `done` · `nothing` (nothing to do) · `rolled-back` · `waiting` (until `next.at`, nothing wanted) · `parked` (safe,
 * something is wanted) · `failed` (nothing changed, or all put back) · `person` (past the point of no return) · `refused` · `locked`.
 */
export type RunStatus = 'done' | 'nothing' | 'rolled-back' | 'waiting' | 'parked' | 'failed' | 'person' | 'refused' | 'locked' | 'interrupted' | 'bug'

/** Where the slots stand; design section 1. */
export type Phase = 'unknown' | 'settled' | 'minted' | 'staged' | 'promoting' | 'promoted' | 'retired'

export interface TargetReport {
  readonly name: string
  readonly type: string
  /** `a` (predecessor) · `b` (successor) · `older` · `absent` · `foreign` · `unknown` · `none` (no such slot). */
  readonly current: SlotRole
  readonly fallback: SlotRole
}

export type SlotRole = 'a' | 'b' | 'older' | 'absent' | 'foreign' | 'unknown' | 'none'

export interface RunFinding {
  readonly code: string
  readonly severity: 'info' | 'warning' | 'error'
  readonly message: string
}

/** What is known of the predecessor when a person is asked about it. */
export interface KeyFacts {
  readonly id: string | null
  readonly name: string | null
  readonly fingerprint: string | null
  readonly createdAt: Ms | null
  readonly expiresAt: Ms | null
  /** `undefined` = unknown. */
  readonly lastUsedAt: Ms | null | undefined
}

export interface RunReport {
  readonly credential: string
  readonly runId: string | null
  readonly generation: number
  readonly status: RunStatus
  readonly phase: Phase
  readonly exit: number
  /** Stable code of what ended the invocation, for example `KR_WAITING_OVERLAP`. */
  readonly code: string
  readonly message: string
  readonly hints: readonly string[]
  readonly targets: readonly TargetReport[]
  readonly next: { readonly command: string; readonly at: Ms | null } | null
  readonly findings: readonly RunFinding[]
  /** The warrant as it stood, where it was drawn up. */
  readonly warrant: readonly ItemFinding[]
  /** When an incident came to what; absent for every other run. `human` is a span: how long keyrot waited for a person. */
  readonly moments?: Readonly<Record<string, Ms>>
}

/** What an incident would do to one credential, as it is asked about. */
export interface IncidentForecast {
  readonly credential: string
  readonly leaked: readonly KeyNote[]
  readonly targets: readonly string[]
  readonly unreachable: readonly string[]
  /** Targets whose consumers are restarted, and those whose consumers a person restarts. */
  readonly restarts: readonly string[]
  readonly manual: readonly string[]
  /** Whether the provider can give the leaked key a near end, make the new key and delete the old one. */
  readonly byApi: boolean
  readonly severFirst: boolean
}

/** What an approval would be for, as a person is shown it. */
export interface ApprovalSubject {
  readonly credential: string
  readonly run: string
  readonly generation: number
  readonly planHash: string
  readonly stays: KeyFacts
  readonly dies: readonly KeyFacts[]
  readonly until: Ms
}
