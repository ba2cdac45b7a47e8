/**
 * The interpreter of a plan. For every step: look; done already → next; blocked → stop; needed → write the intent, act, look
 * again. An ambiguous answer is looked up, never blindly repeated. No verb is known here.
 */
import { KeyrotError, toKeyrotError } from '../domain/errors.ts'
import { chainsOf, groupsOf, type Plan, type StepSpec } from '../domain/plan.ts'
import type { Context } from '../flow/context.ts'
import { LOGIC } from '../flow/rotation.ts'
import type { Look, Stop } from '../flow/step.ts'
import { together } from '../flow/together.ts'
import { pauseBeforeRetry, STEP_TRIES } from './retry.ts'
import { CALLS_AT_ONCE } from './turns.ts'

export type WalkEnd =
  | { readonly is: 'through' }
  | { readonly is: 'reconsider'; readonly why: string; readonly stands?: true }
  /** `targets`: those whose steps were stopped, where steps have targets. */
  | { readonly is: 'stopped'; readonly stop: Stop; readonly targets?: readonly string[] }
type StepEnd = WalkEnd

const THROUGH: WalkEnd = { is: 'through' }

/**
 * Twice the calls: while some steps write to disk, others call. Not all at once: a target that is begun is then finished before
 * the hundredth after it is begun, so that an interrupted run leaves few of them half way.
 */
const STEPS_AT_ONCE = 2 * CALLS_AT_ONCE

/** Walks the plan until it is through, or something stops it, or the ground has moved. */
export async function walk(cx: Context, plan: Plan): Promise<WalkEnd> {
  for (const group of groupsOf(plan)) {
    if (cx.ws.signal.aborted) throw interrupted()
    const chains = chainsOf(group)
    const ends = await together(chains, (chain) => runChain(cx, chain), STEPS_AT_ONCE)
    const end = gravest(ends)
    const stuck = chains.flatMap(([step], at) => (ends[at]?.is === 'stopped' && step?.target !== undefined ? [step.target] : []))
    if (end.is !== 'through') return end.is === 'stopped' ? { ...end, targets: stuck } : end
  }
  return THROUGH
}

/** Siblings have all finished; what stops the walk is the gravest of their ends. */
function gravest(ends: readonly StepEnd[]): StepEnd {
  const order = ['person', 'refused', 'failed', 'parked', 'waiting']
  const stops = ends.filter((end) => end.is === 'stopped').toSorted((left, right) => order.indexOf(left.stop.status) - order.indexOf(right.stop.status))
  return stops[0] ?? ends.find((end) => end.is === 'reconsider') ?? THROUGH
}

/** One step after the other, up to the first that does not get through. */
async function runChain(cx: Context, chain: readonly StepSpec[]): Promise<StepEnd> {
  for (const step of chain) {
    const end = await runStep(cx, step)
    if (end.is !== 'through') return end
  }
  return THROUGH
}

async function runStep(cx: Context, step: StepSpec): Promise<StepEnd> {
  for (let tries = 0, failure: KeyrotError | null = null; ; tries++) {
    try {
      const end = await tryStep(cx, step, tries, failure)
      if (end !== 'look again') return end
      failure = null
    } catch (thrown) {
      failure = toKeyrotError(thrown, step.id)
      const end = await afterError(cx, step, failure, tries)
      if (end !== 'look again') return end
    }
  }
}

/** `failure`: how the try before this one ended, if it failed. */
async function tryStep(cx: Context, step: StepSpec, tries: number, failure: KeyrotError | null): Promise<StepEnd | 'look again'> {
  const logic = LOGIC[step.verb]
  const look = await logic.look(cx, step)
  if (look.is !== 'needed') return afterLook(cx, step, look, tries)
  if (tries >= STEP_TRIES) return { is: 'stopped', stop: tooManyTries(cx, step, look.why, failure) }
  if (logic.act === undefined) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: `${step.id} is needed but has no act` })
  if (cx.ws.signal.aborted) throw interrupted()
  await cx.book.open()
  await cx.book.append('step.intended', { step: step.id, code: 'KR_NEEDED' })
  const act = await logic.act(cx, step, look)
  if (act.is === 'acted' && act.seen !== true) return 'look again'
  if (act.is === 'acted') {
    await cx.book.append('step.done', { step: step.id })
    return THROUGH
  }
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

/** What was wanted and never came about, and why: the last failure in its own words. */
function tooManyTries(cx: Context, step: StepSpec, why: string, failure: KeyrotError | null): Stop {
  const status = cx.book.run.attempts.length === 0 ? 'failed' : 'parked'
  const cause = failure === null ? '' : `; at last: ${failure.message} (${failure.code})`
  return { status, code: 'KR_STEP_TRIES', message: `${step.id} did not take hold after ${STEP_TRIES} tries: ${why}${cause}`, hints: failure?.hints ?? [] }
}

/** The end of an invocation that was told to stop: everything before is durable, nothing after has begun. */
export function interrupted(): KeyrotError {
  return new KeyrotError({ code: 'KR_INTERRUPTED', kind: 'interrupted', message: 'stopped at a safe point' })
}
