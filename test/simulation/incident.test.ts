/** The incident plan in a faulty world: a slice for CI; the whole by `npm run sim -- --incident`. */
import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { doTogether } from './crew.ts'
import { parsePlan } from './jobs.ts'
import { scenarioById } from './programme.ts'
import { incidentSlice } from './programme-incident.ts'
import { play, type Scenario } from './schedule.ts'

describe('an incident', { timeout: 1_800_000 }, () => {
  it('ends with the leaked key dead and everybody in reach on a living one, whatever fails on the way', async () => {
    const sum = await doTogether(incidentSlice(), { width: Math.min(2, availableParallelism()), enough: 5 })
    for (const found of sum.found) process.stdout.write(`${found.description}\n  replay: npm run sim -- --replay ${found.replay}\n`)
    expect(sum.found).toEqual([])
    const ends = ['KR_INCIDENT_OVER', 'KR_ROLLED_BACK', 'KR_INCIDENT_DEBT', 'KR_TARGET_UNREACHABLE', 'KR_LEAK_SHARED', 'KR_LEAK_DEAD']
    for (const code of ends) expect(sum.coverage.get(`incident ${code}`) ?? 0, code).toBeGreaterThan(0)
  })

  it.each([
    'incident-2-bare/dotenv+sensitive/lost@1:fail-before,26:crash-before',
    'incident-2-bare/dotenv+sensitive/lost@1:fail-before,27:crash-before',
    'incident-2-bare/dotenv+sensitive/lost-each-tick@1:fail-before,28:crash-before',
  ])('killed amid the promotions, its record lost, goes on by the id that it says is wanted: %s', async (replay) => {
    const [id = '', faults = ''] = replay.split('@')
    const scenario = scenarioById(id)
    expect(scenario).not.toBeNull()
    const { violations, coverage } = await play(scenario as Scenario, parsePlan(faults))
    expect(violations).toEqual([])
    expect([...coverage.keys()].filter((name) => name.startsWith('incident '))).toEqual(
      expect.arrayContaining(['incident KR_NOT_THE_KEY', 'incident KR_INCIDENT_OVER']),
    )
  })
})
