/**
 * Reads the text of a `.env` file as the `dotenv` package does, and says where every value stands.
 *
 * The grammar is that of dotenv 15 to 17: its one published expression, walked by hand so that the time stays linear in
 * the text, and so that blank lines by the thousand cannot stall it. A differential test holds the two together.
 */
export type Quote = '"' | "'" | '`'

export interface Entry {
  readonly name: string
  /** What a program gets. */
  readonly value: string
  readonly exported: boolean
  readonly quote: Quote | null
  /** The stretch that holds the value, without quotes and without blanks around it. */
  readonly from: number
  readonly to: number
}

interface Stretch {
  readonly quote: Quote | null
  readonly from: number
  readonly to: number
  /** What stands before quotes are taken off decides about escapes. */
  readonly escapes: boolean
}

const isSpace = (char: string | undefined): boolean => char !== undefined && /\s/.test(char)
const isNameChar = (char: string | undefined): boolean => char !== undefined && /[\w.-]/.test(char)
const endsLine = (char: string | undefined): boolean => char === '\n' || char === '\r' || char === '\u2028' || char === '\u2029'
const isQuote = (char: string | undefined): char is Quote => char === '"' || char === "'" || char === '`'

function skip(text: string, at: number, accepts: (char: string | undefined) => boolean): number {
  let end = at
  while (end < text.length && accepts(text[end])) end += 1
  return end
}

/** Every assignment in the text, in order. A name may occur more than once: the last one is what a program gets. */
export function scan(text: string): readonly Entry[] {
  const entries: Entry[] = []
  let at = 0
  while (at < text.length) {
    const start = skip(text, at, isSpace)
    const entry = entryAt(text, start)
    if (entry !== null) entries.push(entry)
    const end = entry === null ? start : entry.to + (entry.quote === null ? 0 : 1)
    at = skip(text, end, (char) => !endsLine(char)) + 1
  }
  return entries
}

function entryAt(text: string, start: number): Entry | null {
  const exported = text.startsWith('export', start) && isSpace(text[start + 6]) ? skip(text, start + 6, isSpace) : null
  for (const nameAt of exported === null ? [start] : [exported, start]) {
    const nameEnd = skip(text, nameAt, isNameChar)
    const valueAt = nameEnd === nameAt ? null : afterSign(text, nameEnd)
    if (valueAt === null) continue
    const stretch = quotedAt(text, valueAt) ?? bareAt(text, valueAt)
    const name = text.slice(nameAt, nameEnd)
    return { name, value: valueOf(text, stretch), exported: nameAt === exported, quote: stretch.quote, from: stretch.from, to: stretch.to }
  }
  return null
}

/** Past `=` (blanks and even line ends may stand before it), or past `:` and one blank. */
function afterSign(text: string, nameEnd: number): number | null {
  const sign = skip(text, nameEnd, isSpace)
  if (text[sign] === '=') return sign + 1
  if (text[nameEnd] !== ':' || !isSpace(text[nameEnd + 1])) return null
  return nameEnd + (text.startsWith('\r\n', nameEnd + 1) ? 3 : 2)
}

/** A quoted value may begin on a later line and run over many; after its closing quote only blanks and a comment may follow. */
function quotedAt(text: string, valueAt: number): Stretch | null {
  const open = skip(text, valueAt, isSpace)
  const quote = text[open]
  if (!isQuote(quote)) return null
  const escaped: number[] = []
  let at = open + 1
  while (at < text.length && text[at] !== quote) {
    const pair = text[at] === '\\' && text[at + 1] === quote
    if (pair) escaped.push(at + 1)
    at += pair ? 2 : 1
  }
  // an escaped quote still closes the value where nothing better does: the last such one wins
  const candidates = at < text.length ? [at, ...escaped.toReversed()] : escaped.toReversed()
  const close = candidates.find((candidate) => nothingFollows(text, candidate + 1))
  return close === undefined ? null : { quote, from: open + 1, to: close, escapes: quote === '"' }
}

function nothingFollows(text: string, at: number): boolean {
  const end = skip(text, at, (char) => isSpace(char) && !endsLine(char))
  return end === text.length || endsLine(text[end]) || text[end] === '#'
}

function bareAt(text: string, valueAt: number): Stretch {
  const end = skip(text, valueAt, (char) => char !== '#' && char !== '\r' && char !== '\n')
  const raw = text.slice(valueAt, end)
  const value = raw.trim()
  const from = value === '' ? valueAt : valueAt + raw.indexOf(value)
  const to = from + value.length
  const first = value[0]
  if (isQuote(first) && value.length > 1 && value.endsWith(first)) return { quote: first, from: from + 1, to: to - 1, escapes: first === '"' }
  return { quote: null, from, to, escapes: first === '"' }
}

function valueOf(text: string, stretch: Stretch): string {
  const value = text.slice(stretch.from, stretch.to).replace(/\r\n?/g, '\n')
  return stretch.escapes ? value.replaceAll(String.raw`\n`, '\n').replaceAll(String.raw`\r`, '\r') : value
}
