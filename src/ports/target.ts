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
}

export interface SlotContent {
  readonly secret: Secret
  /** Left beside the value where the store has room for it. */
  readonly marker: string
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

export interface Target {
  readonly type: string
  readonly traits: TargetTraits
  observe(): Promise<Observation>
  /** Brings the record to the assignment, in one write where the store can, if it is still at `revision`. */
  write(assignment: Assignment, revision: string | null): Promise<void>
  /** Makes consumers take the value, tagged with the marker so that repeating it is harmless. */
  reload?(marker: string): Promise<void>
  reloaded?(marker: string): Promise<'yes' | 'no' | 'unknown'>
  rights?(): Promise<readonly Right[]>
}
