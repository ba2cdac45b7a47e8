/** One record as a sealed line of text, wherever it lies: believed only if its checksum holds and its shape fits. */
import { KeyrotError } from '../domain/errors.ts'
import { RECORD_FORMAT } from '../domain/record.ts'
import type { CredentialRecord } from '../domain/record.ts'
import type { LoadedRecord } from '../ports/system.ts'
import { fromText, seal, toText, unseal } from './codec.ts'
import { RECORD_STEPS, migrate } from './migrate.ts'
import { fit } from './shape.ts'
import { storedRecord } from './shapes.ts'

/** What lies there, and how often it was written. */
export type Found = LoadedRecord & { readonly seq: number }

const DAMAGED: Found = { record: null, condition: 'damaged', revision: null, seq: 0 }
export const ABSENT: Found = { record: null, condition: 'absent', revision: null, seq: 0 }

/** The record in a line of text. Throws `KR_STATE_NEWER`; `place` names for people where the text came from. */
export function parseRecord(text: string, credential: string, place: string): Found {
  const opened = unseal(saltOf(credential), text.replace(/\n$/, ''))
  if (opened.body === null) return DAMAGED
  const stored = fit(storedRecord, migrate(fromText(opened.body), opened.format, RECORD_FORMAT, RECORD_STEPS, place))
  if (stored === null || stored.record.credential !== credential) return DAMAGED
  return { record: stored.record, condition: 'ok', revision: `${stored.seq}-${opened.sum}`, seq: stored.seq }
}

/** The revision that a text claims, without taking the record apart: who wrote it has judged its shape. `null` where it does not verify. */
export function revisionIn(text: string, credential: string): string | null {
  const { body, sum } = unseal(saltOf(credential), text.replace(/\n$/, ''))
  return body === null ? null : `${/^\{"seq":(\d+),/.exec(body)?.[1] ?? ''}-${sum}`
}

export interface SealedRecord {
  readonly line: string
  readonly revision: string
}

/** The line that follows the one of this revision. Refuses whatever looks like a key, or has another shape (`KR_BUG`). */
export function sealNext(record: CredentialRecord, revision: string | null): SealedRecord {
  const seq = Number(/^\d+/.exec(revision ?? '')?.[0] ?? 0) + 1
  const body = toText({ seq, record })
  if (fit(storedRecord, fromText(body)) === null) {
    throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'a record of the wrong shape was about to be stored', where: record.credential })
  }
  const { line, sum } = seal(saltOf(record.credential), RECORD_FORMAT, body)
  return { line, revision: `${seq}-${sum}` }
}

function saltOf(credential: string): string {
  return `keyrot record ${credential}`
}

/** Somebody else's record lies where ours was to go. */
export function recordConflict(place: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_STATE_CONFLICT',
    kind: 'conflict',
    message: `the record was changed by another run: ${place}`,
    hints: ['run the same command again: it looks at what is there now'],
    facts: { path: place },
  })
}
