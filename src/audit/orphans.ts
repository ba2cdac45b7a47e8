/** Keys of ours at the provider that no credential holds. Pure. */
import { parseKeyName, type KeyName } from '../domain/key-name.ts'
import type { Ms } from '../domain/duration.ts'
import type { CredentialRecord, KeyNote } from '../domain/record.ts'
import type { StatusOrphan } from '../domain/status.ts'
import { hasBirthLife } from '../domain/warrant.ts'
import type { Listing, ProviderKey } from '../ports/provider.ts'
import type { Situation } from '../flow/assess.ts'
import type { Slots } from '../flow/terrain.ts'

/** What one credential accounts for. */
export interface Holding {
  readonly credential: string
  readonly birthLife: Ms
  readonly record: CredentialRecord | null
  readonly situation: Situation
  readonly slots: Slots
  /** Whether a slot cannot be seen and no record says what is in it. */
  readonly blind: boolean
}

export interface Strays {
  readonly orphans: readonly (StatusOrphan & { readonly credential: string })[]
  /** Committed keys that may be in a slot which cannot be seen, by credential: nobody should be told to delete them. */
  readonly unplaced: ReadonlyMap<string, number>
}

/** Sorts the living keys of this namespace that no current, fallback or run accounts for. */
export function findStrays(ns: string, listings: readonly Listing[], holdings: readonly Holding[], fallbackLife: Ms): Strays {
  const held = new Set(holdings.flatMap(heldIds))
  const promised = new Set(holdings.flatMap(promisedNames))
  const orphans = new Map<string, Strays['orphans'][number]>()
  const unplaced = new Map<string, number>()
  const seen = new Set<string>()
  for (const { key, name } of listings.flatMap((listing) => living(listing, ns))) {
    if (seen.has(key.id) || held.has(key.id) || promised.has(key.name ?? '')) continue
    seen.add(key.id)
    const owner = holdings.find((holding) => holding.credential === name.credential)
    const sweepable = hasBirthLife(key.createdAt, key.expiresAt, owner?.birthLife ?? fallbackLife)
    if (!sweepable && owner?.blind === true) unplaced.set(name.credential, (unplaced.get(name.credential) ?? 0) + 1)
    else
      orphans.set(key.id, {
        id: key.id,
        name: key.name ?? '',
        createdAt: key.createdAt,
        expiresAt: key.expiresAt,
        kind: sweepable ? 'sweepable' : 'committed',
        credential: name.credential,
      })
  }
  return { orphans: [...orphans.values()], unplaced }
}

function living(listing: Listing, ns: string): { key: ProviderKey; name: KeyName }[] {
  return listing.keys.flatMap((key) => {
    const name = parseKeyName(key.name)
    const ended = key.expiresAt !== null && key.expiresAt <= listing.serverTime
    return name === null || name.ns !== ns || ended ? [] : [{ key, name }]
  })
}

/** Ids that a slot, the record or the situation accounts for. */
function heldIds({ slots, record, situation }: Holding): string[] {
  const inSlots = [...slots.values()].flatMap((slot) => [slot.current, slot.fallback].flatMap((found) => (found.is === 'key' ? [found.key] : [])))
  const noted: (KeyNote | null | undefined)[] = [
    record?.current,
    record?.run?.predecessor,
    ...(record?.run?.attempts.map((attempt) => attempt.key) ?? []),
    ...(record?.outstanding.map((entry) => entry.key) ?? []),
  ]
  const parts = situation.is === 'unclear' ? [] : [situation.predecessor, ...(situation.is === 'open' ? [situation.successor, ...situation.superseded] : [])]
  return [...inSlots, ...noted, ...parts].flatMap((key) => (key?.id == null ? [] : [key.id]))
}

/** Names that the open run has sent out and whose key it has not seen: still being made. */
function promisedNames({ record }: Holding): string[] {
  return (record?.run?.attempts ?? []).flatMap((attempt) => (attempt.key === null && !attempt.abandoned ? [attempt.name] : []))
}
