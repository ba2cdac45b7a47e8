/**
 * Where a credential stands, concluded from what was observed. Pure: the same survey and record always give the same
 * situation. The world is the authority; the record adds what cannot be seen (reliability.md 6.3 and 7).
 */
import type { CredentialRecord, KeyNote } from '../domain/record.ts'
import type { SlotRole } from '../domain/run.ts'
import type { Secret } from '../domain/secret.ts'
import type { ProviderKey } from '../ports/provider.ts'
import { merge, sameKey, type Identified, type KnownKey } from './identify.ts'
import {
  darkHaveMoved,
  distinct,
  generationOf,
  highestAttempt,
  isPlaced,
  isUncommitted,
  fromListing,
  listedKey,
  newest,
  readTerrain,
  remembered,
  topHeldGeneration,
  type AssessInput,
  type Slots,
  type Terrain,
} from './terrain.ts'

/**
 * `settled`: one key everywhere, ours or found. `open`: a run is under way, by the record or by what the world shows.
 * `empty`: nothing anywhere. `unclear`: a person must say more; `why` is a stable code.
 */
export type Situation =
  | {
      readonly is: 'settled' | 'empty'
      readonly generation: number
      readonly spent: number
      readonly predecessor: KnownKey | null
      readonly slots: Slots
      readonly strays: readonly ProviderKey[]
    }
  | {
      readonly is: 'open'
      readonly evidence: 'record' | 'world'
      readonly generation: number
      readonly spent: number
      readonly predecessor: KnownKey | null
      readonly successor: KnownKey | null
      readonly superseded: readonly KnownKey[]
      readonly slots: Slots
      readonly strays: readonly ProviderKey[]
    }
  | { readonly is: 'unclear'; readonly why: UnclearCode; readonly generation: number; readonly slots: Slots; readonly strays: readonly ProviderKey[] }

export type UnclearCode = 'targets-disagree' | 'ambiguous-key' | 'which-is-new' | 'needs-state'

/** Concludes the situation from one survey. */
export function assess(input: AssessInput): Situation {
  const ground = readTerrain(input)
  const ambiguous = [...ground.slots.values()].some((slot) => slot.current.is === 'ambiguous' || slot.fallback.is === 'ambiguous')
  if (ambiguous) return unclear(ground, 'ambiguous-key')
  const run = input.record?.run ?? null
  if (run !== null) return fromRecord(ground)
  if (input.record !== null && topHeldGeneration(ground) <= input.record.generation) return settledByRecord(ground, input.record)
  return fromWorld(ground)
}

function fromRecord(ground: Terrain): Situation {
  const record = ground.input.record as CredentialRecord
  const run = record.run as NonNullable<CredentialRecord['run']>
  const held = [...ground.currents, ...ground.fallbacks]
  const whole = (note: KeyNote | null): KnownKey | null =>
    note === null ? null : merge([note, ...held.filter((key) => sameKey(key, note)), remembered(ground, note), listedKey(ground, note)])
  const live = run.attempts.filter((attempt) => attempt.key !== null && !attempt.abandoned)
  const successor = whole(live.at(-1)?.key ?? null)
  const superseded = run.attempts.filter((attempt) => attempt.abandoned).flatMap((attempt) => whole(attempt.key) ?? [])
  const predecessor = whole(run.predecessor)
  const spent = Math.max(record.attempts, highestAttempt(ground, run.generation), ...run.attempts.map((attempt) => attempt.attempt))
  return {
    is: 'open',
    evidence: 'record',
    generation: run.generation,
    spent,
    predecessor,
    successor,
    superseded,
    slots: ground.slots,
    strays: strays(ground, run.generation, [predecessor, successor, ...superseded]),
  }
}

function settledByRecord(ground: Terrain, record: CredentialRecord): Situation {
  const generation = Math.max(record.generation, ...ground.listedOurs.map((entry) => entry.name.generation))
  const moved = record.current !== null && ground.currents.some((key) => isPlaced(key) && !sameKey(key, record.current))
  if (moved && ground.input.from === null) return unclear(ground, 'targets-disagree')
  const noted =
    record.current === null
      ? null
      : merge([record.current, ...ground.currents.filter((key) => sameKey(key, record.current)), listedKey(ground, record.current)])
  return settle(ground, generation, noted)
}

/** One key, or none, in every `current` slot that can be read. */
function settle(ground: Terrain, generation: number, noted: KnownKey | null): Situation {
  const { slots, currents } = ground
  const spent = highestAttempt(ground, generation + 1)
  const named = ground.input.from === null ? null : slots.get(ground.input.from)?.current
  // A slot that shows nothing can be named too: then the record says which key that is, or nobody does.
  const chosen = named?.is === 'key' ? named.key : named?.is === 'unknown' ? noted : null
  if (chosen === null && (currents.length > 1 || (named != null && currents.length > 0))) return unclear(ground, 'targets-disagree')
  const predecessor = chosen ?? currents[0] ?? (ground.blind ? noted : null)
  const empty = predecessor === null && !ground.blind
  return { is: empty ? 'empty' : 'settled', generation, spent, predecessor, slots, strays: strays(ground, generation, [predecessor]) }
}

