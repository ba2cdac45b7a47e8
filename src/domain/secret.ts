import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

/** What a provider still shows of a key after its birth: the text before and after the dots of a redacted value. */
export interface KeyHint {
  readonly head: string
  readonly tail: string
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
    // Tails differ at their first character, heads hardly ever do: a thousand credentials ask this of a thousand keys each.
    return this.#value.endsWith(hint.tail) && this.#value.startsWith(hint.head) && this.#value.length >= hint.head.length + hint.tail.length
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
