/** What is searched of the incident plan: what a leak can meet, how many faults strike it, and the slice of it that CI repeats. */
import { mixes } from './exhaustive.ts'
import type { IncidentScript } from './incident.ts'
import type { ExploreJob } from './jobs.ts'
import { jobsFor, PLAIN, SHIPPED } from './pieces.ts'
import { anyReads } from './profiles.ts'
import type { Scenario } from './schedule.ts'

type Variant = (plain: Scenario) => Scenario

const LEAK: IncidentScript = { leaked: 'a', severFirst: false, after: 0 }
const told =
  (more: Partial<IncidentScript>): Variant =>
  (plain) => ({ ...plain, incident: { ...LEAK, ...more } })

/** What an incident can meet, one thing at a time. A target falls right after *contain*, before its promotion, in the middle of it, and after it. */
const LEAKS: Record<string, Variant> = {
  plain: told({}),
  unsaid: told({ leaked: 'unsaid' }),
  sever: told({ severFirst: true }),
  'down-named': told({ down: { target: 1, from: 0, named: true } }),
  'down-unnamed': told({ down: { target: 1, from: 0, named: false } }),
  'falls-6': told({ down: { target: 0, from: 6, named: false } }),
  'falls-14': told({ down: { target: 1, from: 14, named: false } }),
  'falls-22': told({ down: { target: 2, from: 22, named: false } }),
  'falls-30': told({ down: { target: 0, from: 30, named: true } }),
  'no-writes': told({ noWrites: true }),
  vanishes: told({ vanishes: true }),
  'vanishes-down': told({ vanishes: true, down: { target: 1, from: 0, named: false } }),
  forgotten: told({ forgotten: true }),
  bare: (plain) => told({})({ ...plain, fallbacks: plain.kinds.map(() => false) }),
  shared: (plain) => told({})({ ...plain, start: 'shared-key' }),
}

/** Phases of a routine run that a leak can meet, by the effects it has had: intended, minted, staged here, staged, committed, promoted one by one, reloading. */
const PHASES = [3, 8, 16, 18, 26, 30, 34, 36, 38, 40, 48]
/** From here on a slot holds the run's own key, and it can leak. */
const HELD = 16
const OPEN = PHASES.flatMap((after) => {
  const which = (['a', 'b', 'unsaid'] as const).filter((leaked) => leaked !== 'b' || after >= HELD)
  return which.map((leaked): [string, Variant] => [`open-${leaked}-${after}`, told({ leaked, after })])
})

/** Every placement of up to two faults over the shipped profiles, and of one in every other mix that can be read. */
export function incidentJobs(): ExploreJob[] {
  const readable = mixes().filter((kinds) => anyReads(kinds, 'value'))
  return [
    ...Object.entries(LEAKS).flatMap(([name, make]) => leakJobs(name, 2, make)),
    ...OPEN.flatMap(([name, make]) => leakJobs(name, 2, make, [PLAIN])),
    ...leakJobs('mixes', 1, told({}), readable),
  ]
}

/** What CI repeats of it: one fault in every variant over every shipped adapter, and at two phases of an open run; a leak at every phase. */
export function incidentSlice(): ExploreJob[] {
  const some = OPEN.filter(([name]) => name === 'open-b-36' || name === 'open-unsaid-40')
  return [
    ...Object.entries(LEAKS).flatMap(([name, make]) => leakJobs(name, 1, make, [PLAIN])),
    ...some.flatMap(([name, make]) => leakJobs(name, 1, make, [PLAIN])),
    ...OPEN.flatMap(([name, make]) => leakJobs(name, 0, make, [PLAIN])),
  ]
}

function leakJobs(name: string, depth: number, make: Variant, among = SHIPPED): ExploreJob[] {
  // What a slow reload adds is time alone; a short one says the same in less of ours.
  const quick: Variant = (plain) => ({ ...plain, shape: { ...plain.shape, rollout: 5_000 } })
  return jobsFor(`incident-${depth}-${name}`, depth, (plain) => make(quick(plain)), among).map((job) => ({ ...job, distinct: true }))
}
