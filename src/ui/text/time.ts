/** Times for people. Relative ones are rounded down, so that "in 2 h" is never too late. */
import { DAY, HOUR, MINUTE, SECOND, type Ms } from '../../domain/duration.ts'

const UNITS: readonly (readonly [string, Ms])[] = [
  ['d', DAY],
  ['h', HOUR],
  ['min', MINUTE],
  ['s', SECOND],
]

/** `3 d`, `14 h`, `5 min`, `12 s`: the largest unit that is not zero. */
export function span(ms: Ms): string {
  for (const [unit, size] of UNITS) {
    if (ms >= size) return `${Math.floor(ms / size)} ${unit}`
  }
  return '0 s'
}

/** `in 3 h` or `2 d ago`. */
export function relative(at: Ms, now: Ms): string {
  if (Math.abs(at - now) < SECOND) return 'now'
  return at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`
}

/** `2026-11-20 14:03 UTC`. */
export function moment(at: Ms): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** `2026-11-20 14:03 UTC (in 3 h)`. */
export function momentAndSpan(at: Ms, now: Ms): string {
  return `${moment(at)} (${relative(at, now)})`
}

/** RFC 3339, for programs. */
export function stamp(at: Ms | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString()
}
