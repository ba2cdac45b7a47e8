/** Who the predecessor is, where only a person can say: a hidden paste, or a pick among keys that look alike. */
import type { ProviderKey } from '../ports/provider.ts'
import type { Survey } from '../flow/terrain.ts'
import { plainNote } from '../flow/book.ts'
import { identify, merge, sameKey, type KnownKey } from '../flow/identify.ts'
import { keysOf } from '../flow/keys.ts'
import type { Ground, Opening } from './opening.ts'

/** At the beginning of a run a person may still say which key is in use; the record keeps the answer. */
export async function predecessorOf(ground: Ground, opening: Opening, found: KnownKey | null): Promise<KnownKey | null> {
  const { book } = ground
  const slots = [...opening.survey.observations.values()]
  const empty = book.run.attempts.length === 0 ? slots.every((seen) => seen.current.is === 'absent') : slots.some((seen) => seen.current.is === 'absent')
  const dark = slots.some((seen) => seen.current.is === 'unknown')
  const begun = book.run.attempts.length > 0 && (found !== null || ground.facts.recordKept || !dark)
  if (begun || empty || book.run.direction === 'back' || book.run.incident !== undefined) return found
  const picked = await pickPredecessor(ground, found, opening.survey.listing?.keys ?? [])
  const pasted = await askPredecessor(ground, picked, opening.survey)
  const whole = book.run.attempts.some((attempt) => sameKey(attempt.key, pasted)) ? found : pasted
  book.amend((record) => (record.run === null ? record : { ...record, run: { ...record.run, predecessor: plainNote(whole) } }))
  return whole
}

/** An adopted key whose id a person picks from the keys that could be it. */
async function pickPredecessor(ground: Ground, key: KnownKey | null, listing: readonly ProviderKey[]): Promise<KnownKey | null> {
  if (key === null || key.id !== null || key.secret === null || ground.ws.prompter === null) return key
  const fitting = listing.filter((listed) => key.secret?.fits(listed.hint))
  if (fitting.length < 2) return key
  const picked = await ground.ws.prompter.choose(
    { id: 'which-key', title: `which key does ${ground.credential.name} hold?`, facts: [`fingerprint ${key.fingerprint ?? 'unknown'}`] },
    [...fitting.map((listed) => ({ value: listed.id, label: `${listed.id}` })), { value: '', label: 'none of these', isDefault: true }],
  )
  const listed = fitting.find((candidate) => candidate.id === picked)
  return listed === undefined ? key : merge([{ ...key, id: listed.id, listed }])
}

/**
 * The value of an adopted key that no slot shows, from a person's hidden paste: it makes rollback possible and the key
 * identifiable. `null` input stays what it was.
 */
async function askPredecessor(ground: Ground, key: KnownKey | null, survey: Survey): Promise<KnownKey | null> {
  const { ws, credential, memory } = ground
  if (key?.secret != null || ws.prompter === null) return key
  const given = await ws.prompter.paste({
    id: 'predecessor',
    title: `paste the key that ${credential.name} uses now`,
    facts: ['no target can show it; with it, the targets can be rolled back', 'it is not shown and not stored'],
  })
  if (given === null) return key
  const found = identify(
    { is: 'value', secret: given },
    { memory: memory.entries, notes: key === null ? [] : [key], listing: survey.listing && keysOf(survey.listing) },
  )
  if (found.is !== 'key') return key
  // What is known of the key wins over a paste that the provider places elsewhere.
  if (key?.listed != null && !given.fits(key.listed.hint)) return key
  if (key?.id != null && found.key.id !== null && key.id !== found.key.id) return key
  const whole = merge([found.key, key])
  if (whole !== null) memory.keep(given, { id: whole.id, name: whole.name, fingerprint: given.fingerprint })
  return whole
}
