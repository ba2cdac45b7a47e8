/** A moment as people write it on a command line, and as they are shown one. */
import { parseDuration, type Ms } from './duration.ts'

const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/

/**
 * `36h` (that long ago), `2026-11-19`, `2026-11-19T10:30` or with `Z` or an offset, as a function of now; `null` for anything else.
 * Without an offset it is UTC, as all times that keyrot prints.
 */
export function parseMoment(text: string): ((now: Ms) => Ms) | null {
  const ago = parseDuration(text)
  if (ago !== null) return (now) => now - ago
  const match = DATE.exec(text)
  if (match === null) return null
  const at = Date.parse(text.length === 10 || match[1] !== undefined ? text : `${text}Z`)
  return Number.isNaN(at) ? null : () => at
}

/** `2026-11-20 14:03 UTC`. */
export function moment(at: Ms): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
