/** The disguises in which a key may leave: each can be put on (to prove that it is seen through) and is looked for in bytes. */
import { gunzipSync, gzipSync, constants } from 'node:zlib'

export interface Encoding {
  readonly name: string
  /** Holds NUL or other bytes that neither argv nor an environment can carry. */
  readonly binary: boolean
  readonly put: (text: string) => Buffer
  /** What of an encoded part of a longer text does not depend on the rest; empty = found by unpacking. */
  readonly needles: (part: string) => readonly string[]
}

const codes = (text: string): number[] => [...Buffer.from(text)]
const each = (write: (code: number) => string, between = '') => ((text: string): string => codes(text).map(write).join(between)) as (text: string) => string
const hex = (code: number): string => code.toString(16).padStart(2, '0')

/** Characterwise: a part reads the same wherever it stands. */
function plain(name: string, write: (text: string) => string, also: (text: string) => readonly string[] = () => []): Encoding {
  return { name, binary: false, put: (text) => Buffer.from(write(text)), needles: (part) => [write(part), ...also(part)] }
}

/** Three bytes become four characters, so that a part reads in three ways; what it shares with its neighbours is cut off. */
function base64(name: string, form: 'base64' | 'base64url'): Encoding {
  const needles = (part: string): string[] =>
    [0, 1, 2].map((shift) => {
      const text = Buffer.from('\0'.repeat(shift) + part).toString(form)
      return text.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + part.length) * 4) / 3))
    })
  return { name, binary: false, put: (text) => Buffer.from(Buffer.from(text).toString(form)), needles }
}

/** Twelve that every channel can carry, and two for channels of bytes. */
export const ENCODINGS: readonly Encoding[] = [
  plain('raw', (text) => text),
  plain(
    'JSON \\u escapes',
    each((code) => `\\u00${hex(code)}`),
    (part) => [each((code) => `\\u00${hex(code).toUpperCase()}`)(part)],
  ),
  plain(
    'percent',
    each((code) => `%${hex(code).toUpperCase()}`),
    (part) => [each((code) => `%${hex(code)}`)(part)],
  ),
  plain('hex', each(hex)),
  plain('HEX', (text) => each(hex)(text).toUpperCase()),
  plain('hex with blanks (printed Buffer)', each(hex, ' ')),
  plain('decimal list (Buffer in JSON)', each(String, ','), (part) => [each(String, ', ')(part)]),
  plain(
    'octal escapes',
    each((code) => `\\${code.toString(8).padStart(3, '0')}`),
  ),
  base64('base64', 'base64'),
  base64('base64url', 'base64url'),
  plain('reversed', (text) => Buffer.from(codes(text).toReversed()).toString()),
  { name: 'gzip in base64', binary: false, put: (text) => Buffer.from(gzipSync(text).toString('base64')), needles: () => [] },
  { name: 'gzip', binary: true, put: (text) => gzipSync(text), needles: () => [] },
  { name: 'UTF-16LE', binary: true, put: (text) => Buffer.from(text, 'utf16le'), needles: (part) => [Buffer.from(part, 'utf16le').toString('latin1')] },
]

/** How a gzip stream begins (RFC 1952, method deflate). */
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]).toString('latin1')

/** The bytes as they are, with the line breaks of a narrow terminal or a MIME body taken out, and all that is packed in them. */
export function readings(bytes: Buffer): readonly string[] {
  const text = bytes.toString('latin1')
  const packed = placesOf(text, GZIP).map((from) => bytes.subarray(from))
  const wrapped = [...text.matchAll(/H4sI[A-Za-z0-9+/_-]{16,}={0,2}/g)].map((match) => Buffer.from(match[0], 'base64'))
  const inside = [...packed, ...wrapped].flatMap((data) => unpacked(data))
  return [text, text.replaceAll(/\s+/g, ''), ...inside]
}

function placesOf(text: string, part: string): readonly number[] {
  const places: number[] = []
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) places.push(at)
  return places
}

function unpacked(data: Buffer): readonly string[] {
  try {
    return [gunzipSync(data, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 8 * 1024 * 1024 }).toString('latin1')]
  } catch {
    return []
  }
}
