/**
 * Sets variables in the text of a `.env` file and leaves every other character as it was.
 *
 * Pure. What may surprise, and why:
 * - The last line of a name is what programs get. Earlier lines holding *the same* value are changed with it, so that a
 *   loader that takes the first line never keeps a key that is about to die; earlier lines holding another value are
 *   someone else's and stay.
 * - Clearing takes the whole line away where it stands as keyrot writes lines; a line with quotes, blanks or a comment is
 *   someone's own and only loses its value, and so does one below which an older value would come to light.
 */
import { KeyrotError } from '../../domain/errors.ts'
import { scan, type Entry } from './dotenv-scan.ts'

export interface Change {
  readonly name: string
  /** `null` clears. */
  readonly value: string | null
  /** A new line goes below the effective line of this name; else to the end of the text. */
  readonly below?: string
}

/** What a program that loads this text gets; `null` where the name is missing or empty. */
export function readVariable(text: string, name: string): string | null {
  return scan(text).findLast((entry) => entry.name === name)?.value || null
}

/** Whether an earlier line of the name holds something else than the last: loaders that take the first line differ then. */
export function hasRivalLine(text: string, name: string): boolean {
  const values = scan(text).filter((entry) => entry.name === name && entry.value !== '')
  return values.some((entry) => entry.value !== values.at(-1)?.value)
}

/**
 * The text with all changes made, or the same text where nothing was to do. Refuses (`KR_DOTENV_UNCLEAR`) rather than
 * give back a text from which a program would read anything but what was wanted, or another value of any other name.
 */
export function editVariables(text: string, changes: readonly Change[]): string {
  const edited = changes.reduce(applyChange, text)
  const names = new Set(changes.map((change) => change.name))
  const asWanted = changes.every((change) => readVariable(edited, change.name) === change.value)
  if (asWanted && foreign(edited, names) === foreign(text, names)) return edited
  throw new KeyrotError({
    code: 'KR_DOTENV_UNCLEAR',
    kind: 'refused',
    message: 'setting the variable would change how another line of the file is read',
    hints: ['look for a name followed by a colon, or for an unclosed quote, near the variable or at the end of the file'],
  })
}

function foreign(text: string, names: ReadonlySet<string>): string {
  const others = scan(text).filter((entry) => !names.has(entry.name))
  return JSON.stringify(others.map((entry) => [entry.name, entry.value]))
}

function applyChange(text: string, change: Change): string {
  const lines = scan(text).filter((entry) => entry.name === change.name)
  const last = lines.at(-1)
  if ((last?.value || null) === change.value) return text
  if (last === undefined) return insertLine(text, change)
  const same = last.value === '' ? [last] : lines.filter((entry) => entry.value === last.value)
  const takeAway = change.value === null && same.length === lines.length && same.every((entry) => isOwnForm(text, entry))
  // from the end, so that the places of the earlier ones still hold
  return same.toReversed().reduce((now, entry) => (takeAway ? removeLine(now, entry) : replaceValue(now, entry, change.value ?? '')), text)
}

function replaceValue(text: string, entry: Entry, value: string): string {
  return text.slice(0, entry.from) + value + text.slice(entry.to)
}

/** Exactly the form in which keyrot writes a new line: nothing on it but the assignment. */
function isOwnForm(text: string, entry: Entry): boolean {
  const [from, to] = lineAround(text, entry)
  const assignment = `${entry.name}=${entry.value}`
  return [assignment, `export ${assignment}`].includes(text.slice(from, to))
}

/** The line on which the value begins, up to where it ends. */
function lineAround(text: string, entry: Entry): readonly [number, number] {
  const before = Math.max(text.lastIndexOf('\n', entry.from - 1), text.lastIndexOf('\r', entry.from - 1))
  return [before + 1, lineEnd(text, entry.to)]
}

function lineEnd(text: string, at: number): number {
  const offset = text.slice(at).search(/[\r\n]/)
  return offset === -1 ? text.length : at + offset
}

/** The line end that stands at this place, or an empty text. */
const breakAt = (text: string, at: number): string => /^(?:\r\n|\r|\n)/.exec(text.slice(at, at + 2))?.[0] ?? ''

const usualBreak = (text: string): string => /\r\n|\r|\n/.exec(text)?.[0] ?? '\n'

/** Takes the line end after it along, or the one before where the text ends with it: both undo `insertLine` exactly. */
function removeLine(text: string, entry: Entry): string {
  const [from, to] = lineAround(text, entry)
  const after = breakAt(text, to)
  const head = after === '' ? text.slice(0, from).replace(/(?:\r\n|\r|\n)$/, '') : text.slice(0, from)
  return head + text.slice(to + after.length)
}

function insertLine(text: string, change: Change): string {
  if (change.value === null) return text
  const line = `${change.name}=${change.value}`
  const anchor = scan(text).findLast((entry) => entry.name === change.below)
  if (anchor !== undefined) {
    const end = lineEnd(text, anchor.to)
    const ending = breakAt(text, end) || usualBreak(text)
    return text.slice(0, end) + ending + (anchor.exported ? 'export ' : '') + line + text.slice(end)
  }
  const ending = usualBreak(text)
  return text === '' || /[\r\n]$/.test(text) ? text + line + ending : text + ending + line
}
