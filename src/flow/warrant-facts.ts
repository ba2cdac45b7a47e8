/** Gathering what the warrant asks, all of it now: the second read-back, a fresh proof, references, quiet, the lock. */
import { SECOND, type Ms } from '../domain/duration.ts'
import { EVIDENCE_AGE, type ConsumerFinding, type ReadBack, type WarrantFacts } from '../domain/warrant.ts'
import type { Listing, ProviderKey } from '../ports/provider.ts'
import type { BoundTarget } from '../ports/workspace.ts'
import { goal, incoming, isDead, markerOf, onOurClock, roleIn, settledAt, skewOf, type Context } from './context.ts'
import { approvalFor } from './approval.ts'
import { soakEnd } from './drain.ts'
import { isListable, isListedAs, sameKey, type KnownKey } from './identify.ts'
import { proveUntil } from './probe.ts'
import { quietBase } from './quiet.ts'
import { listAll } from './survey.ts'
import { lookForWitness, noteProven } from './witness.ts'

/** How long a passing fault may hold up the proof before the item counts as unknown. */
const PATIENCE: Ms = 30 * SECOND

/** What is known of one key now, and how the provider lists it; `null` where it cannot list it. */
export interface Gathered {
  readonly listed: ProviderKey | null
  readonly facts: WarrantFacts
}

/** Why no warrant is asked for: a complete listing does not have the key or shows that it has ended, or what is known of it fits several. */
export type Unasked = 'gone' | 'ambiguous'

/** Facts for the warrant of one key; everything that must be fresh is read here. One listing says whether the key is there and how it is used. */
export async function gatherFacts(cx: Context, key: KnownKey, unsure: readonly string[]): Promise<Gathered | Unasked> {
  const reading = listAll(cx.credential)
  const [young, enough] = [isProofYoung(cx), isProvenEnough(cx)]
  // A whole proof takes its time: what is read back is read after it, and is as fresh as can be. Otherwise beside the listing.
  const early = young || enough ? readTargets(cx) : null
  early?.catch(() => undefined)
  const listing = await reading
  const listed = listedIn(listing, key)
  if (listed === 'gone' || listed === 'ambiguous') return listed
  lookForWitness(cx, listing)
  const proving = enough ? undefined : proveSuccessor(cx, !young)
  if (early === null) await proving
  const [read] = await Promise.all([early ?? readTargets(cx), proving])
  lookForWitness(cx, listing)
  const { run } = cx.book
  const facts: WarrantFacts = {
    ...read,
    now: cx.ws.clock.now(),
    keyId: listed?.id ?? key.id ?? '',
    successorProvenAt: cx.facts.proven?.at ?? null,
    successorUsedAt: onOurClock(cx, successorIn(listing, incoming(cx))?.lastUsedAt ?? null),
    readBacks: [...read.readBacks, ...unreached(cx)],
    soakEnd: run.decision?.revoke === 'now' ? null : soakEnd(cx),
    references: [],
    unknownReferences: unsure,
    quietBase: quietBase(cx),
    quietBaseKnown:
      run.ownCallAt !== null && cx.credential.targets.every((bound) => bound.target.reload === undefined || run.targets[bound.name]?.reloadedAt !== undefined),
    quiet: cx.credential.policy.quiet,
    lastUsedAt: listed === null ? undefined : onOurClock(cx, listed.lastUsedAt),
    witnessed: cx.facts.witnessed,
    ...approvalFor(cx),
    skew: skewOf(cx),
    idleByNature: isDead(cx, key),
  }
  return { listed, facts }
}

/** What the targets say now, and the lock. */
async function readTargets(cx: Context): Promise<Pick<WarrantFacts, 'readBacks' | 'consumers' | 'revivable' | 'lockHeld'>> {
  const { targets } = cx.credential
  const [readBacks, consumers, revivable, lockHeld] = await Promise.all([
    Promise.all(targets.map((bound) => readBack(cx, bound))),
    Promise.all(targets.map((bound) => consumersOf(cx, bound))),
    Promise.all(targets.map(leftoversOf)),
    cx.lock.stillHeld(),
  ])
  return { readBacks, consumers, revivable: revivable.flat(), lockHeld }
}

