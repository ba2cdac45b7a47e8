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
  /** How often others put another key back after the promotion. */
  readonly fellBack?: number
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

/**
 * An incident: which keys must die, and what was accepted by name. It makes a run walk in the order of an incident until it is over,
 * whichever command continues it.
 */
export interface IncidentNote {
  readonly leaked: readonly KeyNote[]
  readonly declaredAt: Ms
  /** Retire before anything is promoted: consumers fail until they have the new key. */
  readonly severFirst: boolean
  /** How far ahead the end of a leaked key is kept while the run goes on. */
  readonly deadman: Ms
  /** Targets that may be left on a dead key: named in the prompt and confirmed, or named by a flag. */
  readonly without: readonly string[]
  readonly by: 'person' | 'flag'
  /** Ids of keys whose end was moved near, and when that is: to be moved out again if the run parks. */
  readonly contained: readonly ContainedNote[]
}

export interface ContainedNote {
  readonly id: string
  readonly until: Ms
}

export interface ParkNote {
  readonly code: string
  readonly at: Ms
}

/** Somebody's word that the old key may die: for exactly this plan and these keys, and not for ever. */
export interface ApprovalNote {
  readonly planHash: string
  readonly generation: number
  /** Ids, names or fingerprints: the key that stays first, then those that die. */
  readonly keys: readonly string[]
  readonly at: Ms
  readonly until: Ms
}

/** A place that was stopped as a last resort, and how it is started again. */
export interface StoppedNote {
  readonly place: string
  readonly at: Ms
  readonly limits: readonly LimitNote[]
}

export interface LimitNote {
  readonly id: string
  readonly model: string
  readonly most: Readonly<Record<string, number>>
}

/** What `rotate --due` remembers of a rotation that could not go on. */
export interface StallNote {
  readonly code: string
  readonly tries: number
  readonly firstAt: Ms
  /** Not tried again before this. */
  readonly nextAt: Ms
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
  /** The same for the successor: what is used later than this is used by somebody else. */
  readonly successorCallAt?: Ms
  readonly decision: Decision | null
  readonly answers: readonly AnswerNote[]
  /** Ids whose deletion was sent: observed dead or not, they are never called live again. */
  readonly retired: readonly string[]
  /** Ids or fingerprints of keys that this run has seen dead. */
  readonly dead: readonly string[]
  readonly parked: ParkNote | null
  readonly approval?: ApprovalNote
  /** Set where the run answers a leak. */
  readonly incident?: IncidentNote
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
  /** Only `rotate --due` writes it; a person's command takes it away. */
  readonly stall?: StallNote
  /** Notices that were sent, with whom they reached, and when: none is sent twice. */
  readonly told?: Readonly<Record<string, Ms>>
  /** Set while somebody has stopped the whole place where the keys live: what its limits were before. */
  readonly stopped?: StoppedNote
  readonly updatedAt: Ms
}
