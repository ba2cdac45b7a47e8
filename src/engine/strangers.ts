/**
 * A slot may hold what is left of a run whose record is gone and whose key the provider has forgotten. A value that the
 * provider refuses while it accepts another is nobody's: it may be replaced. A living stranger is never touched (I11).
 */
import { isDead, isLeaving, noteDead, roleIn, type Context } from '../flow/context.ts'
import { isGone } from '../flow/gone.ts'
import type { Identified, KnownKey } from '../flow/identify.ts'
import { proveOnce } from '../flow/probe.ts'
import type { Held } from '../ports/target.ts'

const ROUNDS = 8

/** Dead, unplaceable values in the slots of this credential. */
export async function deadStrangers(cx: Context): Promise<KnownKey[]> {
  const found: KnownKey[] = []
  for (const [name, slot] of cx.slots) {
    const seen = cx.survey.observations.get(name)
    const looks: [Identified, Held | null][] = [
      [slot.current, seen?.current ?? null],
      [slot.fallback, seen?.fallback ?? null],
    ]
    for (const [what, held] of looks) {
      if (what.is !== 'key' || what.key.secret === null || roleIn(cx, held) !== 'foreign') continue
      if (await isRefused(cx, what.key)) found.push(what.key)
    }
  }
  return found
}

/** A deleted key answers now and then for a while: an unlisted value is asked for as long as a new one would be. */
async function isRefused(cx: Context, key: KnownKey): Promise<boolean> {
  if (isDead(cx, key)) return true
  if (key.secret === null) return false
  const { verifyWindow } = cx.credential.policy
  // An incident asks once: what is refused now is dead, and what is not is left where it is.
  const rounds = cx.book.run.incident === undefined ? ROUNDS : 1
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await cx.ws.clock.sleep(verifyWindow / ROUNDS)
    if (await refusedOnce(cx, key)) {
      noteDead(cx, key, 'refused')
      return true
    }
    if (key.listed !== null) return false
  }
  return false
}

async function refusedOnce(cx: Context, key: KnownKey): Promise<boolean> {
  if (key.secret === null) return false
  const verdict = await proveOnce(cx, key.secret, livingValue(cx, key)?.secret ?? null, false)
  return verdict.is === 'dead' || (verdict.is === 'cannot-tell' && verdict.reason === 'refused-without-comparison' && (await isGone(cx, key)))
}

/** Another value to compare with: one that the provider lists, and not the key whose silence is being measured. */
function livingValue(cx: Context, key: KnownKey): KnownKey | null {
  const held = [...cx.slots.values()].flatMap((slot) => [slot.current, slot.fallback]).flatMap((found) => (found.is === 'key' ? [found.key] : []))
  return (
    held.find((other) => other.secret !== null && other.listed !== null && !isLeaving(cx, other) && !other.secret.equals(key.secret ?? other.secret)) ?? null
  )
}
