/**
 * The plain form of YAML, read from the events of a parser and without a tree of the file: maps and lists, in blocks or in brackets, of
 * text that stands there as it is meant. That is what configs are made of. Nothing is reported here: a text with anything else in it, or
 * with a mistake, is left to `readTree`, which has a word for each.
 */
import { EVENT_DOCUMENT, EVENT_MAPPING, EVENT_POP, EVENT_SCALAR, EVENT_SEQUENCE, parseEvents, SCALAR_STYLE_PLAIN, type Event, type ScalarEvent } from 'js-yaml'
import { DEEPEST, emptyMap, isDataMap, MOST_NODES, NEVER_KEYS, type Data, type DataMap } from './data.ts'
import type { Places, Spot } from './places.ts'

/** The data of a text and the places of its parts, or `null` where the text is not plain. */
export function readPlain(text: string, places: Places): DataMap | null {
  if (ODD.test(text)) return null
  try {
    return new PlainText(text).read(places)
  } catch {
    return null
  }
}

/** Tabs, line ends of old, ends of documents: YAML allows them in some places, and parsers differ about which. */
const ODD = /\t|\r(?!\n)|^\.\.\./m

/** Says nothing: nobody is told. */
class NotPlain extends Error {}

/** One pass over the events. */
class PlainText {
  readonly #text: string
  readonly #events: readonly Event[]
  #at = 0
  #nodes = 0

  constructor(text: string) {
    this.#text = text
    this.#events = parseEvents(text, { maxDepth: DEEPEST })
  }

  read(places: Places): DataMap {
    const [document, whole] = this.#events
    if (document?.type !== EVENT_DOCUMENT || document.directives.length > 0 || whole?.type !== EVENT_MAPPING) throw new NotPlain()
    this.#at = 1
    const data = this.#value(places.begin(whole.start))
    this.#pop()
    if (this.#at !== this.#events.length || !isDataMap(data)) throw new NotPlain()
    return data
  }

  /** The part that comes next, of which the place is noted already. */
  #value(spot: Spot): Data {
    const event = this.#take()
    this.#nodes += 1
    if (this.#nodes > MOST_NODES) throw new NotPlain()
    if (event.type === EVENT_SCALAR) return scalarOf(event, textOf(event, this.#text))
    if (event.type === EVENT_MAPPING) return this.#map(spot)
    if (event.type === EVENT_SEQUENCE) return this.#list(spot)
    throw new NotPlain()
  }

  #map(spot: Spot): DataMap {
    const data = emptyMap()
    while (!this.#isEnd()) {
      const key = this.#take()
      if (key.type !== EVENT_SCALAR) throw new NotPlain()
      const name = textOf(key, this.#text)
      if (typeof scalarOf(key, name) !== 'string' || NEVER_KEYS.has(name) || name in data) throw new NotPlain()
      data[name] = this.#value(spot.note(name, this.#start(), startOf(key)))
    }
    this.#pop()
    return data
  }

  #list(spot: Spot): readonly Data[] {
    const items: Data[] = []
    while (!this.#isEnd()) items.push(this.#value(spot.note(items.length, this.#start())))
    this.#pop()
    return items
  }

  #isEnd(): boolean {
    return this.#events[this.#at]?.type === EVENT_POP
  }

  #pop(): void {
    if (this.#take().type !== EVENT_POP) throw new NotPlain()
  }

  #start(): number {
    return startOf(this.#events[this.#at])
  }

  /** Anchors and tags are for `readTree`. */
  #take(): Event {
    const event = this.#events[this.#at++]
    if (event === undefined) throw new NotPlain()
    if ('anchorStart' in event && (event.anchorStart !== -1 || ('tagStart' in event && event.tagStart !== -1))) throw new NotPlain()
    return event
  }
}

/** With its quotation mark or bracket. */
function startOf(event: Event | undefined): number {
  if (event?.type === EVENT_SCALAR) return event.style === SCALAR_STYLE_PLAIN ? event.valueStart : event.valueStart - 1
  if (event?.type === EVENT_MAPPING || event?.type === EVENT_SEQUENCE) return event.start
  throw new NotPlain()
}

/** Text that is there as it is meant: on one line, nothing escaped. */
function textOf({ valueStart, valueEnd, fast }: ScalarEvent, text: string): string {
  if (!fast || valueStart === -1) throw new NotPlain()
  return text.slice(valueStart, valueEnd)
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
])
const NUMBER = /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)$/
const NO_NUMBER = /^[-+]?\.(?:inf|nan)$/i

/** By YAML 1.2's core schema; infinity and what is no number are not plain. */
function scalarOf({ style }: ScalarEvent, text: string): Data {
  if (style !== SCALAR_STYLE_PLAIN || !/^[-+.\d~nNtTfF]/.test(text)) return text
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (NO_NUMBER.test(text)) throw new NotPlain()
  return NUMBER.test(text) ? Number(text) : text
}
