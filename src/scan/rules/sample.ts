/** Bodies for samples: they look drawn by chance, are the same every time, and stand nowhere in the source. */
import { createHash } from 'node:crypto'

export const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const ALNUM = `${LETTERS}0123456789`
export const URL_SAFE = `${ALNUM}-_`
export const HEX = '0123456789abcdef'
export const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** `length` characters of an alphabet, the same for the same seed. */
export function body(seed: string, length: number, alphabet: string): string {
  let text = ''
  for (let block = 0; text.length < length; block++) {
    const bytes = createHash('sha256').update(`${seed} ${block}`).digest()
    text += Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('')
  }
  return text.slice(0, length)
}

/** Keeps a sample in pieces in the source. */
export function join(...parts: readonly string[]): string {
  return parts.join('')
}
