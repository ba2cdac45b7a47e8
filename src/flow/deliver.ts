/** Stage, promote, settle and restore: bringing one target to a wanted slot assignment. */
import { adoptedMarker } from '../domain/key-name.ts'
import type { StepSpec } from '../domain/plan.ts'
import type { SlotRole } from '../domain/run.ts'
import { EVIDENCE_AGE } from '../domain/warrant.ts'
import type { Held, Observation, SlotContent, Target } from '../ports/target.ts'
import { goal, incoming, isDead, markerOf, outgoing, receiptKey, rolesIn, settledAt, targetOf, type Context } from './context.ts'
import { sameKey, type KnownKey } from './identify.ts'
import { proveUntil } from './probe.ts'
import { ACTED, SEEN, blocked, needed, reconsider, satisfied, skipped, stopped, type Act, type Look, type Needed, type StepLogic, type Stop } from './step.ts'
import { verifyIncoming } from './verify.ts'

export const stage: StepLogic = { look: lookStage, act: actStage }
export const promote: StepLogic = { look: lookPromote, act: actPromote }
export const settle: StepLogic = { look: lookSettle, act: actSettle }
export const restore: StepLogic = { look: lookRestore, act: actRestore }

/** A slot value that keyrot does not know is never overwritten (I11): what to say instead. */
export function drift(cx: Context, target: string, slot: 'current' | 'fallback', seen: Observation): Stop {
  return {
    status: cx.book.run.attempts.length === 0 ? 'failed' : 'parked',
    code: 'KR_DRIFT',
    message: `target ${target} holds ${found(seen[slot])} in its ${slot} slot, which is neither the old key${printed(cx.roles.a)} nor one of this run${printed(cx.roles.b)}`,
    hints: [`find out who wrote it, put the old key back there, or take the target out of the config`, `then: keyrot rotate ${cx.credential.name}`],
  }
}

function found(held: Held | null): string {
  return held?.is === 'value' ? `a value with fingerprint ${held.secret.fingerprint}` : 'a value'
}

function printed(key: KnownKey | null): string {
  const fingerprint = key?.secret?.fingerprint ?? key?.fingerprint ?? null
  return fingerprint === null ? '' : ` (${fingerprint})`
}

function content(cx: Context, key: KnownKey): SlotContent | null {
  return key.secret === null ? null : { secret: key.secret, marker: markerOf(cx, key) }
}

/** The target as the look saw it, if the store holds a write to that revision; what has none is looked at once more, nearer to the write. */
async function heldTo(target: Target, look: Needed): Promise<Observation> {
  return look.seen?.revision == null ? target.observe() : look.seen
}

async function lookStage(cx: Context, step: StepSpec): Promise<Look> {
  const { target } = targetOf(cx, step.target)
  if (!target.traits.fallback) return skipped('the target has no fallback slot')
  // What cannot be read back is not staged: it would help no resume, and its date is what tells a promotion (opening.ts).
  if (target.traits.reads === 'nothing') return skipped('the target shows nothing of its slots')
  const seen = await target.observe()
  if (seen.fallback === null) return skipped('there is nothing yet to keep a second key beside')
  const roles = rolesIn(cx, seen)
  if (settledAt(cx, step.target ?? '', seen)) return satisfied('already promoted')
  if (roles.fallback === 'a' && roles.current !== 'a') return skipped('the fallback slot keeps the old key')
  if (roles.fallback === 'b') return satisfied('the new key waits in the fallback slot')
  if (roles.fallback === 'foreign') return blocked(drift(cx, step.target ?? '', 'fallback', seen))
  return needed('the fallback slot does not hold the new key', seen)
}

async function actStage(cx: Context, step: StepSpec, look: Needed): Promise<Act> {
  const { target } = targetOf(cx, step.target)
  const key = incoming(cx)
  const seen = await heldTo(target, look)
  if (rolesIn(cx, seen).fallback === 'foreign') return stopped(drift(cx, step.target ?? '', 'fallback', seen))
  const wanted = key === null ? null : content(cx, key)
  if (wanted === null) return reconsider('the value to stage is not at hand')
  await target.write({ fallback: wanted }, seen.revision)
  return ACTED
}

async function lookPromote(cx: Context, step: StepSpec): Promise<Look> {
  const name = step.target ?? ''
  const seen = surveyed(cx, name) ?? (await targetOf(cx, name).target.observe())
  const roles = rolesIn(cx, seen)
  if (roles.current === 'foreign') return blocked(drift(cx, name, 'current', seen))
  if (settledAt(cx, name, seen))
    return roles.fallback === goal(cx) ? needed('the fallback slot still holds the same key', seen) : satisfied('the current slot holds the key')
  return needed('the current slot does not hold the key', seen)
}

