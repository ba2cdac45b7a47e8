/** The search's own parts: what a zero cell, a blind checker and a patch that no longer applies do. */
import { describe, expect, it } from 'vitest'
import { count } from './coverage.ts'
import { doTogether } from './crew.ts'
import { FATES, FAULTS } from './faults.ts'
import { add, doJob, medianFaults, newSum, parsePlan, plainEffect } from './jobs.ts'
import { huntWith, patched, plantedBugs } from './plant.ts'
import { exhaustiveJobs, randomJobs, scenarioById } from './programme.ts'
import { draw } from './random.ts'
import { faultCells, situationCells, thin } from './tables.ts'

describe('the search', () => {
  it('gives every piece a name of its own, by which it can be replayed', () => {
    const jobs = exhaustiveJobs()
    expect(new Set(jobs.map((job) => job.id)).size).toBe(jobs.length)
    expect(scenarioById(jobs[5]!.id)).toEqual(jobs[5]!.scenario)
    expect(scenarioById('no such piece')).toBeNull()
    expect(parsePlan('3:crash-after,17:fail-before')).toEqual(
      new Map([
        [3, 'crash-after'],
        [17, 'fail-before'],
      ]),
    )
    expect(parsePlan('').size).toBe(0)
  })

  it('deals out every seed once', () => {
    const seeds = randomJobs(10, 1001, 250).flatMap((job) => Array.from({ length: job.count }, (_, at) => job.from + at))
    expect(seeds).toEqual(Array.from({ length: 1001 }, (_, at) => 10 + at))
  })

  it('draws the same schedule from the same seed', () => {
    expect(draw(77)).toEqual(draw(77))
  })

  it('finds by several threads what it finds by one', async () => {
    const jobs = randomJobs(1, 60, 20)
    const alone = newSum()
    for (const job of jobs) add(alone, await doJob(job))
    const together = await doTogether(jobs, { width: 2, enough: 1 })
    expect(together.schedules).toBe(60)
    expect(together.coverage).toEqual(alone.coverage)
    expect(together.faults).toEqual(alone.faults)
  })

  it('fails when a thread does', async () => {
    await expect(doTogether([{ is: 'explore' } as never], { width: 1, enough: 1 })).rejects.toThrow()
  })

  it('names every cell that stayed empty', () => {
    const sum = newSum()
    sum.names.add('provider.create')
    for (const fate of FATES) for (const fault of FAULTS) count(sum.struck, `provider.create × ${fault} × ${fate}`)
    expect(thin(faultCells(sum), 1)).toEqual([])
    sum.struck.delete('provider.create × crash-after × lost')
    expect(thin(faultCells(sum), 1)).toEqual([{ name: 'provider.create × crash-after × lost', times: 0 }])
    expect(thin(situationCells(sum), 1).map((cell) => cell.name)).toContain('start supersede')
  })

  it('adds sums, and takes the middle of them', () => {
    const left = newSum()
    const right = newSum()
    left.faults.set(3, 2)
    right.faults.set(3, 1).set(9, 4)
    right.schedules = 7
    add(left, right)
    expect(left.faults).toEqual(
      new Map([
        [3, 3],
        [9, 4],
      ]),
    )
    expect(left.schedules).toBe(7)
    expect(medianFaults(left)).toBe(9)
    expect(plainEffect('write-current:t2')).toBe('write-current')
  })

  it('does not trust a checker that saw nothing', async () => {
    const blind = {
      story: 'the checker sees no effect',
      edits: [{ file: 'test/simulation/checker.ts', find: '  seen = 0\n', replace: '  get seen() { return 0 }\n  set seen(_) {}\n' }],
    }
    expect((await huntWith(blind, { seeds: 0, full: false })).exhaustive.found).toMatchObject({ number: 1, invariant: 'CHECKER' })
  })

  it('has at least twenty-seven bugs to plant, and each still applies', async () => {
    const bugs = await plantedBugs()
    expect(bugs.length).toBeGreaterThanOrEqual(27)
    for (const bug of bugs) expect((await patched(bug)).size, bug.name).toBeGreaterThan(0)
  })

  it('refuses a planted bug that no longer applies', async () => {
    const bug = { story: 'nothing', edits: [{ file: 'src/flow/mint.ts', find: 'no such text', replace: '' }] }
    await expect(huntWith(bug, { seeds: 0, full: false })).rejects.toThrow('does not apply')
  })
})
