/** The count of tries that came to nothing, kept in the record by `rotate --due` and taken away by a person's command. */
import type { CredentialRecord, StallNote } from '../domain/record.ts'
import type { RunReport, RunStatus } from '../domain/run.ts'
import { stalledAgain } from '../domain/stall.ts'
import type { Ms } from '../domain/duration.ts'
import type { Book } from '../flow/book.ts'

/** Stops that only somebody's word ends: they are looked at every time, and are no failures. */
export const WANTED: ReadonlySet<string> = new Set(['KR_REVOKE_WANTED', 'KR_APPROVAL_WANTED', 'KR_NEW_KEY_WANTED'])
const FAILURES: ReadonlySet<RunStatus> = new Set(['failed', 'parked', 'person', 'refused'])
/** Says nothing about the run. */
const NEUTRAL: ReadonlySet<RunStatus> = new Set(['locked', 'interrupted', 'bug'])

export interface Circumstances {
  readonly unattended: boolean
  /** The record as it was found. */
  readonly found: CredentialRecord | null
  readonly now: Ms
}

/**
 * Counts one invocation. A first record is not written for the count alone: a lost one could pass for kept. What cannot be
 * written down changes nothing about the outcome; the next tick merely comes earlier.
 */
export async function countTries(book: Book, report: RunReport, { unattended, found, now }: Circumstances): Promise<void> {
  if (NEUTRAL.has(report.status)) return
  const base = book.saved && book.stored ? null : found
  if (base === null && !book.saved) return
  const before = found?.stall
  const failed = FAILURES.has(report.status) && !WANTED.has(report.code)
  const after = failed && unattended ? stalledAgain(before, report.code, now) : undefined
  if (before === undefined && after === undefined) return
  // A run that was begun in memory only leaves nothing behind.
  await book.save((record) => withStall(base ?? record, after)).catch(() => undefined)
}

function withStall(whole: CredentialRecord, stall: StallNote | undefined): CredentialRecord {
  const { stall: _, ...record } = whole
  return stall === undefined ? record : { ...record, stall }
}
