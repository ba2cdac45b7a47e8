import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

/** What a provider still shows of a key after its birth: the text before and after the dots of a redacted value. */
export interface KeyHint {
  readonly head: string
  readonly tail: string
}

/** Things sorted by the end of a redacted form: of thousands, a value is held against the few that it could be. */
export class Hints<T> {
  readonly #byTail = new Map<string, { readonly hint: KeyHint; readonly item: T; readonly place: number }[]>()
  readonly #lengths: readonly number[]

  constructor(items: readonly T[], hintOf: (item: T) => KeyHint) {
    for (const [place, item] of items.entries()) {
      const hint = hintOf(item)
      const alike = this.#byTail.get(hint.tail)
      if (alike === undefined) this.#byTail.set(hint.tail, [{ hint, item, place }])
      else alike.push({ hint, item, place })
    }
    this.#lengths = [...new Set([...this.#byTail.keys()].map(({ length }) => length))]
  }

  /** Those for which `fits` is true, in their order; it is asked about those with an end of `value` only. */
  fitting(value: string, fits: (hint: KeyHint) => boolean): readonly T[] {
    return this.#lengths
      .filter((length) => length <= value.length)
      .flatMap((length) => this.#byTail.get(value.slice(value.length - length)) ?? [])
      .filter(({ hint }) => fits(hint))
      .toSorted((left, right) => left.place - right.place)
      .map(({ item }) => item)
  }
}

const REDACTED = '[secret]'

/**
 * A key value that cannot be printed, serialised, cloned or spread by accident.
 *
 * Every conversion a runtime performs by itself (string, JSON, inspect, template) gives `[secret]`. `reveal()` is the
 * one way out; the import law allows it in `adapters/` only.
 */
export class Secret {
  readonly #value: string
  #digest: string | undefined

  constructor(value: string) {
    this.#value = value
  }

  /** The value in clear. Adapters only: it exists to be sent to the provider that minted it or into a target. */
  reveal(): string {
    return this.#value
  }

  /** Whole SHA-256 in hex. For comparing in memory; never stored, never shown. */
  get digest(): string {
    this.#digest ??= createHash('sha256').update(this.#value).digest('hex')
    return this.#digest
  }

  /** First 12 hex digits of the digest: what records and people see. */
  get fingerprint(): string {
    return this.digest.slice(0, 12)
  }

  /** Whether both hold the same value, compared in constant time over the digests. */
  equals(other: Secret): boolean {
    return other === this || timingSafeEqual(Buffer.from(this.digest, 'hex'), Buffer.from(other.digest, 'hex'))
  }

  /** Whether a provider's redacted form could be this value. A fit is a candidate, not a proof. */
  fits(hint: KeyHint): boolean {
    if (hint.head === '' && hint.tail === '') return false
    return this.#value.endsWith(hint.tail) && this.#value.startsWith(hint.head) && this.#value.length >= hint.head.length + hint.tail.length
  }

  /** What it fits of many, in their order. */
  among<T>(hints: Hints<T>): readonly T[] {
    return hints.fitting(this.#value, (hint) => this.fits(hint))
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [Symbol.toPrimitive](): string {
    return REDACTED
  }

  [inspect.custom](): string {
    return REDACTED
  }
}
