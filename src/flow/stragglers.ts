/** Waiting for the last consumers of an incident's leaked key: they end by themselves once a rollout is complete. */
import { MINUTE, type Ms } from '../domain/duration.ts'
import { prolong } from './contain.ts'
import type { Context } from './context.ts'
import { paceOf, pauseAfter } from './pace.ts'
import type { Gathered, Unasked } from './warrant-facts.ts'

const PATIENCE: Ms = 2 * MINUTE

/**
 * The facts of a warrant, gathered anew until nobody runs with an older key, or the time for it is over: then the warrant says who does.
 * Routine runs come back later instead.
 */
export async function awaitConsumers(cx: Context, gather: () => Promise<Gathered | Unasked>): Promise<Gathered | Unasked> {
  const incident = cx.book.run.incident
  const begun = cx.ws.clock.now()
  for (;;) {
    const gathered = await gather()
    const waited = cx.ws.clock.now() - begun
    const waits = incident !== undefined && !incident.severFirst && waited < PATIENCE
    if (!waits || gathered === 'gone' || gathered === 'ambiguous' || gathered.facts.consumers.every(({ state }) => state !== 'unmet')) return gathered
    await prolong(cx)
    await cx.ws.clock.sleep(pauseAfter(waited, paceOf(cx).rollout))
  }
}
