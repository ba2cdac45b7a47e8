/** What counts as new in a key's use, and what is never claimed. */
import { describe, expect, it } from 'vitest'
import { compare, comparisonOf } from '../../../src/audit/usage.ts'
import { DAY, HOUR } from '../../../src/domain/duration.ts'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { CostSlice, UsageReading, UsageSlice } from '../../../src/ports/usage.ts'

const NOW = Date.UTC(2026, 10, 20, 12, 30)
const SINCE = Date.UTC(2026, 10, 19, 10)
const at = comparisonOf(SINCE, NOW, 14 * DAY, null)

const slice = (from: number, calls: number, more: Partial<UsageSlice> = {}): UsageSlice => ({
  from,
  until: from + HOUR,
  model: 'gpt-5-mini',
  calls,
  inputTokens: 10 * calls,
  outputTokens: calls,
  ...more,
})
const read = (slices: readonly UsageSlice[], kind = 'completions'): UsageReading => ({ kind, slices, gap: null })
const gap = (kind: string): UsageReading => ({ kind, slices: [], gap: new KeyrotError({ code: 'KR_OPENAI_FORBIDDEN', kind: 'forbidden', message: 'no' }) })

/** Ten calls in each hour from 8 to 18, for two weeks. */
const usual = Array.from({ length: 14 * 24 }, (_, hour) => SINCE - (hour + 1) * HOUR)
  .filter((from) => new Date(from).getUTCHours() >= 8 && new Date(from).getUTCHours() < 18)
  .map((from) => slice(from, 10))

describe('the comparison', () => {
  it('begins with the whole hour in which the moment lies, and not before the key was born', () => {
    expect(comparisonOf(SINCE + 20 * 60_000, NOW, 14 * DAY, null)).toEqual({ from: SINCE - 14 * DAY, since: SINCE, until: NOW, step: 'hour' })
    expect(comparisonOf(SINCE, NOW, 14 * DAY, SINCE - 2 * DAY).from).toBe(SINCE - 2 * DAY)
    expect(comparisonOf(SINCE, NOW, 14 * DAY, NOW)).toMatchObject({ from: SINCE, since: SINCE })
    expect(comparisonOf(NOW - 60 * DAY, NOW, 14 * DAY, null)).toMatchObject({ step: 'day', since: Date.UTC(2026, 8, 21) })
  })

  it('lets no call fall out: before and since together are all that was read', () => {
    const { before, since, series } = compare(at, [read([...usual, slice(SINCE, 7)])], [])
    expect(before.calls).toBe(10 * usual.length)
    expect(since).toMatchObject({ calls: 7, inputTokens: 70, outputTokens: 7, busiest: { at: SINCE, calls: 7 } })
    expect(series.reduce((sum, { calls }) => sum + calls, 0)).toBe(before.calls + since.calls)
    expect(series).toHaveLength(14 * 24 + 27)
  })
})

describe('new is', () => {
  const since = (...slices: UsageSlice[]) => compare(at, [read([...usual, ...slices])], [])

  it('nothing where use goes on as before', () => {
    expect(since(slice(SINCE, 12), slice(SINCE + HOUR, 20))).toMatchObject({ novelties: [], verdict: 'nothing-new' })
  })

  it('a model, also of another kind', () => {
    expect(since(slice(SINCE, 3, { model: 'gpt-4o' })).novelties).toEqual([{ is: 'model', kind: 'completions', model: 'gpt-4o', calls: 3 }])
    const images = compare(at, [read(usual), read([slice(SINCE, 2)], 'images')], [])
    expect(images.novelties).toEqual([{ is: 'model', kind: 'images', model: 'gpt-5-mini', calls: 2 }])
  })

  it('an hour of the day, if there are days enough to compare', () => {
    const night = SINCE + 15 * HOUR
    expect(since(slice(night, 2)).novelties).toEqual([{ is: 'hours', hours: [1], calls: 2 }])
    const short = comparisonOf(SINCE, NOW, 2 * DAY, null)
    expect(compare(short, [read([...usual, slice(night, 2)])], []).novelties).toEqual([])
  })

  it('more than twice the busiest hour, more than twice the tokens a call', () => {
    expect(since(slice(SINCE, 20)).novelties).toEqual([])
    expect(since(slice(SINCE, 21)).novelties).toEqual([{ is: 'volume', busiest: 21, before: 10 }])
    expect(since(slice(SINCE, 1, { inputTokens: 5_000 })).novelties).toEqual([{ is: 'tokens', perCall: 5_001, before: 11 }])
  })

  it('any use, where there was none', () => {
    expect(compare(at, [read([slice(SINCE, 1)])], [])).toMatchObject({ novelties: [{ is: 'first-use', calls: 1 }], verdict: 'new' })
  })
})

describe('never claimed is', () => {
  it('"nothing new" where a kind of calls was not read, or nothing can be compared with', () => {
    expect(compare(at, [read(usual), gap('images')], []).verdict).toBe('cannot-tell')
    expect(compare(at, [], []).verdict).toBe('cannot-tell')
    expect(compare(comparisonOf(SINCE, NOW, 14 * DAY, NOW), [read([])], []).verdict).toBe('cannot-tell')
  })

  it('"cannot tell" where something new was read in spite of gaps', () => {
    expect(compare(at, [read([...usual, slice(SINCE, 9, { model: 'o9' })]), gap('images')], []).verdict).toBe('new')
  })
})

describe('cost', () => {
  it('counts the day of the moment as after it, each currency by itself', () => {
    const day = (from: number, amount: number, currency: string): CostSlice => ({ from, until: from + DAY, item: null, amount, currency })
    const costs = [day(Date.UTC(2026, 10, 18), 1, 'usd'), day(Date.UTC(2026, 10, 19), 2, 'usd'), day(Date.UTC(2026, 10, 20), 4, 'eur')]
    expect(compare(at, [], costs).spent).toEqual([
      { currency: 'usd', before: 1, since: 2 },
      { currency: 'eur', before: 0, since: 4 },
    ])
  })
})
