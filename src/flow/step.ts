/**
 * The contract every verb keeps: *look* says how the world stands, *act* changes it, and the engine looks again before it
 * calls a step done. A look never changes anything outside; an act never assumes that an earlier look still holds.
 */
import type { Ms } from '../domain/duration.ts'
import type { RunStatus } from '../domain/run.ts'
import type { StepSpec } from '../domain/plan.ts'
import type { ItemFinding } from '../domain/warrant.ts'
import type { Observation } from '../ports/target.ts'
import type { Context } from './context.ts'

/** Why an invocation ends before its run does. */
export interface Stop {
  readonly status: Extract<RunStatus, 'waiting' | 'parked' | 'failed' | 'person' | 'refused'>
  readonly code: `KR_${string}`
  readonly message: string
  readonly hints?: readonly string[]
  /** When coming back makes sense; for `waiting`. */
  readonly until?: Ms
  /** The command that continues, where it is not `keyrot rotate NAME`. */
  readonly command?: string
  readonly items?: readonly ItemFinding[]
}

export type Look =
  | { readonly is: 'satisfied'; readonly why: string }
  | { readonly is: 'skipped'; readonly why: string }
  /** `seen`: the target as it was, for an act whose write names that revision, so that a change since is noticed. */
  | { readonly is: 'needed'; readonly why: string; readonly seen?: Observation }
  | { readonly is: 'blocked'; readonly stop: Stop }

export type Act =
  /** `seen`: the act has looked afterwards by itself, and found done what was wanted. */
  | { readonly is: 'acted'; readonly seen?: true }
  /** The ground has moved under the plan: survey, assess and walk the plan again. `stands`: nothing but our own record has changed. */
  | { readonly is: 'reconsider'; readonly why: string; readonly stands?: true }
  | { readonly is: 'stopped'; readonly stop: Stop }

export type Needed = Extract<Look, { is: 'needed' }>

export interface StepLogic {
  look(cx: Context, step: StepSpec): Promise<Look>
  act?(cx: Context, step: StepSpec, look: Needed): Promise<Act>
}

export const ACTED: Act = { is: 'acted' }
export const SEEN: Act = { is: 'acted', seen: true }

export function satisfied(why: string): Look {
  return { is: 'satisfied', why }
}

export function needed(why: string, seen?: Observation): Look {
  return { is: 'needed', why, ...(seen === undefined ? {} : { seen }) }
}

export function skipped(why: string): Look {
  return { is: 'skipped', why }
}

export function blocked(stop: Stop): Look {
  return { is: 'blocked', stop }
}

export function stopped(stop: Stop): Act {
  return { is: 'stopped', stop }
}

export function reconsider(why: string): Act {
  return { is: 'reconsider', why }
}

/** As `reconsider`, where what was seen of the world still stands. */
export function conclude(why: string): Act {
  return { is: 'reconsider', why, stands: true }
}
