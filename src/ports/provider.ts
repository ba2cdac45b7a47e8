/**
 * The provider port: where keys are born and die. Not having a method means not having the capability; there are no
 * refusing stubs. Implementations never retry a mutating call by themselves and translate every failure into a
 * KeyrotError whose kind tells a definite refusal (`rejected`, `forbidden`, …) from a lost answer (`ambiguous`).
 */
import type { Ms } from '../domain/duration.ts'
import type { KeyHint, Secret } from '../domain/secret.ts'
import type { ProbeAnswer } from '../domain/verdict.ts'
import type { Warrant } from '../domain/warrant.ts'
import type { UsageSource } from './usage.ts'

export interface KeyOwner {
  readonly kind: 'person' | 'service-account' | 'unknown'
  readonly id: string | null
  readonly name: string | null
  /** Whether the owner may still work in the project; absent where the provider does not say. */
  readonly access?: 'active' | 'inactive'
}

export interface ProviderKey {
  readonly id: string
  /** The key's own name, or its account's name where keyrot made the account for this key. Not unique. */
  readonly name: string | null
  readonly createdAt: Ms
  /** `null` = never expires. */
  readonly expiresAt: Ms | null
  /** `null` = never used; `undefined` = the provider does not say. */
  readonly lastUsedAt: Ms | null | undefined
  readonly hint: KeyHint
  readonly owner: KeyOwner
  readonly project: string | null
}

/** A complete listing: every page read, every kind of ownership asked for. Incomplete is an error, never a short list. */
export interface Listing {
  readonly keys: readonly ProviderKey[]
  /** The provider's own clock at the answer. */
  readonly serverTime: Ms
}

export interface Minted {
  readonly id: string
  readonly secret: Secret
  readonly createdAt: Ms
  readonly expiresAt: Ms | null
}

export interface ProviderLimits {
  /** The longest life a key may be given, or `null` where keys need not expire. */
  readonly maxLife: Ms | null
  /** Whether keys can be born with an end at all. */
  readonly expiry: boolean
}

/** What bounds the harm that a key can do in the place where it lives. */
export interface Guards {
  /** Whether calls stop at a sum; an alert only tells somebody. */
  readonly spendLimit: boolean
  readonly spendAlert: boolean
  /** Models that the place allows; `null` = all, or all but some. */
  readonly allowedModels: readonly string[] | null
  /** Models that the config names: what consumers need. Empty where it names none. */
  readonly namedModels: readonly string[]
}

/** The key that keyrot itself administers with, as its provider lists it. */
export interface Administrator {
  readonly id: string
  readonly createdAt: Ms
  /** `null` = never expires. */
  readonly expiresAt: Ms | null
  /** Ids of the projects it reaches. */
  readonly reaches: readonly string[]
}

/** One line of `check`: a right is never ticked when it was not tested. */
export interface Right {
  readonly what: string
  readonly state: 'proven' | 'untestable' | 'missing'
  readonly hint?: string
}

/** The least rights for some blocks of the config, ready to be handed to whoever grants them. */
export interface PermissionSheet {
  readonly title: string
  readonly format: 'json' | 'yaml' | 'text'
  readonly body: string
}

/** What all keys of the place may do together with one model: numbers by the provider's own names for them. */
export interface RateLimit {
  readonly id: string
  readonly model: string
  readonly most: Readonly<Record<string, number>>
}

export interface Provider extends Partial<UsageSource> {
  readonly type: string
  readonly limits: ProviderLimits
  /** Whom to visit where no API can revoke: shown to people, opened by nobody. */
  readonly dashboard: string
  /** One live call with this key, and the class of its answer. Never throws for what a server answered. */
  prove(key: Secret): Promise<ProbeAnswer>
  /** A made-up key of the right shape that nobody can hold: the negative control. */
  madeUp(): Secret
  /** Whether a value is a key that administers others: this provider's own, or one of its form. */
  isAdminKey?(key: Secret): boolean
  /** Why a pasted text cannot be a key of this provider, or `null`. */
  refusePasted?(key: Secret): string | null
  list?(): Promise<Listing>
  /** Creates one key of this name, at most once on the wire per strategy. */
  mint?(name: string, life: Ms | null): Promise<Minted>
  /** Deletes by id. `gone` also when it was gone before; `refused` for a definite no. */
  retire?(warrant: Warrant): Promise<'gone' | 'refused'>
  /** Deletes the service account that keyrot made for exactly this key; its owner id was read in the same run. */
  retireAccount?(warrant: Warrant, accountId: string): Promise<'gone' | 'refused'>
  /** Moves the key's end to `inMs` from now, on the provider's clock. Moves it again when repeated. */
  expire?(keyId: string, inMs: Ms): Promise<void>
  rights?(): Promise<readonly Right[]>
  /** Where the keys live (`proj_…`), as people name it to the provider. */
  readonly project?: string
  guards?(): Promise<Guards>
  /** Every rate limit of the place; complete, or an error. */
  rateLimits?(): Promise<readonly RateLimit[]>
  /** Sets the numbers of one limit. `refused` for a definite no, such as to numbers below the least that is taken. */
  setRateLimit?(id: string, most: RateLimit['most']): Promise<'set' | 'refused'>
  /** `null` where no listed key can be told to be ours. */
  administrator?(): Promise<Administrator | null>
}
