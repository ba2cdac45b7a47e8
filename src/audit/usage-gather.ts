/** Reading what became of one key: who it is, what it called and cost, what was logged. A source that cannot be read is said, never guessed. */
import { DAY, type Ms } from '../domain/duration.ts'
import { KeyrotError } from '../domain/errors.ts'
import type { UsageKey, UsageReport } from '../domain/usage.ts'
import type { UsageReading } from '../ports/usage.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'
import { Listings, readCredential, type Reading } from './gather.ts'
import { keysInUse, standingRoles } from './standing.ts'
import { attempt, eventOf, everyCall, originOf, sourceOf } from './usage-read.ts'
import { compare, comparisonOf } from './usage.ts'

/** How long before the moment in question is looked at for comparison: two weeks have every kind of day twice. */
export const BASELINE: Ms = 14 * DAY

export interface UsageWish {
  /** Of which key; `null` = the one that is leaving in an open run, else the one in use. */
  readonly keyId: string | null
  /** When the time in question begins, seen from the provider's now. */
  readonly since: (now: Ms) => Ms
}

/**
 * Everything `usage` shows. What could not be read is named in `origins`. Throws where there is nothing to show at all: no key to
 * look at, no provider that tells, no figures read.
 */
export async function gatherUsage(ws: Workspace, credential: BoundCredential, wish: UsageWish): Promise<UsageReport> {
  const source = sourceOf(credential)
  const reading = await readCredential(ws, credential, new Listings())
  const key = keyOf(reading, wish.keyId)
  const now = reading.listing?.serverTime ?? ws.clock.now()
  const at = comparisonOf(wish.since(now), now, BASELINE, key.createdAt)
  const [calls, costs, events] = await Promise.all([
    everyCall(ws, source, { keyId: key.id, from: at.from, until: at.until, step: at.step }),
    attempt(() => source.costs(key.id, at.from, at.until)),
    attempt(() => source.keyEvents(key.id, at.from)),
  ])
  const origins = [...calls.map(({ kind, gap }) => originOf(`calls: ${kind}`, gap)), originOf('costs', costs.gap), originOf('audit log', events.gap)]
  if (calls.every(({ gap }) => gap !== null)) throw unreadable(credential, calls[0]?.gap ?? null)
  const judged = compare(at, calls, costs.value ?? [])
  return {
    credential: credential.name,
    at: now,
    key,
    step: at.step,
    ...judged,
    events: (events.value ?? []).map(eventOf),
    complete: origins.every(({ state }) => state === 'read'),
    origins,
    uncountedUseAt: uncountedUse(key, calls),
    caveats: source.usageCaveats,
  }
}

/** Which key is meant. A key of an open run that leaves is the one people ask about. */
function keyOf({ credential, situation, loaded, listing }: Reading, wanted: string | null): UsageKey {
  const record = loaded?.record ?? null
  const roles = standingRoles(situation, record)
  const leaving = situation.is === 'open' ? situation.predecessor : null
  const inUse = keysInUse(situation.slots, roles, record?.run ?? null)
  const known = [leaving, ...inUse, roles.a, roles.b, ...roles.older].filter((key) => key !== null)
  const picked = wanted === null ? (leaving?.id == null ? inUse.find(({ id }) => id !== null) : leaving) : known.find(({ id }) => id === wanted)
  const id = wanted ?? picked?.id ?? null
  if (id === null) throw whichKey(credential.name)
  const listed = listing?.keys.find((key) => key.id === id)
  return {
    id,
    name: picked?.name ?? listed?.name ?? null,
    fingerprint: picked?.fingerprint ?? null,
    createdAt: listed?.createdAt ?? null,
    lastUsedAt: listed?.lastUsedAt,
    because: wanted !== null ? 'named' : picked === leaving ? 'leaving' : 'in-use',
  }
}

/** The listing's last use, where no figures reach it: they are late, or that call is of a kind that is not counted. */
function uncountedUse({ lastUsedAt }: UsageKey, calls: readonly UsageReading[]): Ms | null {
  if (lastUsedAt == null) return null
  const counted = calls.flatMap(({ slices }) => slices.filter((slice) => slice.calls > 0).map(({ until }) => until))
  return counted.some((until) => until > lastUsedAt) ? null : lastUsedAt
}

function whichKey(name: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_USAGE_WHICH_KEY',
    kind: 'refused',
    message: `which key of ${name} is in use cannot be told`,
    hints: ['name it by its id: --key-id ID', `ids are shown by: keyrot status, keyrot runs report ${name}`],
  })
}

function unreadable({ name }: BoundCredential, gap: KeyrotError | null): KeyrotError {
  return new KeyrotError({
    code: 'KR_USAGE_UNREAD',
    kind: 'failed',
    message: `no usage of ${name} could be read${gap === null ? '' : `: ${gap.message}`}`,
    hints: gap?.kind === 'forbidden' ? ['the admin key needs the right to read usage of the organization'] : ['try again in a while'],
  })
}
