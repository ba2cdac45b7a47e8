/** A slice of the years: three seeds with all their faults, from keys found too old to first rotations. The whole: `npm run sim:year`. */
import { describe, expect, it } from 'vitest'
import { drawYear } from './draw.ts'
import { playYear } from './play.ts'

describe('rotate --due, hour by hour', () => {
  it.each([
    [2, true, 2],
    [3, false, 1],
    [6, false, 2],
  ] as const)('seed %i (state kept: %s, runners: %i): no key too old, no invariant broken', async (seed, stateKept, runners) => {
    const result = await playYear(seed, 50)
    expect(result.year).toMatchObject({ stateKept, runners })
    expect(result.violations).toEqual([])
    expect(result.ages.unexplained).toEqual([])
    expect(result.mints).toBeGreaterThan(5)
    expect(result.deaths).toBeGreaterThan(3)
  })

  it('draws the same year from the same seed', () => {
    expect(drawYear(7, 0)).toEqual(drawYear(7, 0))
    expect(drawYear(7, 0)).not.toEqual(drawYear(8, 0))
  })
})
