/** Where a simulated process can fail: before or after each of its effects, by an error or by death. */
import type { Chance } from './clock.ts'

export const FAULTS = ['fail-before', 'fail-after', 'crash-before', 'crash-after'] as const
export type Fault = (typeof FAULTS)[number]

/** What becomes of the stored state when a process dies. */
export const FATES = ['kept', 'lost', 'corrupted', 'lost-each-tick'] as const
export type Fate = (typeof FATES)[number]

/** Effect number (1-based, counted over the whole schedule) to fault. */
export type FaultPlan = ReadonlyMap<number, Fault>

export interface EffectLog {
  /** Names of the effects in order, for coverage tables. */
  readonly names: string[]
  readonly struck: { readonly at: number; readonly effect: string; readonly fault: Fault }[]
}

/** One process: its effects are counted and struck; a crashed process never hears back. */
export class Process {
  readonly name: string
  crashed = false
  readonly death: Promise<'crashed'>
  #die: () => void = () => undefined

  constructor(name: string) {
    this.name = name
    this.death = new Promise((resolve) => {
      this.#die = () => resolve('crashed')
    })
  }

  crash(): Promise<never> {
    this.crashed = true
    this.#die()
    return new Promise<never>(() => undefined)
  }
}

/** Counts effects across processes and strikes the planned ones. */
export class FaultGate {
  readonly plan: FaultPlan
  readonly log: EffectLog = { names: [], struck: [] }
  /** Extra turns between calls, so that two processes interleave; none where there is only one. */
  readonly interleave: Chance | null
  #count = 0
  /** The process dies before the effect after this one. */
  stopAfter: number | null = null
  /** Told before each effect. */
  onCount: (now: number) => void = () => undefined

  constructor(plan: FaultPlan, interleave: Chance | null) {
    this.plan = plan
    this.interleave = interleave
  }

  get count(): number {
    return this.#count
  }

  async turn(process: Process): Promise<void> {
    if (process.crashed) await new Promise<never>(() => undefined)
    if (this.interleave === null) return
    for (let turns = this.interleave.below(6); turns > 0; turns--) await Promise.resolve()
    if (process.crashed) await new Promise<never>(() => undefined)
  }

  /** Runs one effect under the plan. `lost` makes the error of an answer that never came. */
  async effect<T>(process: Process, name: string, run: () => T, failed: () => Error, lost: () => Error): Promise<T> {
    await this.turn(process)
    if (this.stopAfter !== null && this.#count >= this.stopAfter) return process.crash()
    const at = ++this.#count
    this.onCount(at)
    this.log.names.push(name)
    const fault = this.plan.get(at)
    if (fault !== undefined) this.log.struck.push({ at, effect: name, fault })
    if (fault === 'fail-before') throw failed()
    if (fault === 'crash-before') return process.crash()
    const result = run()
    if (fault === 'fail-after') throw lost()
    if (fault === 'crash-after') return process.crash()
    return result
  }
}
