/**
 * Where in a secret's text the key stands: the whole of a plain string, or one field of a JSON object. Everything around it is carried
 * over byte for byte: order, blanks, spelling of numbers and escapes, fields that occur twice.
 *
 * Pure. The text is never written anew from parsed JSON; only the span of the one value is.
 */
import { refused } from './aws-secrets-manager-errors.ts'

export interface Spot {
  /** The key there, or `null` where there is none: no field, an empty text, or JSON's null. Refuses a text it could not edit. */
  read(text: string): string | null
  /** The text with this key there; `null` takes it away. The same text where nothing is to do. */
  put(text: string, value: string | null): string
  /** The text around the key. Two texts with one frame differ in the key alone. */
  frame(text: string): string
  /** The text of a secret that had none yet. */
  fresh(value: string): string
}

/** A plain string. Blanks and line ends around the key belong to the frame: a file that was uploaded often ends with one. */
export function wholeText(name: string): Spot {
  const spanIn = (text: string): Span => {
    if (isJsonObject(text)) throw refused('KR_AWS_FIELD_WANTED', name, 'holds a JSON object', 'name the field that holds the key: `field`')
    const key = text.trim()
    const from = text.indexOf(key)
    return { from, to: from + key.length }
  }
  return {
    read: (text) => between(text, spanIn(text)) || null,
    put: (text, value) => replaced(text, spanIn(text), value ?? ''),
    frame: (text) => replaced(text, spanIn(text), ''),
    fresh: (value) => value,
  }
}

/** One field of a JSON object. */
export function jsonField(name: string, field: string): Spot {
  const find = (text: string): { readonly members: readonly Member[]; readonly at: number } => {
    if (!isJsonObject(text)) throw refused('KR_AWS_NOT_JSON', name, 'does not hold a JSON object', 'leave `field` out if the whole secret is the key')
    const members = membersOf(text)
    const places = members.flatMap((member, at) => (member.name === field ? [at] : []))
    if (places.length > 1) throw refused('KR_AWS_FIELD_TWICE', name, `holds the field ${shown(field)} more than once: programs differ in which they read`)
    return { members, at: places[0] ?? -1 }
  }
  const read = (text: string): string | null => {
    const { members, at } = find(text)
    const member = members[at]
    const value: unknown = member === undefined ? null : JSON.parse(between(text, member.value))
    if (value === null || value === '') return null
    if (typeof value !== 'string') throw refused('KR_AWS_FIELD_NOT_TEXT', name, `holds something other than text in the field ${shown(field)}`)
    return value
  }
  return {
    read,
    put: (text, value) => {
      if (read(text) === value) return text
      const { members, at } = find(text)
      if (value === null) return without(text, members, at)
      const member = members[at]
      return member === undefined ? withNew(text, members, field, value) : replaced(text, member.value, JSON.stringify(value))
    },
    frame: (text) => {
      const { members, at } = find(text)
      const member = members[at]
      return member === undefined ? text : replaced(text, member.value, '')
    },
    fresh: (value) => `{${JSON.stringify(field)}:${JSON.stringify(value)}}`,
  }
}

interface Span {
  readonly from: number
  readonly to: number
}

interface Member {
  readonly name: string
  readonly key: Span
  readonly value: Span
}

const between = (text: string, { from, to }: Span): string => text.slice(from, to)
const replaced = (text: string, { from, to }: Span, by: string): string => text.slice(0, from) + by + text.slice(to)

/** A field's name in a message: it comes from the config, which holds no control characters. */
const shown = (field: string): string => `\`${field}\``

function isJsonObject(text: string): boolean {
  // a key is none by its first character; to throw and catch for each costs more than the rest of a look
  if (!/^[ \t\n\r]*\{/.test(text)) return false
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const BLANK = /[ \t\n\r]*/y
const SCALAR = /[^,}\] \t\n\r]+/y
const PIECE = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]|[^"{}[\]]+/y

/** The members of a JSON object in their order, by place. The text is known to be valid, so that every token is where it must be. */
function membersOf(text: string): readonly Member[] {
  const members: Member[] = []
  let at = skip(BLANK, text, text.indexOf('{') + 1)
  while (text[at] !== '}') {
    const key = { from: at, to: skip(STRING, text, at) }
    const from = skip(BLANK, text, skip(BLANK, text, key.to) + 1)
    const value = { from, to: valueEnd(text, from) }
    members.push({ name: JSON.parse(between(text, key)) as string, key, value })
    at = skip(BLANK, text, value.to)
    if (text[at] === ',') at = skip(BLANK, text, at + 1)
  }
  return members
}

function valueEnd(text: string, from: number): number {
  if (text[from] === '"') return skip(STRING, text, from)
  if (text[from] !== '{' && text[from] !== '[') return skip(SCALAR, text, from)
  let depth = 0
  let at = from
  do {
    const piece = text[at]
    if (piece === '{' || piece === '[') depth += 1
    if (piece === '}' || piece === ']') depth -= 1
    at = skip(PIECE, text, at)
  } while (depth > 0)
  return at
}

/** Where the match that begins here ends. */
function skip(token: RegExp, text: string, at: number): number {
  token.lastIndex = at
  return token.test(text) ? token.lastIndex : at
}

/** A new field goes last and is written as the one before it: same line break and indent, same blanks around the colon. */
function withNew(text: string, members: readonly Member[], field: string, value: string): string {
  const last = members.at(-1)
  if (last === undefined) {
    const at = text.indexOf('{') + 1
    return `${text.slice(0, at)}${JSON.stringify(field)}:${JSON.stringify(value)}${text.slice(at)}`
  }
  const lead = /[,{]([ \t\n\r]*)$/.exec(text.slice(0, last.key.from))?.[1] ?? ''
  const colon = text.slice(last.key.to, last.value.from)
  return `${text.slice(0, last.value.to)},${lead}${JSON.stringify(field)}${colon}${JSON.stringify(value)}${text.slice(last.value.to)}`
}

/** Takes a field out, with the comma before it where it is the last, else with the one behind it: undoes `withNew` exactly. */
function without(text: string, members: readonly Member[], at: number): string {
  const [before, own, after] = [members[at - 1], members[at], members[at + 1]]
  if (own === undefined) return text
  if (after !== undefined) return replaced(text, { from: own.key.from, to: after.key.from }, '')
  return replaced(text, { from: before === undefined ? own.key.from : before.value.to, to: own.value.to }, '')
}
