/**
 * The provider port: where keys are born and die. Not having a method means not having the capability; there are no
 * refusing stubs. Implementations never retry a mutating call by themselves and translate every failure into a
 * KeyrotError whose kind tells a definite refusal (`rejected`, `forbidden`, …) from a lost answer (`ambiguous`).
 */
import type { Ms } from '../domain/duration.ts'
import type { KeyHint, Secret } from '../domain/secret.ts'
import type { ProbeAnswer } from '../domain/verdict.ts'
import type { Warrant } from '../domain/warrant.ts'

export interface KeyOwner {
  readonly kind: 'person' | 'service-account' | 'unknown'
  readonly id: string | null
  readonly name: string | null
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

/** One line of `check`: a right is never ticked when it was not tested. */
export interface Right {
  readonly what: string
  readonly state: 'proven' | 'untestable' | 'missing'
  readonly hint?: string
}

export interface Provider {
  readonly type: string
  readonly limits: ProviderLimits
  /** Whom to visit where no API can revoke: shown to people, opened by nobody. */
  readonly dashboard: string
  /** One live call with this key, and the class of its answer. Never throws for what a server answered. */
  prove(key: Secret): Promise<ProbeAnswer>
  /** A made-up key of the right shape that nobody can hold: the negative control. */
  madeUp(): Secret
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
}
