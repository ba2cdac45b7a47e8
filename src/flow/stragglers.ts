/** Waiting for the last consumers of an incident's leaked key: they end by themselves once a rollout is complete. */
import { MINUTE, type Ms } from '../domain/duration.ts'
import type { WarrantFacts } from '../domain/warrant.ts'
import { prolong } from './contain.ts'
import type { Context } from './context.ts'
import { paceOf, pauseAfter } from './pace.ts'

const PATIENCE: Ms = 2 * MINUTE

/**
 * The facts of a warrant, gathered anew until nobody runs with an older key, or the time for it is over: then the warrant says who does.
 * Routine runs come back later instead.
 */
export async function awaitConsumers(cx: Context, gather: () => Promise<WarrantFacts>): Promise<WarrantFacts> {
  const incident = cx.book.run.incident
  const begun = cx.ws.clock.now()
  for (;;) {
    const facts = await gather()
    const waited = cx.ws.clock.now() - begun
    const waits = incident !== undefined && !incident.severFirst && waited < PATIENCE
    if (!waits || facts.consumers.every(({ state }) => state !== 'unmet')) return facts
    await prolong(cx)
    await cx.ws.clock.sleep(pauseAfter(waited, paceOf(cx).rollout))
  }
}
