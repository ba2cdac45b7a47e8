/** Texts of a server that means harm. */
import type { Json } from './meaning.ts'
import type { Moment } from './faults.ts'

/** Escape sequences, commands of CI runners, direction overrides, controls. */
export const HOSTILE_TEXT =
  '\u001b[2J\u001b[31mred\u001b]0;title\u0007\u009b1A\r\n::error file=x::pwned\n::add-mask::x\n##vso[task.setvariable]x\u202e desrever \u2066isolated\u2069\u0000\u0008'

/** Words that only a hostile text brings. */
export const HOSTILE_WORDS = ['pwned', 'add-mask', 'setvariable', 'desrever', 'isolated'] as const

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
export const UNFIT = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]|^\s*::|##\[|##vso/m

/** The hostile text, every key, and the request itself as a server that explains too much would quote it. */
export function wordsOf({ keys, asked }: Moment): string {
  const headers = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}`)
  return [HOSTILE_TEXT, ...keys, ...keys.map((key) => Buffer.from(key).toString('base64')), ...headers, asked.body.toString()].join(' ')
}

/** The same JSON with hostile words added to the members of these names, wherever they stand. */
export function hostileTexts(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => hostileTexts(each, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, typeof inner === 'string' && names.includes(name) ? inner + HOSTILE_TEXT : hostileTexts(inner, names)]),
  )
}

/** The same shape of JSON with every type wrong. */
export function otherTypes(value: unknown): unknown {
  if (Array.isArray(value)) return { 0: 'not a list' }
  if (value === null) return []
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value as Json).map(([name, inner]) => [name, otherTypes(inner)]))
  return typeof value === 'string' ? 42 : JSON.stringify(value)
}
