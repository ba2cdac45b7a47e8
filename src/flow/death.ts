/** Proving a key dead: refused several times in a row while the other key is accepted, or absent from two complete listings. */
import { MINUTE, SECOND, type Ms } from '../domain/duration.ts'
import { incoming, type Context } from './context.ts'
import { isListable, isListedAs, type KnownKey } from './identify.ts'
import { proveOnce } from './probe.ts'

/** Deleted keys were seen to answer now and then: one refusal is not enough (reliability.md finding 6). */
const REFUSALS = 5
const PAUSE: Ms = 3 * SECOND
const PATIENCE: Ms = 10 * MINUTE

/** The class of the evidence, or `null` if the key could not be observed dead in time. */
export async function awaitDeath(cx: Context, key: KnownKey): Promise<'refused' | 'unlisted' | null> {
  const other = incoming(cx)?.secret ?? null
  if (key.secret !== null && other !== null) {
    const until = cx.ws.clock.now() + PATIENCE
    for (let refused = 0; cx.ws.clock.now() < until;) {
      const verdict = await proveOnce(cx, key.secret, other, false)
      refused = verdict.is === 'dead' ? refused + 1 : 0
      if (refused >= REFUSALS) return 'refused'
      await cx.ws.clock.sleep(PAUSE)
    }
    return null
  }
  return (await absentTwice(cx, key)) ? 'unlisted' : null
}

async function absentTwice(cx: Context, key: KnownKey): Promise<boolean> {
  const { provider, policy } = cx.credential
  if (provider.list === undefined || !isListable(key)) return false
  const until = cx.ws.clock.now() + PATIENCE
  for (let absent = 0; cx.ws.clock.now() < until;) {
    const { keys, serverTime } = await provider.list()
    const alive = keys.some((listed) => isListedAs(key, listed) && (listed.expiresAt === null || listed.expiresAt > serverTime))
    absent = alive ? 0 : absent + 1
    if (absent >= 2) return true
    await cx.ws.clock.sleep(policy.listDelay)
  }
  return false
}
