/** What became known of one key's use: the object behind `usage --json`, documented in docs/json-output.md, a promise. */
import type { Ms } from './duration.ts'

/** Which key is looked at, and why this one. */
export interface UsageKey {
  readonly id: string
  readonly name: string | null
  readonly fingerprint: string | null
  /** `null` = not listed any more, or not known. */
  readonly createdAt: Ms | null
  /** `undefined` = not known. */
  readonly lastUsedAt: Ms | null | undefined
  /** `in-use` by consumers · `leaving` in an open run · `named` by whoever asks. */
  readonly because: 'in-use' | 'leaving' | 'named'
}

/** Where figures came from. Only `read` was read whole; `untestable` lacks a right, `unread` failed, `absent` the provider does not have. */
export interface UsageOrigin {
  readonly what: string
  readonly state: 'read' | 'untestable' | 'unread' | 'absent'
  /** The code of what went wrong. */
  readonly code: string | null
}

export interface UsageTotals {
  readonly from: Ms
  readonly until: Ms
  readonly calls: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly busiest: { readonly at: Ms; readonly calls: number } | null
}

export interface ModelUse {
  readonly kind: string
  readonly model: string | null
  readonly before: number
  readonly since: number
}

export interface MoneySpent {
  readonly currency: string | null
  readonly before: number
  readonly since: number
}

/** What there was none of before: words for people in `ui/text/usage.ts`. */
export type Novelty =
  | { readonly is: 'first-use'; readonly calls: number }
  | { readonly is: 'model'; readonly kind: string; readonly model: string | null; readonly calls: number }
  | { readonly is: 'hours'; readonly hours: readonly number[]; readonly calls: number }
  | { readonly is: 'volume'; readonly busiest: number; readonly before: number }
  | { readonly is: 'tokens'; readonly perCall: number; readonly before: number }

export interface UsageEvent {
  readonly at: Ms
  readonly type: string
  readonly about: 'key' | 'done-with-key'
  readonly by: string | null
  readonly from: string | null
}

export interface UsageReport {
  readonly credential: string
  readonly at: Ms
  readonly key: UsageKey
  /** What is compared: the time before `since` with the time after it, both in whole steps. */
  readonly step: 'hour' | 'day'
  readonly before: UsageTotals
  readonly since: UsageTotals
  readonly models: readonly ModelUse[]
  readonly spent: readonly MoneySpent[]
  readonly events: readonly UsageEvent[]
  readonly novelties: readonly Novelty[]
  /** `new`: something there was none of before. `nothing-new` only where all calls were read and there is a time to compare with. */
  readonly verdict: 'new' | 'nothing-new' | 'cannot-tell'
  /** Calls by step, oldest first, without gaps. */
  readonly series: readonly { readonly at: Ms; readonly calls: number }[]
  /** Whether all of it was read. */
  readonly complete: boolean
  readonly origins: readonly UsageOrigin[]
  /** A use that the provider knows of and the figures do not have. */
  readonly uncountedUseAt: Ms | null
  /** What the provider's figures leave out, in words. */
  readonly caveats: readonly string[]
}
