/** What the search of incidents leaves out: a placement after an invocation that begins as another began plays as its twin. */
import { describe, expect, it } from 'vitest'
import { scenarioOf } from './exhaustive.ts'
import type { Fate, Fault } from './faults.ts'
import { LEAK, quick } from './incident-moments.ts'
import type { Kind } from './profiles.ts'
import { play, type Result, type Scenario } from './schedule.ts'

interface Twin {
  readonly death: number
  readonly at: number
}

/** Deaths after which the next invocation begins alike, with the effects before it. */
async function twinsOf(scenario: Scenario): Promise<readonly (readonly [Twin, Twin])[]> {
  const { effects } = await play(scenario, new Map())
  const first = new Map<string, Twin>()
  const twins: [Twin, Twin][] = []
  for (let death = 1; death <= effects.length; death++) {
    const next = (await play(scenario, new Map([[death, 'crash-before']]))).passages[1]
    if (next === undefined) continue
    const known = first.get(next.digest)
    if (known === undefined) first.set(next.digest, { death, at: next.at })
    else twins.push([known, { death, at: next.at }])
  }
  return twins
}

/** What is judged of a schedule, from an effect on. */
const rest = ({ effects, violations, last, passages }: Result, from: number): unknown => ({
  effects: effects.slice(from),
  violations,
  code: last?.code,
  later: passages.filter(({ at }) => at > from).map(({ at, digest }) => [at - from, digest]),
})

const worlds: readonly (readonly [Kind, Kind, Fate])[] = [
  ['aws', 'vercel', 'lost'],
  ['dotenv', 'sensitive', 'lost-each-tick'],
  ['kubernetes', 'reloader', 'kept'],
]

describe('an invocation that begins as another began', () => {
  it.each(worlds)('goes on as that did: %s and %s, record %s', async (one, other, fate) => {
    const scenario = { ...quick(scenarioOf([one, other], fate)), incident: LEAK }
    const twins = await twinsOf(scenario)
    expect(twins.length).toBeGreaterThan(3)
    for (const [left, right] of twins)
      for (const [after, fault] of [
        [2, 'fail-before'],
        [9, 'crash-before'],
        [23, 'fail-after'],
        [37, 'crash-before'],
      ] as const satisfies [number, Fault][]) {
        const played = await Promise.all(
          [left, right].map(async ({ death, at }) =>
            rest(
              await play(
                scenario,
                new Map([
                  [death, 'crash-before'],
                  [at + after, fault],
                ]),
              ),
              at,
            ),
          ),
        )
        expect(played[1]).toEqual(played[0])
      }
  })
})
