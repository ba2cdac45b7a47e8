/** Chance and time of a simulated world: both come from the seed and nothing else. */

export interface Chance {
  /** A number in [0, 1). */
  next(): number
  below(limit: number): number
  pick<T>(items: readonly T[]): T
  hit(probability: number): boolean
}

/** mulberry32: small, fast, and the same everywhere. */
export function chance(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    pick: (items) => items[Math.floor(next() * items.length)] as (typeof items)[number],
    hit: (probability) => next() < probability,
  }
}

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
