/** Looking through what is too long to be held: chunk by chunk, with enough of the last one kept for what stands across the border. */
import type { Hit } from '../domain/hit.ts'
import type { Inspector, Where } from './inspect.ts'
import { BEGINNING, Lines, type Spot } from './lines.ts'

/** More than any rule reaches to either side of an anchor, a key in base64 included. */
const KEPT = 8192
/** Looked at for a NUL, as git does. */
const LOOKED_AT = 8000

/** One long text while it passes by. Encoded stretches are looked through as far as they lie within one chunk. */
export class LongText {
  readonly #inspector: Inspector
  readonly #where: Where
  readonly #hits: Hit[] = []
  #binary: boolean | null = null
  #held: Buffer = Buffer.alloc(0)
  /** Where the first byte held stands. */
  #start: Spot = BEGINNING
  /** How much of what is held was judged before, and is there for looking back only. */
  #judged = 0

  constructor(inspector: Inspector, where: Where) {
    this.#inspector = inspector
    this.#where = where
  }

  /** Copies what it needs of the chunk. */
  push(chunk: Buffer): void {
    this.#binary ??= chunk.subarray(0, LOOKED_AT).includes(0)
    this.#held = Buffer.concat([this.#held, chunk])
    if (this.#held.length > 4 * KEPT) this.#judge(this.#held.length - KEPT)
  }

  /** Everything found, in order of place. */
  end(): readonly Hit[] {
    this.#judge(this.#held.length)
    return this.#hits
  }

  #judge(to: number): void {
    const binary = this.#binary ?? false
    const found = this.#inspector.part({ bytes: this.#held, inside: [], binary, start: this.#start }, this.#judged, to, this.#where)
    for (const hit of found) this.#hits.push(hit)
    const from = Math.max(0, to - KEPT)
    this.#start = binary ? { line: 1, column: this.#start.column + from } : new Lines(this.#held.toString('latin1', 0, from), this.#start).spotOf(from)
    this.#held = Buffer.from(this.#held.subarray(from))
    this.#judged = to - from
  }
}

/** Looks through chunks to their end. */
export function longHits(inspector: Inspector, where: Where, next: () => Buffer | null): { readonly hits: readonly Hit[]; readonly bytes: number } {
  const text = new LongText(inspector, where)
  let bytes = 0
  for (let chunk = next(); chunk !== null; chunk = next()) {
    bytes += chunk.length
    text.push(chunk)
  }
  return { hits: text.end(), bytes }
}
