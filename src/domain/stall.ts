/** Backing off: a rotation that cannot go on is tried again later and later, and after a bounded number of tries not at all. */
import { DAY, HOUR, MINUTE, type Ms } from './duration.ts'
import type { StallNote } from './record.ts'

/** Tries before a person has to say that it is to go on: about three days. */
export const MOST_TRIES = 8
const LONGEST: Ms = DAY
/** A pause ends a little early: an hourly timer is not to miss it by a minute. */
const EARLY: Ms = 10 * MINUTE

/** The note after one more try that came to nothing: 1 h, 2 h, 4 h … at most a day. */
export function stalledAgain(before: StallNote | undefined, code: string, now: Ms): StallNote {
  const tries = (before?.tries ?? 0) + 1
  return { code, tries, firstAt: before?.firstAt ?? now, nextAt: now + pauseAfter(tries) }
}

/** How long to leave it alone after so many tries. */
export function pauseAfter(tries: number): Ms {
  return Math.min(LONGEST, HOUR * 2 ** (tries - 1)) - EARLY
}

export function gaveUp(stall: StallNote | undefined): boolean {
  return stall !== undefined && stall.tries >= MOST_TRIES
}
