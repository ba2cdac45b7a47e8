/** Whether a key that was found somewhere is one that keyrot rotates: by its digest in a slot, by a fingerprint on record, by the provider's redacted form. */
import type { ManagedKey } from '../domain/hit.ts'
import { isOurs, parseKeyName } from '../domain/key-name.ts'
import type { KeyNote, RunNote } from '../domain/record.ts'
import type { RunEvent } from '../domain/events.ts'
import type { Secret } from '../domain/secret.ts'
import { together } from '../flow/together.ts'
import type { ProviderKey } from '../ports/provider.ts'
import type { Workspace } from '../ports/workspace.ts'
import { Listings, readCredential, type Reading } from './gather.ts'

/** What is known of the keys of one credential, of every generation. */
export interface CredentialKeys {
  readonly ns: string
  readonly reading: Reading
  /** Every event of every journalled run: the fingerprints of keys that no slot holds any more. */
  readonly events: readonly RunEvent[]
}

/** Reads every credential once, and changes nothing. What cannot be read is not known. Throws only when the invocation is told to stop. */
export async function readKeys(ws: Workspace): Promise<readonly CredentialKeys[]> {
  const listings = new Listings()
  return together(ws.credentials, async (credential) => ({
    ns: ws.ns,
    reading: await readCredential(ws, credential, listings),
    events: await eventsOf(ws, credential.name),
  }))
}

async function eventsOf(ws: Workspace, credential: string): Promise<readonly RunEvent[]> {
  try {
    const runs = await ws.records.runs(credential)
    const journals = await Promise.all(runs.map(({ run }) => ws.records.journal(credential, run)))
    return journals.flatMap(({ events }) => events)
  } catch {
    return []
  }
}

/** Whose key it is, or `null`. A slot that holds it outweighs a record that names it. */
export function recognise(key: Secret, known: readonly CredentialKeys[]): ManagedKey | null {
  const found = known.flatMap((credential) => recogniseIn(key, credential) ?? [])
  return found.find(({ slots }) => slots.length > 0) ?? found[0] ?? null
}

function recogniseIn(key: Secret, { ns, reading, events }: CredentialKeys): ManagedKey | null {
  const { credential, listing, observations, loaded } = reading
  const slots = [...observations].flatMap(([target, { current, fallback }]) => [
    ...(current.is === 'value' && current.secret.equals(key) ? [`${target} current`] : []),
    ...(fallback?.is === 'value' && fallback.secret.equals(key) ? [`${target} fallback`] : []),
  ])
  const notes = [...notesOf(reading), ...namedIn(events)].filter(({ fingerprint }) => fingerprint === key.fingerprint)
  const fitting = (listing?.keys ?? []).filter((listed) => key.fits(listed.hint))
  const ours = fitting.filter((listed) => isOurs(parseKeyName(listed.name), ns, credential.name))
  if (slots.length === 0 && notes.length === 0 && ours.length === 0) return null
  const ids = notes.flatMap(({ id }) => id ?? [])
  const gone = [...(loaded?.record?.run?.retired ?? []), ...(loaded?.record?.run?.dead ?? []), ...retiredIn(events)]
  const saidDead = [key.fingerprint, ...ids].some((name) => gone.includes(name))
  return { credential: credential.name, slots, state: stateOf(listing === null ? null : fitting, listing?.serverTime ?? 0, saidDead) }
}

/** The provider's complete listing decides; without one, only what was observed dead is known. */
function stateOf(listed: readonly ProviderKey[] | null, now: number, saidDead: boolean): ManagedKey['state'] {
  if (listed === null) return saidDead ? 'dead' : 'unknown'
  return listed.some(({ expiresAt }) => expiresAt === null || expiresAt > now) ? 'live' : 'dead'
}

function notesOf({ loaded }: Reading): readonly KeyNote[] {
  const record = loaded?.record ?? null
  if (record === null) return []
  const attempts = (run: RunNote): KeyNote[] => run.attempts.flatMap(({ key }) => key ?? [])
  const ofRun = record.run === null ? [] : [record.run.predecessor, ...attempts(record.run)]
  return [record.current, ...ofRun, ...record.outstanding.map(({ key }) => key)].filter((note) => note !== null)
}

/** Events that name a key of this credential, old or new: also one that keyrot was given, and did not make. */
const NAMING: readonly RunEvent['type'][] = ['key.minted', 'run.done', 'run.rolled-back', 'incident.declared', 'key.retired']

function namedIn(events: readonly RunEvent[]): readonly KeyNote[] {
  return events.flatMap(({ type, data }) => {
    const fingerprint = data?.['fingerprint']
    const id = data?.['id']
    return NAMING.includes(type) && typeof fingerprint === 'string' ? [{ id: typeof id === 'string' ? id : null, name: null, fingerprint }] : []
  })
}

/** Ids and fingerprints of keys whose end was observed, not only asked for. */
function retiredIn(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap(({ type, code, data }) =>
    type === 'key.retired' && code !== 'KR_DELETING' ? [data?.['id'], data?.['fingerprint']].filter((name) => typeof name === 'string') : [],
  )
}
