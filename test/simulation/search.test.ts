/** The proof by search: every placement of up to two faults over the shipped adapters (over everything else: `npm run sim -- --exhaustive`), a hundred thousand random schedules, and that neither looked past something. */
import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { doTogether } from './crew.ts'
import { add, medianFaults, newSum, type Job, type Sum } from './jobs.ts'
import { dailyJobs, randomJobs } from './programme.ts'
import { faultCells, faultTable, situationCells, situationTable, thin } from './tables.ts'

const HOUR = 3_600_000
const SEED = 1
const SCHEDULES = 100_000
const REACHED = 100

const everything = newSum()

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** A line now and then: a long silence looks like a hang. */
async function search(title: string, jobs: readonly Job[]): Promise<Sum> {
  const every = Math.ceil(jobs.length / 10)
  const progress = (done: number, total: Sum): void => {
    if (done % every === 0) say(`${title}: ${done} of ${jobs.length} pieces, ${total.schedules} schedules, ${total.found.length} violations`)
  }
  const sum = await doTogether(jobs, { width: Math.min(2, availableParallelism()), enough: 5, progress })
  for (const found of sum.found) say(`${found.description}\n  replay: npm run sim -- --replay ${found.replay}`)
  add(everything, sum)
  return sum
}

describe('the shipped engine in a faulty world', { timeout: HOUR }, () => {
  it('keeps every invariant under all placements of up to two faults, over the profiles of the shipped adapters', async () => {
    const sum = await search('exhaustive', dailyJobs())
    say(
      `exhaustive: ${sum.schedules} schedules; the longest undisturbed run has ${sum.effects} effects; at most ${sum.mostMints} keys minted in one schedule\n${faultTable(sum)}`,
    )
    expect(sum.found).toEqual([])
    expect(sum.effects).toBeGreaterThanOrEqual(40)
    expect(thin(faultCells(sum), 1)).toEqual([])
  })

  it('keeps every invariant in random schedules', async () => {
    const sum = await search('random', randomJobs(SEED, SCHEDULES, 250))
    const share = sum.severalActors / sum.schedules
    say(
      `random: seeds ${SEED} to ${SEED + sum.schedules - 1}, median ${medianFaults(sum)} faults, several actors in ${(100 * share).toFixed(1)} %, at most ${sum.mostMints} keys minted in one schedule`,
    )
    expect(sum.found).toEqual([])
    expect(sum.schedules).toBe(SCHEDULES)
    expect(medianFaults(sum)).toBeGreaterThanOrEqual(5)
    expect(share).toBeGreaterThanOrEqual(0.5)
  })

  it('was there: every start, and every row of what a resume may find', () => {
    say(situationTable(everything))
    expect(thin(situationCells(everything), REACHED)).toEqual([])
  })
})
