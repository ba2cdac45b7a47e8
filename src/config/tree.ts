/**
 * Any YAML to plain data, by a tree of the file: with the place of every part, and a word for every mistake.
 *
 * Stricter than YAML: one document, no tags, no directives, keys that are plain text and occur once, no invisible
 * characters, a bound on depth and on what aliases may unfold to. The parser's own messages quote the file and are never passed on.
 */
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Document, type Node, type Pair, type YAMLMap } from 'yaml'
import { findKeys } from '../domain/patterns.ts'
import { findUnseen } from '../domain/printable.ts'
import { DEEPEST, emptyMap, isDataMap, MOST_NODES, NEVER_KEYS, type Data, type DataMap } from './data.ts'
import type { Places, Spot, Step } from './places.ts'
import { quote } from './problems.ts'
import type { Report } from './report.ts'
import { reportKeys } from './texts.ts'

const MOST_ALIASES = 100

/** Reads the whole file. What cannot be read is reported and becomes `null`; the result is `null` when nothing can be built on it. */
export function readTree(text: string, places: Places, report: Report): DataMap | null {
  const document = onlyDocument(text, report)
  if (document === null) return null
  const walk = new Walk(text, document, places, report)
  const data = walk.convert(document.contents, null, 0)
  if (walk.stopped) return null
  if (isDataMap(data)) return data
  if (report.errors.length === 0) report.errorAt(0, 'KR_CONFIG_SHAPE', 'a config is a map with the keys version, ns, providers, targets, credentials')
  return null
}

function onlyDocument(text: string, report: Report): Document.Parsed | null {
  const parsed = parseText(text)
  if (parsed === null) {
    report.errorAt(0, 'KR_CONFIG_SYNTAX', 'this is nested too deeply to be a config')
    return null
  }
  const [document, second] = parsed
  if (document === undefined) {
    report.errorAt(0, 'KR_CONFIG_EMPTY', 'the config is empty', 'run keyrot init to write one')
    return null
  }
  if (second !== undefined) report.errorAt(second.range[0], 'KR_CONFIG_SYNTAX', 'a config is one document: take out the line of three dashes')
  const { yaml, tags } = document.directives
  if (yaml.explicit === true || Object.keys(tags).length > 1) report.errorAt(0, 'KR_CONFIG_SYNTAX', 'lines that begin with % are not allowed here')
  for (const { code, pos } of document.errors.slice(0, 10)) report.errorAt(pos[0], 'KR_CONFIG_SYNTAX', SYNTAX_WORDS[code] ?? 'this is not valid YAML')
  return document.errors.length === 0 ? document : null
}