function fromWorld(ground: Terrain): Situation {
  const heldTop = topHeldGeneration(ground)
  const listedTop = Math.max(0, ...ground.listedOurs.map((entry) => entry.name.generation))
  const top = Math.max(heldTop, listedTop)
  if (top === 0) return withoutNames(ground)
  const held = [...ground.currents, ...ground.fallbacks].filter((key) => generationOf(ground, key) === top)
  const successor = newest(held)
  if (successor === null && ground.blind && ground.currents.length === 0 && committedOf(ground, top).length > 0) return unclear(ground, 'needs-state')
  const unnamed = distinct([...ground.currents, ...ground.fallbacks].filter((key) => generationOf(ground, key) === 0 && key.id !== null))
  const someEmpty = [...ground.slots.values()].some((slot) => slot.current.is === 'absent')
  if (top === 1 && (unnamed.length > 1 || (someEmpty && unnamed.length > 0)) && ground.input.from === null) return unclear(ground, 'targets-disagree')
  const predecessor = predecessorFromWorld(ground, top)
  if (successor !== null && isSettledOn(ground, successor, predecessor)) return settle(ground, top, successor)
  // A name alone does not prove that a key is ours: only earlier attempts that a slot still holds belong to the run.
  const superseded = held.filter((key) => !sameKey(key, successor))
  const spent = highestAttempt(ground, top)
  return {
    is: 'open',
    evidence: 'world',
    generation: top,
    spent,
    predecessor,
    successor,
    superseded,
    slots: ground.slots,
    strays: strays(ground, top, [predecessor, successor, ...superseded]),
  }
}

/** No name of ours anywhere: adopt what is found, or begin from nothing; two unnamed keys are told apart by their birth. */
function withoutNames(ground: Terrain): Situation {
  const current = ground.currents[0]
  const other = ground.fallbacks.find((key) => !sameKey(key, current ?? null))
  if (current === undefined || other === undefined || ground.currents.length > 1) return settle(ground, 0, null)
  if (ground.input.survey.listing === null) return unclear(ground, 'which-is-new')
  // The provider knows only the one in use: what waits in the fallback is nobody's.
  if (other.listed === null) return settle(ground, 0, null)
  const [predecessor, successor] = current.listed !== null && current.listed.createdAt <= other.listed.createdAt ? [current, other] : [other, current]
  return { is: 'open', evidence: 'world', generation: 1, spent: 1, predecessor, successor, superseded: [], slots: ground.slots, strays: [] }
}

function isSettledOn(ground: Terrain, key: KnownKey, predecessor: KnownKey | null): boolean {
  const everywhere = [...ground.slots.values()].every((slot) => slot.current.is === 'unknown' || (slot.current.is === 'key' && sameKey(slot.current.key, key)))
  if (!darkHaveMoved(ground, key)) return false
  const alone = ground.fallbacks.length === 0 && ground.listedOurs.every((entry) => entry.key.id === key.id || isUncommitted(ground, entry.key))
  return everywhere && alone && ground.currents.length > 0 && predecessor === null
}

/**
 * Without a record: whatever a `current` slot holds besides the newest generation, else what waits in a fallback, else what a mark beside
 * the newest says that it replaced; that not where some slot cannot be seen, as nobody could tell then how far the run has come. A key that
 * only bears a name of ours may be a stranger's: it is reported, never retired on its name.
 */
function predecessorFromWorld(ground: Terrain, top: number): KnownKey | null {
  // A key without a name of ours can only be the one that was adopted: no earlier key of ours in sight, and older than the new one.
  const born = Math.min(...ground.listedOurs.filter((entry) => entry.name.generation === top).map((entry) => entry.key.createdAt))
  const adopting = [...ground.currents, ...ground.fallbacks].every((key) => generationOf(ground, key) === 0 || generationOf(ground, key) === top)
  const couldPrecede = (key: KnownKey): boolean =>
    generationOf(ground, key) > 0 || (adopting && (ground.input.survey.listing === null || (key.listed !== null && key.listed.createdAt < born)))
  const older = (keys: readonly KnownKey[]): KnownKey | undefined => keys.find((key) => generationOf(ground, key) !== top && couldPrecede(key))
  const named = ground.input.from === null ? undefined : ground.slots.get(ground.input.from)?.current
  if (named?.is === 'key' && generationOf(ground, named.key) !== top) return named.key
  const marked = ground.blind ? undefined : ground.replaced.find((key) => generationOf(ground, key) !== top)
  return older(ground.currents) ?? older(ground.fallbacks) ?? marked ?? null
}

function committedOf(ground: Terrain, generation: number): KnownKey[] {
  return ground.listedOurs.filter((entry) => entry.name.generation === generation && !isUncommitted(ground, entry.key)).map((entry) => fromListing(entry.key))
}

/** Own keys that belong to no part of the run: orphans to sweep or to report. */
function strays(ground: Terrain, generation: number, parts: readonly (KnownKey | null)[]): ProviderKey[] {
  return ground.listedOurs
    .filter((entry) => entry.name.generation <= generation + 1 && !parts.some((part) => part?.id === entry.key.id))
    .map((entry) => entry.key)
}

function unclear(ground: Terrain, why: UnclearCode): Situation {
  return { is: 'unclear', why, generation: ground.input.record?.generation ?? 0, slots: ground.slots, strays: [] }
}

/** What a slot holds, seen from a run. */
export function roleOf(found: Identified, parts: { a: KnownKey | null; b: KnownKey | null; older: readonly KnownKey[] }): SlotRole {
  if (found.is === 'absent') return 'absent'
  if (found.is !== 'key') return 'unknown'
  if (sameKey(found.key, parts.b)) return 'b'
  if (sameKey(found.key, parts.a)) return 'a'
  return parts.older.some((key) => sameKey(found.key, key)) ? 'older' : 'foreign'
}

/** The value of a key, wherever a slot gives it. */
export function valueIn(slots: Slots, key: KeyNote): Secret | null {
  for (const slot of slots.values()) {
    for (const found of [slot.current, slot.fallback]) {
      if (found.is === 'key' && found.key.secret !== null && sameKey(found.key, key)) return found.key.secret
    }
  }
  return null
}
