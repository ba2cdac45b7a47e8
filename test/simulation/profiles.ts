/** What kinds of targets there are: three that differ in one thing only, and the profiles of the adapters as they are shipped. */
import type { TargetTraits } from '../../src/ports/target.ts'

export interface Profile extends Pick<TargetTraits, 'reads' | 'fallback' | 'consumers'> {
  /** Each label of a slot moves by a call of its own: a write can end between any two of them. */
  readonly stepwise?: boolean
  /** The store bears a mark during a run, and shows what it says. */
  readonly marks?: boolean
  /** A reload takes its time; meanwhile consumers run with what they had, and are named when asked. */
  readonly rollout?: boolean
  /** Something stopped keeps the old key, and would bring it back. */
  readonly leftovers?: boolean
}

export const PROFILES = {
  value: { reads: 'value', fallback: true, consumers: 'reread' },
  marker: { reads: 'marker', fallback: true, consumers: 'reload' },
  nothing: { reads: 'nothing', fallback: true, consumers: 'reread' },
  dotenv: { reads: 'value', fallback: true, consumers: 'reread' },
  aws: { reads: 'value', fallback: true, consumers: 'reread', stepwise: true },
  kubernetes: { reads: 'value', fallback: true, consumers: 'reload', rollout: true },
  reloader: { reads: 'value', fallback: false, consumers: 'reload', rollout: true, marks: true },
  vercel: { reads: 'value', fallback: false, consumers: 'reload', rollout: true, marks: true },
  sensitive: { reads: 'nothing', fallback: false, consumers: 'reload', rollout: true, marks: true, leftovers: true },
} as const satisfies Record<string, Profile>

export type Kind = keyof typeof PROFILES

export function profileOf(kind: Kind): Profile {
  return PROFILES[kind]
}

/** Whether some target of these shows as much as that. */
export function anyReads(kinds: readonly Kind[], reads: Profile['reads']): boolean {
  return kinds.some((kind) => profileOf(kind).reads === reads)
}
