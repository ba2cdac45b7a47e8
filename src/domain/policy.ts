import { DAY, HOUR, MINUTE, SECOND, type Ms } from './duration.ts'

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
}

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
