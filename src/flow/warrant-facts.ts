/** Gathering what the warrant asks, all of it now: the second read-back, a fresh proof, references, quiet, the lock. */
import { SECOND, type Ms } from '../domain/duration.ts'
import type { ItemState, ReadBack, WarrantFacts } from '../domain/warrant.ts'
import type { ProviderKey } from '../ports/provider.ts'
import type { BoundTarget } from '../ports/workspace.ts'
import { goal, incoming, isDead, markerOf, onOurClock, roleIn, settledAt, skewOf, type Context } from './context.ts'
import { lastChange, soakEnd } from './drain.ts'
import { isListedAs, type KnownKey } from './identify.ts'
import { proveUntil } from './probe.ts'

/** How long a passing fault may hold up the proof before the item counts as unknown. */
const PATIENCE: Ms = 30 * SECOND

/** Facts for the warrant of one key; everything that must be fresh is read here. */
export async function gatherFacts(cx: Context, key: KnownKey, listed: ProviderKey | null, unsure: readonly string[]): Promise<WarrantFacts> {
  await proveSuccessor(cx)
  const readBacks = await Promise.all(cx.credential.targets.map((bound) => readBack(cx, bound)))
  const { run } = cx.book
  const changed = lastChange(cx) ?? cx.ws.clock.now()
  const successor = incoming(cx)
  return {
    now: cx.ws.clock.now(),
    keyId: listed?.id ?? key.id ?? '',
    successorProvenAt: cx.facts.proven?.at ?? null,
    successorUsedAt: onOurClock(cx, (await listedNow(cx, successor))?.lastUsedAt ?? null),
    readBacks,
    soakEnd: run.decision?.revoke === 'now' ? null : soakEnd(cx),
    references: [],
    unknownReferences: unsure,
    quietBase: Math.max(changed, run.ownCallAt ?? 0),
    quietBaseKnown:
      run.ownCallAt !== null && cx.credential.targets.every((bound) => bound.target.reload === undefined || run.targets[bound.name]?.reloadedAt !== undefined),
    quiet: cx.credential.policy.quiet,
    lastUsedAt: listed === null ? undefined : onOurClock(cx, listed.lastUsedAt),
    consumers: await Promise.all(cx.credential.targets.map(async (bound) => ({ target: bound.name, state: await consumerState(cx, bound) }))),
    lockHeld: await cx.lock.stillHeld(),
    approval: 'met',
    skew: skewOf(cx),
    idleByNature: isDead(cx, key),
  }
}

/** The successor as the provider lists it now: a use that was followed by its death proves nothing. */
async function listedNow(cx: Context, key: KnownKey | null): Promise<ProviderKey | null> {
  const listing = await cx.credential.provider.list?.()
  return listing?.keys.find((listed) => key !== null && isListedAs(key, listed) && (listed.expiresAt === null || listed.expiresAt > listing.serverTime)) ?? null
}

/** The successor answers once more, without the predecessor being called: its silence is what is being measured. */
async function proveSuccessor(cx: Context): Promise<void> {
  const key = incoming(cx)
  if (key?.secret == null) return
  const verdict = await proveUntil(cx, key.secret, null, cx.ws.clock.now() + PATIENCE, true)
  cx.facts.proven = verdict.is === 'live' ? { key, at: cx.ws.clock.now() } : null
}

async function readBack(cx: Context, bound: BoundTarget): Promise<ReadBack> {
  const seen = await bound.target.observe()
  const now = cx.ws.clock.now()
  const first = cx.book.run.targets[bound.name]?.promotedAt ?? seen.since ?? incoming(cx)?.listed?.createdAt ?? null
  const role = roleIn(cx, seen.current)
  const strength =
    role === goal(cx) ? (seen.current.is === 'value' ? 'value' : 'marker') : settledAt(cx, bound.name, seen) ? 'weak' : role === 'unknown' ? 'unknown' : 'none'
  return { target: bound.name, first, second: strength === 'none' ? null : now, strength }
}

async function consumerState(cx: Context, bound: BoundTarget): Promise<ItemState> {
  const { target } = bound
  const key = incoming(cx)
  if (target.traits.consumers === 'reread') return 'met'
  if (target.reloaded === undefined || key === null) return 'unknown'
  const answer = await target.reloaded(markerOf(cx, key))
  return answer === 'yes' ? 'met' : answer === 'no' ? 'unmet' : 'unknown'
}
