/** Credentials that hold the same key. Pure. */
import { sameKey, type KnownKey } from '../flow/identify.ts'
import type { Slots } from '../flow/terrain.ts'

/** A credential and what its slots hold. */
export interface SlotHolder {
  readonly name: string
  readonly slots: Slots
}

/**
 * For each credential, the names of the others that hold one of its keys, in their order. Keys are compared only where they have an id,
 * a fingerprint or a telling name in common: a thousand credentials are not compared with a thousand.
 */
export function sharersOf(holders: readonly SlotHolder[]): ReadonlyMap<string, readonly string[]> {
  const held = holders.flatMap(({ slots }, at) => heldIn(slots).map((key): Place => ({ key, at })))
  const whole = grouped(held, ({ key }) => [trait('id', key.id), trait('fingerprint', key.fingerprint)])
  const named = grouped(held, ({ key }) => [trait('name', key.name)])
  const vague = grouped(
    held.filter(({ key }) => isVague(key)),
    ({ key }) => [trait('name', key.name)],
  )
  const alike = (key: KnownKey): Place[] =>
    [whole.get(trait('id', key.id)), whole.get(trait('fingerprint', key.fingerprint)), (isVague(key) ? named : vague).get(trait('name', key.name))].flatMap(
      (places) => places ?? [],
    )
  const others = holders.map(() => new Set<number>())
  for (const { key, at } of held) for (const other of alike(key)) if (other.at !== at && sameKey(other.key, key)) others[at]?.add(other.at)
  return new Map(
    holders.map(({ name }, at) => [name, [...(others[at] ?? [])].toSorted((left, right) => left - right).map((other) => holders[other]?.name ?? '')]),
  )
}

interface Place {
  readonly key: KnownKey
  /** Which credential holds it. */
  readonly at: number
}

/** Keys of which id and fingerprint are known are never told by their names: consoles give a thousand keys one name. */
function isVague({ id, fingerprint }: KnownKey): boolean {
  return id === null || fingerprint === null
}

function trait(what: string, value: string | null): string {
  return value === null ? '' : `${what} ${value}`
}

function grouped(places: readonly Place[], traitsOf: (place: Place) => readonly string[]): ReadonlyMap<string, readonly Place[]> {
  const found = new Map<string, Place[]>()
  for (const place of places) {
    for (const name of traitsOf(place)) {
      if (name === '') continue
      const known = found.get(name)
      if (known === undefined) found.set(name, [place])
      else known.push(place)
    }
  }
  return found
}

function heldIn(slots: Slots): KnownKey[] {
  return [...slots.values()].flatMap((slot) => [slot.current, slot.fallback].flatMap((found) => (found.is === 'key' ? [found.key] : [])))
}