/** The key as the provider lists it; `null` where it has no list, or nothing is known by which a list could show the key. */
function listedIn(listing: Listing | null, key: KnownKey): ProviderKey | null | Unasked {
  if (listing === null || !isListable(key)) return null
  const [found, ...more] = listing.keys.filter((listed) => isListedAs(key, listed))
  if (more.length > 0) return 'ambiguous'
  return found === undefined || (found.expiresAt !== null && found.expiresAt <= listing.serverTime) ? 'gone' : found
}

/** Targets that an incident could not bring along, and that nobody has named: they stand against the deletion. */
function unreached(cx: Context): ReadBack[] {
  const named = cx.book.run.incident?.without ?? []
  return cx.debts.filter((name) => !named.includes(name)).map((target) => ({ target, first: null, second: null, strength: 'none' }))
}

/** An incident does not prove again what it has proven within the age that the warrant asks for; severing first waits for nothing. */
function isProvenEnough(cx: Context): boolean {
  const { incident } = cx.book.run
  return incident !== undefined && (incident.severFirst || isProofYoung(cx))
}

/** Whether the successor has answered steadily in this invocation, so lately that the warrant could rest on it. */
function isProofYoung(cx: Context): boolean {
  const { proven } = cx.facts
  return proven !== null && proven.steady && sameKey(proven.key, incoming(cx)) && cx.ws.clock.now() - proven.at < EVIDENCE_AGE / 2
}

/** The successor as the provider lists it now: a use that was followed by its death proves nothing. */
function successorIn(listing: Listing | null, key: KnownKey | null): ProviderKey | null {
  return listing?.keys.find((listed) => key !== null && isListedAs(key, listed) && (listed.expiresAt === null || listed.expiresAt > listing.serverTime)) ?? null
}

/**
 * The successor answers once more, without the predecessor being called: its silence is what is being measured. `whole`: several times
 * in a row; one answer renews a young proof.
 */
async function proveSuccessor(cx: Context, whole: boolean): Promise<void> {
  const key = incoming(cx)
  if (key?.secret == null) return
  const verdict = await proveUntil(cx, key.secret, null, cx.ws.clock.now() + PATIENCE, whole)
  if (verdict.is === 'live') noteProven(cx, key, true)
  else cx.facts.proven = null
}

async function readBack(cx: Context, bound: BoundTarget): Promise<ReadBack> {
  const seen = await bound.target.observe()
  const now = cx.ws.clock.now()
  const first =
    cx.book.run.targets[bound.name]?.promotedAt ?? seen.since ?? incoming(cx)?.listed?.createdAt ?? (cx.book.run.incident === undefined ? null : now)
  const role = roleIn(cx, seen.current)
  const strength =
    role === goal(cx) ? (seen.current.is === 'value' ? 'value' : 'marker') : settledAt(cx, bound.name, seen) ? 'weak' : role === 'unknown' ? 'unknown' : 'none'
  return { target: bound.name, first, second: strength === 'none' ? null : now, strength }
}

/** A reload that is complete, and nobody left who started before it; what the platform cannot show, a person knows. */
async function consumersOf(cx: Context, { name, target }: BoundTarget): Promise<ConsumerFinding> {
  const key = incoming(cx)
  const [left, progress] = await Promise.all([target.stragglers?.(), key === null ? undefined : target.reloaded?.(markerOf(cx, key))])
  if (left !== undefined && left.length > 0) return { target: name, state: 'unmet', why: firstOf(left) }
  if (progress === undefined) return { target: name, state: target.traits.consumers === 'reread' || left !== undefined ? 'met' : 'unknown' }
  const { state, why } = progress
  return { target: name, state: STATES[state], ...(why === undefined ? {} : { why }) }
}

const STATES = { yes: 'met', no: 'unmet', failed: 'unmet', unknown: 'unknown' } as const

async function leftoversOf({ name, target }: BoundTarget): Promise<string[]> {
  const left = (await target.leftovers?.()) ?? []
  return left.length === 0 ? [] : [`${name}: ${firstOf(left)}`]
}

/** Enough names to act on; a long list helps nobody. */
function firstOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ')
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown
}

const MOST_NAMES = 5
