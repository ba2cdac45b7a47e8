/** Declaring an incident: which keys have leaked, which way the run goes from there, and all of it on record before anything is done. */
import type { IncidentNote, KeyNote, RunNote } from '../domain/record.ts'
import type { Secret } from '../domain/secret.ts'
import { judge } from '../domain/verdict.ts'
import type { Situation } from '../flow/assess.ts'
import { plainNote } from '../flow/book.ts'
import { receiptKey, type Roles } from '../flow/context.ts'
import { sameKey, type KnownKey } from '../flow/identify.ts'
import type { Slots, Survey } from '../flow/terrain.ts'
import { turned, withoutLeaked } from '../flow/turn.ts'
import type { IncidentOrder } from '../ports/workspace.ts'
import { concludeFrom, rolesOf, type Ground, type Opening } from './opening.ts'
import { nothingLeaked, unsureOf } from './nothing-leaked.ts'
import { predecessorOf } from './predecessor.ts'
import type { Ending } from './report.ts'

/** Puts the incident on record over the run at hand; an ending where there is nothing to do, or it is not this credential's. */
export async function declare(ground: Ground, opening: Opening, order: IncidentOrder): Promise<Ending | 'walk'> {
  const { book, ws } = ground
  if (isBlind(concludeFrom(ground, opening.survey), opening.survey, order)) await nameByWord(ground, opening, order)
  const situation = concludeFrom(ground, opening.survey)
  const roles = rolesOf(situation)
  const known = book.run.incident
  const leaked = leakedKeys(order, roles, situation.slots, known)
  if (leaked.length === 0) return (await deadAlready(ground, order, roles)) ?? nothingLeaked(ground, opening.survey, order, roles)
  const incident: IncidentNote = {
    leaked,
    declaredAt: known?.declaredAt ?? ws.clock.now(),
    severFirst: order.severFirst,
    deadman: order.deadman,
    without: [...new Set([...(known?.without ?? []), ...order.without])],
    by: order.by,
    contained: known?.contained ?? [],
  }
  const direction = directionFor(ground, incident, roles)
  await book.saveRun((run) => compromised(run, incident, direction, ws.clock.now()))
  const first = leaked[0] as KeyNote
  const data = { leaked: leaked.length, id: first.id, fingerprint: first.fingerprint, severFirst: incident.severFirst, by: incident.by, direction }
  await book.append('incident.declared', { data })
  ground.facts.moments.set('declared', incident.declaredAt)
  return 'walk'
}

/** A target cannot show what its consumers live on, and nothing that can be read or remembered names a key, or the one that a person names by its id. */
function isBlind(situation: Situation, survey: Survey, { keyId }: IncidentOrder): boolean {
  const { a, b, older } = rolesOf(situation)
  const isKnown = keyId === null ? a !== null || b !== null : [a, b, ...older].some((key) => key?.id === keyId)
  return !isKnown && unsureOf(survey).length > 0
}

/** Then a person does: by the key's id, or by pasting its value. A value alone, from a pipe, fits too much to delete by. */
async function nameByWord(ground: Ground, opening: Opening, { keyId, value }: IncidentOrder): Promise<void> {
  const listed = opening.survey.listing?.keys.find(({ id }) => id === keyId) ?? null
  const fits = listed !== null && (value === null || value.fits(listed.hint))
  const found = fits ? { id: listed.id, name: listed.name, fingerprint: value?.fingerprint ?? null, secret: value, listed } : null
  const key = found ?? (keyId === null && value === null ? await predecessorOf(ground, opening, null) : null)
  if (key !== null) ground.book.amend((record) => (record.run === null ? record : { ...record, run: { ...record.run, predecessor: plainNote(key) } }))
}

/**
 * Without a value or an id: the predecessor, which was in use until now, and the successor as soon as somebody can have used it (or
 * seen it, where a whole platform leaks). Nobody can say which of the two it was, so both go. What is on record already stays.
 */
export function leakedKeys(order: IncidentOrder, roles: Roles, slots: Slots, known: IncidentNote | undefined): readonly KeyNote[] {
  const parts = [roles.a, roles.b, ...roles.older].filter((key): key is KnownKey => key !== null)
  const named = order.value !== null || order.keyId !== null
  if (known !== undefined && !named) return known.leaked
  const found = named ? parts.filter((key) => isNamed(key, order)) : parts.filter((key) => key !== roles.b || isExposed(slots, key, order.everySlot))
  const notes = found.map((key) => plainNote(key) as KeyNote)
  return [...(known?.leaked ?? []).filter((note) => !notes.some((other) => sameKey(note, other))), ...notes]
}

function isNamed(key: KnownKey, { value, keyId }: IncidentOrder): boolean {
  if (keyId !== null && key.id !== keyId) return false
  // The id says which key it is: of one that is known by nothing else, the value need only not speak against it.
  if (keyId !== null && value !== null && key.secret === null && key.fingerprint === null) return key.listed === null || value.fits(key.listed.hint)
  return value === null || isValueOf(key, value)
}

/** By the whole digest where the value is at hand, else by the fingerprint on record. A redacted form is never enough. */
export function isValueOf(key: KnownKey, value: Secret): boolean {
  return key.secret === null ? key.fingerprint === value.fingerprint : key.secret.equals(value)
}

function isExposed(slots: Slots, key: KnownKey, everySlot: boolean): boolean {
  return [...slots.values()].some((slot) =>
    [slot.current, ...(everySlot ? [slot.fallback] : [])].some((found) => found.is === 'unknown' || (found.is === 'key' && sameKey(found.key, key))),
  )
}

/** Back where only the successor has leaked and the predecessor can be put back everywhere; forward, on a fresh key if need be, otherwise. */
function directionFor({ book }: Ground, { leaked }: IncidentNote, { a, b }: Roles): RunNote['direction'] {
  const has = (key: KnownKey | null): boolean => key !== null && leaked.some((note) => sameKey(note, key))
  const mayReturn = a !== null && a.secret !== null && !book.run.dead.includes(receiptKey(a)) && !has(a)
  if (has(b) && mayReturn) return 'back'
  return has(a) || has(b) ? 'forward' : book.run.direction
}

function compromised(run: RunNote, incident: IncidentNote, direction: RunNote['direction'], at: number): RunNote {
  const base = run.direction === direction ? run : turned(run, direction)
  const marked: RunNote = { ...base, incident, decision: { revoke: 'now', by: incident.by, at }, parked: null }
  // A key that has leaked is not promoted any more: the next attempt takes its place. On the way back it is what leaves.
  return direction === 'forward' ? withoutLeaked(marked) : marked
}

/** Refusals of the given value, with the key in use accepted beside it, before it is called dead. */
const REFUSALS = 3

/** A value that no slot holds and the provider refuses: there is nothing left to do about it. */
async function deadAlready({ credential: { name, provider } }: Ground, { value }: IncidentOrder, { a, b }: Roles): Promise<Ending | null> {
  const other = b?.secret ?? a?.secret ?? null
  if (value === null || other === null) return null
  for (let round = 0; round < REFUSALS; round++) {
    const [subject, compared, control] = await Promise.all([provider.prove(value), provider.prove(other), provider.prove(provider.madeUp())])
    if (judge({ subject, other: compared, control, propagating: false }).is !== 'dead') return null
  }
  return { status: 'nothing', code: 'KR_LEAK_DEAD', message: `the leaked key is refused by the provider, and no slot of ${name} holds it` }
}
