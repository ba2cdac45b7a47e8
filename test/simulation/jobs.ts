/** Pieces of the search, small enough to be dealt out to threads: what they are, how one is done, how their sums add up. */
import { count, type Coverage } from './coverage.ts'
import { describeFailure, explore, newTally, type Failure } from './exhaustive.ts'
import type { Fault, FaultPlan } from './faults.ts'
import { playSeed } from './random.ts'
import { play, type Scenario } from './schedule.ts'

/** All placements of at most `depth` faults in one scenario. */
export interface ExploreJob {
  readonly is: 'explore'
  /** Names the scenario in replay commands. */
  readonly id: string
  readonly scenario: Scenario
  readonly depth: number
  /** Failures after which to stop looking. */
  readonly enough: number
  /** Leave out placements that make no world of their own. */
  readonly distinct?: boolean
}

/** The schedules of `count` seeds in a row. */
export interface RandomJob {
  readonly is: 'random'
  readonly from: number
  readonly count: number
  readonly enough: number
}

export type Job = ExploreJob | RandomJob

/** One violation, as plain data that survives the way between threads. */
export interface Found {
  /** Seed of a random schedule; number of an exhaustive one within its job. */
  readonly number: number
  readonly invariant: string
  readonly what: string
  /** What `--replay` takes. */
  readonly replay: string
  readonly traceLength: number
  readonly description: string
}

export interface Sum {
  schedules: number
  /** Effects of the longest undisturbed run. */
  effects: number
  /** Effects that an undisturbed run had, by name. */
  readonly names: Set<string>
  readonly struck: Map<string, number>
  readonly coverage: Coverage
  readonly found: Found[]
  /** Number of faults → number of schedules. */
  readonly faults: Map<number, number>
  severalActors: number
  mostMints: number
}

export function newSum(): Sum {
  return { schedules: 0, effects: 0, names: new Set(), struck: new Map(), coverage: new Map(), found: [], faults: new Map(), severalActors: 0, mostMints: 0 }
}

/** Does one piece of work. */
export async function doJob(job: Job): Promise<Sum> {
  return job.is === 'explore' ? exploreOne(job) : searchSeeds(job)
}

async function exploreOne(job: ExploreJob): Promise<Sum> {
  const sum = newSum()
  const undisturbed = await play(job.scenario, new Map())
  for (const name of undisturbed.effects) sum.names.add(plainEffect(name))
  const tally = newTally()
  await explore(job.scenario, job.depth, tally, { enough: job.enough, distinct: job.distinct ?? false })
  sum.schedules = tally.schedules
  sum.effects = tally.effects
  sum.mostMints = tally.mostMints
  for (const [cell, times] of tally.struck) count(sum.struck, cell, times)
  for (const [cell, times] of tally.coverage) count(sum.coverage, cell, times)
  count(sum.coverage, `start ${job.scenario.start}`, tally.schedules)
  for (const failure of tally.failures) sum.found.push(foundIn(failure, job.enough === 1 ? tally.schedules : 0, `${job.id}@${planText(failure.plan)}`))
  return sum
}

async function searchSeeds(job: RandomJob): Promise<Sum> {
  const sum = newSum()
  for (let seed = job.from; seed < job.from + job.count && sum.found.length < job.enough; seed++) {
    const { drawn, result } = await playSeed(seed)
    sum.schedules++
    sum.faults.set(result.faults, (sum.faults.get(result.faults) ?? 0) + 1)
    if (drawn.scenario.actors >= 2) sum.severalActors++
    sum.mostMints = Math.max(sum.mostMints, result.mints)
    for (const [cell, times] of result.coverage) count(sum.coverage, cell, times)
    count(sum.coverage, `start ${drawn.scenario.start}`)
    if (result.violations.length > 0) sum.found.push(foundIn({ scenario: drawn.scenario, plan: drawn.plan, result }, seed, String(seed)))
  }
  return sum
}

function foundIn(failure: Failure, number: number, replay: string): Found {
  const first = failure.result.violations[0]
  return {
    number,
    replay,
    invariant: first?.invariant ?? '?',
    what: first?.what ?? '',
    traceLength: failure.result.effects.length,
    description: describeFailure(failure),
  }
}

/** The name of an effect without the target it was done to. */
export function plainEffect(name: string): string {
  return name.replace(/:t\d$/, '')
}

/** Adds one sum to another. */
export function add(total: Sum, part: Sum): void {
  total.schedules += part.schedules
  total.severalActors += part.severalActors
  total.effects = Math.max(total.effects, part.effects)
  total.mostMints = Math.max(total.mostMints, part.mostMints)
  for (const name of part.names) total.names.add(name)
  for (const [cell, times] of part.struck) count(total.struck, cell, times)
  for (const [cell, times] of part.coverage) count(total.coverage, cell, times)
  for (const [faults, times] of part.faults) total.faults.set(faults, (total.faults.get(faults) ?? 0) + times)
  total.found.push(...part.found)
}

/** The middle number of faults; 0 where nothing was played. */
export function medianFaults(sum: Sum): number {
  const all = [...sum.faults].toSorted(([left], [right]) => left - right)
  let left = all.reduce((total, [, times]) => total + times, 0) / 2
  for (const [faults, times] of all) if ((left -= times) <= 0) return faults
  return 0
}

function planText(plan: FaultPlan): string {
  return [...plan].map(([at, fault]) => `${at}:${fault}`).join(',')
}

/** The faults of a replay command; the reverse of what a failure prints. */
export function parsePlan(text: string): FaultPlan {
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split(':'))
  return new Map(pairs.map(([at, fault]) => [Number(at), fault as Fault]))
}
