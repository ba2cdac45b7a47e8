/**
 * Our mark in a variable's comment: `[keyrot MARKER TIME after MARKER]`, behind whatever a person wrote there. The second marker is that of
 * the key that was here before: the entry itself cannot show it any more.
 *
 * The time is Vercel's own, read right before the write. A write-only variable shows no value, so a mark is believed only while the record
 * has not been changed since: an edit at the dashboard keeps the comment, and with it a mark that no longer tells the truth.
 */
import { MINUTE, SECOND, type Ms } from '../../domain/duration.ts'

/** The longest comment that Vercel takes (specification: maxLength 500). */
export const LONGEST_COMMENT = 500

/** From the look before a write to Vercel's own date of it: a request's deadline, and as much again. */
const SLACK: Ms = MINUTE

export interface Mark {
  readonly marker: string
  /** Vercel's clock right before the write, whole seconds. */
  readonly at: Ms
  /** Whether the entry was not there before keyrot: then it may be taken away again. */
  readonly created: boolean
  readonly predecessor: string | null
}

/** Whose marks are ours. */
export interface Owner {
  readonly ns: string
  readonly credential: string
}

/** The last of our marks in a comment, or `null`. */
export function readMark(comment: string, owner: Owner): Mark | null {
  if (!comment.includes(OPENING)) return null
  const found = [...comment.matchAll(patternOf(owner))].at(-1)
  if (found === undefined) return null
  const [, marker = '', at = '', created, predecessor = null] = found
  return { marker, at: Date.parse(at), created: created !== undefined, predecessor }
}

/** The comment with this mark instead of any earlier one of ours, or `null` where it does not fit behind the person's own words, even cut short. */
export function withMark(comment: string, mark: Mark, owner: Owner): string | null {
  const own = withoutMark(comment, owner)
  const time = new Date(Math.floor(mark.at / SECOND) * SECOND).toISOString().replace('.000Z', 'Z')
  const short = `[keyrot ${mark.marker} ${time}${mark.created ? ' created' : ''}]`
  const whole = mark.predecessor === null ? short : short.replace(/\]$/, ` after ${mark.predecessor}]`)
  const fits = [whole, short].map((text) => (own === '' ? text : `${own} ${text}`)).find((text) => text.length <= LONGEST_COMMENT)
  return fits ?? null
}

/** The comment without any mark of ours: what a person wrote. */
export function withoutMark(comment: string, owner: Owner): string {
  return !comment.includes(OPENING) ? comment : comment.replaceAll(patternOf(owner), '')
}

/** Whether a comment leaves room for a mark of any length that ours have: an adopted key's carries its id. */
export function hasRoom(comment: string, owner: Owner): boolean {
  const longest = `keyrot.${owner.ns}.${owner.credential}.g999999.id.${'k'.repeat(40)}`
  return withMark(comment, { marker: longest, at: 0, created: false, predecessor: null }, owner) !== null
}

/** Whether the record was last changed by the write that left this mark, as far as dates tell. */
export function isUntouched(mark: Mark, updatedAt: Ms): boolean {
  return updatedAt >= mark.at && updatedAt - mark.at <= SLACK
}

/** Most comments bear no mark, and a pattern of one's own for each variable costs more than the rest of a look. */
const OPENING = '[keyrot '

function patternOf({ ns, credential }: Owner): RegExp {
  const marker = `(keyrot\\.${ns}\\.${credential}\\.[A-Za-z0-9_.-]{1,150})`
  return new RegExp(` ?\\[keyrot ${marker} (\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ)( created)?(?: after ${marker})?\\]`, 'g')
}
