/** A rotation as data: what a dry run prints and the engine interprets. Serialisable; no functions. */
import { createHash } from 'node:crypto'

export const VERBS = [
  'preflight',
  'restore',
  'contain',
  'sever',
  'mint',
  'stage',
  'verify',
  'commit',
  'promote',
  'reload',
  'drain',
  'retire',
  'affirm',
  'settle',
  'sweep',
] as const
export type Verb = (typeof VERBS)[number]

export interface StepSpec {
  /** `verb` or `verb:target`. */
  readonly id: string
  readonly verb: Verb
  readonly target?: string
  readonly wave: number
  /**
   * Order within a wave: stores that show nothing are promoted before those that can be read; a rollback takes all of them
   * last. So wherever all readable ones hold the successor, the others do.
   */
  readonly lane: number
  /** Steps of one bundle belong together whatever their verbs: target by target in their order, all targets side by side. */
  readonly bundle?: string
}

export interface Plan {
  readonly credential: string
  readonly generation: number
  readonly direction: 'forward' | 'back'
  readonly steps: readonly StepSpec[]
}

/** Steps that may run side by side: one bundle, or one verb, one wave, one lane. The order of groups is the order of the plan. */
export function groupsOf(plan: Plan): readonly (readonly StepSpec[])[] {
  const groups: StepSpec[][] = []
  for (const step of plan.steps) {
    const last = groups.at(-1)
    if (last?.[0] !== undefined && sideBySide(last[0], step)) last.push(step)
    else groups.push([step])
  }
  return groups
}

function sideBySide(left: StepSpec, right: StepSpec): boolean {
  if (left.bundle !== undefined || right.bundle !== undefined) return left.bundle === right.bundle
  return left.verb === right.verb && left.wave === right.wave && left.lane === right.lane
}

/** A group as chains: the steps of one target one after the other, where a bundle holds several of it. */
export function chainsOf(group: readonly StepSpec[]): readonly (readonly StepSpec[])[] {
  return [...Map.groupBy(group, (step) => step.target ?? step.id).values()]
}

/** What an approval binds to. */
export function planHash(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16)
}
