/** What there is to look through, wherever it came from: the work tree, stdin, the index, a blob of history. */
import type { Hit } from '../domain/hit.ts'

/** Some bytes with a place. Sources make pieces, `Inspect` looks through one at a time. */
export interface Piece {
  readonly path: string
  /** Valid until the next piece is asked for: a source reads into one buffer again and again. */
  readonly bytes: Buffer
  readonly commit?: string
  readonly author?: string
  readonly when?: number
}

/** Every suspicious place of one piece, in order of place. Synchronous: the bytes may be gone afterwards. Never throws for what the bytes hold. */
export type Inspect = (piece: Piece) => readonly Hit[]

/**
 * A second look at the hits of one text together with the text, for what a person wrote beside them. Asked only for texts that hold `mark`
 * (four bytes or more). `latin1` has one character per byte; its first line is number `firstLine`.
 */
export interface Review {
  readonly mark: string
  review(where: Omit<Piece, 'bytes'>, latin1: string, firstLine: number, hits: readonly Hit[]): readonly Hit[]
}
