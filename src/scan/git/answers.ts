/** What `git cat-file --batch` answers, taken apart: `id type size`, the bytes and a line end; or `id missing`. */
import type { Change } from './changes.ts'
import { partial } from './process.ts'

/** A blob that is asked for. */
export interface Blob extends Change {
  /** Its place in the order listed, in which the answers need not come. */
  readonly nth: number
}

export interface BlobReader {
  /** A blob as a whole. The bytes are valid during the call. */
  readonly whole: (blob: Blob, bytes: Buffer) => void
  /** A blob longer than {@link WHOLE}, in parts as they come. */
  readonly long: (blob: Blob) => LongBlob
}

export interface LongBlob {
  readonly push: (bytes: Buffer) => void
  readonly end: () => void
}

/** Blobs up to this are handed over as a whole; no longer one is ever held. */
export const WHOLE = 8 << 20

const LINE_END = 10

/** Takes the answers piece by piece, in the order of the questions; `asked` is emptied as they come. Throws `KR_GIT_PARTIAL` for a missing blob. */
export function answersTo(asked: Blob[], reader: BlobReader): (output: Buffer) => void {
  let header = ''
  let body: Body | null = null
  return (piece) => {
    for (let at = 0; at < piece.length;) {
      if (body === null) {
        const end = piece.indexOf(LINE_END, at)
        header += piece.toString('latin1', at, end === -1 ? piece.length : end)
        if (end === -1) return
        body = bodyAfter(header, asked, reader)
        header = ''
        at = end + 1
      }
      at += body.take(piece, at)
      if (body.isOver()) body = null
    }
  }
}

interface Body {
  /** How many of the bytes from `at` on belong to it. */
  take(piece: Buffer, at: number): number
  isOver(): boolean
}

function bodyAfter(header: string, asked: Blob[], reader: BlobReader): Body {
  const [, type, length] = header.split(' ')
  const blob = asked.shift()
  if (blob === undefined || length === undefined) throw partial()
  const size = Number(length)
  if (type !== 'blob') return inParts(size, { push: () => undefined, end: () => undefined })
  return size > WHOLE ? inParts(size, reader.long(blob)) : asWhole(size, (bytes) => reader.whole(blob, bytes))
}

/** One that lies whole in a piece of output is not copied. The line end behind a body belongs to it. */
function asWhole(size: number, tell: (bytes: Buffer) => void): Body {
  let held: Buffer | null = null
  let filled = 0
  return {
    take(piece, at) {
      const left = size + 1 - filled
      const length = Math.min(left, piece.length - at)
      if (held === null && length === left) tell(piece.subarray(at, at + size))
      else {
        held ??= Buffer.allocUnsafe(size + 1)
        piece.copy(held, filled, at, at + length)
        if (length === left) tell(held.subarray(0, size))
      }
      filled += length
      return length
    },
    isOver: () => filled > size,
  }
}

function inParts(size: number, blob: LongBlob): Body {
  let passed = 0
  return {
    take(piece, at) {
      const length = Math.min(size + 1 - passed, piece.length - at)
      const bytes = piece.subarray(at, at + Math.min(length, size - passed))
      if (bytes.length > 0) blob.push(bytes)
      passed += length
      if (passed > size) blob.end()
      return length
    },
    isOver: () => passed > size,
  }
}
