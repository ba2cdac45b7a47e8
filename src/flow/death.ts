/** Proving a key dead: refused several times in a row while the other key is accepted, or absent from two complete listings. */
import { incoming, type Context } from './context.ts'
import { isListable, isListedAs, type KnownKey } from './identify.ts'
import { paceOf, pauseAfter } from './pace.ts'
import { proveOnce } from './probe.ts'

/** Deleted keys were seen to answer now and then: one refusal is not enough (reliability.md finding 6), nor are several at one moment. */
const REFUSALS = 5

/** The class of the evidence, or `null` if the key could not be observed dead in time. */
export async function awaitDeath(cx: Context, key: KnownKey): Promise<'refused' | 'unlisted' | null> {
  const other = incoming(cx)?.secret ?? null
  if (key.secret !== null && other !== null) {
    const { death, streak, deathPatience } = paceOf(cx)
    const begun = cx.ws.clock.now()
    for (let refused = 0, since = begun; cx.ws.clock.now() < begun + deathPatience;) {
      const verdict = await proveOnce(cx, key.secret, other, false)
      const now = cx.ws.clock.now()
      refused = verdict.is === 'dead' ? refused + 1 : 0
      if (refused === 1) since = now
      if (refused === 1) cx.facts.moments.set('refused', now)
      if (refused >= REFUSALS && now - since >= streak) return 'refused'
      await cx.ws.clock.sleep(pauseAfter(now - begun, death))
    }
    return null
  }
  return (await absentTwice(cx, key)) ? 'unlisted' : null
}

async function absentTwice(cx: Context, key: KnownKey): Promise<boolean> {
  const { provider, policy } = cx.credential
  if (provider.list === undefined || !isListable(key)) return false
  const until = cx.ws.clock.now() + paceOf(cx).deathPatience + 2 * policy.listDelay
  for (let absent = 0; cx.ws.clock.now() < until;) {
    const { keys, serverTime } = await provider.list()
    const alive = keys.some((listed) => isListedAs(key, listed) && (listed.expiresAt === null || listed.expiresAt > serverTime))
    absent = alive ? 0 : absent + 1
    if (absent >= 2) return true
    // A minute between two looks: whoever waits for a death is told what for.
    cx.book.tell('step.waiting', { step: 'retire', code: 'KR_WAITING_LISTING', data: { ms: policy.listDelay } })
    await cx.ws.clock.sleep(policy.listDelay)
  }
  return false
}
