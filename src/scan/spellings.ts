/** The disguises of an anchor: how the same bytes read inside base64 or a URL, so that one pass over the bytes finds them all. */

export type Spelling = 'plain' | 'base64' | 'percent'

export interface Spelt {
  readonly text: string
  readonly spelling: Spelling
  /** Of base64: how many bytes before the anchor share its first group of four. */
  readonly shift: number
}

/** Shorter ones would be found everywhere, and would slow the search for all others. */
const SHORTEST = 4

/** Every way the anchor may be written in disguise. */
export function disguisesOf(anchor: string): readonly Spelt[] {
  const base64 = [0, 1, 2].map((shift): Spelt => ({ text: insideBase64(anchor, shift), spelling: 'base64', shift }))
  const percent = [...new Set(percentForms(anchor))].filter((text) => text !== anchor).map((text): Spelt => ({ text, spelling: 'percent', shift: 0 }))
  return [...base64, ...percent].filter(({ text }) => text.length >= SHORTEST)
}

/** Three bytes become four characters, so that a string reads in three ways; what it shares with its neighbours is cut off. */
function insideBase64(anchor: string, shift: number): string {
  const text = Buffer.from('\0'.repeat(shift) + anchor, 'latin1').toString('base64')
  return text.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + anchor.length) * 4) / 3))
}

/** As `encodeURIComponent` writes it, as stricter encoders do, and with every character encoded; digits of either case. */
function percentForms(anchor: string): string[] {
  const hex = (char: string): string => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  const strict = anchor.replace(/[^A-Za-z0-9]/g, hex)
  const whole = anchor.replace(/[^]/g, hex)
  return [encodeURIComponent(anchor), strict, upper(strict), whole, upper(whole)]
}

function upper(text: string): string {
  return text.replace(/%[0-9a-f]{2}/g, (code) => code.toUpperCase())
}

/** A run of encoded text, and what it says: nothing where it is too short for a key. */
export interface Run {
  readonly from: number
  readonly to: number
  readonly bytes: Buffer
}

/** Longest run that is decoded: an encoded archive, not an encoded disk. */
const LONGEST = 8 << 20
/** No key is shorter. */
const SHORTEST_KEY = 20
const NOTHING = Buffer.alloc(0)
const PERCENT = 37
/** How far before an anchor a run may begin: a key near the end of an encoded file is still seen, with what is left of it before. */
const BEFORE = 4096

/** The base64 around an anchor in disguise, line breaks inside it included; its shift tells how the groups of four lie. */
export function base64Around(text: string, at: number, { text: { length }, shift }: Spelt): Run {
  const from = edge(text, at, -1, BEFORE, isBase64)
  const to = edge(text, at + length, 1, LONGEST, isBase64)
  if ((to - from) * 0.75 < SHORTEST_KEY) return { from, to, bytes: NOTHING }
  const before = text.slice(from, at).replace(/\s+/g, '')
  const loose = (before.length + 4 - [0, 2, 3][shift]!) % 4
  return { from, to, bytes: Buffer.from(before.slice(loose) + text.slice(at, to), 'base64') }
}

/** The percent-encoded text around a place. */
export function percentAround(text: string, at: number): Run {
  const from = edge(text, at, -1, BEFORE, isUrl)
  const to = edge(text, at, 1, LONGEST, isUrl)
  const bytes = Buffer.allocUnsafe(to - from)
  let length = 0
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index)
    const byte = code === PERCENT && index + 2 < to ? 16 * hexDigit(text, index + 1) + hexDigit(text, index + 2) : Number.NaN
    if (byte >= 0) index += 2
    bytes[length++] = byte >= 0 ? byte : code
  }
  return { from, to, bytes: length < SHORTEST_KEY ? NOTHING : bytes.subarray(0, length) }
}

/** Its value, or NaN. */
function hexDigit(text: string, index: number): number {
  const code = text.charCodeAt(index) | 32
  return code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : Number.NaN
}

function edge(text: string, at: number, step: 1 | -1, most: number, belongs: (text: string, index: number) => boolean): number {
  let index = step === 1 ? at : at - 1
  for (let left = most; left > 0 && index >= 0 && index < text.length && belongs(text, index); left--) index += step
  return step === 1 ? index : index + 1
}

/** Both alphabets, padding, and line breaks: tools wrap at 64 or 76 columns. What is decoded too much is noise to the rules. */
function isBase64(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return isDigitOrLetter(code) || code === 43 || code === 47 || code === 45 || code === 95 || code === 61 || code === 10 || code === 13
}

function isUrl(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return isDigitOrLetter(code) || code === PERCENT || code === 45 || code === 46 || code === 95 || code === 126
}

function isDigitOrLetter(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}
