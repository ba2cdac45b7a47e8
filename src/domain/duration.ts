/** Milliseconds. All times inside keyrot are milliseconds since the epoch; all spans are milliseconds. */
export type Ms = number

export const SECOND: Ms = 1_000
export const MINUTE: Ms = 60 * SECOND
export const HOUR: Ms = 60 * MINUTE
export const DAY: Ms = 24 * HOUR

const UNITS: Record<string, Ms> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY }

/** `90d`, `24h`, `15m`, `30s` or `0s` to milliseconds; `null` for anything else. */
export function parseDuration(text: string): Ms | null {
  const match = /^(\d{1,6})(s|m|h|d)$/.exec(text)
  if (match === null) return null
  return Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN)
}

/** The largest unit that divides the span evenly: `90d`, `36h`, `90s`. */
export function formatDuration(ms: Ms): string {
  for (const [unit, size] of [
    ['d', DAY],
    ['h', HOUR],
    ['m', MINUTE],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${Math.round(ms / SECOND)}s`
}
