/**
 * The contract every verb keeps: *look* says how the world stands, *act* changes it, and the engine looks again before it
 * calls a step done. A look never changes anything outside; an act never assumes that an earlier look still holds.
 */
import type { Ms } from '../domain/duration.ts'
import type { RunStatus } from '../domain/run.ts'
import type { StepSpec } from '../domain/plan.ts'
import type { ItemFinding } from '../domain/warrant.ts'
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
  | { readonly is: 'needed'; readonly why: string }
  | { readonly is: 'blocked'; readonly stop: Stop }

export type Act =
  | { readonly is: 'acted' }
  /** The ground has moved under the plan: survey, assess and walk the plan again. */
  | { readonly is: 'reconsider'; readonly why: string }
  | { readonly is: 'stopped'; readonly stop: Stop }

export interface StepLogic {
  look(cx: Context, step: StepSpec): Promise<Look>
  act?(cx: Context, step: StepSpec): Promise<Act>
}

export const ACTED: Act = { is: 'acted' }

export function satisfied(why: string): Look {
  return { is: 'satisfied', why }
}

export function needed(why: string): Look {
  return { is: 'needed', why }
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
