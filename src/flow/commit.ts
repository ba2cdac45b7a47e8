/**
 * Commit: give the incoming key its full life, before any `current` slot holds it. Done only in the first half of the birth
 * life by the provider's clock, while sweeping happens only in the second: the two cannot race, even across machines.
 */
import { formatDuration, SECOND, type Ms } from '../domain/duration.ts'
import { committedLife } from '../domain/policy.ts'
import { halfLife, hasBirthLife } from '../domain/warrant.ts'
import type { ProviderKey } from '../ports/provider.ts'
import { anyPromoted, incoming, noteDead, type Context } from './context.ts'
import { sameKey } from './identify.ts'
import { ACTED, needed, reconsider, satisfied, skipped, stopped, type Act, type Look, type StepLogic } from './step.ts'

/** Room for an answer that is slow to come: a commit is not begun in the last moments of the first half. */
const MARGIN: Ms = 60 * SECOND
/** Most clouds list a change at once: the first looks come quickly, later ones spare the provider. */
const FIRST_POLL: Ms = SECOND / 2
const LONGEST_POLL: Ms = 5 * SECOND

export const commit: StepLogic = { look, act }
/** Sees afterwards what an incident did not wait for: that the key in use has its full life. */
export const affirm: StepLogic = { look: lookAffirm, act: actAffirm }

async function look(cx: Context): Promise<Look> {
  const key = incoming(cx)
  if (key === null) return satisfied('nothing to commit')
  if (!canExpire(cx)) return ratcheted(cx) ? satisfied('the record says so; the provider has no end to move') : needed('not yet on record')
  if (cx.facts.committed.some((note) => sameKey(note, key))) return satisfied('its life was extended')
  if (key.listed !== null && isCommitted(cx, key.listed) && lastsLongEnough(cx, key.listed) && ratcheted(cx)) {
    cx.facts.committed.push(key)
    return satisfied('its life was extended before')
  }
  return needed('it still has its birth life, or ends too soon')
}

/** Whether keys of this credential are born with an end that can be moved. */
function canExpire(cx: Context): boolean {
  const { provider, policy } = cx.credential
  return provider.expire !== undefined && provider.list !== undefined && provider.limits.expiry && policy.lifetime !== null && incoming(cx)?.id !== null
}

function ratcheted(cx: Context): boolean {
  return cx.direction === 'back' || cx.book.run.attempts.some((note) => !note.abandoned && note.committedAt !== null)
}

function isCommitted(cx: Context, key: ProviderKey): boolean {
  return !hasBirthLife(key.createdAt, key.expiresAt, cx.credential.policy.birthLife)
}

/** I1: no key that ends within the safety horizon is put in use. */
function lastsLongEnough(cx: Context, key: ProviderKey): boolean {
  return key.expiresAt === null || key.expiresAt - (cx.survey.listing?.serverTime ?? cx.ws.clock.now()) > cx.credential.policy.safetyHorizon
}

async function act(cx: Context): Promise<Act> {
  if (!canExpire(cx)) return ratchet(cx)
  if (isNewborn(cx)) return commitAtOnce(cx)
  const found = await awaitListed(cx)
  if (found === null) return abandonUnlisted(cx)
  const { key, serverTime } = found
  if (isCommitted(cx, key) && lastsLongEnough(cx, key)) return ratchet(cx)
  if (!isCommitted(cx, key) && serverTime + MARGIN > halfLife(key.createdAt, key.expiresAt ?? 0)) return tooLate(cx)
  const life = committedLife(cx.credential.policy, cx.credential.provider.limits.maxLife)
  if (life !== null) await cx.credential.provider.expire?.(key.id, life)
  const seen = await awaitListed(cx, (listed) => isCommitted(cx, listed) && lastsLongEnough(cx, listed))
  return seen === null ? stopped(notSeen(cx)) : ratchet(cx)
}

/** Whether an incident made the key a moment ago: then the first half of its life is not over, whatever a stale listing says. */
function isNewborn(cx: Context): boolean {
  const key = incoming(cx)
  const attempt = cx.book.run.attempts.find((note) => !note.abandoned && sameKey(note.key, key))
  const age = cx.ws.clock.now() - (attempt?.intendedAt ?? 0)
  return cx.book.run.incident !== undefined && cx.direction === 'forward' && age < cx.credential.policy.birthLife / 4
}

