/**
 * What a provider can tell afterwards of one key's use: calls, costs, events. All of it comes late, by a time that nobody
 * promises, so it is evidence for people and never a gate. A time without figures is no proof that nothing was called.
 */
import type { Ms } from '../domain/duration.ts'
import type { KeyrotError } from '../domain/errors.ts'

/** How finely calls are counted. */
export type UsageStep = 'minute' | 'hour' | 'day'

export interface UsageQuery {
  readonly keyId: string
  /** Taken down to a whole step. */
  readonly from: Ms
  readonly until: Ms
  readonly step: UsageStep
}

/** Calls with one model within one step. */
export interface UsageSlice {
  readonly from: Ms
  readonly until: Ms
  /** `null` where the provider does not say. */
  readonly model: string | null
  readonly calls: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** One kind of calls that the provider counts apart. `slices` is whole; where it could not be read whole, `gap` says why and it is empty. */
export interface UsageReading {
  readonly kind: string
  readonly slices: readonly UsageSlice[]
  readonly gap: KeyrotError | null
}

/** What one day cost, by what was bought. */
export interface CostSlice {
  readonly from: Ms
  readonly until: Ms
  readonly item: string | null
  readonly amount: number
  /** ISO 4217 in lower case; `null` where the provider does not say. */
  readonly currency: string | null
}

/** One line of the provider's audit log that is about the key, or about what was done with it. */
export interface KeyEvent {
  readonly at: Ms
  readonly type: string
  readonly about: 'key' | 'done-with-key'
  readonly by: {
    readonly kind: 'key' | 'session' | 'unknown'
    readonly id: string | null
    readonly email: string | null
    readonly ip: string | null
  }
}

/** The capabilities; each is absent where the provider has none of it. Names and texts in the answers are printable. */
export interface UsageSource {
  /** What the figures leave out, and how late they are: a sentence each, in keyrot's own words. */
  readonly usageCaveats: readonly string[]
  /** One reading for each kind of calls. Throws only when the invocation is told to stop. */
  usage(query: UsageQuery): Promise<readonly UsageReading[]>
  /** Days from the one that `from` is in to the one before `until`; whole, or an error. */
  costs(keyId: string, from: Ms, until: Ms): Promise<readonly CostSlice[]>
  /** What happened to the key at any time, and what was done with it since `from`; newest first; whole, or an error. */
  keyEvents(keyId: string, from: Ms): Promise<readonly KeyEvent[]>
}
