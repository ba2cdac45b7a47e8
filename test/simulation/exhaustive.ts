/** Every placement of up to two faults, in every mix of target kinds and with every fate of the state. */
import { FATES, FAULTS, type Fate, type Fault, type FaultPlan } from './faults.ts'
import { CALM, play, type Result, type Scenario, type StartKind } from './schedule.ts'
import type { Coverage } from './coverage.ts'
import type { Kind } from './profiles.ts'

export const KINDS: readonly Kind[] = ['value', 'marker', 'nothing']

/** Every multiset of three kinds: within a wave the order of targets is not told apart. */
export function mixes(): Kind[][] {
  const found: Kind[][] = []
  KINDS.forEach((first, i) => KINDS.slice(i).forEach((second, j) => KINDS.slice(i + j).forEach((third) => found.push([first, second, third]))))
  return found
}

export function scenarioOf(kinds: readonly Kind[], fate: Fate, start: StartKind = 'adopt'): Scenario {
  return {
    kinds,
    fallbacks: kinds.map(() => true),
    start,
    fate,
    shape: CALM,
    namesake: false,
    sibling: false,
    waves: false,
    actors: 1,
    readFaults: 0,
    events: false,
    seed: 7,
  }
}

export interface Failure {
  readonly scenario: Scenario
  readonly plan: FaultPlan
  readonly result: Result
}

export interface Tally {
  schedules: number
  /** Effects of the undisturbed run. */
  effects: number
  readonly failures: Failure[]
  /** `effect × fault`: how often a fault struck it. */
  readonly struck: Map<string, number>
  readonly coverage: Coverage
  mostMints: number
}

export function newTally(): Tally {
  return { schedules: 0, effects: 0, failures: [], struck: new Map(), coverage: new Map(), mostMints: 0 }
}

export interface Exploration {
  /** Failures after which to stop. */
  readonly enough: number
  /** Leave out placements that make no world of their own. */
  readonly distinct: boolean
}

/** Explores all placements of at most `depth` faults. Those of an incident begin with it: what leads there is a run that was killed. */
export async function explore(scenario: Scenario, depth: number, tally: Tally, { enough, distinct }: Exploration): Promise<void> {
  const known = new Set<string>()
  const visit = async (plan: Map<number, Fault>, from: number, left: number): Promise<void> => {
    if (tally.failures.length >= enough) return
    const result = await play(scenario, plan)
    note(tally, scenario, plan, result)
    if (left === 0) return
    const until = distinct ? firstKnown(known, result, from, left) : result.effects.length
    for (let at = from; at <= until; at++) {
      for (const fault of distinct ? distinctFaults(result, at) : FAULTS) {
        // Without a death nothing is lost, so the fates differ only in schedules that hold one.
        if (left === 1 && redundant(scenario.fate, [...plan.values(), fault])) continue
        await visit(new Map([...plan, [at, fault]]), at + 1, left - 1)
      }
    }
  }
  await visit(new Map(), 1 + (scenario.incident?.after ?? 0), depth)
}

/** Effects up to the first invocation that has begun like this before with as many faults still to strike: what they do there is known. */
function firstKnown(known: Set<string>, { passages, effects }: Result, from: number, left: number): number {
  for (const { at, digest } of passages) {
    if (at < from - 1) continue
    const name = `${left} ${digest}`
    if (known.has(name)) return at
    known.add(name)
  }
  return effects.length
}

/** A death after an effect is one before the next of its invocation; whether a line of the journal was lost changes nothing that is judged. */
function distinctFaults({ effects, passages }: Result, at: number): readonly Fault[] {
  const journal = effects[at - 1] === 'state.append'
  const last = at === effects.length || passages.some((passage) => passage.at === at)
  return FAULTS.filter((fault) => !(fault === 'fail-after' && journal) && !(fault === 'crash-after' && !last))
}

function redundant(fate: Fate, faults: readonly Fault[]): boolean {
  return (fate === 'lost' || fate === 'corrupted') && !faults.some((fault) => fault.startsWith('crash'))
}

function note(tally: Tally, scenario: Scenario, plan: FaultPlan, result: Result): void {
  tally.schedules++
  if (plan.size === 0) tally.effects = Math.max(tally.effects, result.effects.length)
  for (const { effect, fault } of result.struck) {
    const cell = `${effect.replace(/:t\d$/, '')} × ${fault} × ${scenario.fate}`
    tally.struck.set(cell, (tally.struck.get(cell) ?? 0) + 1)
  }
  for (const [cell, times] of result.coverage) tally.coverage.set(cell, (tally.coverage.get(cell) ?? 0) + times)
  tally.mostMints = Math.max(tally.mostMints, result.mints)
  if (result.violations.length > 0) tally.failures.push({ scenario, plan: new Map(plan), result })
}

/** A failure as a person wants to read it: what to replay, what broke, what happened. */
export function describeFailure({ scenario, plan, result }: Failure): string {
  const faults = result.struck.map((hit) => `${hit.at} ${hit.effect} ${hit.fault}`).join(', ')
  return [
    `${scenario.start} ${scenario.kinds.join('+')} state ${scenario.fate} seed ${scenario.seed}; faults: ${faults || [...plan.keys()].join(',') || 'none'}`,
    ...result.violations.slice(0, 3).map((violation) => `  ${violation.invariant}: ${violation.what}`),
    `  ${result.trace.slice(0, 6).join(' · ')} … ${result.trace.slice(-2).join(' · ')}`,
  ].join('\n')
}

export { FATES }
