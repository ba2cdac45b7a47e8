/** Random schedules: several actors, stale reads, time jumps, outside edits and kills, faults wherever chance puts them. */
import { chance, DAY, HOUR, MINUTE, SECOND, type Chance } from './clock.ts'
import { FAULTS, type Fate, type Fault, type FaultPlan } from './faults.ts'
import { CALM, play, type Result, type Scenario, type StartKind } from './schedule.ts'
import { PROFILES, type Kind } from './profiles.ts'

const KINDS = Object.keys(PROFILES) as Kind[]

export interface Draw {
  readonly scenario: Scenario
  readonly plan: FaultPlan
}

/** The schedule of one seed. The same seed is the same schedule, on every machine. */
export function draw(seed: number): Draw {
  const random = chance(seed)
  const targets = 1 + random.below(4)
  const kinds = Array.from({ length: targets }, () => random.pick(KINDS))
  const scenario: Scenario = {
    kinds,
    fallbacks: kinds.map(() => random.hit(0.85)),
    start: random.pick<StartKind>(['adopt', 'adopt', 'routine', 'routine', 'bootstrap', 'recovery', 'shared-key']),
    fate: random.pick<Fate>(['kept', 'kept', 'lost', 'corrupted', 'lost-each-tick']),
    shape: {
      ...CALM,
      listLag: random.below(55) * SECOND,
      createLag: random.below(40) * SECOND,
      deleteLag: random.below(120) * SECOND,
      skew: (random.below(5) - 2) * MINUTE,
      keyDelete: random.hit(0.2) ? 'refused' : 'allowed',
      birthLife: random.pick([HOUR, 30 * MINUTE, 2 * HOUR]),
      overlap: random.pick([0, HOUR, 24 * HOUR]),
      quiet: random.pick([10 * MINUTE, HOUR]),
      horizon: 7 * DAY,
      useEvery: random.pick([5, 30, 50]) * MINUTE,
    },
    namesake: random.hit(0.15),
    sibling: random.hit(0.2),
    waves: random.hit(0.3),
    actors: random.hit(0.6) ? 2 + random.below(2) : 1,
    readFaults: random.hit(0.3) ? 0.02 : 0,
    events: random.hit(0.8),
    seed,
  }
  return { scenario, plan: faults(random) }
}

/** Up to ten faults over the effects that a run of this size has, more of them early. */
function faults(random: Chance): FaultPlan {
  const plan = new Map<number, Fault>()
  for (let left = 5 + random.below(6); left > 0; left--) plan.set(1 + random.below(random.hit(0.5) ? 50 : 130), random.pick(FAULTS))
  return plan
}

/** Plays the schedule of a seed. */
export async function playSeed(seed: number): Promise<{ readonly drawn: Draw; readonly result: Result }> {
  const drawn = draw(seed)
  return { drawn, result: await play(drawn.scenario, drawn.plan) }
}
