/** Whole files, durable: read without following links, replace atomically, and every failure in keyrot's own words. */
import { constants } from 'node:fs'
import { dirname } from 'node:path'
import { KeyrotError } from '../domain/errors.ts'
import type { FileCalls, FileFacts } from './calls.ts'

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants

export const FLAGS = {
  read: O_RDONLY | O_NOFOLLOW,
  create: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
  append: O_RDWR | O_APPEND | O_NOFOLLOW,
  ifAbsent: O_CREAT,
} as const
export const FILE_MODE = 0o600
export const FOLDER_MODE = 0o700

/** The system's error code, or `''`. The error itself goes no further. */
export function errno(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** A failed file call in keyrot's own words. The effect that waited for this write must not happen. */
export function toStateError(error: unknown, path: string): KeyrotError {
  if (error instanceof KeyrotError) return error
  const common = { retryable: false, facts: { path } } as const
  switch (errno(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new KeyrotError({
        code: 'KR_STATE_FULL',
        kind: 'unavailable',
        message: `no space left to write state: ${path}`,
        hints: ['make room, then run the same command again'],
        ...common,
      })
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new KeyrotError({
        code: 'KR_STATE_READONLY',
        kind: 'forbidden',
        message: `no permission to keep state here: ${path}`,
        hints: ['give this user the right to read and write it, or name another folder with --state'],
        ...common,
      })
    case 'ELOOP':
      return new KeyrotError({
        code: 'KR_STATE_UNSAFE',
        kind: 'refused',
        message: `a symbolic link where state is kept: ${path}`,
        hints: ['remove the link'],
        ...common,
      })
    default:
      return new KeyrotError({
        code: 'KR_STATE_IO',
        kind: 'unavailable',
        message: `state could not be read or written: ${path}`,
        hints: ['check the disk and the folder, then run the same command again'],
        ...common,
      })
  }
}

/** Runs file calls; what they throw leaves as a KeyrotError. */
export function speaking<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw toStateError(error, path)
  }
}

/** What `lstat` says, or `null` when nothing is there. */
export function factsOf(calls: FileCalls, path: string): FileFacts | null {
  try {
    return calls.lstat(path)
  } catch (error) {
    if (errno(error) === 'ENOENT') return null
    throw error
  }
}

/** Names in a folder; none when it is not there. */
export function namesIn(calls: FileCalls, path: string): string[] {
  try {
    return calls.list(path)
  } catch (error) {
    if (errno(error) === 'ENOENT') return []
    throw error
  }
}

/** Runs `use` with an open descriptor and closes it whatever happens. */
export function withOpen<T>(calls: FileCalls, path: string, flags: number, use: (fd: number) => T): T {
  const fd = calls.open(path, flags, FILE_MODE)
  try {
    return use(fd)
  } finally {
    calls.close(fd)
  }
}

export interface ReadFile {
  readonly bytes: Buffer
  readonly facts: FileFacts
}

/** All bytes behind a descriptor that stands at the start. */
export function readAll(calls: FileCalls, fd: number): ReadFile {
  const facts = calls.stat(fd)
  // One more than there should be: the read that finds nothing more has somewhere to look.
  let bytes = Buffer.allocUnsafe(facts.size + 1)
  for (let length = 0; ;) {
    // It has grown since.
    if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length)
    const got = calls.read(fd, bytes, length)
    if (got === 0) return { bytes: bytes.subarray(0, length), facts }
    length += got
  }
}

/** A whole file, or `null` when it is not there. Follows no link. */
export function readFile(calls: FileCalls, path: string): ReadFile | null {
  try {
    return withOpen(calls, path, FLAGS.read, (fd) => readAll(calls, fd))
  } catch (error) {
    if (errno(error) === 'ENOENT') return null
    throw error
  }
}

/** Writes all of it: a short write is continued, never taken for the whole. */
export function writeAll(calls: FileCalls, fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const wrote = calls.write(fd, bytes, done, null)
    if (wrote <= 0)
      throw new KeyrotError({ code: 'KR_STATE_IO', kind: 'unavailable', message: 'the disk took no more bytes of a state file', retryable: false })
    done += wrote
  }
}

/** Makes names in a folder durable: creations and renames count only after this. */
export function syncFolder(calls: FileCalls, path: string): void {
  withOpen(calls, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, (fd) => calls.sync(fd))
}

/** The same without holding up the event loop. */
export function syncFolderAside(calls: FileCalls, path: string): Promise<void> {
  return withOpenAside(calls, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, (fd) => calls.syncAside(fd))
}

/** A new file with these bytes, durable but for its name in the folder. */
export function writeAside(calls: FileCalls, path: string, bytes: Uint8Array): Promise<void> {
  return withOpenAside(calls, path, FLAGS.create, (fd) => {
    writeAll(calls, fd, bytes)
    return calls.syncAside(fd)
  })
}

async function withOpenAside(calls: FileCalls, path: string, flags: number, use: (fd: number) => Promise<void>): Promise<void> {
  const fd = calls.open(path, flags, FILE_MODE)
  try {
    await use(fd)
  } finally {
    calls.close(fd)
  }
}

/** Puts a file in place, whole and durable, or leaves what was there: temp file, fsync, rename, fsync of the folder. */
export function replaceFile(calls: FileCalls, path: string, temp: string, bytes: Uint8Array): void {
  try {
    withOpen(calls, temp, FLAGS.create, (fd) => {
      writeAll(calls, fd, bytes)
      calls.sync(fd)
    })
    calls.rename(temp, path)
  } catch (error) {
    removeQuietly(calls, temp)
    throw error
  }
  syncFolder(calls, dirname(path))
}

/** Removes a file if it can: for leftovers, whose staying harms nothing. */
export function removeQuietly(calls: FileCalls, path: string): void {
  try {
    calls.unlink(path)
  } catch {
    // a leftover that stays is swept another time
  }
}
