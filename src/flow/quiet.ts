/** The quiet time: how long the old key must have rested before it may die. */
import { SECOND, type Ms } from '../domain/duration.ts'
import type { Context } from './context.ts'
import { lastChange } from './drain.ts'

/** A rest that is waited for: to send somebody away for so little helps nobody. */
const BRIEF: Ms = 5 * SECOND

/** From when on only consumers that were left behind can have called with the old key: the last change, or our own last call with it. */
export function quietBase(cx: Context): Ms {
  return Math.max(lastChange(cx) ?? cx.ws.clock.now(), cx.book.run.ownCallAt ?? 0)
}

/** Waits for a brief rest of the quiet time, where it is asked for at all; a longer one ends the invocation, and is stored. */
export async function waitOutQuiet(cx: Context): Promise<void> {
  const { incident, decision } = cx.book.run
  const isWaived = cx.options.waive.includes('quiet') || cx.options.subject?.force === true
  if (incident !== undefined || decision?.revoke === 'now' || isWaived) return
  const left = quietBase(cx) + cx.credential.policy.quiet - cx.ws.clock.now()
  if (left > 0 && left <= BRIEF) await cx.ws.clock.sleep(left)
}
