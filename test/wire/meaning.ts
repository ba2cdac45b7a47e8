/** What a call may say of itself when the wire is spoilt, and how a service words its refusals. Tables only. */
import type { ErrorKind } from '../../src/domain/errors.ts'

/** `done`: as if nothing had happened. `cannot-tell`: an answer of its own in which the call says that it does not know. */
export type Said = ErrorKind | 'done' | 'cannot-tell'

/** What may be said of a read, and of a request that changes something. */
export interface Meaning {
  readonly read: readonly Said[]
  readonly write: readonly Said[]
}

export const always = (...said: readonly Said[]): Meaning => ({ read: said, write: said })

/** No answer, or one that nobody can understand: a read did nothing, a change may have. */
export const LOST: Meaning = { read: ['unavailable'], write: ['ambiguous'] }

/** The request cannot have arrived. */
export const UNSENT: Meaning = always('unavailable')

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
}

/** One way in which a service says no. `words` go into every text that its error bodies have. */
export interface Failure {
  readonly name: string
  readonly status: number
  readonly means: Meaning
  readonly body: (words: string) => unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** How lists of a service go on. Bodies are parsed JSON. */
export interface Paging {
  /** The request for the page after this answer, or `null` on the last one. */
  readonly next: (asked: Asked, body: Json) => Asked | null
  /** The same page with nothing on it. */
  readonly emptied: (body: Json) => Json
}

export type Json = Readonly<Record<string, unknown>>

/** A request as it stood on the wire. */
export interface Asked {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** How one service speaks. */
export interface Dialect {
  readonly contentType: string
  /** Names of response headers that carry the id of a request. */
  readonly idHeaders: readonly string[]
  readonly failures: readonly Failure[]
  /** 429, as the service words it; `wait` is put into its Retry-After header. */
  readonly tooMany: (words: string) => unknown
  readonly serverError: (status: number, words: string) => unknown
  /** How a body becomes text, where that is not JSON. */
  readonly encode?: (body: unknown) => string
  readonly paging?: Paging
  /** Members that hold words of other people: what stands there decides nothing. */
  readonly freeText: readonly string[]
}
