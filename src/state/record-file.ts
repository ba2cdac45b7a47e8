/** `record.json` of one credential: replaced whole, by compare-and-swap, never trusted further than its checksum. */
import { dirname, join } from 'node:path'
import type { CredentialRecord } from '../domain/record.ts'
import { takeClaim } from './claim.ts'
import type { Around } from './claim.ts'
import { errno, namesIn, readFile, removeQuietly, syncFolderAside, writeAside } from './files.ts'
import { ABSENT, parseRecord, recordConflict, revisionIn, sealNext } from './record-text.ts'
import type { Found } from './record-text.ts'

/** What lies there. Looks only: a damaged file stays where it is until something is saved in its place. */
export function loadRecord(path: string, credential: string, { calls }: Pick<Around, 'calls'>): Found {
  const file = readFile(calls, path)
  return file === null ? ABSENT : parseRecord(file.bytes.toString('utf8'), credential, path)
}

/**
 * Puts the record in place of the revision, durably, and returns the new one. The bytes are made safe beside the file first; then, in
 * one turn of the event loop and under a claim, comes the look and the rename: of several writers with one revision exactly one
 * gets through, the others meet `conflict`.
 */
export async function saveRecord(path: string, record: CredentialRecord, revision: string | null, around: Around): Promise<string> {
  const sealed = sealNext(record, revision)
  const temp = join(dirname(path), `record.${around.ids.token(12)}.tmp`)
  try {
    await writeAside(around.calls, temp, Buffer.from(sealed.line))
    replaceAt(revision, path, temp, record.credential, around)
  } catch (error) {
    removeQuietly(around.calls, temp)
    throw error
  }
  await syncFolderAside(around.calls, dirname(path))
  return sealed.revision
}

function replaceAt(revision: string | null, path: string, temp: string, credential: string, around: Around): void {
  // all of this happens in one turn of the event loop: a claim of our own can only be one whose release failed
  const taken = takeClaim(`${path}.claim`, around, 'leftover')
  if (taken.is === 'busy') throw recordConflict(path)
  try {
    const found = isStillAt(path, credential, revision, around) ? null : loadRecord(path, credential, around)
    if (found !== null && found.revision !== revision) throw recordConflict(path)
    sweep(dirname(path), temp, around)
    if (found?.condition === 'damaged') around.calls.rename(path, join(dirname(path), `record.damaged-${around.ids.token(12)}.json`))
    around.calls.rename(temp, path)
  } catch (error) {
    // another writer took our bytes for those of a killed one: it is ahead of us
    throw errno(error) === 'ENOENT' ? recordConflict(path) : error
  } finally {
    taken.claim.release()
  }
}

/** Whether the very text of this revision lies there: a large record is not taken apart for each save. */
function isStillAt(path: string, credential: string, revision: string | null, { calls }: Pick<Around, 'calls'>): boolean {
  const file = revision === null ? null : readFile(calls, path)
  return file !== null && revisionIn(file.bytes.toString('utf8'), credential) === revision
}

/** Temp files of killed writers, and of one that comes too late: whoever holds the claim wins. */
function sweep(folder: string, own: string, { calls }: Around): void {
  for (const path of namesIn(calls, folder).map((name) => join(folder, name))) {
    if (path !== own && /\/record\.[a-z0-9]{12}\.tmp$/.test(path)) removeQuietly(calls, path)
  }
}
