/** The state of every credential of a config: gathered side by side, without a lock, without a single write. */
import { DAY } from '../domain/duration.ts'
import { isOurs, parseAdoptedMarker, parseKeyName } from '../domain/key-name.ts'
import { DEFAULT_POLICY } from '../domain/policy.ts'
import type { StatusCredential, StatusReport } from '../domain/status.ts'
import type { Workspace } from '../ports/workspace.ts'
import { sourcesOf } from '../flow/terrain.ts'
import type { Roles } from '../flow/context.ts'
import { sameKey, type KnownKey } from '../flow/identify.ts'
import { pool } from '../flow/pool.ts'
import { audit, auditTarget, dueAt, type CredentialFacts, type TargetFacts } from './audit.ts'
import { Listings, readCredential, type Reading } from './gather.ts'
import { findStrays, type Strays } from './orphans.ts'
import { keysInUse, slotRoles, standingPhase, standingRoles } from './standing.ts'

/** Credentials looked at side by side, as in a run. */
const WIDTH = 10

/**
 * Everything `status` shows. A target, record or provider that cannot be read makes the report incomplete and is a finding
 * `cannot-tell`; it never ends the report. Throws only when the invocation is told to stop.
 */
export async function gatherStatus(ws: Workspace): Promise<StatusReport> {
  const listings = new Listings()
  const readings = await pool(ws.credentials, WIDTH, (credential) => readCredential(ws, credential, listings))
  const distinct = [...new Set(readings.flatMap((reading) => reading.listing ?? []))]
  const strays = findStrays(ws.ns, distinct, readings.map(holdingOf), DEFAULT_POLICY.birthLife)
  const at = ws.clock.now()
  return {
    at,
    complete: readings.every((reading) => reading.listingGap === null && reading.recordGap === null && reading.targetGaps.size === 0),
    credentials: readings.map((reading) => statusOf(reading, factsOf(ws, reading, { readings, strays, at }))),
    orphans: strays.orphans.map(({ id, name, createdAt, expiresAt, kind }) => ({ id, name, createdAt, expiresAt, kind })),
  }
}

function recordOf(reading: Reading): NonNullable<Reading['loaded']>['record'] {
  return reading.loaded?.record ?? null
}

function holdingOf(reading: Reading): Parameters<typeof findStrays>[2][number] {
  const { credential, situation } = reading
  const record = recordOf(reading)
  const blind = record === null && [...situation.slots.values()].some((slot) => slot.current.is === 'unknown')
  return { credential: credential.name, birthLife: credential.policy.birthLife, record, situation, slots: situation.slots, blind }
}

interface Whole {
  readonly readings: readonly Reading[]
  readonly strays: Strays
  readonly at: number
}

/** What the audit judges; also what the status shows. */
function factsOf(ws: Workspace, reading: Reading, whole: Whole): CredentialFacts {
  const { credential, situation, listing, loaded } = reading
  const record = recordOf(reading)
  const roles = standingRoles(situation, record)
  const inUse = inUseOf(reading, roles)
  const births = [...inUse, ...(situation.is === 'open' ? [situation.predecessor] : [])].flatMap((key) => (key?.listed == null ? [] : [key.listed.createdAt]))
  return {
    name: credential.name,
    policy: credential.policy,
    now: listing?.serverTime ?? whole.at,
    situation: situation.is === 'unclear' ? situation.why : situation.is,
    generation: situation.generation,
    record: loaded?.condition ?? { unreadable: reading.recordGap ?? 'KR_BUG' },
    run: record?.run ?? null,
    inUse,
    bornAt: births.length === 0 ? null : Math.min(...births),
    listing: reading.listingGap !== null ? { unreadable: reading.listingGap } : listing === null ? 'none' : 'complete',
    // A key that a complete listing does not show any more is dead: nobody has to revoke it.
    outstanding: (record?.outstanding ?? []).filter(({ key }) => listing === null || key.id === null || listing.keys.some((listed) => listed.id === key.id)),
    sharedWith: sharedWith(reading, whole.readings),
    orphans: whole.strays.orphans.filter((orphan) => orphan.credential === credential.name),
    unplaced: whole.strays.unplaced.get(credential.name) ?? 0,
    targets: credential.targets.map((bound): TargetFacts => ({
      name: bound.name,
      type: bound.target.type,
      ...slotRoles(situation.slots, bound.name, roles),
      ownFallback: holdsOwn(ws.ns, reading, bound.name),
      unread: reading.targetGaps.get(bound.name) ?? null,
    })),
  }
}

/** Keys in use, the one that stands for the credential first: the old one for as long as any target gives it out. */
function inUseOf(reading: Reading, roles: Roles): KnownKey[] {
  const keys = keysInUse(reading.situation.slots, roles, recordOf(reading)?.run ?? null)
  return keys.toSorted((left, right) => Number(sameKey(right, roles.a)) - Number(sameKey(left, roles.a)))
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
  const { notes } = sourcesOf({ record: recordOf(reading), memory: [], survey: { listing, observations, at: 0 } })
  const current = situation.is === 'unclear' ? null : situation.predecessor
  return isOurs(parseKeyName(found.key.name), ns, credential.name) || [...notes, current].some((known) => sameKey(known, found.key))
}

function heldBy(reading: Reading): KnownKey[] {
  return [...reading.situation.slots.values()].flatMap((slot) => [slot.current, slot.fallback].flatMap((found) => (found.is === 'key' ? [found.key] : [])))
}

function sharedWith(reading: Reading, all: readonly Reading[]): string[] {
  const mine = heldBy(reading)
  return all.filter((other) => other !== reading && heldBy(other).some((key) => mine.some((own) => sameKey(own, key)))).map((other) => other.credential.name)
}

function statusOf(reading: Reading, facts: CredentialFacts): StatusCredential {
  const key = facts.inUse[0]
  const ends = facts.inUse.flatMap(({ listed }) => (listed?.expiresAt == null ? [] : [listed.expiresAt]))
  return {
    name: facts.name,
    generation: facts.generation,
    keyId: key?.id ?? null,
    fingerprint: key?.fingerprint ?? null,
    createdAt: key?.listed?.createdAt ?? null,
    expiresAt: ends.length === 0 ? null : Math.min(...ends),
    ageDays: key?.listed == null ? null : Math.max(0, Math.floor((facts.now - key.listed.createdAt) / DAY)),
    lastUsedAt: key?.listed?.lastUsedAt ?? null,
    phase: standingPhase(reading.situation, facts.targets, reading.listing !== null),
    openRun: facts.run?.id ?? null,
    dueAt: dueAt(facts),
    targets: facts.targets.map((target) => ({
      name: target.name,
      type: target.type,
      current: target.current,
      fallback: target.fallback,
      findings: auditTarget(facts, target),
    })),
    findings: audit(facts),
  }
}
