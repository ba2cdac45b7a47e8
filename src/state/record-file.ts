/** `record.json` of one credential: replaced whole, by compare-and-swap, never trusted further than its checksum. */
import { dirname, join } from 'node:path'
import { KeyrotError } from '../domain/errors.ts'
import { RECORD_FORMAT } from '../domain/record.ts'
import type { CredentialRecord } from '../domain/record.ts'
import type { LoadedRecord } from '../ports/system.ts'
import { takeClaim } from './claim.ts'
import type { Around } from './claim.ts'
import { fromText, seal, toText, unseal } from './codec.ts'
import { namesIn, readFile, removeQuietly, replaceFile } from './files.ts'
import { RECORD_STEPS, migrate } from './migrate.ts'
import { fit } from './shape.ts'
import { storedRecord } from './shapes.ts'

type Found = LoadedRecord & { readonly seq: number }

const DAMAGED: Found = { record: null, condition: 'damaged', revision: null, seq: 0 }
const ABSENT: Found = { record: null, condition: 'absent', revision: null, seq: 0 }

/** What lies there. Looks only: a damaged file stays where it is until something is saved in its place. */
export function loadRecord(path: string, credential: string, { calls }: Pick<Around, 'calls'>): Found {
  const file = readFile(calls, path)
  if (file === null) return ABSENT
  const opened = unseal(saltOf(credential), file.bytes.toString('utf8').replace(/\n$/, ''))
  if (opened.body === null) return DAMAGED
  const stored = fit(storedRecord, migrate(fromText(opened.body), opened.format, RECORD_FORMAT, RECORD_STEPS, path))
  if (stored === null || stored.record.credential !== credential) return DAMAGED
  return { record: stored.record, condition: 'ok', revision: `${stored.seq}-${opened.sum}`, seq: stored.seq }
}

/**
 * Puts the record in place of the revision, durably, and returns the new one. Between look and rename a claim is held,
 * so that of several writers with one revision exactly one gets through; the others meet `conflict`.
 */
export function saveRecord(path: string, record: CredentialRecord, revision: string | null, around: Around): string {
  // all of this happens in one turn of the event loop: a claim of our own can only be one whose release failed
  const taken = takeClaim(`${path}.claim`, around, 'leftover')
  if (taken.is === 'busy') throw conflict(path)
  try {
    const found = loadRecord(path, record.credential, around)
    if (found.revision !== revision) throw conflict(path)
    const sealed = sealRecord(record, found.seq + 1)
    const token = around.ids.token(12)
    sweep(dirname(path), around)
    if (found.condition === 'damaged') around.calls.rename(path, join(dirname(path), `record.damaged-${token}.json`))
    replaceFile(around.calls, path, join(dirname(path), `record.${token}.tmp`), Buffer.from(sealed.line))
    return `${found.seq + 1}-${sealed.sum}`
  } finally {
    taken.claim.release()
  }
}

function sealRecord(record: CredentialRecord, seq: number): { line: string; sum: string } {
  const body = toText({ seq, record })
  if (fit(storedRecord, fromText(body)) === null) {
    throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'a record of the wrong shape was about to be stored', where: record.credential })
  }
  return seal(saltOf(record.credential), RECORD_FORMAT, body)
}

/** Temp files of killed writers: under the claim nobody else has one. */
function sweep(folder: string, { calls }: Around): void {
  for (const name of namesIn(calls, folder)) {
    if (/^record\.[a-z0-9]{12}\.tmp$/.test(name)) removeQuietly(calls, join(folder, name))
  }
}

function saltOf(credential: string): string {
  return `keyrot record ${credential}`
}

function conflict(path: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_STATE_CONFLICT',
    kind: 'conflict',
    message: `the record was changed by another run: ${path}`,
    hints: ['run the same command again: it looks at what is there now'],
    facts: { path },
  })
}
