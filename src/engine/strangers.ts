/**
 * A fallback slot may hold what is left of a run whose record is gone and whose key the provider has forgotten. A value there
 * that the provider refuses while it accepts another is nobody's: it may be cleared. A living stranger is never touched.
 */
import { isDead, noteDead, roleIn, type Context } from '../flow/context.ts'
import { proveOnce } from '../flow/probe.ts'
import type { KnownKey } from '../flow/identify.ts'

/** Dead, unplaceable values in fallback slots. */
export async function deadStrangers(cx: Context): Promise<KnownKey[]> {
  const found: KnownKey[] = []
  for (const [name, slot] of cx.slots) {
    const seen = cx.survey.observations.get(name)
    if (slot.fallback.is !== 'key' || slot.fallback.key.secret === null || roleIn(cx, seen?.fallback ?? null) !== 'foreign') continue
    if (await isRefused(cx, slot.fallback.key)) found.push(slot.fallback.key)
  }
  return found
}

async function isRefused(cx: Context, key: KnownKey): Promise<boolean> {
  if (isDead(cx, key)) return true
  const living = [...cx.slots.values()].flatMap((slot) => (slot.current.is === 'key' && slot.current.key.secret !== null ? [slot.current.key.secret] : []))[0]
  if (key.secret === null || living === undefined || (await proveOnce(cx, key.secret, living, false)).is !== 'dead') return false
  noteDead(cx, key, 'refused')
  return true
}
