/** Reload: make consumers take the key that is now current, tagged with its marker so that repeating is harmless. */
import { MINUTE, type Ms } from '../domain/duration.ts'
import type { StepSpec } from '../domain/plan.ts'
import { prolong } from './contain.ts'
import { goal, incoming, markerOf, rolesIn, targetOf, type Context } from './context.ts'
import { paceOf, pauseAfter } from './pace.ts'
import { ACTED, SEEN, needed, reconsider, satisfied, skipped, stopped, type Act, type Look, type StepLogic, type Stop } from './step.ts'

/** How long a restart may take before it is left to a person; progress deadlines of most platforms are shorter. */
const PATIENCE: Ms = 15 * MINUTE

export const reload: StepLogic = { look, act }

async function look(cx: Context, step: StepSpec): Promise<Look> {
  const { target, name } = targetOf(cx, step.target)
  if (target.reload === undefined || target.reloaded === undefined) {
    return skipped(target.traits.consumers === 'manual' ? 'a person restarts the consumers; asked before the old key dies' : 'consumers read the value anew')
  }
  const key = incoming(cx)
  if (key === null) return skipped('no key to load')
  if (cx.facts.unloaded.has(name)) return needed('promoted just now')
  return (await target.reloaded(markerOf(cx, key))).state === 'yes' ? satisfied('consumers run with the key') : needed('consumers do not run with the key yet')
}

async function act(cx: Context, step: StepSpec): Promise<Act> {
  const { target, name } = targetOf(cx, step.target)
  const key = incoming(cx)
  if (key === null) return reconsider('no key to load')
  const marker = markerOf(cx, key)
  cx.facts.unloaded.delete(name)
  await target.reload?.(marker)
  const begun = cx.ws.clock.now()
  for (let waited = 0; ; waited = cx.ws.clock.now() - begun) {
    const [progress, putBack] = await Promise.all([target.reloaded?.(marker), isPutBack(cx, step)])
    const { state, why } = progress ?? { state: 'unknown' as const, why: undefined }
    if (state === 'failed') return stopped(stuck('KR_RELOAD_FAILED', `consumers of ${name} cannot take the new key`, why))
    if (state !== 'no') {
      await cx.book.noteTarget(name, { reloadedAt: cx.ws.clock.now() })
      return state === 'yes' ? SEEN : ACTED
    }
    if (putBack) return reconsider(`${name} was changed by others while its consumers restarted`)
    if (waited > PATIENCE) return stopped(stuck('KR_RELOAD_SLOW', `consumers of ${name} have not taken the new key yet`, why))
    await prolong(cx)
    await cx.ws.clock.sleep(pauseAfter(waited, paceOf(cx).rollout))
  }
}

/** Whether the target shows another key than the one that consumers are to load: they would never come to run with it. */
async function isPutBack(cx: Context, step: StepSpec): Promise<boolean> {
  const { target } = targetOf(cx, step.target)
  const { current } = rolesIn(cx, await target.observe())
  return current !== goal(cx) && current !== 'unknown'
}

function stuck(code: `KR_${string}`, message: string, why: string | undefined): Stop {
  return { status: 'parked', code, message: `${message}${why === undefined ? '' : `: ${why}`}; both keys are alive` }
}
