/** The rules over one stretch of bytes: the prefilter decides where to look, a rule's expression what stands there, chance whether it counts. */
import { looksMadeUp } from './chance.ts'
import { fileKindOf, type FileKind } from './file-kind.ts'
import { lineAround } from './lines.ts'
import { prefilterOf } from './prefilter.ts'
import type { KeyRule, TextRule } from './rule.ts'
import { base64Around, percentAround, disguisesOf, type Run, type Spelling, type Spelt } from './spellings.ts'

/** Something a rule found, by offsets in the text. */
export interface Found {
  readonly rule: TextRule
  readonly from: number
  readonly to: number
  readonly key: string | null
}

export interface Judgement {
  readonly found: readonly Found[]
  /** Encoded stretches that hold an anchor: to be looked through in their turn. */
  readonly runs: readonly (Run & { readonly spelling: Spelling })[]
  /** Whether the mark of the review stands in it. */
  readonly marked: boolean
  /** The text of the bytes, one character per byte; empty where nothing was found, since nothing was decoded then. */
  readonly text: string
}

/** Looks at anchors that begin in `from` ≤ at < `to`; what they belong to may reach as far as the bytes do. */
export type Judge = (bytes: Buffer, from: number, to: number, matter: Matter) => Judgement

/** What texts unfolded from one file have in common. */
export interface Matter {
  readonly path: string
  /** What was judged by chance already: what stands in a file once often stands in it a thousand times. */
  readonly madeUp: Map<string, boolean>
}

