/** Looking through pieces: unfold, judge, and say where. The one way from bytes to hits, for every source. */
import { hitOf, type Hit, type Place } from '../domain/hit.ts'
import { Secret } from '../domain/secret.ts'
import { allowances } from './allow.ts'
import { fileKindOf, whereWords } from './file-kind.ts'
import { judgeBy, type Found, type Judge, type Judgement, type Matter } from './judge.ts'
import { BEGINNING, Lines, type Spot } from './lines.ts'
import type { Inspect, Piece, Review } from './piece.ts'
import type { TextRule } from './rule.ts'
import { TEXT_RULES } from './rules/rules.ts'
import { LARGEST_UNFOLDED, unfold } from './unfold.ts'

/** Base64 of a gzip of base64: more wrapping than this is nobody's accident. */
const DEEPEST = 4

/** A piece without its bytes. */
export type Where = Omit<Piece, 'bytes'>

/** A text as it is looked through: perhaps a part of a longer one, perhaps unfolded from something. */
export interface Text {
  readonly bytes: Buffer
  readonly inside: readonly string[]
  /** No text: places are offsets on one line. */
  readonly binary: boolean
  /** Where its first byte stands. */
  readonly start: Spot
  /** Where all of it stands, for what was encoded: there where its encoded form does. */
  readonly at?: () => Spot
}

export interface Inspector {
  readonly inspect: Inspect
  /** The part of a text whose anchors begin in `from` ≤ at < `to`; what they belong to may reach as far as the bytes do. */
  readonly part: (text: Text, from: number, to: number, where: Where) => readonly Hit[]
}

/** An inspector by the shipped rules, or by others. It keeps nothing of what it has seen. */
export function inspectorWith(review: Review | null = allowances, rules: readonly TextRule[] = TEXT_RULES): Inspector {
  const looker = new Looker(judgeBy(rules, review?.mark ?? null), review)
  return {
    inspect: (piece) => looker.layers(piece.bytes, [], visitTo(piece), 0),
    part: (text, from, to, where) => looker.text(text, from, to, visitTo(where), 0),
  }
}

/** What is the same for all that a piece unfolds to. */
interface Visit extends Matter {
  readonly where: Where
  /** What every place in it ends with. */
  readonly origin: Partial<Place>
  /** What kind of file it is, in words behind a rule's title. */
  readonly context: () => string | null
  /** One key that stands in many places is one `Secret`, digested once. */
  readonly secrets: Map<string, { readonly secret: Secret; places: number }>
  /** Each place may be allowed by itself. */
  isMarked: boolean
}

/** Of one key in one piece so many places are told: a dump may hold it ten thousand times. */
export const MOST_PLACES = 1_000

function visitTo(where: Where): Visit {
  const { path, commit, author, when } = where
  const origin = commit === undefined ? {} : { commit, ...(author === undefined ? {} : { author }), ...(when === undefined ? {} : { when }) }
  let context: string | null | undefined
  const words = (): string | null => (context === undefined ? (context = whereWords(fileKindOf(path))) : context)
  return { where, path, origin, context: words, secrets: new Map(), isMarked: false, madeUp: new Map() }
}

class Looker {
  readonly #judge: Judge
  readonly #review: Review | null

  constructor(judge: Judge, review: Review | null) {
    this.#judge = judge
    this.#review = review
  }

  layers(bytes: Buffer, inside: readonly string[], visit: Visit, depth: number, at?: () => Spot): readonly Hit[] {
    // What is encoded within a file is no file of its kind.
    const { layers, tooLarge } = unfold(bytes, depth === 0 ? visit.path : '')
    const hits = layers.flatMap((layer) =>
      this.text({ ...layer, inside: [...inside, ...layer.inside], start: BEGINNING, ...(at && { at }) }, 0, layer.bytes.length, visit, depth),
    )
    return tooLarge ? [...hits, unread(visit, inside, at?.() ?? BEGINNING)] : distinct(hits)
  }

  text(text: Text, from: number, to: number, visit: Visit, depth: number): readonly Hit[] {
    const judged = this.#judge(text.bytes, from, to, visit)
    if (judged.found.length === 0 && judged.runs.length === 0 && !judged.marked) return []
    visit.isMarked ||= judged.marked && depth === 0
    const hits = inOrder(judged, text, (spot, each) => ('rule' in each ? hitFrom(each, text, visit, spot) : this.#run(each, text, visit, spot, depth)))
    return this.#review !== null && judged.marked && depth === 0 ? this.#review.review(visit.where, judged.text, text.start.line, hits) : hits
  }

  #run(run: Judgement['runs'][number], text: Text, visit: Visit, spot: () => Spot, depth: number): readonly Hit[] {
    return depth >= DEEPEST ? [] : this.layers(run.bytes, [...text.inside, run.spelling], visit, depth + 1, spot)
  }
}

/** A place is counted out only where something is told. */
function inOrder(judged: Judgement, text: Text, tell: (spot: () => Spot, each: Found | Judgement['runs'][number]) => readonly Hit[]): readonly Hit[] {
  const lines = new Lines(judged.text, text.start)
  const spotOf = (at: number): Spot => (text.at !== undefined ? text.at() : text.binary ? { line: 1, column: text.start.column + at } : lines.spotOf(at))
  return [...judged.found, ...judged.runs].toSorted((left, right) => left.from - right.from).flatMap((each) => tell(() => spotOf(each.from), each))
}

function hitFrom({ rule, key }: Found, { inside }: Text, visit: Visit, spot: () => Spot): readonly Hit[] {
  const known = key === null ? null : secretOf(key, visit)
  if (known !== null && ++known.places > MOST_PLACES && !visit.isMarked) return []
  const context = rule.finds === 'practice' ? null : visit.context()
  const what = context === null ? rule.title : `${rule.title} ${context}`
  const last = known?.places === MOST_PLACES && !visit.isMarked ? ', perhaps in more places of this file' : ''
  return [hitOf({ rule: rule.id, severity: rule.severity, at: placeOf(visit, spot(), inside), what: `${what}${last}`, key: known?.secret ?? null })]
}

function secretOf(key: string, { secrets }: Visit): { readonly secret: Secret; places: number } {
  const known = secrets.get(key)
  if (known !== undefined) return known
  const met = { secret: new Secret(key), places: 0 }
  secrets.set(key, met)
  return met
}

function placeOf({ path, origin }: Visit, { line, column }: Spot, inside: readonly string[]): Place {
  return inside.length === 0 ? { path, line, column, ...origin } : { path, line, column, inside, ...origin }
}

/** The same thing seen twice, in a cell of a notebook and in the file around it, counts once: where a person would look for it. */
function distinct(hits: readonly Hit[]): readonly Hit[] {
  if (hits.length < 2) return hits
  const inCell = (hit: Hit): boolean => hit.at.inside?.some((name) => name.startsWith('cell ')) === true
  const nameOf = (hit: Hit): string => `${hit.rule} ${hit.fingerprint ?? ''}`
  const named = new Set(hits.filter(inCell).map(nameOf))
  return named.size === 0 ? hits : hits.filter((hit) => inCell(hit) || !named.has(nameOf(hit)))
}

function unread(visit: Visit, inside: readonly string[], spot: Spot): Hit {
  const what = `packed, and more than ${LARGEST_UNFOLDED >> 20} MB when unfolded: not looked through`
  return hitOf({ rule: 'not-looked-through', severity: 'info', at: placeOf(visit, spot, inside), what, key: null })
}
