/** Where each part of the config stands in its file. */
import type { Place } from './problems.ts'

export type Path = readonly (string | number)[]

/** Offsets of lines, for turning a character offset into a line and a column. */
function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** One part: where it stands, and what is in it. */
interface Spot {
  value: number
  key: number | undefined
  parts: Map<string | number, Spot> | undefined
}

export class Places {
  readonly #starts: readonly number[]
  #root: Spot | undefined

  constructor(text: string) {
    this.#starts = lineStarts(text)
  }

  /** Notes where a value begins and, for a member of a map, where its key does. What it is in was noted before. */
  note(path: Path, value: number, key?: number): void {
    const spot: Spot = { value, key, parts: undefined }
    const last = path.at(-1)
    if (last === undefined) {
      this.#root = spot
      return
    }
    const around = this.#find(path, path.length - 1)
    if (around !== undefined) (around.parts ??= new Map()).set(last, spot)
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

  /** The part at the first `depth` steps of a path. */
  #find(path: Path, depth = path.length): Spot | undefined {
    let spot = this.#root
    for (let at = 0; at < depth && spot !== undefined; at++) spot = spot.parts?.get(path[at] ?? '')
    return spot
  }

  #around(path: Path): Place {
    if (path.length === 0) return { line: 1, column: 1 }
    return this.ofKey(path.slice(0, -1))
  }
}
