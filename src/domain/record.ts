/**
 * The stored record of one credential: a ratchet and an index, never authority (I9). It holds ids, names, fingerprints
 * and times only. Losing it costs time or one more key.
 */
import type { Ms } from './duration.ts'

export const RECORD_FORMAT = 1

/** What may be written down of a key. */
export interface KeyNote {
  readonly id: string | null
  readonly name: string | null
  readonly fingerprint: string | null
}

export interface AttemptNote {
  readonly attempt: number
  readonly name: string
  /** Written before the create goes out (I7). */
  readonly intendedAt: Ms
  readonly key: KeyNote | null
  /** The ratchet: from here on this key is never deleted without a warrant. */
  readonly committedAt: Ms | null
  readonly abandoned: boolean
}

export interface TargetNote {
  readonly promotedAt?: Ms
  /** Fingerprint or id of the key that was promoted: the receipt is for this key only. */
  readonly promotedKey?: string
  readonly reloadedAt?: Ms
  readonly firstReadBackAt?: Ms
  /** The store's own time of change after our last write: a write-only store has nothing else to compare. */
  readonly since?: Ms
}

/** What a person decided about the predecessor, or what a flag said for them. */
export interface Decision {
  readonly revoke: 'now' | 'after-overlap' | 'leave-alive'
  readonly by: 'person' | 'flag' | 'policy'
  readonly at: Ms
}

/** One warrant item answered by a person or waived by a flag. */
export interface AnswerNote {
  readonly item: string
  readonly by: 'person' | 'flag'
  readonly at: Ms
}

export interface ParkNote {
  readonly code: string
  readonly at: Ms
}

export interface RunNote {
  readonly id: string
  readonly generation: number
  readonly direction: 'forward' | 'back'
  readonly startedAt: Ms
  readonly reason: string | null
  readonly predecessor: KeyNote | null
  readonly attempts: readonly AttemptNote[]
  readonly targets: Readonly<Record<string, TargetNote>>
  /** keyrot's own last call with the predecessor: such a use is not a consumer's. */
  readonly ownCallAt: Ms | null
  readonly decision: Decision | null
  readonly answers: readonly AnswerNote[]
  /** Ids whose deletion was sent: observed dead or not, they are never called live again. */
  readonly retired: readonly string[]
  /** Ids or fingerprints of keys that this run has seen dead. */
  readonly dead: readonly string[]
  readonly parked: ParkNote | null
}

/** A key that should be dead and is not, kept in sight until it is. */
export interface OutstandingNote {
  readonly key: KeyNote
  readonly reason: 'left-alive' | 'shared-key' | 'superseded'
  readonly since: Ms
}

export interface CredentialRecord {
  readonly format: typeof RECORD_FORMAT
  readonly ns: string
  readonly credential: string
  /** The highest generation ever begun: names are never used twice. */
  readonly generation: number
  /** Attempts already spent in `generation`. */
  readonly attempts: number
  readonly current: KeyNote | null
  readonly run: RunNote | null
  readonly outstanding: readonly OutstandingNote[]
  readonly updatedAt: Ms
}