/** In an incident the provider's answer is enough to go on with; `affirm` reads it back once the leaked key is dead. */
async function commitAtOnce(cx: Context): Promise<Act> {
  const id = incoming(cx)?.id
  const life = committedLife(cx.credential.policy, cx.credential.provider.limits.maxLife)
  if (id != null && life !== null) await cx.credential.provider.expire?.(id, life)
  return ratchet(cx)
}

async function lookAffirm(cx: Context): Promise<Look> {
  if (incoming(cx) === null || !canExpire(cx)) return skipped('the provider has no end to move')
  if (cx.facts.affirmed) return satisfied('seen in the listing')
  return needed('not seen in the listing yet')
}

async function actAffirm(cx: Context): Promise<Act> {
  const seen = await awaitListed(cx, (listed) => isCommitted(cx, listed) && lastsLongEnough(cx, listed))
  if (seen === null) return stopped(notAffirmed(cx))
  cx.facts.affirmed = true
  return ACTED
}

/** The ratchet, on record and in the journal: from here on the key is never deleted without a warrant. */
async function ratchet(cx: Context): Promise<Act> {
  const key = incoming(cx)
  if (key !== null) cx.facts.committed.push(key)
  const attempt = cx.book.run.attempts.filter((note) => !note.abandoned).at(-1)
  if (attempt !== undefined && attempt.committedAt === null && cx.direction === 'forward')
    await cx.book.noteAttempt(attempt.attempt, { committedAt: cx.ws.clock.now() })
  return ACTED
}

/** A key that the provider does not list after all that time is gone: the next attempt follows. */
async function abandonUnlisted(cx: Context): Promise<Act> {
  const key = incoming(cx)
  if (key !== null) noteDead(cx, key, 'unlisted')
  return reconsider('the provider does not list the key')
}

async function tooLate(cx: Context): Promise<Act> {
  await cx.book.saveRun((run) => ({ ...run, attempts: run.attempts.map((note) => ({ ...note, abandoned: true })) }))
  return reconsider('the first half of its birth life is over')
}

/** The key as the provider lists it, waiting out a stale listing; `null` when that time is over. */
async function awaitListed(cx: Context, holds: (key: ProviderKey) => boolean = () => true): Promise<{ key: ProviderKey; serverTime: Ms } | null> {
  const id = incoming(cx)?.id
  const until = cx.ws.clock.now() + 2 * cx.credential.policy.listDelay
  for (let pause = FIRST_POLL; ; pause = Math.min(LONGEST_POLL, pause * 2)) {
    const listing = await cx.credential.provider.list?.()
    const key = listing?.keys.find((listed) => listed.id === id)
    if (listing !== undefined && key !== undefined && holds(key)) return { key, serverTime: listing.serverTime }
    if (cx.ws.clock.now() >= until) return null
    await cx.ws.clock.sleep(pause)
  }
}

/** All is done but for one look: nothing depends on it before the key's birth life ends. */
function notAffirmed(cx: Context): Parameters<typeof stopped>[0] {
  const { name, policy } = cx.credential
  return {
    status: 'parked',
    code: 'KR_COMMIT_NOT_SEEN',
    message: `the leaked key of ${name} is seen refused; the provider’s list does not show the longer life of the new one yet`,
    hints: [`looked for ${formatDuration(2 * policy.listDelay)}; look again within ${formatDuration(policy.birthLife)}, the life it was born with`],
    command: `keyrot incident ${name}`,
  }
}

function notSeen(cx: Context): Parameters<typeof stopped>[0] {
  return {
    status: 'parked',
    code: 'KR_COMMIT_NOT_SEEN',
    message: `the provider does not show the longer life of ${cx.credential.name}'s new key${anyPromoted(cx) ? '' : '; nothing was promoted'}`,
    hints: [`looked for ${formatDuration(2 * cx.credential.policy.listDelay)}; an organization policy may cap the life of keys`],
  }
}
