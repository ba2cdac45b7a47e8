/** What is searched: every piece of the exhaustive exploration, the slice of it that a planted bug must stand up to, and the seeds. */
import { FATES, mixes, scenarioOf } from './exhaustive.ts'
import type { ExploreJob, RandomJob } from './jobs.ts'
import type { Scenario, StartKind } from './schedule.ts'

const OTHER_STARTS: readonly StartKind[] = ['routine', 'bootstrap', 'recovery', 'shared-key']

/** What else may differ from the plain scenario, one thing at a time. */
const VARIANTS: Record<string, (scenario: Scenario) => Scenario> = {
  'no-fallback': (scenario) => ({ ...scenario, fallbacks: scenario.kinds.map(() => false) }),
  'first-fallback-only': (scenario) => ({ ...scenario, fallbacks: scenario.kinds.map((_, at) => at === 0) }),
  waves: (scenario) => ({ ...scenario, waves: true }),
  namesake: (scenario) => ({ ...scenario, namesake: true }),
  'account-sibling': (scenario) => ({ ...scenario, sibling: true, start: 'routine', shape: { ...scenario.shape, keyDelete: 'refused' } }),
}

function jobsFor(kind: string, depth: number, enough: number, make: (plain: Scenario) => Scenario): ExploreJob[] {
  return FATES.toReversed().flatMap((fate) =>
    mixes().map((kinds): ExploreJob => {
      const scenario = make(scenarioOf(kinds, fate))
      return { is: 'explore', id: `${kind}/${kinds.join('+')}/${fate}`, scenario, depth, enough }
    }),
  )
}

/** Every placement of up to two faults for *adopt*, of one fault for the other starts and variants; the longest pieces first. */
export function exhaustiveJobs(enough = 3): ExploreJob[] {
  return [...jobsFor('adopt', 2, enough, (plain) => plain), ...singleFaultJobs(enough)]
}

function singleFaultJobs(enough: number): ExploreJob[] {
  const starts = OTHER_STARTS.flatMap((start) => jobsFor(start, 1, enough, (plain) => ({ ...plain, start })))
  const variants = Object.entries(VARIANTS).flatMap(([name, make]) => jobsFor(name, 1, enough, make))
  return [...starts, ...variants]
}

/** For planted bugs: every single fault in every start, variant, mix and fate. */
export function sliceJobs(): ExploreJob[] {
  return [...jobsFor('adopt', 1, 1, (plain) => plain), ...singleFaultJobs(1)]
}

/** The scenario that a replay command names. */
export function scenarioById(id: string): Scenario | null {
  return exhaustiveJobs().find((job) => job.id === id)?.scenario ?? null
}

/** Seeds `from` … `from + schedules - 1`, in pieces. */
export function randomJobs(from: number, schedules: number, piece: number, enough = 3): RandomJob[] {
  const jobs: RandomJob[] = []
  for (let done = 0; done < schedules; done += piece) jobs.push({ is: 'random', from: from + done, count: Math.min(piece, schedules - done), enough })
  return jobs
}
