/** Gathering what the timetable needs: like `status`, without a lock and without a write. */
import { committedLife } from '../domain/policy.ts'
import { isOurs, parseKeyName } from '../domain/key-name.ts'
import type { Standing } from '../domain/due.ts'
import type { Ms } from '../domain/duration.ts'
import type { CredentialRecord, StallNote } from '../domain/record.ts'
import { pauseAfter } from '../domain/stall.ts'
import { hasBirthLife } from '../domain/warrant.ts'
import type { Listing, ProviderKey } from '../ports/provider.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'
import { Listings, readCredential, type Reading } from '../audit/gather.ts'
import { endOf, keysInUse, slotRoles, standingRoles } from '../audit/standing.ts'
import type { KnownKey } from '../flow/identify.ts'
import { together } from '../flow/together.ts'
import { WANTED } from './tries.ts'

/** One credential: where it stands in time, what its record says, and what kept it from being read. */
export interface DueFacts extends Standing {
  readonly record: CredentialRecord | null
  /** When the new key of an open run was made: what a lost record still shows of its begin. */
  readonly runSince: Ms | null
  /** Code of the error that kept a target, the provider or the record from being read: then nothing is decided. */
  readonly gap: string | null
}

/** Reads these credentials side by side. Never throws for what cannot be read; throws when told to stop. */
export async function gatherDue(ws: Workspace, names: readonly string[]): Promise<readonly DueFacts[]> {
  const listings = new Listings()
  const lanes = [...new Set(ws.credentials.map((credential) => credential.provider))]
  const chosen = ws.credentials.filter((credential) => names.includes(credential.name))
  return together(chosen, async (credential) => {
    const reading = await readCredential(ws, credential, listings)
    const broken = await isBroken(ws, reading)
    return factsOf(ws, reading, String(lanes.indexOf(credential.provider)), broken)
  })
}

function factsOf(ws: Workspace, reading: Reading, lane: string, broken: boolean): DueFacts {
  const { credential, situation } = reading
  const record = reading.loaded?.record ?? null
  const inUse = inUseOf(reading)
  return {
    name: credential.name,
    lane,
    policy: credential.policy,
    generation: situation.generation,
    state: situation.is,
    bornAt: birthOf(reading, inUse),
    endsAt: endOf(inUse),
    extendable: isExtendable(credential, inUse),
    pressing: record?.run?.incident !== undefined ? 'incident' : broken ? 'broken' : null,
    wanted: isWanted(reading),
    stall: record === null ? stallFromWorld(ws.ns, reading) : record.stall,
    record,
    runSince: situation.is === 'open' ? (situation.successor?.listed?.createdAt ?? null) : null,
    gap: reading.recordGap ?? reading.listingGap ?? [...reading.targetGaps.values()][0] ?? null,
  }
}

function inUseOf({ situation, loaded }: Reading): readonly KnownKey[] {
  const record = loaded?.record ?? null
  return keysInUse(situation.slots, standingRoles(situation, record), record?.run ?? null)
}

/** By the provider; without its list, by the oldest date that a store or the record has: the key is at least that old. */
function birthOf(reading: Reading, inUse: readonly KnownKey[]): Ms | null {
  const { listing, situation, observations, loaded } = reading
  const parts = situation.is === 'open' ? [...inUse, situation.predecessor] : inUse
  const births = [...parts.flatMap((key) => key?.listed ?? []), ...remembered(reading)].map(({ createdAt }) => createdAt)
  if (births.length > 0) return Math.min(...births)
  if (listing !== null) return null
  const dates = [loaded?.record?.updatedAt, ...[...observations.values()].map((seen) => seen.since)].filter((date): date is Ms => date != null)
  return dates.length === 0 ? null : Math.min(...dates)
}

/** Where a target cannot be read, what the record says of it: a key that nobody sees grows old all the same. */
function remembered({ listing, loaded, targetGaps }: Reading): readonly ProviderKey[] {
  const record = targetGaps.size === 0 ? null : (loaded?.record ?? null)
  const ids = [record?.current?.id, record?.run?.predecessor?.id].filter((id) => id != null)
  return (listing?.keys ?? []).filter(({ id }) => ids.includes(id))
}

function isExtendable({ provider, policy }: BoundCredential, inUse: readonly KnownKey[]): boolean {
  const known = inUse.length > 0 && inUse.every((key) => key.id !== null)
  return known && provider.expire !== undefined && committedLife(policy, provider.limits.maxLife) !== null
}

/** A key that consumers are given is missing from two complete lists, or has ended: the lists may lag, so they are asked again. */
async function isBroken(ws: Workspace, reading: Reading): Promise<boolean> {
  const { credential, listing, targetGaps } = reading
  if (listing === null || targetGaps.size > 0) return false
  const missing = (list: Listing): boolean => inUseOf(reading).some((key) => (key.id !== null || key.secret !== null) && !isListed(key, list))
  if (!missing(listing)) return false
  await ws.clock.sleep(credential.policy.listDelay)
  const again = await credential.provider.list?.().catch(() => undefined)
  return again !== undefined && missing(again)
}

function isListed(key: KnownKey, { keys, serverTime }: Listing): boolean {
  const found = keys.find((listed) => (key.id === null ? key.secret?.fits(listed.hint) : listed.id === key.id))
  return found !== undefined && (found.expiresAt === null || found.expiresAt > serverTime)
}

/** Whether the run waits for a word: by its record, else because only a word can be missing. */
function isWanted({ credential, situation, loaded }: Reading): boolean {
  const run = loaded?.record?.run
  if (run != null) return WANTED.has(run.parked?.code ?? '')
  if (situation.is !== 'open') return false
  const roles = standingRoles(situation, null)
  const promoted = credential.targets.every(({ name }) => slotRoles(situation.slots, name, roles).current === 'b')
  return promoted && (credential.policy.revoke === 'prompt' || credential.policy.approval === 'required')
}

/**
 * Without a record the count is lost; what was minted for the next generation and never put to use still shows at the provider.
 * The youngest of these was the last try.
 */
function stallFromWorld(ns: string, { credential, situation, listing }: Reading): StallNote | undefined {
  const generation = situation.is === 'open' ? situation.generation : situation.generation + 1
  const attempts = (listing?.keys ?? []).flatMap((key) => {
    const name = parseKeyName(key.name)
    return isOurs(name, ns, credential.name) && name.generation === generation ? [{ key, attempt: name.attempt }] : []
  })
  const committed = attempts.some(({ key }) => !hasBirthLife(key.createdAt, key.expiresAt, credential.policy.birthLife))
  if (attempts.length === 0 || committed) return undefined
  const tries = attempts.length
  const lastAt = Math.max(...attempts.map(({ key }) => key.createdAt))
  return { code: 'KR_TRIED_BEFORE', tries, firstAt: Math.min(...attempts.map(({ key }) => key.createdAt)), nextAt: lastAt + pauseAfter(tries) }
}
