/** Stage, promote, settle and restore: bringing one target to a wanted slot assignment. */
import type { StepSpec } from '../domain/plan.ts'
import type { SlotRole } from '../domain/run.ts'
import { EVIDENCE_AGE } from '../domain/warrant.ts'
import type { Observation, SlotContent } from '../ports/target.ts'
import { goal, incoming, isDead, markerOf, outgoing, receiptKey, rolesIn, settledAt, targetOf, type Context } from './context.ts'
import { sameKey, type KnownKey } from './identify.ts'
import { proveUntil } from './probe.ts'
import { ACTED, blocked, needed, reconsider, satisfied, skipped, stopped, type Act, type Look, type StepLogic, type Stop } from './step.ts'
import { verifyIncoming } from './verify.ts'

export const stage: StepLogic = { look: lookStage, act: actStage }
export const promote: StepLogic = { look: lookPromote, act: actPromote }
export const settle: StepLogic = { look: lookSettle, act: actSettle }
export const restore: StepLogic = { look: lookRestore, act: actRestore }

/** A slot value that keyrot does not know is never overwritten (I11): what to say instead. */
export function drift(cx: Context, target: string, slot: 'current' | 'fallback'): Stop {
  return {
    status: cx.book.run.attempts.length === 0 ? 'failed' : 'parked',
    code: 'KR_DRIFT',
    message: `target ${target} holds a value in its ${slot} slot that is neither the old key nor one of this run`,
    hints: [`find out who wrote it, put the old key back there, or take the target out of the config`, `then: keyrot rotate ${cx.credential.name}`],
  }
}

function content(cx: Context, key: KnownKey): SlotContent | null {
  return key.secret === null ? null : { secret: key.secret, marker: markerOf(cx, key) }
}

async function lookStage(cx: Context, step: StepSpec): Promise<Look> {
  const { target } = targetOf(cx, step.target)
  if (!target.traits.fallback) return skipped('the target has no fallback slot')
  // What cannot be read back is not staged: it would help no resume, and its date is what tells a promotion (opening.ts).
  if (target.traits.reads === 'nothing') return skipped('the target shows nothing of its slots')
  const seen = await target.observe()
  const roles = rolesIn(cx, seen)
  if (settledAt(cx, step.target ?? '', seen)) return satisfied('already promoted')
  if (roles.fallback === 'a' && roles.current !== 'a') return skipped('the fallback slot keeps the old key')
  if (roles.fallback === 'b') return satisfied('the new key waits in the fallback slot')
  if (roles.fallback === 'foreign') return blocked(drift(cx, step.target ?? '', 'fallback'))
  return needed('the fallback slot does not hold the new key')
}

async function actStage(cx: Context, step: StepSpec): Promise<Act> {
  const { target } = targetOf(cx, step.target)
  const key = incoming(cx)
  const seen = await target.observe()
  if (rolesIn(cx, seen).fallback === 'foreign') return stopped(drift(cx, step.target ?? '', 'fallback'))
  const wanted = key === null ? null : content(cx, key)
  if (wanted === null) return reconsider('the value to stage is not at hand')
  await target.write({ fallback: wanted }, seen.revision)
  return ACTED
}

async function lookPromote(cx: Context, step: StepSpec): Promise<Look> {
  const name = step.target ?? ''
  const seen = await targetOf(cx, name).target.observe()
  const roles = rolesIn(cx, seen)
  if (roles.current === 'foreign') return blocked(drift(cx, name, 'current'))
  if (settledAt(cx, name, seen))
    return roles.fallback === goal(cx) ? needed('the fallback slot still holds the same key') : satisfied('the current slot holds the key')
  return needed('the current slot does not hold the key')
}

async function actPromote(cx: Context, step: StepSpec): Promise<Act> {
  const name = step.target ?? ''
  const { target } = targetOf(cx, name)
  const before = await target.observe()
  if (settledAt(cx, name, before)) return tidyFallback(cx, name, before)
  const key = incoming(cx)
  const value = key === null ? null : content(cx, key)
  if (key === null || value === null) return reconsider('the value to promote is not at hand')
  if (!isFresh(cx)) {
    const outcome = await verifyIncoming(cx)
    if (outcome.is !== 'acted') return outcome
  }
  const seen = await target.observe()
  if (rolesIn(cx, seen).current === 'foreign') return stopped(drift(cx, name, 'current'))
  await cx.book.forgetPromotion(name)
  cx.facts.lastWriteAt = cx.ws.clock.now()
  await target.write({ current: value, ...fallbackFor(cx, rolesIn(cx, seen).fallback) }, seen.revision)
  const after = await target.observe()
  await cx.book.noteTarget(name, { promotedAt: cx.ws.clock.now(), promotedKey: receiptKey(key), ...(after.since === null ? {} : { since: after.since }) })
  return ACTED
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
  if (!target.traits.fallback) return skipped('the target has no fallback slot')
  const seen = await target.observe()
  const roles = rolesIn(cx, seen)
  if (roles.fallback === 'absent' || roles.fallback === 'none') return satisfied('the fallback slot is empty')
  if (roles.fallback === 'foreign') return skipped('the fallback slot holds a value that is not ours')
  if (roles.fallback === 'unknown' && cx.facts.cleared.has(step.target ?? '')) return satisfied('cleared, by our receipt')
  return needed('the fallback slot still holds a key of this run')
}

async function actSettle(cx: Context, step: StepSpec): Promise<Act> {
  const { target } = targetOf(cx, step.target)
  const seen = await target.observe()
  if (rolesIn(cx, seen).fallback === 'foreign') return ACTED
  // Our own write moves the store's date: the receipt of the promotion must not rest on it any more.
  if (target.traits.reads === 'nothing') await cx.book.loosenReceipt(step.target ?? '')
  await target.write({ fallback: null }, seen.revision)
  cx.facts.cleared.add(step.target ?? '')
  if (target.traits.reads === 'nothing') {
    const after = await target.observe()
    if (after.since !== null) await cx.book.noteTarget(step.target ?? '', { since: after.since })
  }
  return ACTED
}

/** Current is dead at the provider and the fallback lives: roll back first, report, then rotate (reliability.md 6.3). */
async function lookRestore(cx: Context, step: StepSpec): Promise<Look> {
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
