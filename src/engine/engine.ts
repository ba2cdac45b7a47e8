/**
 * The interpreter of a plan. For every step: look; done already → next; blocked → stop; needed → write the intent, act, look
 * again. An ambiguous answer is looked up, never blindly repeated. No verb is known here.
 */
import { KeyrotError, toKeyrotError } from '../domain/errors.ts'
import { groupsOf, type Plan, type StepSpec } from '../domain/plan.ts'
import type { Context } from '../flow/context.ts'
import { LOGIC } from '../flow/rotation.ts'
import type { Look, Stop } from '../flow/step.ts'
import { pool } from '../flow/pool.ts'
import { pauseBeforeRetry, STEP_TRIES } from './retry.ts'

/** Steps of one verb and wave side by side: polite to providers, near the ideal (reference: 10 to 20 per provider). */
const WIDTH = 10

export type WalkEnd = { readonly is: 'through' } | { readonly is: 'reconsider'; readonly why: string } | { readonly is: 'stopped'; readonly stop: Stop }
type StepEnd = WalkEnd

const THROUGH: WalkEnd = { is: 'through' }

/** Walks the plan until it is through, or something stops it, or the ground has moved. */
export async function walk(cx: Context, plan: Plan): Promise<WalkEnd> {
  for (const group of groupsOf(plan)) {
    if (cx.ws.signal.aborted) throw interrupted()
    const ends = await pool(group, WIDTH, (step) => runStep(cx, step))
    const end = gravest(ends)
    if (end.is !== 'through') return end
  }
  return THROUGH
}

/** Siblings have all finished; what stops the walk is the gravest of their ends. */
function gravest(ends: readonly StepEnd[]): StepEnd {
  const order = ['person', 'refused', 'failed', 'parked', 'waiting']
  const stops = ends.filter((end) => end.is === 'stopped').toSorted((left, right) => order.indexOf(left.stop.status) - order.indexOf(right.stop.status))
  return stops[0] ?? ends.find((end) => end.is === 'reconsider') ?? THROUGH
}

async function runStep(cx: Context, step: StepSpec): Promise<StepEnd> {
  for (let tries = 0; ; tries++) {
    try {
      const end = await tryStep(cx, step, tries)
      if (end !== 'look again') return end
    } catch (thrown) {
      const end = await afterError(cx, step, toKeyrotError(thrown, step.id), tries)
      if (end !== 'look again') return end
    }
  }
}

async function tryStep(cx: Context, step: StepSpec, tries: number): Promise<StepEnd | 'look again'> {
  const logic = LOGIC[step.verb]
  const look = await logic.look(cx, step)
  if (look.is !== 'needed') return afterLook(cx, step, look, tries)
  if (tries >= STEP_TRIES) return { is: 'stopped', stop: tooManyTries(cx, step, look.why) }
  if (logic.act === undefined) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: `${step.id} is needed but has no act` })
  if (cx.ws.signal.aborted) throw interrupted()
  await cx.book.open()
  await cx.book.append('step.intended', { step: step.id, code: 'KR_NEEDED' })
  const act = await logic.act(cx, step)
  if (act.is === 'acted') return 'look again'
  if (act.is === 'reconsider') await cx.book.append('step.done', { step: step.id, code: 'KR_RECONSIDER' })
  return act
}

async function afterLook(cx: Context, step: StepSpec, look: Exclude<Look, { is: 'needed' }>, tries: number): Promise<StepEnd> {
  if (look.is === 'blocked') {
    cx.book.tell(look.stop.status === 'waiting' ? 'step.waiting' : 'step.blocked', { step: step.id, code: look.stop.code })
    return { is: 'stopped', stop: look.stop }
  }
  if (tries > 0) await cx.book.append('step.done', { step: step.id })
  else cx.book.tell(look.is === 'skipped' ? 'step.skipped' : 'step.satisfied', { step: step.id })
  return THROUGH
}

async function afterError(cx: Context, step: StepSpec, error: KeyrotError, tries: number): Promise<StepEnd | 'look again'> {
  if (error.kind === 'interrupted' || error.kind === 'bug') throw error
  cx.book.tell('step.failed', { step: step.id, code: error.code, data: { kind: error.kind, tries } })
  const pause = pauseBeforeRetry(error, tries)
  if (pause === null || tries >= STEP_TRIES) return { is: 'stopped', stop: stopFor(cx, step, error) }
  await cx.ws.clock.sleep(pause)
  return 'look again'
}

/** Before the first key of the run exists nothing has changed; afterwards both keys are alive and the run can go on later. */
function stopFor(cx: Context, step: StepSpec, error: KeyrotError): Stop {
  const wait = error.facts.retryAfterMs
  return {
    status: cx.book.run.attempts.length === 0 ? 'failed' : 'parked',
    code: error.code,
    message: `${step.id}: ${error.message}`,
    hints: error.hints,
    ...(wait === undefined ? {} : { until: cx.ws.clock.now() + wait }),
  }
}

function tooManyTries(cx: Context, step: StepSpec, why: string): Stop {
  const status = cx.book.run.attempts.length === 0 ? 'failed' : 'parked'
  return { status, code: 'KR_STEP_TRIES', message: `${step.id} did not take hold after ${STEP_TRIES} tries: ${why}` }
}

/** The end of an invocation that was told to stop: everything before is durable, nothing after has begun. */
export function interrupted(): KeyrotError {
  return new KeyrotError({ code: 'KR_INTERRUPTED', kind: 'interrupted', message: 'stopped at a safe point' })
}
