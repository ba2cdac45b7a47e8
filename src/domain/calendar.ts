/** When changes are allowed: the window of a policy without its frozen days. Pure; time zones by the runtime's own tables. */
import { DAY, HOUR, MINUTE, type Ms } from './duration.ts'
import type { Policy } from './policy.ts'

/** Whether a time lies in the window and on no frozen day. */
export type Calendar = (at: Ms) => boolean

const ALWAYS: Calendar = () => true
/** Openings are looked for on this grid: `from` times between its lines are found a little late, never missed. */
const GRID: Ms = 15 * MINUTE
/** A calendar that does not open for this long never does. */
const HORIZON: Ms = 800 * DAY
/** An hourly timer comes by once in this. */
const TICK: Ms = HOUR
/** A try and two more after its pauses: what fails in the last hour of a weekly window would wait for a week. */
const ROOM: Ms = 4 * HOUR

/** The calendar of a policy. */
export function calendarOf({ window, freeze }: Pick<Policy, 'window' | 'freeze'>): Calendar {
  if (window === 'always' && freeze === 'none') return ALWAYS
  const offset = offsetOf(window === 'always' ? 'UTC' : window.timeZone)
  const frozen = freeze === 'none' ? [] : freeze.map(({ first, last }) => [Date.parse(first) / DAY, Date.parse(last) / DAY] as const)
  return (at) => {
    const local = at + offset(at)
    const date = Math.floor(local / DAY)
    if (frozen.some(([first, last]) => first <= date && date <= last)) return false
    if (window === 'always') return true
    const { days, from, to } = window
    const minute = Math.floor((local - date * DAY) / MINUTE)
    const today = days.includes((date + EPOCH_WEEKDAY) % 7)
    if (from === to) return today
    if (from < to) return today && from <= minute && minute < to
    return minute >= from ? today : minute < to && days.includes((date + EPOCH_WEEKDAY + 6) % 7)
  }
}

/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 4

/** The first open time from `at` on, to a quarter of an hour; `null` where it does not open for two years. */
export function opensAt(calendar: Calendar, at: Ms): Ms | null {
  if (calendar(at)) return at
  for (let time = Math.ceil(at / GRID) * GRID; time <= at + HORIZON; time += GRID) if (calendar(time)) return time
  return null
}

/**
 * The last time up to `at` that is open and leaves room: for an hourly timer to come by, and for some tries more. An opening that is too
 * short for that is used from its begin.
 */
export function openBefore(calendar: Calendar, at: Ms): Ms | null {
  if (calendar === ALWAYS) return at
  const last = lastWhere((time) => calendar(time) && calendar(time + TICK - 1), at, 60 * DAY) ?? lastWhere(calendar, at, HORIZON)
  return last === null ? null : withRoom(calendar, last)
}

function lastWhere(fits: Calendar, at: Ms, horizon: Ms): Ms | null {
  for (let time = at; time >= at - horizon; time = gridBefore(time)) if (fits(time)) return time
  return null
}

function withRoom(calendar: Calendar, last: Ms): Ms {
  let end = last
  while (end < last + ROOM && calendar(end)) end += GRID
  let begin = last
  for (let earlier = gridBefore(last); end - begin < ROOM && calendar(earlier); earlier = gridBefore(earlier)) begin = earlier
  return begin
}

function gridBefore(time: Ms): Ms {
  return (Math.ceil(time / GRID) - 1) * GRID
}

/** Whether the runtime knows a time zone by this name. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** How far a zone is ahead of UTC. A day that begins and ends with the same offset has no other; the runtime is slow to be asked. */
function offsetOf(timeZone: string): (at: Ms) => Ms {
  if (timeZone === 'UTC') return () => 0
  const look = offsetByRuntime(timeZone)
  const boundaries = new Map<number, Ms>()
  const atBoundary = (day: number): Ms => {
    const found = boundaries.get(day) ?? look(day * DAY)
    boundaries.set(day, found)
    return found
  }
  return (at) => {
    const day = Math.floor(at / DAY)
    const begin = atBoundary(day)
    return begin === atBoundary(day + 1) ? begin : look(at)
  }
}

function offsetByRuntime(timeZone: string): (at: Ms) => Ms {
  const two = '2-digit'
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', year: 'numeric', month: two, day: two, hour: two, minute: two })
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at / MINUTE) * MINUTE
  }
}
