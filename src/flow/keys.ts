/** The keys of a listing, found by what may be known of one. Pure. */
import { parseKeyName, type KeyName } from '../domain/key-name.ts'
import { Hints, type Secret } from '../domain/secret.ts'
import type { Listing, ProviderKey } from '../ports/provider.ts'

export interface OwnKey {
  readonly key: ProviderKey
  readonly name: KeyName
}

/** Sorted when it is first asked: a thousand credentials look for theirs among a thousand keys. Of several, the one listed first comes first. */
export class Keys {
  readonly all: readonly ProviderKey[]
  #ids: ReadonlyMap<string, ProviderKey> | undefined
  #names: ReadonlyMap<string | null, readonly ProviderKey[]> | undefined
  #own: ReadonlyMap<string, readonly OwnKey[]> | undefined
  #hints: Hints<ProviderKey> | undefined

  constructor(all: readonly ProviderKey[]) {
    this.all = all
  }

  byId(id: string | null): ProviderKey | null {
    // of two with one id, the first
    this.#ids ??= new Map(this.all.toReversed().map((key) => [key.id, key]))
    return id === null ? null : (this.#ids.get(id) ?? null)
  }

  named(name: string): readonly ProviderKey[] {
    this.#names ??= Map.groupBy(this.all, (key) => key.name)
    return this.#names.get(name) ?? []
  }

  /** Those whose name says that they are of this credential of this config; a name alone is no proof (docs/decisions/0006-a-name-is-no-proof.md). */
  ownOf(ns: string, credential: string): readonly OwnKey[] {
    this.#own ??= Map.groupBy(
      this.all.flatMap((key): OwnKey[] => {
        const name = parseKeyName(key.name)
        return name === null ? [] : [{ key, name }]
      }),
      ({ name }) => `${name.ns} ${name.credential}`,
    )
    return this.#own.get(`${ns} ${credential}`) ?? []
  }

  /** Those whose redacted form this value fits. */
  fitting(secret: Secret): readonly ProviderKey[] {
    this.#hints ??= new Hints(this.all, ({ hint }) => hint)
    return secret.among(this.#hints)
  }
}

/** A listing, sorted for all that look into it. */
export interface Listed extends Listing {
  readonly sorted?: Keys
}

export function sorted(listing: Listing): Listed {
  return { ...listing, sorted: new Keys(listing.keys) }
}

export function keysOf(listing: Listed): Keys {
  return listing.sorted ?? new Keys(listing.keys)
}
