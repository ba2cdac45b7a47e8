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

/** What is the same for all that a piece unfolds to. One key that stands in many places is one `Secret`, digested once. */
interface Visit extends Matter {
  readonly where: Where
  readonly secrets: Map<string, Secret>
}

const visitTo = (where: Where): Visit => ({ where, path: where.path, secrets: new Map(), madeUp: new Map() })

class Looker {
  readonly #judge: Judge
  readonly #review: Review | null

  constructor(judge: Judge, review: Review | null) {
    this.#judge = judge
    this.#review = review
  }

  layers(bytes: Buffer, inside: readonly string[], visit: Visit, depth: number): readonly Hit[] {
    // What is encoded within a file is no file of its kind.
    const { layers, tooLarge } = unfold(bytes, depth === 0 ? visit.path : '')
    const hits = layers.flatMap((layer) => this.text({ ...layer, inside: [...inside, ...layer.inside], start: BEGINNING }, 0, layer.bytes.length, visit, depth))
    return tooLarge ? [...hits, unread(visit.where, inside)] : distinct(hits)
  }

  text(text: Text, from: number, to: number, visit: Visit, depth: number): readonly Hit[] {
    const judged = this.#judge(text.bytes, from, to, visit)
    if (judged.found.length === 0 && judged.runs.length === 0 && !judged.marked) return []
    const hits = inOrder(judged, text, (spot, each) => ('rule' in each ? [hitFrom(each, text, visit, spot())] : this.#run(each, text, visit, spot, depth)))
    return this.#review !== null && judged.marked && depth === 0 ? this.#review.review(visit.where, judged.text, text.start.line, hits) : hits
  }

  /** What was encoded stands where its encoded form does. */
  #run(run: Judgement['runs'][number], text: Text, visit: Visit, spot: () => Spot, depth: number): readonly Hit[] {
    if (depth >= DEEPEST) return []
    const hits = this.layers(run.bytes, [...text.inside, run.spelling], visit, depth + 1)
    return hits.length === 0 ? hits : hits.map((hit) => hitOf({ ...hit, key: hit.key, at: { ...hit.at, ...spot() } }))
  }
}

/** A place is counted out only where something is told. */
function inOrder(judged: Judgement, text: Text, tell: (spot: () => Spot, each: Found | Judgement['runs'][number]) => readonly Hit[]): readonly Hit[] {
  const lines = new Lines(judged.text, text.start)
  const spotOf = (at: number): Spot => (text.binary ? { line: 1, column: text.start.column + at } : lines.spotOf(at))
  return [...judged.found, ...judged.runs].toSorted((left, right) => left.from - right.from).flatMap((each) => tell(() => spotOf(each.from), each))
}

function hitFrom({ rule, key }: Found, { inside }: Text, { where, secrets }: Visit, spot: Spot): Hit {
  const context = rule.finds === 'practice' ? null : whereWords(fileKindOf(where.path))
  const what = context === null ? rule.title : `${rule.title} ${context}`
  const secret = key === null ? null : (secrets.get(key) ?? new Secret(key))
  if (key !== null && secret !== null) secrets.set(key, secret)
  return hitOf({ rule: rule.id, severity: rule.severity, at: placeOf(where, spot, inside), what, key: secret })
}

function placeOf({ path, commit, author, when }: Where, { line, column }: Spot, inside: readonly string[]): Place {
  const origin = commit === undefined ? {} : { commit, ...(author === undefined ? {} : { author }), ...(when === undefined ? {} : { when }) }
  return { path, line, column, ...(inside.length === 0 ? {} : { inside }), ...origin }
}

/** The same thing seen twice, in a cell of a notebook and in the file around it, counts once: where a person would look for it. */
function distinct(hits: readonly Hit[]): readonly Hit[] {
  const inCell = (hit: Hit): boolean => hit.at.inside?.some((name) => name.startsWith('cell ')) === true
  const nameOf = (hit: Hit): string => `${hit.rule} ${hit.fingerprint ?? ''}`
  const named = new Set(hits.filter(inCell).map(nameOf))
  return named.size === 0 ? hits : hits.filter((hit) => inCell(hit) || !named.has(nameOf(hit)))
}

function unread(where: Where, inside: readonly string[]): Hit {
  const what = `packed, and more than ${LARGEST_UNFOLDED >> 20} MB when unfolded: not looked through`
  return hitOf({ rule: 'not-looked-through', severity: 'info', at: placeOf(where, BEGINNING, inside), what, key: null })
}