/**
 * In an incident the survey is the first look, once: the write names its revision, so that the store notices a change since. Whatever
 * asks for no write is looked at anew.
 */
function surveyed(cx: Context, name: string): Observation | null {
  const seen = cx.survey.observations.get(name)
  if (cx.book.run.incident === undefined || seen?.revision == null || cx.facts.usedLooks.has(seen)) return null
  return rolesIn(cx, seen).current === 'foreign' || settledAt(cx, name, seen) ? null : seen
}

async function actPromote(cx: Context, step: StepSpec, look: Needed): Promise<Act> {
  const name = step.target ?? ''
  const { target } = targetOf(cx, name)
  if (look.seen !== undefined) cx.facts.usedLooks.add(look.seen)
  let seen = await heldTo(target, look)
  if (settledAt(cx, name, seen)) return tidyFallback(cx, name, seen)
  const key = incoming(cx)
  const value = key === null ? null : content(cx, key)
  if (key === null || value === null) return reconsider('the value to promote is not at hand')
  const wanted = { ...value, ...lineageOf(cx) }
  if (!isFresh(cx)) {
    const outcome = await verifyOnce(cx)
    if (outcome.is !== 'acted') return outcome
    seen = await target.observe()
  }
  if (rolesIn(cx, seen).current === 'foreign') return stopped(drift(cx, name, 'current', seen))
  const falls = fallsOf(cx, name, key)
  if (falls > MOST_FALLS) return stopped(keepsFalling(cx, name))
  await cx.book.forgetPromotion(name)
  if (falls > 0) await cx.book.noteTarget(name, { fellBack: falls })
  cx.facts.lastWriteAt = cx.ws.clock.now()
  await target.write({ current: wanted, ...fallbackFor(cx, rolesIn(cx, seen).fallback) }, seen.revision)
  cx.facts.moments.set('promoted', cx.ws.clock.now())
  cx.facts.unloaded.add(name)
  const after = await target.observe()
  await cx.book.noteTarget(name, { promotedAt: cx.ws.clock.now(), promotedKey: receiptKey(key), ...(after.since === null ? {} : { since: after.since }) })
  return settledAt(cx, name, after) && rolesIn(cx, after).fallback !== goal(cx) ? SEEN : ACTED
}

/** Who is replaced, for a store that will not show it. On the way back nobody is: that run began from the other key. */
function lineageOf(cx: Context): { predecessor?: string } {
  const old = outgoing(cx)
  if (cx.direction === 'back' || old?.id == null) return {}
  // by its id, even if it has a name of ours: whoever comes upon the mark without a record may not go by a name
  return { predecessor: adoptedMarker(cx.ws.ns, cx.credential.name, Math.max(0, cx.book.run.generation - 1), old.id) }
}

/** Promotions of one key to one target that somebody has undone, before a person is to find out who. */
const MOST_FALLS = 5

/** How often this key was taken out again after a promotion that we have on record; tells of it the first time it is seen. */
function fallsOf(cx: Context, name: string, key: KnownKey): number {
  const note = cx.book.run.targets[name]
  if (note?.promotedKey !== receiptKey(key)) return note?.fellBack ?? 0
  const message = `target ${name} was on its new key, and somebody put the old one back; it is promoted again`
  cx.findings.push({ code: 'fell-back', severity: 'warning', message })
  return (note.fellBack ?? 0) + 1
}

function keepsFalling(cx: Context, name: string): Stop {
  return {
    status: 'parked',
    code: 'KR_FALLS_BACK',
    message: `target ${name} was put back to the old key ${MOST_FALLS} times after its promotion; both keys are alive`,
    hints: ['find out what writes it: a controller, a deployment tool, a template', `then: keyrot rotate ${cx.credential.name}`],
  }
}

/** Promoted by a store that writes one slot at a time: only the fallback is left to change, and the new value is not needed for it. */
async function tidyFallback(cx: Context, name: string, seen: Observation): Promise<Act> {
  const roles = rolesIn(cx, seen)
  if (roles.fallback === goal(cx)) await targetOf(cx, name).target.write(fallbackFor(cx, roles.fallback), seen.revision)
  return ACTED
}

/** Promotion rests on a proof no older than its bound. */
function isFresh(cx: Context): boolean {
  const { proven } = cx.facts
  return proven !== null && sameKey(proven.key, incoming(cx)) && cx.ws.clock.now() - proven.at <= EVIDENCE_AGE
}

/** Many promotions may find the proof too old at the same moment: one of them renews it for all. */
async function verifyOnce(cx: Context): Promise<Act> {
  cx.facts.proving ??= verifyIncoming(cx).finally(() => {
    cx.facts.proving = null
  })
  return cx.facts.proving
}

