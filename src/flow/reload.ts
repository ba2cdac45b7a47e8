/** Reload: make consumers take the key that is now current, tagged with its marker so that repeating is harmless. */
import { MINUTE, SECOND, type Ms } from '../domain/duration.ts'
import type { StepSpec } from '../domain/plan.ts'
import { incoming, markerOf, targetOf, type Context } from './context.ts'
import { ACTED, needed, reconsider, satisfied, skipped, stopped, type Act, type Look, type StepLogic } from './step.ts'

/** How long a restart may take before it is left to a person; progress deadlines of most platforms are shorter. */
const PATIENCE: Ms = 15 * MINUTE
const POLL: Ms = 5 * SECOND

export const reload: StepLogic = { look, act }

async function look(cx: Context, step: StepSpec): Promise<Look> {
  const { target } = targetOf(cx, step.target)
  if (target.reload === undefined || target.reloaded === undefined) {
    return skipped(target.traits.consumers === 'manual' ? 'a person restarts the consumers; asked before the old key dies' : 'consumers read the value anew')
  }
  const key = incoming(cx)
  if (key === null) return skipped('no key to load')
  return (await target.reloaded(markerOf(cx, key))) === 'yes' ? satisfied('consumers run with the key') : needed('consumers do not run with the key yet')
}

async function act(cx: Context, step: StepSpec): Promise<Act> {
  const { target, name } = targetOf(cx, step.target)
  const key = incoming(cx)
  if (key === null) return reconsider('no key to load')
  const marker = markerOf(cx, key)
  await target.reload?.(marker)
  const until = cx.ws.clock.now() + PATIENCE
  while ((await target.reloaded?.(marker)) === 'no') {
    if (cx.ws.clock.now() > until)
      return stopped({ status: 'parked', code: 'KR_RELOAD_SLOW', message: `consumers of ${name} have not taken the new key yet; both keys are alive` })
    await cx.ws.clock.sleep(POLL)
  }
  await cx.book.noteTarget(name, { reloadedAt: cx.ws.clock.now() })
  return ACTED
}
