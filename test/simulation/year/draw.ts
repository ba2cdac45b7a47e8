/** A year as drawn from its seed: twelve credentials in some projects, their policies, what fails, and who looks after it. */
import { DEFAULT_POLICY, type Limits, type Policy, type Window } from '../../../src/domain/policy.ts'
import { chance, DAY, HOUR, type Chance } from '../clock.ts'
import type { Kind } from '../profiles.ts'

export const DAYS = 400
export const CREDENTIALS = 12

export interface DrawnCredential {
  readonly name: string
  readonly project: string
  readonly kinds: readonly Kind[]
  readonly policy: Policy
  /** Age of the key that is found, and its life. */
  readonly age: number
  readonly life: number | null
}

/** Somebody or something that keeps a credential from being rotated. */
export interface Block {
  readonly credential: string
  readonly cause: 'target down' | 'provider down' | 'approval late' | 'person late' | 'found too old' | 'runner down'
  readonly from: number
  to: number
}

export interface Year {
  readonly seed: number
  readonly days: number
  /** Records survive a tick, or every tick begins with none (a CI runner without a store). */
  readonly stateKept: boolean
  readonly runners: number
  readonly limits: Limits
  readonly credentials: readonly DrawnCredential[]
  /** Outages, as days from the beginning. */
  readonly outages: readonly { readonly credential: string; readonly cause: 'target down' | 'provider down'; readonly from: number; readonly to: number }[]
  readonly faults: number
  readonly readFaults: number
  /** Others delete keys in use and put old values back. */
  readonly others: boolean
}

/** Shows its value and keeps a second one: without a record, somebody has to. */
const WHOLE: readonly Kind[] = ['dotenv', 'aws', 'kubernetes', 'value']
const MORE: readonly Kind[] = ['dotenv', 'aws', 'kubernetes', 'value', 'reloader', 'vercel']
const WINDOWS: readonly (Window | 'always')[] = [
  'always',
  'always',
  { days: [1, 2, 3, 4], from: 9 * 60, to: 16 * 60, timeZone: 'Europe/Berlin' },
  { days: [0, 1, 2, 3, 4, 5, 6], from: 22 * 60, to: 4 * 60, timeZone: 'America/New_York' },
  { days: [2], from: 8 * 60, to: 12 * 60, timeZone: 'UTC' },
]

/** The same year for the same seed. */
export function drawYear(seed: number, begin: number, days = DAYS): Year {
  const random = chance(seed * 7919 + 17)
  const credentials = Array.from({ length: CREDENTIALS }, (_, at) => drawCredential(random, at, begin))
  return {
    seed,
    days,
    stateKept: seed % 3 !== 0,
    runners: seed % 2 === 0 ? 2 : 1,
    limits: { atOnce: 3 + random.below(3), perProject: 1 },
    credentials,
    outages: Array.from({ length: random.below(6) }, () => drawOutage(random, credentials)),
    faults: random.pick([0, 0.01, 0.03]),
    readFaults: random.pick([0, 0.001, 0.004]),
    others: random.hit(0.5),
  }
}

function drawCredential(random: Chance, at: number, begin: number): DrawnCredential {
  const maxAge = (45 + random.below(60)) * DAY
  const policy: Policy = {
    ...DEFAULT_POLICY,
    maxAge,
    revoke: 'auto',
    window: random.pick(WINDOWS),
    freeze: random.hit(0.5) ? 'none' : [drawFreeze(random, begin), drawFreeze(random, begin)],
    jitter: random.pick([0, DAY, 5 * DAY]),
    approval: random.hit(0.25) ? 'required' : 'none',
  }
  const kinds = [random.pick(WHOLE), ...Array.from({ length: random.below(3) }, () => random.pick(MORE))]
  const found = { name: `c${at}`, project: `p${at % 4}`, kinds, policy }
  // Made by hand long ago: all of these are due at once, and may not be rotated at once.
  if (random.hit(0.3)) return { ...found, age: maxAge + random.below(200) * DAY, life: null }
  return { ...found, age: random.below(40) * DAY, life: random.hit(0.5) ? null : (60 + random.below(120)) * DAY }
}

function drawFreeze(random: Chance, begin: number): { readonly first: string; readonly last: string } {
  const first = begin + random.below(DAYS) * DAY
  const date = (at: number): string => new Date(at).toISOString().slice(0, 10)
  return { first: date(first), last: date(first + (2 + random.below(18)) * DAY) }
}

function drawOutage(random: Chance, credentials: readonly DrawnCredential[]): Year['outages'][number] {
  const from = random.below(DAYS * 24) * HOUR
  const cause = random.hit(0.3) ? 'provider down' : 'target down'
  return { credential: random.pick(credentials).name, cause, from, to: from + (1 + random.below(cause === 'provider down' ? 48 : 144)) * HOUR }
}
