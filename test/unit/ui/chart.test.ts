/** The chart fits every width, shows every call after the mark, and needs nothing but ASCII where told so. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR } from '../../../src/domain/duration.ts'
import { chartLines, short } from '../../../src/ui/text/chart.ts'

const points = (calls: readonly number[]) => calls.map((count, hour) => ({ at: hour * HOUR, calls: count }))

describe('the chart', () => {
  it('fits its columns, draws every bar that is not nothing, and marks the moment, whatever the figures', () => {
    const figures = fc.array(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(2_000_000_000)), { minLength: 1, maxLength: 1_100 })
    fc.assert(
      fc.property(figures, fc.nat(1_100), fc.integer({ min: 40, max: 200 }), fc.boolean(), (calls, mark, columns, ascii) => {
        const lines = chartLines(points(calls), (mark % calls.length) * HOUR, HOUR, { columns, ascii })
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
        if (ascii) expect(lines.join('\n')).toMatch(/^[\n\x20-\x7e]+$/)
        expect(lines.filter((line) => line.includes('^'))).toHaveLength(2)
        const bottom = lines[6]?.slice(9) ?? ''
        const after = calls.slice(mark % calls.length)
        expect(bottom.slice(lines[7]?.slice(9).indexOf('^')).trim() !== '').toBe(after.some((count) => count > 0))
      }),
    )
  })

  it('looks like this', () => {
    const calls = Array.from({ length: 24 }, (_, hour) => (hour < 18 ? hour % 3 : 3 * (hour - 16)))
    expect(chartLines(points(calls), 18 * HOUR, HOUR, { columns: 60, ascii: true })).toEqual([
      'calls per hour',
      '     21 |                       #',
      '        |                     .##',
      '        |                    .###',
      '        |                   .####',
      '        |                  .#####',
      '      0 | .. .. .. .. .. ..######',
      '        +------------------^-----',
      '         from 1970-01-01 00:00 UTC; ^ 1970-01-01 18:00 UTC',
    ])
  })

  it('shortens figures', () => {
    expect([0, 950, 1_234, 34_000, 5_600_000, 7.2e9].map(short)).toEqual(['0', '950', '1.2k', '34k', '5.6M', '7.2G'])
  })
})