function parseText(text: string): readonly Document.Parsed[] | null {
  try {
    const parsed = parseAllDocuments(text, { version: '1.2', schema: 'core', merge: false, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
    return [...parsed]
  } catch {
    return null
  }
}

const SYNTAX_WORDS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation does not fit the lines around it',
  TAB_AS_INDENT: 'tabs cannot indent: use spaces',
  MISSING_CHAR: 'a closing character is missing: a quote, a bracket or a comma',
  BAD_ALIAS: 'this alias is not valid',
  BAD_DQ_ESCAPE: 'this escape is not valid inside double quotes: use single quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a value that spans lines cannot be a key; perhaps a colon is too many',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; perhaps a colon is missing',
  UNEXPECTED_TOKEN: 'this does not belong here',
}

/** Where a part is: in what, under which name or number, and where its key stands. */
interface Member {
  readonly around: Spot
  readonly step: Step
  readonly key?: number
}

/** One pass over the parsed nodes: the budgets are spent here. */
class Walk {
  readonly #text: string
  readonly #document: Document.Parsed
  readonly #places: Places
  readonly #report: Report
  #nodes = 0
  #aliases = 0
  /** Whether a budget ran out, or a part is not there: what was built is not the file. */
  stopped = false

  constructor(text: string, document: Document.Parsed, places: Places, report: Report) {
    this.#text = text
    this.#document = document
    this.#places = places
    this.#report = report
  }

  convert(node: unknown, member: Member | null, depth: number): Data {
    const start = offsetOf(node)
    const spot = member === null ? this.#places.begin(start) : member.around.note(member.step, start, member.key)
    if (!this.#afford(start, depth)) return null
    if (isAlias(node)) return this.#unfold(node.resolve(this.#document), start, member, depth)
    this.#refuseTag(node as Node | null, start)
    if (isMap(node)) return this.#map(node, spot, depth)
    if (isSeq(node)) return node.items.map((item, step) => this.convert(item, { around: spot, step }, depth + 1))
    return isScalar(node) ? this.#scalar(node.value, start) : null
  }

  #afford(start: number, depth: number): boolean {
    if (this.stopped) return false
    this.#nodes += 1
    if (depth <= DEEPEST && this.#nodes <= MOST_NODES && this.#aliases <= MOST_ALIASES) return true
    this.stopped = true
    this.#report.errorAt(start, 'KR_CONFIG_TOO_MUCH', 'this unfolds to more than a config needs: too deep, too many parts, or too many aliases')
    return false
  }

  #unfold(source: unknown, start: number, member: Member | null, depth: number): Data {
    this.#aliases += 1
    if (source !== undefined) return this.convert(source, member, depth + 1)
    this.stopped = true
    this.#report.errorAt(start, 'KR_CONFIG_SYNTAX', 'this alias has no anchor before it')
    return null
  }

  #refuseTag(node: Node | null, start: number): void {
    if (node?.tag !== undefined) this.#report.errorAt(start, 'KR_CONFIG_TAG', 'tags (words that begin with !) are not allowed here')
  }

  #map(map: YAMLMap<unknown, unknown>, spot: Spot, depth: number): DataMap {
    const data = emptyMap()
    for (const pair of map.items) {
      const name = this.#key(pair)
      if (name === null) continue
      const at = offsetOf(pair.key)
      if (Object.hasOwn(data, name)) {
        this.#report.errorAt(at, 'KR_CONFIG_TWICE', `${quote(name)} is given twice`, 'keep one of them')
        continue
      }
      data[name] = this.convert(pair.value, { around: spot, step: name, key: at }, depth + 1)
    }
    return data
  }

  #key(pair: Pair<unknown, unknown>): string | null {
    const at = offsetOf(pair.key)
    if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
      this.#report.errorAt(at, 'KR_CONFIG_KEY', 'a key must be plain text', 'put quotes around it')
      return null
    }
    this.#refuseTag(pair.key, at)
    const name = pair.key.value
    if (NEVER_KEYS.has(name)) {
      this.#report.errorAt(at, 'KR_CONFIG_KEY', 'this key is never allowed', 'choose another name')
      return null
    }
    this.#inspect(name, at)
    return name
  }

  #scalar(value: unknown, start: number): Data {
    if (typeof value === 'string') {
      this.#inspect(value, start)
      return value
    }
    return typeof value === 'number' || typeof value === 'boolean' ? value : null
  }

  /** Escapes can hide what the raw text does not show; what stands there as it is was looked at with the whole file. */
  #inspect(text: string, start: number): void {
    const escaped = !this.#text.startsWith(text, start) && !this.#text.startsWith(text, start + 1)
    if ((escaped && findUnseen(text) !== -1) || /[\t\r\n]/.test(text)) {
      this.#report.errorAt(
        start,
        'KR_CONFIG_UNSEEN',
        'this text holds a line break, a tab or a character that cannot be seen',
        'one line of plain text, without escapes',
      )
    }
    if (
      escaped &&
      findKeys(text).length > 0 &&
      !this.#report.errors.some(({ code, place }) => code === 'KR_CONFIG_LITERAL_KEY' && place.line === this.#places.at(start).line)
    ) {
      reportKeys(text, start, this.#report)
    }
  }
}

function offsetOf(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0
}
