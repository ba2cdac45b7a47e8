/** The ground that a situation is concluded from: what every slot holds, and which keys of ours the provider lists. Pure. */
import { isOurs, parseAdoptedMarker, parseKeyName, parseOwnName } from '../domain/key-name.ts'
import { hasBirthLife } from '../domain/warrant.ts'
import type { Ms } from '../domain/duration.ts'
import type { CredentialRecord, KeyNote } from '../domain/record.ts'
import type { ProviderKey } from '../ports/provider.ts'
import type { Observation } from '../ports/target.ts'
import { identify, merge, sameKey, type Identified, type KeySources, type KnownKey } from './identify.ts'
import { keysOf, type Listed, type OwnKey } from './keys.ts'

export interface Survey {
  readonly listing: Listed | null
  readonly observations: ReadonlyMap<string, Observation>
  /** When it was taken, by keyrot's own clock. */
  readonly at: Ms
}

export interface AssessInput {
  readonly ns: string
  readonly credential: string
  readonly birthLife: Ms
  readonly survey: Survey
  readonly record: CredentialRecord | null
  readonly memory: KeySources['memory']
  /** Adopt: the target whose value a person named as the predecessor. */
  readonly from: string | null
}

export interface SlotIdentity {
  readonly current: Identified
  readonly fallback: Identified
  readonly hasFallback: boolean
}

export type Slots = ReadonlyMap<string, SlotIdentity>

export interface Terrain {
  readonly input: AssessInput
  readonly slots: Slots
  readonly currents: readonly KnownKey[]
  readonly fallbacks: readonly KnownKey[]
  /** Keys whose place the present ones have taken, by marks beside those very keys. */
  readonly replaced: readonly KnownKey[]
  /** Own keys in the listing, whether they have ended or not. */
  readonly own: readonly OwnKey[]
  /** Those that have not. */
  readonly listedOurs: readonly OwnKey[]
  readonly blind: boolean
}

export function readTerrain(input: AssessInput): Terrain {
  const sources = sourcesOf(input)
  const slots = new Map<string, SlotIdentity>()
  for (const [name, seen] of input.survey.observations) {
    slots.set(name, { current: identify(seen.current, sources), fallback: identify(seen.fallback, sources), hasFallback: seen.fallback !== null })
  }
  const keys = (pick: (slot: SlotIdentity) => Identified): KnownKey[] =>
    distinct([...slots.values()].map(pick).flatMap((found) => (found.is === 'key' ? [found.key] : [])))
  const now = input.survey.listing?.serverTime ?? 0
  const own = sources.listing?.ownOf(input.ns, input.credential) ?? []
  const listedOurs = own.filter(({ key }) => key.expiresAt === null || key.expiresAt > now)
  const blind = [...slots.values()].some((slot) => slot.current.is === 'unknown')
  const replaced = replacedIn(input, slots, sources)
  return { input, slots, own, currents: keys((slot) => slot.current), fallbacks: keys((slot) => slot.fallback), replaced, listedOurs, blind }
}

/**
 * A mark outlives what it was left for: it counts where the slot holds that very key, and nobody has put another there since. By id only, and
 * for a key that is older: whoever may write there must not be able to name any other.
 */
function replacedIn({ ns, credential, survey }: AssessInput, slots: Slots, sources: KeySources): readonly KnownKey[] {
  const found = [...survey.observations].flatMap(([name, { lineage }]) => {
    const current = slots.get(name)?.current
    const before = parseAdoptedMarker(lineage?.predecessor ?? '')
    if (lineage === undefined || current?.is !== 'key' || before?.ns !== ns || before.credential !== credential) return []
    const held = identify({ is: 'marker', marker: lineage.marker }, sources)
    const key = identify({ is: 'marker', marker: lineage.predecessor }, sources)
    if (held.is !== 'key' || key.is !== 'key' || !sameKey(held.key, current.key)) return []
    return (key.key.listed?.createdAt ?? 0) < (current.key.listed?.createdAt ?? 0) ? [key.key] : []
  })
  return distinct(found)
}

/** Everything that may name a key: memory first, then the record. */
export function sourcesOf(input: Pick<AssessInput, 'record' | 'memory' | 'survey'>): KeySources {
  const run = input.record?.run
  const notes: (KeyNote | null | undefined)[] = [
    ...(run?.attempts.map((attempt) => attempt.key) ?? []),
    run?.predecessor,
    input.record?.current,
    ...(input.record?.outstanding.map((entry) => entry.key) ?? []),
  ]
  const { listing } = input.survey
  return { memory: input.memory, notes: notes.filter((note): note is KeyNote => note != null), listing: listing && keysOf(listing) }
}

/** Whether anything but its value is known of a key: what the provider does not list is taken for nobody's until it answers. */
export function isPlaced(key: KnownKey): boolean {
  return key.id !== null || key.name !== null
}

/** Whether every store that shows nothing was at least written since the key was born: else it may still hold the one before. */
export function darkHaveMoved(ground: Terrain, key: KnownKey): boolean {
  const { listing, observations, at } = ground.input.survey
  const born = key.listed === null || listing === null ? Number.POSITIVE_INFINITY : key.listed.createdAt - listing.serverTime + at
  return [...ground.slots].every(([name, slot]) => slot.current.is !== 'unknown' || (observations.get(name)?.since ?? 0) > born)
}

export function isUncommitted(ground: Terrain, key: ProviderKey): boolean {
  return hasBirthLife(key.createdAt, key.expiresAt, ground.input.birthLife)
}

export function generationOf(ground: Terrain, key: KnownKey): number {
  const name = parseKeyName(key.name) ?? parseKeyName(key.listed?.name)
  return isOurs(name, ground.input.ns, ground.input.credential) ? name.generation : 0
}

export function topHeldGeneration(ground: Terrain): number {
  return Math.max(0, ...[...ground.currents, ...ground.fallbacks].map((key) => generationOf(ground, key)))
}

export function highestAttempt(ground: Terrain, generation: number): number {
  const { ns, credential } = ground.input
  const held = [...ground.currents, ...ground.fallbacks].flatMap(({ name }) => parseOwnName(name, ns, credential) ?? [])
  const names = [...ground.own.map(({ name }) => name), ...held]
  return Math.max(0, ...names.filter((name) => name.generation === generation).map((name) => name.attempt))
}

export function newest(keys: readonly KnownKey[]): KnownKey | null {
  const attempt = (key: KnownKey): number => parseKeyName(key.name)?.attempt ?? 0
  return merge(keys.filter((key) => attempt(key) === Math.max(...keys.map(attempt))))
}

/** The value, if this process has seen it. */
export function remembered(ground: Terrain, note: KeyNote): KnownKey | null {
  const entry = ground.input.memory.find((seen) => sameKey(seen.note, note))
  return entry === undefined ? null : { ...entry.note, secret: entry.secret, listed: null }
}

export function listedKey(ground: Terrain, note: KeyNote): KnownKey | null {
  const listed = ground.input.survey.listing?.keys.find((key) => key.id === note.id)
  return listed === undefined ? null : fromListing(listed)
}

export function fromListing(key: ProviderKey): KnownKey {
  return { id: key.id, name: key.name, fingerprint: null, secret: null, listed: key }
}

export function distinct(keys: readonly KnownKey[]): KnownKey[] {
  const found: KnownKey[] = []
  for (const key of keys) {
    const at = found.findIndex((other) => sameKey(other, key))
    if (at === -1) found.push(key)
    else found[at] = merge([found[at] as KnownKey, key]) as KnownKey
  }
  return found
}
