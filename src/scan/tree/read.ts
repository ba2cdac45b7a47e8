/** Reading files one after the other into one buffer: a tenth of the cost of a buffer and a promise for each. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** Almost every file fits at once. */
const FIRST = 1 << 20
/** Files up to this are held whole, so that what they pack can be unfolded; longer ones pass by in chunks. */
export const WHOLE = 8 << 20

/** Symbolic links lead elsewhere, named pipes hold the scan up. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export type Reading =
  /** Valid until the next file is read. */
  | { readonly is: 'whole'; readonly bytes: Buffer }
  /** `next` gives one chunk after the other, each valid until the next; it must be called until `null`. */
  | { readonly is: 'long'; readonly next: () => Buffer | null }
  /** A submodule, or a repository inside this one. */
  | { readonly is: 'folder' }
  /** A link, a device, or gone since it was listed. */
  | { readonly is: 'no-file' }
  | { readonly is: 'unreadable' }

/** A reader with a buffer of its own. */
export function fileReader(): (path: string) => Reading {
  let buffer: Buffer = Buffer.allocUnsafeSlow(FIRST)
  return (path) => {
    const fd = opened(path)
    if (typeof fd !== 'number') return fd
    try {
      const length = readSync(fd, buffer, 0, FIRST, 0)
      if (length < FIRST) return finished(fd, { is: 'whole', bytes: buffer.subarray(0, length) })
      const stat = fstatSync(fd)
      if (!stat.isFile()) return finished(fd, { is: 'no-file' })
      if (stat.size > WHOLE) return { is: 'long', next: chunks(fd, buffer.subarray(0, FIRST)) }
      if (buffer.length < WHOLE) buffer = grown(buffer)
      return finished(fd, { is: 'whole', bytes: buffer.subarray(0, length + rest(fd, buffer, length)) })
    } catch (error) {
      return finished(fd, codeOf(error) === 'EISDIR' ? { is: 'folder' } : { is: 'unreadable' })
    }
  }
}

function opened(path: string): number | Reading {
  try {
    return openSync(path, FLAGS)
  } catch (error) {
    const code = codeOf(error)
    return { is: code === 'EACCES' || code === 'EPERM' || code === 'EIO' || code === 'EMFILE' ? 'unreadable' : 'no-file' }
  }
}

function finished(fd: number, reading: Reading): Reading {
  closeSync(fd)
  return reading
}

function grown(buffer: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(WHOLE)
  buffer.copy(larger)
  return larger
}

/** Fills the buffer from `at` on; how much more there was. */
function rest(fd: number, buffer: Buffer, at: number): number {
  let filled = at
  for (let read = -1; read !== 0 && filled < buffer.length; filled += read) read = readSync(fd, buffer, filled, buffer.length - filled, filled)
  return filled - at
}

/** The first chunk is in the buffer already. */
function chunks(fd: number, buffer: Buffer): () => Buffer | null {
  let at = 0
  return () => {
    try {
      const length = at === 0 ? buffer.length : readSync(fd, buffer, 0, buffer.length, at)
      at += length
      if (length > 0) return buffer.subarray(0, length)
    } catch {
      // What was read until here was looked through.
    }
    closeSync(fd)
    return null
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
