/** A rotation as data: what a dry run prints and the engine interprets. Serialisable; no functions. */
import { createHash } from 'node:crypto'

export const VERBS = ['preflight', 'restore', 'mint', 'stage', 'verify', 'commit', 'promote', 'reload', 'drain', 'retire', 'settle', 'sweep'] as const
export type Verb = (typeof VERBS)[number]

export interface StepSpec {
  /** `verb` or `verb:target`. */
  readonly id: string
  readonly verb: Verb
  readonly target?: string
  readonly wave: number
  /**
   * Order within a wave: stores that show nothing are promoted before those that can be read, and rolled back after them. So
   * wherever all readable ones hold the successor, the others do.
   */
  readonly lane: number
}

export interface Plan {
  readonly credential: string
  readonly generation: number
  readonly direction: 'forward' | 'back'
  readonly steps: readonly StepSpec[]
}

/** Steps that may run side by side: one verb, one wave, one lane. The order of groups is the order of the plan. */
export function groupsOf(plan: Plan): readonly (readonly StepSpec[])[] {
  const groups: StepSpec[][] = []
  for (const step of plan.steps) {
    const last = groups.at(-1)
    if (last?.[0] !== undefined && last[0].verb === step.verb && last[0].wave === step.wave && last[0].lane === step.lane) last.push(step)
    else groups.push([step])
  }
  return groups
}

/** What an approval binds to. */
export function planHash(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16)
}
