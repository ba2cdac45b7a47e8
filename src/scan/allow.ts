/**
 * `keyrot:allow <reason>` beside what was found: a person looked at it and says why it may stay. It holds for its own line; alone on a
 * line, as a comment, for the next one. Without a reason it holds for nothing, and where nothing was found it is told as stale.
 */
import { hitOf, withParts, type Hit } from '../domain/hit.ts'
import { Lines } from './lines.ts'
import type { Review } from './piece.ts'

const MARK = 'keyrot:allow'

interface Allowance {
  readonly line: number
  readonly column: number
  /** `null` = none was given. */
  readonly reason: string | null
  /** Behind the sign of a comment: meant as an allowance, not as a word in a text about them. */
  readonly meant: boolean
  /** Nothing but the comment is on the line. */
  readonly alone: boolean
}

/** Marks hits as allowed, and adds those of allowances that are stale or lack a reason. */
export const allowances: Review = {
  mark: MARK,
  review({ path, commit, author, when }, latin1, firstLine, hits) {
    const found = allowancesIn(latin1, firstLine)
    const hitLines = new Set(hits.map(({ at }) => at.line))
    const linesOf = (each: Allowance): readonly number[] => (each.alone && !hitLines.has(each.line) ? [each.line, each.line + 1] : [each.line])
    const reasons = new Map(found.toReversed().flatMap((each) => (each.reason === null ? [] : linesOf(each).map((line) => [line, each.reason] as const))))
    const judged = hits.map((hit) => {
      const reason = reasons.get(hit.at.line) ?? null
      return reason === null ? hit : withParts(hit, { allowed: reason })
    })
    const wrong = found.filter((each) => each.meant && (each.reason === null || !linesOf(each).some((line) => hitLines.has(line))))
    const origin = { ...(commit === undefined ? {} : { commit }), ...(author === undefined ? {} : { author }), ...(when === undefined ? {} : { when }) }
    return [...judged, ...wrong.map((each) => told(each, { path, line: each.line, column: each.column, ...origin }))]
  },
}

function told({ reason }: Allowance, at: Hit['at']): Hit {
  return reason === null
    ? hitOf({ rule: 'allow-without-reason', severity: 'warning', at, what: `${MARK} without a reason allows nothing`, key: null })
    : hitOf({ rule: 'allow-stale', severity: 'warning', at, what: `${MARK} where nothing is found any more`, key: null })
}

/** How much of a line is looked at on either side of the mark: the sign of a comment before it, the reason behind it. */
const LOOKED_AT = 240
const COMMENT = /(?:^|[ \t])(?:#|\/\/|\/\*|\*|--|<!--|;|%|rem)[ \t]*$/i
const ENDS = /[ \t]*(?:\*\/|-->)?[ \t\r]*$/

/** The mark is a word of its own. */
const ENDS_WORD = /^[ \t\r\n]?$/

function allowancesIn(text: string, firstLine: number): readonly Allowance[] {
  const found: Allowance[] = []
  const lines = new Lines(text, { line: firstLine, column: 1 })
  for (let at = text.indexOf(MARK), next = at; at !== -1; at = text.indexOf(MARK, next)) {
    next = at + MARK.length
    if (!ENDS_WORD.test(text.charAt(next))) continue
    const before = text.slice(Math.max(0, at - LOOKED_AT), at).replace(/^[^]*\n/, '')
    const after = restOf(text, next)
    // No placeholder as in this sentence: `keyrot:allow <reason>`.
    if (/^[ \t]*[<…]/.test(after)) continue
    found.push({ ...lines.spotOf(at), ...wordsOf(before, after) })
    // One per line: what follows belongs to its reason.
    next = lines.lineEnd()
  }
  return found
}

/** The rest of the line, or as many whole words as lie within reach: half a key is no word. */
function restOf(text: string, from: number): string {
  const near = text.slice(from, from + LOOKED_AT)
  const end = near.indexOf('\n')
  if (end !== -1) return near.slice(0, end)
  return from + LOOKED_AT < text.length ? near.slice(0, Math.max(near.lastIndexOf(' '), near.lastIndexOf('\t')) + 1) : near
}

function wordsOf(before: string, after: string): Pick<Allowance, 'reason' | 'meant' | 'alone'> {
  const meant = COMMENT.test(before)
  return { reason: reasonOf(after.replace(ENDS, '')), meant, alone: meant && /^[ \t]*\S{1,4}[ \t]*$/.test(before) }
}

/** A reason is shown, and stands beside a key: whatever is long enough to be one is left out. */
function reasonOf(after: string): string | null {
  const words = Buffer.from(after, 'latin1')
    .toString()
    .trim()
    .replaceAll(/\S{20,}/g, '…')
    .slice(0, LONGEST)
  return /\p{L}/u.test(words) ? words : null
}

const LONGEST = 120
