/**
 * Asking a living holder to stop: a note beside its lock that bears the holder's own token, so that it is meant for nobody who comes
 * after. Whoever takes the lock next clears it away.
 */
import { basename } from 'node:path'
import { SECOND, type Ms } from '../domain/duration.ts'
import type { FileCalls } from './calls.ts'
import { FILE_MODE, FLAGS, readFile, removeQuietly, writeAll } from './files.ts'

/** How long a holder that has heard of it may take to stop, with some time for its last answer to come home. */
export const STOPS_WITHIN: Ms = 6 * SECOND

/** What the name of a request ends with; no token looks like it. */
export const REQUEST = 'ask'

const pathOf = (lock: string): string => `${lock}.${REQUEST}`

/** The name of the request for a lock, in the folder of the lock. */
export function requestOf(lock: string): string {
  return basename(pathOf(lock))
}

/** Leaves the request. A second one for the same holder changes nothing; one for an earlier holder is replaced. */
export function leaveRequest(lock: string, token: string, calls: FileCalls): void {
  removeQuietly(calls, pathOf(lock))
  const fd = calls.open(pathOf(lock), FLAGS.create, FILE_MODE)
  try {
    writeAll(calls, fd, Buffer.from(token))
  } finally {
    calls.close(fd)
  }
}

/** Whether somebody asks the holder with this token to stop. A request that cannot be read is none. */
export function isAsked(lock: string, token: string, calls: FileCalls): boolean {
  try {
    return readFile(calls, pathOf(lock))?.bytes.toString('utf8') === token
  } catch {
    return false
  }
}

export function clearRequest(lock: string, calls: FileCalls): void {
  removeQuietly(calls, pathOf(lock))
}