/** How far a rule of lines looks behind an anchor and ahead of it: longer lines are code made by machines. */
const LINE_REACH = { behind: 512, ahead: 1_536 } as const
/** What must be in sight ahead of an anchor: one that has less is looked at anew. The longer the reach beyond it, the less is read twice. */
const LINE_SIGHT = 256
const COMMENT = /^\s*(?:\/\/|#(?!!)|\*|\/\*|<!--|--\s|;)/

interface Anchor extends Spelt {
  readonly rules: readonly TextRule[]
}

/** Gzip, and gzip that was put into base64 twice, as Helm keeps its releases. */
const ARCHIVES = ['\x1f\x8b\x08', 'H4sI'].flatMap((inner) => inDisguise(inner, ['base64']))

function anchorsOf(rules: readonly TextRule[], mark: string | null): readonly Anchor[] {
  const plain = [...new Set(rules.flatMap((rule) => rule.anchors))].map((text) => plainAnchor(text, rules))
  // A name in disguise is nobody's habit; a key in disguise is one.
  const keys = rules.filter((rule) => rule.finds === 'key')
  const disguised = [...new Set(keys.flatMap((rule) => rule.disguised ?? rule.anchors))].flatMap((inner) => inDisguise(inner, ['base64', 'percent']))
  return [...plain, ...disguised, ...ARCHIVES, ...(mark === null ? [] : [plainAnchor(mark, [])])]
}

function plainAnchor(text: string, rules: readonly TextRule[]): Anchor {
  return { text, spelling: 'plain', shift: 0, rules: rules.filter((rule) => rule.anchors.includes(text)) }
}

function inDisguise(inner: string, spellings: readonly Spelling[]): readonly Anchor[] {
  return disguisesOf(inner).flatMap((spelt) => (spellings.includes(spelt.spelling) ? [{ ...spelt, rules: [] }] : []))
}

/** A judge by these rules. `mark` is a text that a review wants to be told of. */
export function judgeBy(rules: readonly TextRule[], mark: string | null): Judge {
  const anchors = anchorsOf(rules, mark)
  const prefilter = prefilterOf(anchors.map(({ text }) => text))
  return (bytes, from, to, matter) => {
    const hearing = new Hearing(bytes, matter)
    prefilter.find(bytes, from, to, (at, which) => hearing.meet(at, anchors[which] as Anchor))
    return hearing.close(mark)
  }
}

interface Line {
  readonly at: number
  readonly from: number
  readonly text: string
  readonly comment: boolean
}

/** One stretch of bytes while it is judged. */
class Hearing {
  readonly #bytes: Buffer
  readonly #matter: Matter
  readonly #found: Found[] = []
  readonly #runs: Judgement['runs'][number][] = []
  readonly #lineDone = new Map<TextRule, number>()
  /** Behind the last thing each rule of lines has found: stretches of one line overlap. */
  readonly #lineFound = new Map<TextRule, number>()
  readonly #runDone: Record<Spelling, number> = { plain: 0, base64: 0, percent: 0 }
  #line: Line | null = null
  #text: string | null = null
  #marks = 0
  #kind: FileKind | null = null

  constructor(bytes: Buffer, matter: Matter) {
    this.#bytes = bytes
    this.#matter = matter
  }

  meet(at: number, anchor: Anchor): void {
    this.#text ??= this.#bytes.toString('latin1')
    if (anchor.spelling !== 'plain') return this.#unfold(this.#text, at, anchor)
    if (anchor.rules.length === 0) this.#marks++
    for (const rule of anchor.rules) {
      if (rule.finds === 'key') this.#tryKey(this.#text, at, rule)
      else if (rule.finds === 'named-key' || rule.where.includes((this.#kind ??= fileKindOf(this.#matter.path)))) this.#tryLine(this.#text, at, rule)
    }
  }

  close(mark: string | null): Judgement {
    const found = withoutNamesakes(this.#found.toSorted((left, right) => left.from - right.from))
    return { found, runs: this.#runs, marked: mark !== null && this.#marks > 0, text: this.#text ?? '' }
  }

  /** Anchors inside a stretch that was decoded already are part of it. */
  #unfold(text: string, at: number, anchor: Anchor): void {
    const { spelling } = anchor
    if (at < this.#runDone[spelling]) return
    const run = spelling === 'base64' ? base64Around(text, at, anchor) : percentAround(text, at)
    this.#runDone[spelling] = run.to
    if (run.bytes.length > 0) this.#runs.push({ ...run, spelling })
  }

  #tryKey(text: string, at: number, rule: KeyRule): void {
    const from = at - rule.offset
    if (from < 0) return
    rule.pattern.lastIndex = from
    const [key] = rule.pattern.exec(text) ?? []
    if (key === undefined || this.#madeUp(key.slice(rule.bodyFrom), rule.entropy)) return
    this.#found.push({ rule, from, to: from + key.length, key })
  }

  #madeUp(body: string, entropy: number): boolean {
    const { madeUp } = this.#matter
    const what = `${entropy} ${body}`
    const known = madeUp.get(what)
    if (known !== undefined) return known
    const judged = looksMadeUp(body, entropy)
    madeUp.set(what, judged)
    return judged
  }

  #tryLine(text: string, at: number, rule: Exclude<TextRule, KeyRule>): void {
    if (at < (this.#lineDone.get(rule) ?? 0)) return
    const line = this.#lineAt(text, at)
    this.#lineDone.set(rule, Math.min(line.from + line.text.length, at + LINE_REACH.ahead - LINE_SIGHT))
    if (rule.finds === 'practice' && line.comment) return
    // Not `matchAll`: that makes a new expression for every line.
    rule.pattern.lastIndex = 0
    for (let match = rule.pattern.exec(line.text); match !== null; match = rule.pattern.exec(line.text)) this.#takeMatch(match, line.from, rule)
  }

  #takeMatch(match: RegExpExecArray, lineFrom: number, rule: Exclude<TextRule, KeyRule>): void {
    const key = rule.finds === 'named-key' ? (match.groups?.['key'] ?? '') : null
    if (key !== null && this.#madeUp(key, rule.finds === 'named-key' ? rule.entropy : 0)) return
    const from = lineFrom + match.index + (key === null ? 0 : match[0].lastIndexOf(key))
    if (from < (this.#lineFound.get(rule) ?? 0)) return
    this.#lineFound.set(rule, from + 1)
    this.#found.push({ rule, from, to: from + (key ?? match[0]).length, key })
  }

  /** Several rules ask for the line around one anchor. */
  #lineAt(text: string, at: number): Line {
    if (this.#line?.at !== at) {
      const line = lineAround(text, at, LINE_REACH)
      this.#line = { ...line, at, comment: COMMENT.test(line.text) }
    }
    return this.#line
  }
}

/** What is known by its form needs no name: a rule of names yields where one of forms has found the same. In order of place. */
function withoutNamesakes(found: readonly Found[]): readonly Found[] {
  const formed = found.filter(({ rule }) => rule.finds === 'key')
  let next = 0
  return found.filter(({ rule, from, to }) => {
    if (rule.finds !== 'named-key') return true
    while (next < formed.length && (formed[next] as Found).to <= from) next++
    const other = formed[next]
    return other === undefined || other.from >= to
  })
}
