/** What a person is shown before deciding about a key: what is known, and what is not. */
import { DAY, type Ms } from '../domain/duration.ts'
import { moment } from '../domain/moment.ts'
import { outgoing, type Context } from './context.ts'

/** One line per fact, in keyrot's own words; ids, names, fingerprints and dates only. */
export function factsForPerson(cx: Context, soakEnd: Ms | null): string[] {
  const key = outgoing(cx)
  if (key === null) return [`there is no ${calling(cx).leaves}`]
  const listed = key.listed
  const now = cx.ws.clock.now()
  return [
    `key ${key.id ?? 'of unknown id'}${key.fingerprint === null ? '' : `, fingerprint ${key.fingerprint}`}`,
    listed === null ? 'age unknown: the provider cannot be asked' : aged(now - listed.createdAt),
    lastUse(listed?.lastUsedAt),
    ...overlap(cx, soakEnd),
  ]
}

/** A leaked key has none. */
function overlap(cx: Context, end: Ms | null): string[] {
  if (cx.book.run.incident !== undefined) return []
  return [end === null ? 'end of the overlap unknown' : `overlap ends ${moment(end)}`]
}

/** The words of the slot tables for the key that stays and the one that leaves: a rollback brings the old one back. */
export function calling(cx: Context): { readonly stays: string; readonly leaves: string } {
  return cx.direction === 'forward' ? { stays: 'new key', leaves: 'old key' } : { stays: 'old key', leaves: 'new key' }
}

/** Waits for a person, and counts the time apart: it is not keyrot's. */
export async function onHumanTime<T>(cx: Context, ask: () => Promise<T>): Promise<T> {
  const began = cx.ws.clock.now()
  const answer = await ask()
  cx.facts.moments.set('human', (cx.facts.moments.get('human') ?? 0) + cx.ws.clock.now() - began)
  return answer
}

function lastUse(at: Ms | null | undefined): string {
  if (at === undefined) return 'last use unknown'
  return at === null ? 'never used' : `last used ${moment(at)}`
}

function aged(age: Ms): string {
  return age < DAY ? 'less than a day old' : `${Math.floor(age / DAY)} days old`
}
