/** The texts that a file holds without showing them as such: packed, in another character set, in the cells of a notebook. */
import { gunzipSync } from 'node:zlib'

/** One text of a piece. */
export interface Layer {
  readonly bytes: Buffer
  /** What it was unfolded from, outermost first. */
  readonly inside: readonly string[]
  /** No text: places are offsets on one line. */
  readonly binary: boolean
}

export interface Unfolded {
  readonly layers: readonly Layer[]
  /** Something larger than a scan unfolds: said, not passed over. */
  readonly tooLarge: boolean
}

/** What a packed file may unfold to: more is an archive of data, or a bomb. */
export const LARGEST_UNFOLDED = 64 << 20
/** Git's own rule: a NUL among the first 8000 bytes, and it is no text. */
const LOOKED_AT = 8000

/** Every text of some bytes; the bytes themselves where they hide nothing. */
export function unfold(bytes: Buffer, path: string): Unfolded {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) return gunzipped(bytes, path)
  const order = utf16Order(bytes)
  if (order !== null) return asIs(fromUtf16(bytes, order), false)
  if (isWrappedBase64(bytes))
    return { layers: [{ bytes: Buffer.from(bytes.toString('latin1'), 'base64'), inside: ['base64'], binary: false }], tooLarge: false }
  const binary = bytes.subarray(0, LOOKED_AT).includes(0)
  if (path.endsWith('.ipynb') && !binary) return { layers: [...cellsOf(bytes), ...asIs(bytes, false).layers], tooLarge: false }
  return asIs(bytes, binary)
}

function asIs(bytes: Buffer, binary: boolean): Unfolded {
  return { layers: [{ bytes, inside: [], binary }], tooLarge: false }
}

/** A file of nothing but base64 in lines of one length: a line break in it may go through what a key is known by. */
function isWrappedBase64(bytes: Buffer): boolean {
  if (![64, 76].some((length) => bytes[length] === 10 || (bytes[length] === 13 && bytes[length + 1] === 10))) return false
  return /^(?:[A-Za-z0-9+/]{64}\r?\n|[A-Za-z0-9+/]{76}\r?\n){1,60}[A-Za-z0-9+/=\r\n]{0,80}$/.test(
    bytes.toString('latin1', 0, LOOKED_AT / 2).replace(/\n[^\n]{0,80}$/, '\n'),
  )
}

function gunzipped(bytes: Buffer, path: string): Unfolded {
  try {
    const inner = unfold(gunzipSync(bytes, { maxOutputLength: LARGEST_UNFOLDED }), path.replace(/\.gz$/, ''))
    return { ...inner, layers: inner.layers.map((layer) => ({ ...layer, inside: ['gzip', ...layer.inside] })) }
  } catch (error) {
    const tooLarge = error instanceof RangeError
    // Damaged, or never gzip: what it shows is all there is.
    return { ...asIs(bytes, true), tooLarge }
  }
}

/** By its mark, or by NULs in every other place, which Latin text has and nothing else. */
function utf16Order(bytes: Buffer): 'little' | 'big' | null {
  if (bytes.length < 4) return null
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'little'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'big'
  const length = Math.min(bytes.length & ~1, 64)
  const nuls = [0, 0]
  for (let at = 0; at < length; at++) if (bytes[at] === 0) nuls[at & 1]!++
  const half = length / 2
  if (nuls[0] === 0 && nuls[1]! > half * 0.7) return 'little'
  return nuls[1] === 0 && nuls[0]! > half * 0.7 ? 'big' : null
}

function fromUtf16(bytes: Buffer, order: 'little' | 'big'): Buffer {
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1))
  return Buffer.from((order === 'big' ? even.swap16() : even).toString('utf16le'), 'utf8')
}

interface Cell {
  readonly source?: unknown
  readonly outputs?: unknown
}

/** Source and outputs of each cell as text; nothing where the file is no notebook after all. */
function cellsOf(bytes: Buffer): readonly Layer[] {
  const cells = parseCells(bytes)
  return cells.flatMap((cell, index) =>
    [cell.source, ...stringsOf(cell.outputs)].map(textOf).flatMap((text) => {
      return text === '' ? [] : [{ bytes: Buffer.from(text, 'utf8'), inside: [`cell ${index + 1}`], binary: false }]
    }),
  )
}

function parseCells(bytes: Buffer): readonly Cell[] {
  try {
    const notebook = JSON.parse(bytes.toString('utf8')) as { readonly cells?: unknown } | null
    const cells = notebook?.cells
    return Array.isArray(cells) ? cells.filter((cell): cell is Cell => typeof cell === 'object' && cell !== null) : []
  } catch {
    return []
  }
}

/** A text, or the lines of one, as notebooks write either. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.filter((line) => typeof line === 'string').join('') : ''
}

/** Every text below a value, lists of lines as one. */
function stringsOf(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.every((part) => typeof part === 'string') ? [value] : value.flatMap(stringsOf)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : []
}
