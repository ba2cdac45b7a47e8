import { DAY, HOUR, MINUTE, SECOND, type Ms } from './duration.ts'

/** When changes are allowed, in the time of one zone. `from` after `to` runs past midnight and belongs to the day it begins on. */
export interface Window {
  /** 0 = Sunday … 6 = Saturday. */
  readonly days: readonly number[]
  /** Minutes of the day; the end is not part of it. Equal: the whole day. */
  readonly from: number
  readonly to: number
  /** A name of the IANA database, such as `Europe/Berlin`. */
  readonly timeZone: string
}

/** Days on which nothing is changed, both ends included: `2026-12-20`, in the window's zone. */
export interface Freeze {
  readonly first: string
  readonly last: string
}

/** How a credential is to be rotated. Defaults and their reasons: design section 4, docs/concepts.md. */
export interface Policy {
  /** Age at which a key is due, counted to the death of the old one. */
  readonly maxAge: Ms
  readonly warnBefore: Ms
  /** How long old and new key live side by side after the last promotion. */
  readonly overlap: Ms
  /** How long the old key must have been unused before it may die. */
  readonly quiet: Ms
  /** Life of a committed key; `null` = no expiry; `'longest'` = whatever the provider and its policy allow. */
  readonly lifetime: Ms | null | 'longest'
  /** No key that ends sooner than this is put or left in a `current` slot. */
  readonly safetyHorizon: Ms
  /** Life of a key at birth, before it is proven: bounds what a lost value can cost. */
  readonly birthLife: Ms
  /** How long a new key may stay unknown to the provider before a refusal counts. */
  readonly verifyWindow: Ms
  /** How stale a provider's listing may be. */
  readonly listDelay: Ms
  readonly revoke: 'prompt' | 'auto'
  /** When `rotate --due` may begin, promote and revoke. Persons are not held to it, nor is mending what is broken. */
  readonly window: Window | 'always'
  readonly freeze: readonly Freeze[] | 'none'
  /** Rotations are begun earlier by a share of this, drawn from the credential's name: not all on one day. */
  readonly jitter: Ms
  /** Whether the old key may only die with somebody's approval on record (`keyrot approve`). */
  readonly approval: 'required' | 'none'
  /** How long an approval holds. */
  readonly approvalLife: Ms
}

/** How many rotations `rotate --due` lets be under way; what waits for a person does not count. */
export interface Limits {
  readonly atOnce: number
  /** The same for one provider block, which is one project. */
  readonly perProject: number
}

export const DEFAULT_LIMITS: Limits = { atOnce: 4, perProject: 1 }

export const DEFAULT_POLICY: Policy = {
  maxAge: 90 * DAY,
  warnBefore: 14 * DAY,
  overlap: 24 * HOUR,
  quiet: HOUR,
  lifetime: 'longest',
  safetyHorizon: 7 * DAY,
  birthLife: HOUR,
  verifyWindow: 120 * SECOND,
  listDelay: 60 * SECOND,
  revoke: 'prompt',
  window: 'always',
  freeze: 'none',
  jitter: 0,
  approval: 'none',
  approvalLife: 7 * DAY,
}

/** The longest life OpenAI accepts for `expires_in_seconds` (openai 7.55.0, 1..31536000). */
export const LONGEST_LIFE: Ms = 365 * DAY

/** How far keyrot's clock may stand from the provider's before time-gated decisions stop (reliability.md L4). */
export const MAX_SKEW: Ms = 5 * MINUTE

/** Attempts per generation before a person is wanted: bounds what repeated loss can mint (I5). */
export const MAX_ATTEMPTS = 16

/** The life a key gets at commit, given what the provider allows at most; `null` = no expiry. */
export function committedLife(policy: Policy, providerMax: Ms | null): Ms | null {
  if (policy.lifetime === null) return providerMax
  if (policy.lifetime === 'longest') return providerMax ?? LONGEST_LIFE
  return policy.lifetime
}

/** What must fit into a life so that a due rotation ends before the key does. */
export function neededLife(policy: Policy): Ms {
  return policy.maxAge + policy.warnBefore + policy.overlap + policy.quiet + policy.safetyHorizon
}
