/** Offsets in a text as lines and columns, for places that come in order. */

export interface Spot {
  readonly line: number
  readonly column: number
}

export const BEGINNING: Spot = { line: 1, column: 1 }

/** Goes on from the last place asked for, so that any number of places costs one pass. `latin1` holds one character per byte. */
export class Lines {
  readonly #latin1: string
  #at = 0
  /** Where the line that is being counted ends; looked for once. */
  #end: number
  #line: number
  #column: number

  constructor(latin1: string, { line, column }: Spot) {
    this.#latin1 = latin1
    this.#end = endOf(latin1, 0)
    this.#line = line
    this.#column = column
  }

  /** `at` is an offset in bytes, not before the last one; the column is in characters of the UTF-8 text, as editors count. */
  spotOf(at: number): Spot {
    for (; this.#end < at; this.#end = endOf(this.#latin1, this.#at)) {
      this.#line++
      this.#column = 1
      this.#at = this.#end + 1
    }
    if (at > this.#at) this.#column += lengthOf(this.#latin1.slice(this.#at, at))
    this.#at = Math.max(this.#at, at)
    return { line: this.#line, column: this.#column }
  }

  /** Where the line of the last place asked for ends. */
  lineEnd(): number {
    return Math.min(this.#end, this.#latin1.length)
  }
}

function endOf(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? Number.POSITIVE_INFINITY : end
}

function lengthOf(latin1: string): number {
  return Buffer.from(latin1, 'latin1')
    .toString('utf8')
    .replace(/^\uFEFF/, '').length
}

export interface Reach {
  readonly behind: number
  readonly ahead: number
}

/** The line around an offset, or as much of it as lies within `reach`: minified code has one line only. */
export function lineAround(text: string, at: number, { behind, ahead }: Reach): { readonly from: number; readonly text: string } {
  const begin = Math.max(0, at - behind)
  const near = text.slice(begin, at + ahead)
  const start = at === begin ? 0 : near.lastIndexOf('\n', at - begin - 1) + 1
  const end = near.indexOf('\n', at - begin)
  return { from: begin + start, text: near.slice(start, end === -1 ? undefined : end) }
}
