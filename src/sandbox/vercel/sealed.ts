/** Values of variables, and the forms in which they may be shown: as fingerprints, never as themselves. */
import { createHash, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'

/** What looks like a key, loosely: kept out of comments and names in the log. */
const KEY_LIKE = /sk-[A-Za-z0-9_-]{8,}/g

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** A variable's value, which prints as its fingerprint. */
export class Sealed {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** In clear: for an answer of the API or for a build. */
  open(): string {
    return this.#text
  }

  get fingerprint(): string {
    return fingerprintOf(this.#text)
  }

  toString(): string {
    return `<value ${this.fingerprint}>`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

/** First 12 hex digits of the SHA-256. */
export function fingerprintOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** An identifier as the API writes them: `prj_…`, `dpl_…`. */
export function newId(prefix: string, length = 28): string {
  return prefix + Array.from(randomBytes(length), (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

/** JSON as the log may keep it: members called `value` and whatever looks like a key are fingerprints. */
export function scrubbed(json: unknown): unknown {
  if (typeof json === 'string') return json.replace(KEY_LIKE, (key) => `<key ${fingerprintOf(key)}>`)
  if (Array.isArray(json)) return json.map(scrubbed)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(Object.entries(json).map(([name, inner]) => [name, name === 'value' ? `<value ${fingerprintOf(String(inner))}>` : scrubbed(inner)]))
}
