/**
 * The target port: where a key is kept for its consumers. A target has a `current` and perhaps a `fallback` slot.
 * Implementations preserve everything they do not own (I11), never retry by themselves, and translate every failure
 * into a KeyrotError (`conflict` when the revision no longer holds).
 */
import type { Ms } from '../domain/duration.ts'
import type { Secret } from '../domain/secret.ts'
import type { Right } from './provider.ts'

/** What one slot holds, as far as this store can tell. */
export type Held =
  | { readonly is: 'absent' }
  | { readonly is: 'value'; readonly secret: Secret }
  | { readonly is: 'marker'; readonly marker: string }
  /** The store holds something, or cannot say what. */
  | { readonly is: 'unknown' }

export interface Observation {
  readonly current: Held
  /** `null` where the target has no fallback slot. */
  readonly fallback: Held | null
  /** When the record last changed, by the store's own clock, where it can say. */
  readonly since: Ms | null
  /** What a conditional write must name; `null` where the store has no condition. */
  readonly revision: string | null
  /** Whether the record bears a mark of ours that `unmark` takes off at settle. */
  readonly marked?: boolean
  /** What that mark says of the value beside it. */
  readonly lineage?: Lineage
}

/** Which key a mark was left for, and which one that key took the place of: a slot that is gone tells no other way. By their markers. */
export interface Lineage {
  readonly marker: string
  readonly predecessor: string
}

export interface SlotContent {
  readonly secret: Secret
  /** Left beside the value where the store has room for it. */
  readonly marker: string
  /** Marker of the key whose place it takes; left there too where no fallback slot will show that one. */
  readonly predecessor?: string
}

/** A wanted slot assignment. A slot that is not named stays as it is; `null` clears it. */
export interface Assignment {
  readonly current?: SlotContent | null
  readonly fallback?: SlotContent | null
}

export interface TargetTraits {
  /** The strongest thing `observe` can say about a slot. */
  readonly reads: 'value' | 'marker' | 'nothing'
  readonly fallback: boolean
  /** How consumers get the new value: by themselves, by `reload`, or by a person. */
  readonly consumers: 'reread' | 'reload' | 'manual'
  /** Address of the record this target shares with others (a file, a JSON secret): the lock is taken on it. */
  readonly record: string
}

/** How far consumers are with taking the key. `failed`: waiting alone will not get them there. `why` is in keyrot's own words. */
export interface Progress {
  readonly state: 'yes' | 'no' | 'unknown' | 'failed'
  readonly why?: string
}

/** What a target says of itself besides its slots. An `obstacle` stands against writing here until it is gone or, where it can be, lifted. */
export interface Remark {
  /** Kebab-case, as findings have it. */
  readonly code: string
  readonly severity: 'info' | 'warning' | 'obstacle'
  readonly message: string
  readonly hint?: string
  /** Another controller manages the record: `--managed-elsewhere TARGET` lifts it. */
  readonly managedElsewhere?: boolean
}

export interface Target {
  readonly type: string
  readonly traits: TargetTraits
  observe(): Promise<Observation>
  /** Brings the record to the assignment, in one write where the store can, if it is still at `revision`. */
  write(assignment: Assignment, revision: string | null): Promise<void>
  /** Makes consumers take the value, tagged with the marker so that repeating it is harmless. */
  reload?(marker: string): Promise<void>
  reloaded?(marker: string): Promise<Progress>
  /** Running consumers that may hold an older value than `current`, named; empty is the proof that there are none. */
  stragglers?(): Promise<readonly string[]>
  /** What does not run now but would bring an older value back if somebody revived it, named. */
  leftovers?(): Promise<readonly string[]>
  /** Takes the marks of `Observation.marked` off, if the record is still at `revision`. Changes nothing else. */
  unmark?(revision: string | null): Promise<void>
  /** Who else manages the record, and what a person should know of it. Asked before a run changes anything. */
  remarks?(): Promise<readonly Remark[]>
  rights?(): Promise<readonly Right[]>
}
