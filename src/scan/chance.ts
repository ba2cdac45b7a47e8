/** Whether a text was drawn by chance, as keys are, or made up by a person, as examples are. */

const WORDS =
  /example|placeholder|redacted|changeme|change-me|insert|replace|dummy|sample|secret-?key|api-?key|your[-_]|yourkey|goes[-_]here|(?:^|[-_])(?:test|fake|demo|here|mock|key|token|todo|none|null)(?:[-_]|$)/i
const REPEATED = /(.)\1{7}|\.\.\.|\*\*\*/

/** Whether a body looks like a person's stand-in: words, repetition, the alphabet, or too few different characters. */
export function looksMadeUp(body: string, entropy: number): boolean {
  return entropyOf(body) < entropy || REPEATED.test(body) || WORDS.test(body) || isSequence(body) || isPeriodic(body)
}

/** Shannon entropy in bits per character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

/** `abcdefgh…`, `12345678…`: most characters follow the one before. In a random text one in thirty does. */
function isSequence(text: string): boolean {
  let steps = 0
  for (let index = 1; index < text.length; index++) if (Math.abs(text.charCodeAt(index) - text.charCodeAt(index - 1)) === 1) steps++
  return steps > text.length / 2
}

/** The same few characters again and again: `aB3dE6aB3dE6…`. */
function isPeriodic(text: string): boolean {
  const seen = new Set<string>()
  const length = 4
  for (let index = 0; index + length <= text.length; index++) seen.add(text.slice(index, index + length))
  return seen.size < (text.length - length + 1) * 0.6
}
