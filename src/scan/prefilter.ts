/**
 * Where in some bytes any of many byte strings stands, in one pass and without decoding anything. Almost every file ends here.
 *
 * The way of Wu and Manber ("A fast algorithm for multi-pattern searching", 1994): two neighbouring bytes tell how far the shortest
 * string's end can be away, so most bytes are never looked at. Linear as long as the strings differ; measured at three to four times the
 * speed of one expression with as many alternatives.
 */
export interface Prefilter {
  /** Calls `visit` for every string that begins in `from` ≤ at < `to`; the string may reach beyond `to`. */
  find(bytes: Buffer, from: number, to: number, visit: (at: number, which: number) => void): void
}

/** The shortest string sets the pace of the pass for all: shorter ones are looked for one by one. */
const SHORT = 4

/** Looks for all of these. Those below four bytes cost a pass of their own each, and are met after the others. */
export function prefilterOf(strings: readonly string[]): Prefilter {
  const needles = strings.map((text) => Buffer.from(text, 'latin1'))
  const long = longPass(needles)
  const short = [...needles.entries()].filter(([, needle]) => needle.length < SHORT)
  return {
    find(bytes, from, to, visit) {
      long.find(bytes, from, to, visit)
      for (const [which, needle] of short) for (let at = bytes.indexOf(needle, from); at !== -1 && at < to; at = bytes.indexOf(needle, at + 1)) visit(at, which)
    },
  }
}

/** Bits of the hash of four bytes: a thousand strings leave nearly all of its places empty. */
const HASH_BITS = 14

function longPass(needles: readonly Buffer[]): Prefilter {
  const long = [...needles.entries()].filter(([, needle]) => needle.length >= SHORT)
  const shortest = Math.min(...long.map(([, needle]) => needle.length))
  const skips = new Uint8Array(1 << 16).fill(Math.min(255, shortest - 1))
  const taken = new Uint8Array(1 << HASH_BITS)
  const endings = new Map<number, number[]>()
  for (const [which, needle] of long) {
    for (let end = 1; end < shortest; end++) {
      const pair = pairAt(needle, end)
      skips[pair] = Math.min(skips[pair] as number, shortest - 1 - end)
    }
    const ending = hashAt(needle, shortest - 1)
    taken[ending] = 1
    endings.set(ending, [...(endings.get(ending) ?? []), which])
  }
  return {
    find(bytes, from, to, visit) {
      const stop = Math.min(bytes.length, to + shortest - 1)
      let end = from + shortest - 1
      while (end < stop) {
        const skip = skips[pairAt(bytes, end)] as number
        if (skip > 0) {
          end += skip
          continue
        }
        const ending = hashAt(bytes, end)
        if (taken[ending] === 1) {
          const at = end - shortest + 1
          for (const which of endings.get(ending) ?? []) if (standsAt(bytes, at, needles[which] as Buffer)) visit(at, which)
        }
        end++
      }
    },
  }
}

function pairAt(bytes: Uint8Array, end: number): number {
  return (bytes[end - 1] as number) | ((bytes[end] as number) << 8)
}

/** Of the four bytes that end here: two of them end many words, four of them few. Fibonacci hashing (Knuth, volume 3, 6.4). */
function hashAt(bytes: Uint8Array, end: number): number {
  const word = pairAt(bytes, end - 2) | (pairAt(bytes, end) << 16)
  return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
}

function standsAt(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let index = 0; index < needle.length; index++) if (bytes[at + index] !== needle[index]) return false
  return true
}
