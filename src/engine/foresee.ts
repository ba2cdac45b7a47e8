/**
 * What every step of a plan would meet, by its own look and without acting. A look at a world in which nothing was done yet
 * can come too early: what rests on an earlier step that is still to do is simply needed.
 */
import { KeyrotError, toKeyrotError } from '../domain/errors.ts'
import type { Plan, StepSpec, Verb } from '../domain/plan.ts'
import type { PlanStepReport } from '../domain/status.ts'
import { hasBirthLife } from '../domain/warrant.ts'
import { incoming, isDead, outgoing, roleIn, targetOf, type Context } from '../flow/context.ts'
import { sameKey } from '../flow/identify.ts'
import { LOGIC } from '../flow/rotation.ts'
import { blocked, needed, satisfied, type Look, type Stop } from '../flow/step.ts'

export interface Foresight {
  readonly steps: readonly PlanStepReport[]
  /** What would end the invocation, where it is known now. */
  readonly stop: Stop | null
}

/** Looks at every step in the order of the plan. Throws only for bugs and interruptions. */
export async function foresee(cx: Context, plan: Plan): Promise<Foresight> {
  const steps: PlanStepReport[] = []
  const stops: Stop[] = []
  for (const step of plan.steps) {
    const seen = await lookAt(cx, step)
    const open: IsOpen = (verb, target) => steps.some((done) => done.verb === verb && isOpen(done) && (target === undefined || done.target === target))
    const early = tooEarly(cx, step, seen, open)
    const look = early !== null ? needed(early) : isEmptiedByPromotion(cx, step, seen, open) ? satisfied('promotion leaves it empty') : seen
    if (look.is === 'blocked') stops.push(look.stop)
    steps.push({ id: step.id, verb: step.verb, target: step.target ?? null, state: look.is, why: look.is === 'blocked' ? look.stop.message : look.why })
  }
  return { steps, stop: stops[0] ?? null }
}

function isOpen(step: PlanStepReport): boolean {
  return step.state === 'needed' || step.state === 'blocked'
}

/** One look. What the outside refuses to show is what would stop the run, too. */
async function lookAt(cx: Context, step: StepSpec): Promise<Look> {
  try {
    return await LOGIC[step.verb].look(cx, step)
  } catch (thrown) {
    const error = toKeyrotError(thrown, step.id)
    if (error.kind === 'bug' || error.kind === 'interrupted') throw error
    return blocked(stopOf(cx, step, error))
  }
}

function stopOf(cx: Context, step: StepSpec, error: KeyrotError): Stop {
  return { status: cx.book.run.attempts.length === 0 ? 'failed' : 'parked', code: error.code, message: `${step.id}: ${error.message}`, hints: error.hints }
}

type IsOpen = (verb: Verb, target?: string) => boolean

/** Why a step will be needed although it does not look so yet; `null` where the look may be believed. */
function tooEarly(cx: Context, step: StepSpec, look: Look, open: IsOpen): string | null {
  switch (step.verb) {
    case 'stage':
    case 'commit':
    case 'promote':
      return look.is === 'satisfied' && open('mint') ? awaited(cx) : null
    case 'reload':
      return look.is !== 'needed' && targetOf(cx, step.target).target.reload !== undefined && open('promote', step.target)
        ? 'consumers take the key after the promotion'
        : null
    case 'drain':
      if (look.is !== 'skipped') return open('promote') || open('reload') ? 'the overlap begins with the last promotion' : null
      return open('mint') && losesCommitted(cx) ? 'the overlap begins with the last promotion' : null
    case 'retire':
      return look.is === 'satisfied' && open('mint') && losesCommitted(cx) ? 'the key whose value is lost is retired as well' : null
    case 'settle':
      return look.is === 'satisfied' && open('promote', step.target) && keepsOld(cx) ? 'the old key waits there until it is retired' : null
    default:
      return null
  }
}

/** What a step waits for that works on a key which is still to be made. */
function awaited(cx: Context): string {
  return incoming(cx) === null ? 'the key is still to be made' : 'another key takes the place of the one whose value is lost'
}

/** Where there is no old value to keep, the write that promotes empties the fallback slot as well. */
function isEmptiedByPromotion(cx: Context, step: StepSpec, look: Look, open: IsOpen): boolean {
  if (step.verb !== 'settle' || look.is !== 'needed' || !open('promote', step.target) || keepsOld(cx)) return false
  const role = roleIn(cx, cx.survey.observations.get(step.target ?? '')?.fallback ?? null)
  const old = cx.direction === 'forward' ? 'a' : 'b'
  return role !== 'unknown' && (role !== old || isDead(cx, outgoing(cx)))
}

/** Whether a key that may be in use is about to be superseded: then it has to be retired, too. */
function losesCommitted(cx: Context): boolean {
  const key = incoming(cx)
  if (key === null) return false
  const grown = key.listed !== null && !hasBirthLife(key.listed.createdAt, key.listed.expiresAt, cx.credential.policy.birthLife)
  return grown || cx.book.run.attempts.some((attempt) => attempt.committedAt !== null && !attempt.abandoned && sameKey(attempt.key, key))
}

/** Whether promotion will put the outgoing key into the fallback slot. */
function keepsOld(cx: Context): boolean {
  const old = outgoing(cx)
  return old !== null && old.secret !== null && !isDead(cx, old)
}
