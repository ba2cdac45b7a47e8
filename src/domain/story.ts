/** One run told afterwards: the object behind `runs report --json`, documented in docs/json-output.md, a promise. */
import type { Ms } from './duration.ts'
import type { UsageEvent, UsageOrigin } from './usage.ts'

/** What happened, in the words of a report. */
export type StoryWhat =
  | 'started'
  | 'declared'
  | 'contained'
  | 'released'
  | 'minted'
  | 'pasted'
  | 'abandoned'
  | 'staged'
  | 'verified'
  | 'committed'
  | 'promoted'
  | 'reloaded'
  | 'left'
  | 'stopped'
  | 'started-again'
  | 'deletion-sent'
  | 'refused'
  | 'unlisted'
  | 'settled'
  | 'swept'
  | 'answered'
  | 'waived'
  | 'waiting'
  | 'parked'
  | 'failed'
  | 'rolled-back'
  | 'done'

export interface StoryMoment {
  readonly at: Ms
  readonly what: StoryWhat
  readonly target: string | null
  /** Id or name of the key it is about. */
  readonly key: string | null
  /** A code, an item of the warrant, or who it was. */
  readonly note: string | null
}

export interface StoryKey {
  readonly id: string | null
  readonly name: string | null
  readonly fingerprint: string | null
}

export interface RunStory {
  readonly credential: string
  /** `null` where no run is on record at all. */
  readonly run: string | null
  readonly kind: 'incident' | 'rotation' | 'rollback'
  /** Where the run stands by its last line. */
  readonly outcome: 'done' | 'rolled-back' | 'failed' | 'parked' | 'waiting' | 'unfinished' | 'unknown'
  readonly outcomeCode: string | null
  readonly by: 'person' | 'flag' | null
  readonly reason: string | null
  readonly startedAt: Ms | null
  readonly declaredAt: Ms | null
  /** The key that was to die: leaked, or replaced. */
  readonly oldKey: StoryKey | null
  readonly newKey: StoryKey | null
  /** When the old key was seen refused, or absent from the lists; and how strong that is. */
  readonly dead: { readonly at: Ms; readonly seen: 'refused' | 'unlisted' } | null
  readonly moments: readonly StoryMoment[]
  /** Targets that the incident went on without. */
  readonly left: readonly string[]
  /** What the journal cannot say, each in words. */
  readonly missing: readonly string[]
}

/** What the old key did between two moments, as far as the provider tells. */
export interface Exposure {
  readonly keyId: string
  readonly from: Ms
  /** `leaked`: somebody said since when. `run`: from the beginning of the run, because nobody did. */
  readonly fromIs: 'leaked' | 'run'
  /** When it was dead, or now. */
  readonly until: Ms
  readonly step: 'minute' | 'hour' | 'day'
  readonly calls: readonly {
    readonly kind: string
    readonly model: string | null
    readonly calls: number
    readonly inputTokens: number
    readonly outputTokens: number
  }[]
  readonly spent: readonly { readonly currency: string | null; readonly amount: number }[]
  readonly events: readonly UsageEvent[]
  readonly origins: readonly UsageOrigin[]
  readonly caveats: readonly string[]
}
