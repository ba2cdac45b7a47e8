/** What the audit judges of one credential, put together from its reading and from those of all others. Pure. */
import { isOurs, parseAdoptedMarker, parseKeyName, type KeyName } from '../domain/key-name.ts'
import type { CredentialRecord } from '../domain/record.ts'
import type { Workspace } from '../ports/workspace.ts'
import type { Roles } from '../flow/context.ts'
import { sameKey, type KnownKey } from '../flow/identify.ts'
import { sourcesOf, fromListing } from '../flow/terrain.ts'
import type { CredentialFacts, Holder, OldKey, OutstandingKey, RunTale, TargetFacts } from './facts.ts'
import type { Reading } from './gather.ts'
import type { Strays } from './orphans.ts'
import { keysInUse, slotRoles, standingPhase, standingRoles } from './standing.ts'

/** One credential as it stands, before anything is judged. */
export interface Standing {
  readonly reading: Reading
  readonly record: CredentialRecord | null
  readonly roles: Roles
  readonly inUse: readonly KnownKey[]
  /** Old keys that live on although another is in use. */
  readonly outstanding: readonly (OutstandingKey & { readonly key: KnownKey })[]
  /** Keys that should be quiet: another one is given out everywhere. */
  readonly old: readonly KnownKey[]
}

export function standingOf(reading: Reading, strays: Strays): Standing {
  const record = reading.loaded?.record ?? null
  const roles = standingRoles(reading.situation, record)
  const inUse = inUseOf(reading, roles)
  const outstanding = outstandingOf(reading, inUse, strays)
  const slots = [...reading.situation.slots.keys()].map((name) => slotRoles(reading.situation.slots, name, roles))
  const promoted = standingPhase(reading.situation, slots, reading.listing !== null) === 'promoted'
  const predecessor = promoted && reading.situation.is === 'open' ? reading.situation.predecessor : null
  return { reading, record, roles, inUse, outstanding, old: [...(predecessor === null ? [] : [predecessor]), ...outstanding.map(({ key }) => key)] }
}

/** What was read for this credential besides its slots. */
export interface Beyond {
  readonly old: OldKey | null
  readonly tale: RunTale | null
}

export function factsOf(ws: Workspace, { standing, beyond, others, strays }: FactsInput): CredentialFacts {
  const { reading, record, roles, inUse } = standing
  const { credential, situation, listing, loaded } = reading
  const open = situation.is === 'open'
  const births = [...inUse, ...(open ? [situation.predecessor] : [])].flatMap((key) => (key?.listed == null ? [] : [key.listed.createdAt]))
  const settledIds = new Set(standing.outstanding.map(({ key }) => key.id))
  return {
    name: credential.name,
    policy: credential.policy,
    now: listing?.serverTime ?? ws.clock.now(),
    situation: situation.is === 'unclear' ? situation.why : situation.is,
    generation: situation.generation,
    record: loaded?.condition ?? { unreadable: reading.recordGap ?? 'KR_BUG' },
    run: record?.run ?? null,
    ...beyond,
    openSince: open ? (situation.successor?.listed?.createdAt ?? record?.run?.startedAt ?? null) : null,
    inUse,
    bornAt: births.length === 0 ? null : Math.min(...births),
    listing: reading.listingGap !== null ? { unreadable: reading.listingGap } : listing === null ? 'none' : 'complete',
    outstanding: standing.outstanding,
    holders: holdersOf(reading, others),
    orphans: strays.orphans.filter((orphan) => orphan.credential === credential.name && !settledIds.has(orphan.id)),
    unplaced: strays.unplaced.get(credential.name) ?? 0,
    targets: credential.targets.map(({ name, target }): TargetFacts => {
      const current = situation.slots.get(name)?.current
      return {
        name,
        type: target.type,
        ...slotRoles(situation.slots, name, roles),
        key: current?.is === 'key' ? current.key : null,
        ownFallback: holdsOwn(ws.ns, reading, name),
        unread: reading.targetGaps.get(name) ?? null,
      }
    }),
  }
}

