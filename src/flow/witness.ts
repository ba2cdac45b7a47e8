/**
 * Witnesses that consumers have moved: a call with the successor that was not keyrot's own. The provider's time of last use is
 * one number for everybody, and may be rounded down: only a use past our own last call is certainly somebody else's.
 */
import { SECOND, type Ms } from '../domain/duration.ts'
import type { KeyNote } from '../domain/record.ts'
import type { Listing } from '../ports/provider.ts'
import { incoming, onOurClock, type Context } from './context.ts'
import { lastChange } from './drain.ts'
import { isListedAs } from './identify.ts'

const GRAIN: Ms = 2 * SECOND

/** The incoming key has answered keyrot, once or steadily: fresh proof, and a use that is our own. Stored with the next save. */
export function noteProven(cx: Context, key: KeyNote, steady: boolean): void {
  const at = cx.ws.clock.now()
  cx.facts.proven = { key, at, steady }
  cx.book.amend((record) => (record.run === null ? record : { ...record, run: { ...record.run, successorCallAt: at } }))
}

/** Looks for a witness in a listing that was read before keyrot calls again; what was seen once stays seen. */
export function lookForWitness(cx: Context, listing: Listing | null): void {
  const key = incoming(cx)
  const used = listing?.keys.find((listed) => key !== null && isListedAs(key, listed))?.lastUsedAt
  if (used === undefined) return
  const own = cx.book.run.successorCallAt ?? null
  const seen = used !== null && own !== null && onOurClock(cx, used) > Math.max(own, lastChange(cx) ?? own) + GRAIN
  cx.facts.witnessed = seen || cx.facts.witnessed === true
}
