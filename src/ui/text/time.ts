/** Times for people. Relative ones are rounded down, so that "in 2 h" is never too late. */
import { DAY, HOUR, MINUTE, SECOND, type Ms } from '../../domain/duration.ts'
import { moment } from '../../domain/moment.ts'

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

/** `42 s`, `3 min 20 s`, `2 d 5 h`: the two largest units, rounded down. */
export function lasted(ms: Ms): string {
  const first = UNITS.findIndex(([, size]) => ms >= size)
  if (first === -1) return '0 s'
  const [unit, size] = UNITS[first] ?? ['s', SECOND]
  const [next, part] = UNITS[first + 1] ?? ['', ms + 1]
  const rest = Math.floor((ms % size) / part)
  return `${Math.floor(ms / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${next}`}`
}

/** `in 3 h` or `2 d ago`. */
export function relative(at: Ms, now: Ms): string {
  if (Math.abs(at - now) < SECOND) return 'now'
  return at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`
}

/** `2026-11-20 14:03 UTC (in 3 h)`. */
export function momentAndSpan(at: Ms, now: Ms): string {
  return `${moment(at)} (${relative(at, now)})`
}

/** RFC 3339, for programs. */
export function stamp(at: Ms | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString()
}