export interface FactsInput {
  readonly standing: Standing
  readonly beyond: Beyond
  readonly others: readonly Reading[]
  readonly strays: Strays
}

/** Keys in use, the one that stands for the credential first: the old one for as long as any target gives it out. */
function inUseOf(reading: Reading, roles: Roles): KnownKey[] {
  const keys = keysInUse(reading.situation.slots, roles, reading.loaded?.record?.run ?? null)
  return keys.toSorted((left, right) => Number(sameKey(right, roles.a)) - Number(sameKey(left, roles.a)))
}

/**
 * Keys that the record says were left alive, and those whose name says that they came before the one in use: a lost record
 * hides only those without a name of ours. What a complete listing does not show any more is dead: nobody has to revoke it.
 */
function outstandingOf(reading: Reading, inUse: readonly KnownKey[], strays: Strays): Standing['outstanding'] {
  const { listing, loaded, situation, credential } = reading
  const noted = (loaded?.record?.outstanding ?? []).flatMap(({ key }) => {
    const listed = listing?.keys.find(({ id }) => id === key.id) ?? null
    const gone = listing !== null && key.id !== null && listed === null
    return gone ? [] : [{ key: { ...key, secret: null, listed }, createdAt: listed?.createdAt ?? null }]
  })
  if (situation.is !== 'settled') return noted
  const names = inUse.flatMap((key) => parseKeyName(key.listed?.name ?? key.name) ?? [])
  const superseded = strays.orphans
    .filter((orphan) => orphan.kind === 'committed' && orphan.credential === credential.name && names.length > 0)
    .filter(({ name }) => names.every((used) => comesBefore(parseKeyName(name), used)))
    .flatMap(({ id }) => listing?.keys.find((key) => key.id === id) ?? [])
    .map((listed) => ({ key: fromListing(listed), createdAt: listed.createdAt, byName: true }))
  return [...noted, ...superseded]
}

function comesBefore(name: KeyName | null, used: KeyName): boolean {
  if (name === null) return false
  return name.generation < used.generation || (name.generation === used.generation && name.attempt < used.attempt)
}

function heldBy(reading: Reading, target?: string): KnownKey[] {
  const slots = [...reading.situation.slots].filter(([name]) => target === undefined || name === target)
  return slots.flatMap(([, slot]) => [slot.current, slot.fallback].flatMap((found) => (found.is === 'key' ? [found.key] : [])))
}

/** Every slot of the config that holds a key which this credential holds. */
function holdersOf(reading: Reading, all: readonly Reading[]): Holder[] {
  const mine = heldBy(reading)
  return all.flatMap((other) =>
    other.credential.targets
      .filter(({ name }) => heldBy(other, name).some((key) => mine.some((own) => sameKey(own, key))))
      .map(({ name, environment }) => ({ credential: other.credential.name, target: name, environment: environment ?? null })),
  )
}

/** Whether the fallback slot holds a key of this credential: by our marker, by a name of ours, or by our record. */
function holdsOwn(ns: string, reading: Reading, target: string): boolean {
  const { credential, situation, listing, observations } = reading
  const held = observations.get(target)?.fallback
  const found = situation.slots.get(target)?.fallback
  if (held?.is === 'marker') {
    const marker = parseKeyName(held.marker) ?? parseAdoptedMarker(held.marker)
    return marker !== null && marker.ns === ns && marker.credential === credential.name
  }
  if (found?.is !== 'key') return false
  const { notes } = sourcesOf({ record: reading.loaded?.record ?? null, memory: [], survey: { listing, observations, at: 0 } })
  const current = situation.is === 'unclear' ? null : situation.predecessor
  return isOurs(parseKeyName(found.key.name), ns, credential.name) || [...notes, current].some((known) => sameKey(known, found.key))
}
