import { describe, expect, it } from 'vitest'
import { calendarOf, isTimeZone, openBefore, opensAt } from '../../../src/domain/calendar.ts'
import type { Freeze, Window } from '../../../src/domain/policy.ts'

const at = (text: string): number => Date.parse(text)
const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
const BERLIN: Window = { days: [1, 2, 3, 4], from: 9 * 60, to: 16 * 60, timeZone: 'Europe/Berlin' }
const NIGHT: Window = { days: [5], from: 22 * 60, to: 4 * 60, timeZone: 'UTC' }

function open(window: Window | 'always', time: string, freeze: readonly Freeze[] | 'none' = 'none'): boolean {
  return calendarOf({ window, freeze })(at(time))
}

describe('a window', () => {
  it.each([
    ['on a Monday, in winter time', BERLIN, '2026-01-05T08:00:00Z', true],
    ['a minute before', BERLIN, '2026-01-05T07:59:59Z', false],
    ['in summer time, an hour earlier', BERLIN, '2026-07-06T07:00:00Z', true],
    ['its end is not part of it', BERLIN, '2026-07-06T14:00:00Z', false],
    ['on a Friday', BERLIN, '2026-01-09T10:00:00Z', false],
    ['past midnight, on the day it begins', NIGHT, '2026-01-09T23:00:00Z', true],
    ['past midnight, on the morning after', NIGHT, '2026-01-10T03:59:00Z', true],
    ['past midnight, on the morning of its own day', NIGHT, '2026-01-09T03:00:00Z', false],
    ['always', 'always', '2026-01-10T03:59:00Z', true],
  ] as const)('%s', (_, window, time, expected) => {
    expect(open(window, time)).toBe(expected)
  })

  it('knows an offset that changes within the day', () => {
    // 2026-03-29: Berlin goes from +1 to +2 at 01:00 UTC.
    const sunday: Window = { days: [0], from: 2 * 60, to: 4 * 60, timeZone: 'Europe/Berlin' }
    expect(open(sunday, '2026-03-29T00:59:00Z')).toBe(false)
    expect(open(sunday, '2026-03-29T01:00:00Z')).toBe(true)
    expect(open(sunday, '2026-03-29T02:00:00Z')).toBe(false)
  })

  it('is closed on frozen days, counted in its own zone', () => {
    const freeze = [{ first: '2026-01-05', last: '2026-01-06' }]
    expect(open(BERLIN, '2026-01-05T10:00:00Z', freeze)).toBe(false)
    expect(open(BERLIN, '2026-01-07T10:00:00Z', freeze)).toBe(true)
    const tokyo: Window = { days: [0, 1, 2, 3, 4, 5, 6], from: 0, to: 0, timeZone: 'Asia/Tokyo' }
    expect(open(tokyo, '2026-01-04T15:00:00Z', freeze)).toBe(false)
    expect(open(tokyo, '2026-01-06T15:00:00Z', freeze)).toBe(true)
  })
})

describe('openings', () => {
  const calendar = calendarOf({ window: BERLIN, freeze: [{ first: '2026-01-05', last: '2026-01-14' }] })

  it('are found forwards, past closed days', () => {
    expect(iso(opensAt(calendar, at('2026-01-01T15:07:00Z')))).toBe('2026-01-15T08:00:00.000Z')
    expect(iso(opensAt(calendar, at('2026-01-15T08:07:00Z')))).toBe('2026-01-15T08:07:00.000Z')
  })

  it.each([
    ['past closed days', '2026-01-14T12:00:00Z', '2026-01-01T11:00:00.000Z'],
    ['with the room that is left anyway', '2026-01-15T08:30:00Z', '2026-01-15T08:30:00.000Z'],
    ['so that there is time to try again', '2026-01-15T14:40:00Z', '2026-01-15T11:00:00.000Z'],
  ])('are found backwards, %s', (_, from, found) => {
    expect(iso(openBefore(calendar, at(from)))).toBe(found)
  })

  it('that are short are used from their begin', () => {
    const short = calendarOf({ window: { ...BERLIN, from: 9 * 60, to: 11 * 60 }, freeze: 'none' })
    expect(iso(openBefore(short, at('2026-01-09T12:00:00Z')))).toBe('2026-01-08T08:00:00.000Z')
    expect(iso(openBefore(short, at('2026-01-08T08:50:00Z')))).toBe('2026-01-08T08:00:00.000Z')
  })

  it('are not made up where there are none', () => {
    const never = calendarOf({ window: 'always', freeze: [{ first: '2020-01-01', last: '2050-01-01' }] })
    expect(opensAt(never, at('2026-01-01T00:00:00Z'))).toBeNull()
    expect(openBefore(never, at('2026-01-01T00:00:00Z'))).toBeNull()
  })
})

describe('the name of a time zone', () => {
  it.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Mars/Olympus', false],
    ['', false],
  ])('%s', (name, known) => {
    expect(isTimeZone(name)).toBe(known)
  })
})
