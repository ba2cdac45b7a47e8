/** Where each part of the config stands in its file. */
import type { Place } from './problems.ts'

export type Step = string | number
export type Path = readonly Step[]

/** Offsets of lines, for turning a character offset into a line and a column. */
function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** One part: where it stands, and what is in it. */
export class Spot {
  /** Where its value begins. */
  readonly value: number
  /** Where its key does, if it is a member of a map. */
  readonly key: number | undefined
  #parts: Map<Step, Spot> | undefined

  constructor(value: number, key?: number) {
    this.value = value
    this.key = key
  }

  /** Notes a part of this one. */
  note(step: Step, value: number, key?: number): Spot {
    const spot = new Spot(value, key)
    this.#parts ??= new Map()
    this.#parts.set(step, spot)
    return spot
  }

  part(step: Step | undefined): Spot | undefined {
    return step === undefined ? undefined : this.#parts?.get(step)
  }
}

export class Places {
  readonly #starts: readonly number[]
  #root: Spot | undefined

  constructor(text: string) {
    this.#starts = lineStarts(text)
  }

  /** Begins with the whole file, and forgets what was noted so far. */
  begin(value: number): Spot {
    this.#root = new Spot(value)
    return this.#root
  }

  /** Whether the file has a value at this path. */
  has(path: Path): boolean {
    return this.#find(path) !== undefined
  }

  /** Line and column of a character offset. */
  at(offset: number): Place {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
  }

  /** Where the value at this path begins; for one that is not there, the key of the nearest block around it. */
  ofValue(path: Path): Place {
    const offset = this.#find(path)?.value
    return offset === undefined ? this.#around(path) : this.at(offset)
  }

  /** Where the key of this path stands; the value's place for a member of a list. */
  ofKey(path: Path): Place {
    const offset = this.#find(path)?.key
    return offset === undefined ? this.ofValue(path) : this.at(offset)
  }

  #find(path: Path): Spot | undefined {
    let spot = this.#root
    for (let at = 0; at < path.length && spot !== undefined; at++) spot = spot.part(path[at])
    return spot
  }

  #around(path: Path): Place {
    if (path.length === 0) return { line: 1, column: 1 }
    return this.ofKey(path.slice(0, -1))
  }
}
