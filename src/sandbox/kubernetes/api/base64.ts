/** Base64 as Go's `encoding/base64.StdEncoding` reads it: what it accepts, and at which byte it gives up. */

const ALPHABET = /[A-Za-z0-9+/]/

/** The offset at which Go's decoder reports corrupt input, or `null` when the text is valid. Line breaks are skipped, padding is required. */
export function corruptAt(text: string): number | null {
  let at = 0
  const skipBreaks = (): void => {
    while (text[at] === '\n' || text[at] === '\r') at += 1
  }
  for (;;) {
    for (let digit = 0; digit < 4; digit += 1) {
      skipBreaks()
      const character = text[at]
      if (character === undefined) return digit === 0 ? null : at - digit
      at += 1
      if (ALPHABET.test(character)) continue
      if (character !== '=' || digit < 2) return at - 1
      skipBreaks()
      if (digit === 2) {
        if (at === text.length) return at
        if (text[at] !== '=') return at - 1
        at += 1
        skipBreaks()
      }
      return at < text.length ? at : null
    }
  }
}

/** The bytes in their one canonical form, as a server answers them. */
export function canonical(text: string): string {
  return Buffer.from(text, 'base64').toString('base64')
}

export function encoded(plain: string): string {
  return Buffer.from(plain, 'utf8').toString('base64')
}

export function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8')
}