/**
 * The old key takes the fallback slot. A stranger's value there is left alone; so is the old key's own marker where its value is
 * not at hand.
 */
function fallbackFor(cx: Context, role: SlotRole): { fallback?: SlotContent | null } {
  const old = outgoing(cx)
  if (role === 'none' || role === 'foreign') return {}
  if (old === null || isDead(cx, old)) return { fallback: null }
  const wanted = content(cx, old)
  const keeps = role === (cx.direction === 'forward' ? 'a' : 'b')
  return wanted === null && keeps ? {} : { fallback: wanted }
}

async function lookSettle(cx: Context, step: StepSpec): Promise<Look> {
  const { target } = targetOf(cx, step.target)
  const seen = await target.observe()
  if (seen.marked === true) return needed('the store still bears the mark of this run', seen)
  if (!target.traits.fallback) return skipped('the target has no fallback slot')
  if (isToClear(cx, step, seen)) return needed('the fallback slot still holds a key of this run', seen)
  return rolesIn(cx, seen).fallback === 'foreign' ? skipped('the fallback slot holds a value that is not ours') : satisfied('the fallback slot is empty')
}

/** Whether the fallback slot holds, or may hold, a key of this run. What shows nothing counts as cleared by our own receipt. */
function isToClear(cx: Context, step: StepSpec, seen: Observation): boolean {
  const role = rolesIn(cx, seen).fallback
  if (role === 'absent' || role === 'none' || role === 'foreign') return false
  return role !== 'unknown' || !cx.facts.cleared.has(step.target ?? '')
}

async function actSettle(cx: Context, step: StepSpec, look: Needed): Promise<Act> {
  const { target, name } = targetOf(cx, step.target)
  const dark = target.traits.reads === 'nothing'
  // Our own write moves the store's date: the receipt of the promotion must not rest on it any more.
  if (dark) await cx.book.loosenReceipt(name)
  const seen = await heldTo(target, look)
  if (isToClear(cx, step, seen)) {
    await target.write({ fallback: null }, seen.revision)
    cx.facts.cleared.add(name)
  } else if (seen.marked === true) await target.unmark?.(seen.revision)
  if (!dark) return ACTED
  const { since } = await target.observe()
  if (since !== null) await cx.book.noteTarget(name, { since })
  return ACTED
}

/** Current is dead at the provider and the fallback lives: roll back first, report, then rotate (reliability.md 6.3). */
async function lookRestore(cx: Context, step: StepSpec): Promise<Look> {
  if (!isDead(cx, cx.roles.a) && !isDead(cx, cx.roles.b)) return skipped('no key in use is dead')
  const seen = await targetOf(cx, step.target).target.observe()
  const roles = rolesIn(cx, seen)
  // The incoming key takes the way through verify and commit; only the other one is put back as it is.
  const spare = roles.fallback === goal(cx) ? null : partOf(cx, roles.fallback)
  if (
    !isDead(cx, partOf(cx, roles.current)) ||
    spare === null ||
    isDead(cx, spare) ||
    spare.secret === null ||
    endsSoon(cx, spare) ||
    cx.facts.unfit.some((key) => sameKey(key, spare))
  )
    return skipped('the current slot does not hold a dead key')
  return needed('the current slot holds a dead key, the fallback a live one')
}

async function actRestore(cx: Context, step: StepSpec): Promise<Act> {
  const { target } = targetOf(cx, step.target)
  const seen = await target.observe()
  const roles = rolesIn(cx, seen)
  const spare = partOf(cx, roles.fallback)
  const value = spare === null ? null : content(cx, spare)
  if (!isDead(cx, partOf(cx, roles.current)) || spare === null || value === null) return ACTED
  const verdict = await proveUntil(cx, value.secret, null, cx.ws.clock.now() + cx.credential.policy.verifyWindow, true)
  if (verdict.is !== 'live') {
    // The other key's death is not concluded here: only that it may not be put in use now.
    cx.facts.unfit.push(spare)
    return reconsider('the fallback does not answer well enough to be put back')
  }
  await target.write({ current: value }, seen.revision)
  cx.findings.push({ code: 'restored', severity: 'warning', message: `target ${step.target ?? ''} held a dead key; its fallback was put back` })
  return ACTED
}

/** I1 holds for what is put back, too. */
function endsSoon(cx: Context, key: KnownKey): boolean {
  const end = key.listed?.expiresAt ?? null
  return end !== null && end - (cx.survey.listing?.serverTime ?? cx.ws.clock.now()) <= cx.credential.policy.safetyHorizon
}

function partOf(cx: Context, role: SlotRole): KnownKey | null {
  if (role === 'a') return cx.roles.a
  return role === 'b' ? cx.roles.b : null
}
