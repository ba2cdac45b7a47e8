/** What is searched: every piece of the exhaustive exploration, the slice of it that a planted bug must stand up to, and the seeds. */
import { mixes } from './exhaustive.ts'
import type { ExploreJob, RandomJob } from './jobs.ts'
import { jobsFor, PLAIN, plainly, SHIPPED } from './pieces.ts'
import type { Kind } from './profiles.ts'
import { incidentJobs, incidentSlice } from './programme-incident.ts'
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

/** Stores without a fallback slot, each by itself: only their marks tell what a lost record knew. */
const ALONE: readonly (readonly Kind[])[] = [['vercel'], ['reloader'], ['sensitive']]
const EVERY_MIX = [...mixes(), ...SHIPPED, ...ALONE]

/** Every placement of up to two faults for *adopt*: over the profiles of the shipped adapters, and over every mix of abstract ones. */
export function exhaustiveJobs(): ExploreJob[] {
  return [...shippedJobs(2), ...jobsFor('adopt', 2, plainly), ...singleFaultJobs(EVERY_MIX)]
}

/** What CI repeats: up to two faults over the shipped profiles, one over everything else. The other faces see two faults with the state kept. */
export function dailyJobs(): ExploreJob[] {
  const both = shippedJobs(2).filter(({ scenario: { kinds, fate } }) => kinds === PLAIN || fate === 'kept')
  return [...both, ...shippedJobs(1).filter(({ scenario: { kinds } }) => kinds !== PLAIN), ...jobsFor('adopt', 1, plainly), ...singleFaultJobs(EVERY_MIX)]
}

function shippedJobs(depth: number): ExploreJob[] {
  return jobsFor('shipped', depth, plainly, SHIPPED)
}

/** One fault in every other start and variant. */
function singleFaultJobs(among: readonly (readonly Kind[])[]): ExploreJob[] {
  const starts = OTHER_STARTS.flatMap((start) => jobsFor(start, 1, (plain) => ({ ...plain, start }), among))
  const variants = Object.entries(VARIANTS).flatMap(([name, make]) => jobsFor(name, 1, make, among))
  return [...starts, ...variants]
}

/** For planted bugs: every single fault in every fate, over every mix for *adopt*, over the shipped profiles for every other start and variant. */
export function sliceJobs(): ExploreJob[] {
  return [...shippedJobs(1), ...jobsFor('adopt', 1, plainly), ...singleFaultJobs(SHIPPED)]
}

/** The scenario that a replay command names. */
export function scenarioById(id: string): Scenario | null {
  return [...exhaustiveJobs(), ...incidentJobs(), ...incidentSlice()].find((job) => job.id === id)?.scenario ?? null
}

/** Seeds `from` … `from + schedules - 1`, in pieces. */
export function randomJobs(from: number, schedules: number, piece: number, enough = 3): RandomJob[] {
  const jobs: RandomJob[] = []
  for (let done = 0; done < schedules; done += piece) jobs.push({ is: 'random', from: from + done, count: Math.min(piece, schedules - done), enough })
  return jobs
}
