/**
 * The key that `revoke` is about, named by a person. Only a key of this credential is ever meant: one that the record knows, or one at
 * the provider that bears a name of ours and that no slot holds. A value is compared by digest; a redacted form is never enough.
 */
import { isOurs, parseKeyName } from '../domain/key-name.ts'
import type { KeyNote, RunNote } from '../domain/record.ts'
import { plainNote } from '../flow/book.ts'
import { sameKey, type KnownKey } from '../flow/identify.ts'
import type { RevocationSubject } from '../ports/workspace.ts'
import { isValueOf } from './declaring.ts'
import { concludeFrom, freshRun, rolesOf, type Ground, type Opening } from './opening.ts'
import type { Ending } from './report.ts'

/** A run that has nothing left but to retire `old`: its successor is what is in use. */
export function openTail(ground: Ground, old: KeyNote, current: KeyNote): void {
  const { book, ws } = ground
  const { generation, attempts } = book.record
  const attempt = { attempt: attempts, name: current.name ?? '', intendedAt: 0, key: current, committedAt: ws.clock.now(), abandoned: false }
  const run: RunNote = { ...freshRun(ground, generation), predecessor: old, attempts: [attempt] }
  book.begin(run)
  book.amend((record) => ({ ...record, outstanding: record.outstanding.filter((note) => !sameKey(note.key, old)) }))
}

/** With no run open: begins the tail for the key that is meant, or says why not. */
export function openFor(ground: Ground, { situation, survey }: Opening, subject: RevocationSubject): Ending | 'walk' {
  const { book, credential, ws } = ground
  const { a } = rolesOf(situation)
  const current = book.record.current ?? plainNote(a)
  if (a !== null && isMeant(a, subject)) return inUse(credential.name)
  const ours = (survey.listing?.keys ?? []).filter((key) => isOurs(parseKeyName(key.name), ws.ns, credential.name))
  const known = book.record.outstanding.map(({ key }) => key)
  const stray = ours.find(({ id }) => id === subject.keyId)
  const listed = stray === undefined ? [] : [{ id: stray.id, name: stray.name, fingerprint: null }]
  const anyone = subject.keyId === null && subject.value === null
  const meant = [...known, ...listed].find((key) => anyone || isMeantNote(key, subject))
  if (meant === undefined && anyone)
    return { status: 'nothing', code: 'KR_NOTHING_OUTSTANDING', message: `${credential.name} has no old key that waits to be revoked` }
  if (meant === undefined || current === null) return notMeant(credential.name, subject)
  const id = meant.id
  if (id !== null && [...situation.slots.values()].some(({ current: slot }) => slot.is === 'key' && slot.key.id === id)) return inUse(credential.name)
  openTail(ground, meant, current)
  return forced(ground, subject)
}

/** With a run open: the key that is meant must be the one that leaves. */
export async function subjectOfRun(ground: Ground, { survey }: Opening, subject: RevocationSubject): Promise<Ending | 'walk'> {
  const { a, b, older } = rolesOf(concludeFrom(ground, survey))
  const { name } = ground.credential
  const [leaves, stays] = ground.book.run.direction === 'forward' ? [a, b] : [b, a]
  const anyone = subject.keyId === null && subject.value === null
  if (!anyone && stays !== null && isMeant(stays, subject)) return inUse(name)
  if (!anyone && ![leaves, ...older].some((key) => key !== null && isMeant(key, subject))) return notMeant(name, subject)
  return forced(ground, subject)
}

/** `--force` answers for the overlap as well: a decision on record. What is waived besides is waived item by item, and recorded. */
function forced({ book, ws }: Ground, { force }: RevocationSubject): 'walk' {
  if (!force) return 'walk'
  const decision = { revoke: 'now', by: 'flag', at: ws.clock.now() } as const
  book.amend((record) => (record.run === null ? record : { ...record, run: { ...record.run, decision } }))
  return 'walk'
}

function isMeant(key: KnownKey, { keyId, value }: RevocationSubject): boolean {
  if (keyId === null && value === null) return false
  return (keyId === null || key.id === keyId) && (value === null || isValueOf(key, value))
}

function isMeantNote(key: KeyNote, subject: RevocationSubject): boolean {
  return isMeant({ ...key, secret: null, listed: null }, { ...subject, value: key.fingerprint === null && subject.keyId !== null ? null : subject.value })
}

function inUse(name: string): Ending {
  return {
    status: 'refused',
    code: 'KR_KEY_IN_USE',
    message: `that key is in use by ${name}; it is not revoked under its consumers`,
    hints: [`if it has leaked: keyrot incident ${name}`, `else rotate first: keyrot rotate ${name}`],
  }
}

function notMeant(name: string, { keyId }: RevocationSubject): Ending {
  const hint =
    keyId === null
      ? 'a redacted form is no proof: find the key at the dashboard and name it with --key-id'
      : 'it bears no name of this config and credential, or the provider does not list it in this project: delete it at the dashboard'
  return { status: 'refused', code: 'KR_NOT_THE_KEY', message: `that is no old key of ${name}; nothing changed`, hints: [hint] }
}
