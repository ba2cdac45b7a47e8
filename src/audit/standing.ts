/** Where a credential stands, in the words of reports: roles, phase, and the keys that consumers use now. Pure. */
import type { Ms } from '../domain/duration.ts'
import type { CredentialRecord, RunNote } from '../domain/record.ts'
import type { Phase, SlotRole } from '../domain/run.ts'
import { roleOf, type Situation } from '../flow/assess.ts'
import type { Slots } from '../flow/terrain.ts'
import type { Roles } from '../flow/context.ts'
import { merge, sameKey, type KnownKey } from '../flow/identify.ts'

/** The parts that a situation gives; where it is unclear, the record's key is the only one that has a name. */
export function standingRoles(situation: Situation, record: CredentialRecord | null): Roles {
  if (situation.is === 'open') return { a: situation.predecessor, b: situation.successor, older: situation.superseded }
  if (situation.is !== 'unclear') return { a: situation.predecessor, b: null, older: [] }
  const noted = record?.current ?? null
  return { a: noted === null ? null : { ...noted, secret: null, listed: null }, b: null, older: [] }
}

/** What consumers are given: the key of each `current` slot; a slot that shows nothing is judged by our own receipt. */
export function keysInUse(slots: Slots, roles: Roles, run: RunNote | null): KnownKey[] {
  const held = [...slots].map(([name, slot]): KnownKey | null => {
    if (slot.current.is === 'key') return wholeOf(slot.current.key, roles)
    if (slot.current.is !== 'unknown') return null
    return run?.targets[name]?.promotedAt === undefined ? roles.a : run.direction === 'forward' ? roles.b : roles.a
  })
  const known = held.filter((key) => key !== null)
  return known.filter((key, at) => known.findIndex((other) => sameKey(other, key)) === at)
}

function wholeOf(key: KnownKey, roles: Roles): KnownKey {
  return merge([key, ...[roles.a, roles.b, ...roles.older].filter((part) => sameKey(part, key))]) ?? key
}

/** When the first of some keys ends by itself; `null` = never, or not known. */
export function endOf(keys: readonly KnownKey[]): Ms | null {
  const ends = keys.flatMap((key) => (key.listed?.expiresAt == null ? [] : [key.listed.expiresAt]))
  return ends.length === 0 ? null : Math.min(...ends)
}

export interface SlotRoles {
  readonly current: SlotRole
  readonly fallback: SlotRole
}

export function slotRoles(slots: Slots, name: string, roles: Roles): SlotRoles {
  const slot = slots.get(name)
  if (slot === undefined) return { current: 'unknown', fallback: 'unknown' }
  return { current: roleOf(slot.current, roles), fallback: slot.hasFallback ? roleOf(slot.fallback, roles) : 'none' }
}

/** Where the slots stand; design section 1. Only a listing can tell that the old key is gone. */
export function standingPhase(situation: Situation, targets: readonly SlotRoles[], listed: boolean): Phase {
  if (situation.is === 'unclear') return 'unknown'
  if (situation.is !== 'open') return 'settled'
  const promoted = targets.filter((target) => target.current === 'b').length
  if (promoted > 0 && promoted === targets.length) return listed && situation.predecessor?.listed === null ? 'retired' : 'promoted'
  if (promoted > 0) return 'promoting'
  if (targets.some((target) => target.fallback === 'b')) return 'staged'
  return situation.successor === null ? 'settled' : 'minted'
}
