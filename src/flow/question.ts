/** What a person is shown before deciding about a key: what is known, and what is not. */
import { DAY, type Ms } from '../domain/duration.ts'
import { outgoing, type Context } from './context.ts'

/** One line per fact, in keyrot's own words; ids, names, fingerprints and dates only. */
export function factsForPerson(cx: Context, soakEnd: Ms | null): string[] {
  const key = outgoing(cx)
  if (key === null) return ['there is no old key']
  const listed = key.listed
  const now = cx.ws.clock.now()
  return [
    `key ${key.id ?? 'of unknown id'}${key.fingerprint === null ? '' : `, fingerprint ${key.fingerprint}`}`,
    listed === null ? 'age unknown: the provider cannot be asked' : `${Math.floor((now - listed.createdAt) / DAY)} days old`,
    lastUse(listed?.lastUsedAt),
    soakEnd === null ? 'end of the overlap unknown' : `overlap ends ${iso(soakEnd)}`,
  ]
}

function lastUse(at: Ms | null | undefined): string {
  if (at === undefined) return 'last use unknown'
  return at === null ? 'never used' : `last used ${iso(at)}`
}

function iso(at: Ms): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}
