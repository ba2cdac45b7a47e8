/** Keys of real shape, and the forms in which a key may be shown: redacted, as a fingerprint, never as itself. */
import { createHash, randomBytes } from 'node:crypto'

export type KeyKind = 'svcacct' | 'proj' | 'admin'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const MIDDLE = 'T3' + 'BlbkFJ'

/** What looks like a key, loosely: used to keep keys out of the log. */
const KEY_LIKE = /sk-[A-Za-z0-9_-]{8,}/g

function draw(length: number): string {
  const text = Array.from(randomBytes(length), (byte) => ALPHABET[byte % 64]).join('')
  return /[-_]$/.test(text) ? `${text.slice(0, -1)}a` : text
}

/** A key nobody else holds: the prefix of its kind, 74 characters, the vendor's mark, 74 characters. */
export function newKeyValue(kind: KeyKind): string {
  return `sk-${kind}-${draw(74)}${MIDDLE}${draw(74)}`
}

/** An identifier as the API writes them: `key_…`, `user-…`, `proj_…`. */
export function newId(prefix: string): string {
  return `${prefix}${draw(24).replace(/[-_]/g, 'x')}`
}

export function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

export function fingerprintOf(value: string): string {
  return digestOf(value).slice(0, 12)
}

/** The `redacted_value` of listings: head, three dots, tail. */
export function redact(value: string, tail: number): string {
  return `${value.slice(0, 6)}...${value.slice(-Math.max(4, tail))}`
}

/** The form error messages repeat: eight characters, stars, four characters. */
export function redactInMessage(value: string): string {
  if (value.length < 16) return '*'.repeat(value.length)
  return `${value.slice(0, 8)}${'*'.repeat(value.length - 12)}${value.slice(-4)}`
}

/** The text with every key-like part replaced by its fingerprint. */
export function scrub(text: string): string {
  return text.replace(KEY_LIKE, (value) => `<key ${fingerprintOf(value)}>`)
}

/** The same through every string of a JSON value, names of members included. */
export function scrubDeep(value: unknown): unknown {
  if (typeof value === 'string') return scrub(value)
  if (Array.isArray(value)) return value.map(scrubDeep)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [scrub(name), scrubDeep(inner)]))
}
