/** That the search can fail: bugs planted in copies of the shipped source must be found by it, with the same generators and budget. */
import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { huntAll, MUST_BE_FOUND, MUST_NEED_CHANCE, verdictOn, wordsFor } from './planting.ts'

describe('planted bugs', { timeout: 3_600_000 }, () => {
  it('are found, and nothing is found where none was planted', async () => {
    const hunted = await huntAll({ width: Math.min(2, availableParallelism()), told: (one) => process.stdout.write(`${wordsFor(one)}\n`) })
    const verdict = verdictOn(hunted)
    process.stdout.write(`${verdict.found} of ${verdict.planted} planted bugs found; by the random search alone: ${verdict.byChance.join(', ')}\n`)
    expect(verdict.clean).toBe(true)
    expect(verdict.missed).toEqual([])
    expect(verdict.found).toBeGreaterThanOrEqual(MUST_BE_FOUND)
    expect(verdict.byChance.length).toBeGreaterThanOrEqual(MUST_NEED_CHANCE)
  })
})
