/**
 * What `rotate --due` does now, and when it should be called again: facts in, moves out. Pure and without memory, so that every
 * machine comes to the same answer; what has to be remembered is part of the facts.
 */
import { calendarOf, opensAt, type Calendar } from './calendar.ts'
import { HOUR, type Ms } from './duration.ts'
import type { Limits, Policy } from './policy.ts'
import type { StallNote } from './record.ts'
import type { RunReport } from './run.ts'
import { gaveUp } from './stall.ts'
import { jitterOf, timetable, type Job } from './timetable.ts'

/** Where one credential stands, as far as time is concerned. */
export interface Standing {
  readonly name: string
  /** What its project is called here: rotations of one lane share a limit. */
  readonly lane: string
  readonly policy: Policy
  readonly generation: number
  readonly state: 'settled' | 'open' | 'empty' | 'unclear'
  /** Birth of the oldest key that is in use or still to be left behind; `null` = not known. */
  readonly bornAt: Ms | null
  /** When the key in use ends by itself; `null` = never, or not known. */
  readonly endsAt: Ms | null
  /** Whether that end can be moved by keyrot. */
  readonly extendable: boolean
  /** A slot that consumers read holds a dead key, or a leak is being answered: that waits for nothing but its own pauses. */
  readonly pressing: 'broken' | 'incident' | null
  /** The run waits for somebody's word: it is looked at, and holds no place. */
  readonly wanted: boolean
  readonly stall: StallNote | undefined
}

export type MoveKind = 'advance' | 'begin' | 'extend' | 'wait' | 'hold'

export type MoveReason =
  /** The next step of an open run; its rotation is due; its key ends soon. */
  | 'open'
  | 'due'
  | 'broken'
  | 'incident'
  | 'ends-soon'
  /** Waiting: until it is due, open, tried again, or has a place. */
  | 'not-due'
  | 'window'
  | 'place'
  | 'backing-off'
  /** Held, until a person does something. */
  | 'gave-up'
  | 'empty'
  | 'age-unknown'

export interface Move {
  readonly name: string
  readonly kind: MoveKind
  readonly why: MoveReason
  /** For `wait`: when it may become something else. */
  readonly at: Ms | null
  /** By when the old key is to be dead; `null` where no rotation is to be begun, or no age is known. */
  readonly deadline: Ms | null
}

/** How soon to look again at what waits for a place: no date can be had for that. */
const PLACE_POLL: Ms = HOUR

/** The moves of one tick: what is broken first, then open runs, then what is due, the most urgent first. */
export function decide(ns: string, standings: readonly Standing[], limits: Limits, now: Ms): readonly Move[] {
  const calendars = new Map(standings.map((one) => [one.name, calendarOf(one.policy)]))
  const calendarFor = (one: Standing): Calendar => calendars.get(one.name) ?? (() => true)
  const jobs = standings.flatMap((one): Job[] => {
    const deadline = one.state === 'settled' ? deadlineOf(ns, one) : null
    return deadline === null ? [] : [{ name: one.name, lane: one.lane, deadline, policy: one.policy, calendar: calendarFor(one) }]
  })
  const begins = timetable(jobs, limits)
  const places = new PlacesLeft(limits, standings)
  const urgent = standings.toSorted((left, right) => rank(left, begins) - rank(right, begins))
  return urgent.map((one) => moveFor(one, { now, calendar: calendarFor(one), begin: begins.get(one.name) ?? null, deadline: deadlineOf(ns, one), places }))
}

/** By when the old key is to be dead: its greatest age, less the share of the jitter, and in any case while it has a life to give. */
export function deadlineOf(ns: string, { name, generation, bornAt, endsAt, policy }: Standing): Ms | null {
  if (bornAt === null) return null
  const byAge = bornAt + policy.maxAge - jitterOf(`${ns}.${name}.g${generation}`, policy.jitter)
  return endsAt === null ? byAge : Math.min(byAge, endsAt - policy.safetyHorizon)
}

function rank(one: Standing, begins: ReadonlyMap<string, Ms>): number {
  if (one.pressing !== null) return Number.NEGATIVE_INFINITY
  return one.state === 'settled' ? (begins.get(one.name) ?? Number.POSITIVE_INFINITY) : Number.MIN_SAFE_INTEGER
}

interface Around {
  readonly now: Ms
  readonly calendar: Calendar
  readonly begin: Ms | null
  readonly deadline: Ms | null
  readonly places: PlacesLeft
}

function moveFor(one: Standing, around: Around): Move {
  const { now, calendar, begin, deadline, places } = around
  const move = (kind: MoveKind, why: MoveReason, at: Ms | null = null): Move => ({ name: one.name, kind, why, at, deadline })
  const { stall, pressing } = one
  if (gaveUp(stall) && pressing === null) return move('hold', 'gave-up')
  if (one.state === 'empty') return move('hold', 'empty')
  const extends_ = endsSoon(one, now)
  if (stall !== undefined && stall.nextAt > now) return extends_ ? move('extend', 'ends-soon') : move('wait', 'backing-off', stall.nextAt)
  if (pressing !== null) return move(one.state === 'settled' ? 'begin' : 'advance', pressing)
  if (one.state !== 'settled') return calendar(now) ? move('advance', 'open') : move('wait', 'window', opensAt(calendar, now))
  if (begin === null) return move('hold', 'age-unknown')
  if (begin <= now && calendar(now) && places.take(one.lane)) return move('begin', 'due')
  if (extends_) return move('extend', 'ends-soon')
  if (begin > now) return move('wait', 'not-due', opensAt(calendar, begin))
  return calendar(now) ? move('wait', 'place', now + PLACE_POLL) : move('wait', 'window', opensAt(calendar, now))
}

function endsSoon({ state, endsAt, extendable, policy }: Standing, now: Ms): boolean {
  return state === 'settled' && extendable && endsAt !== null && endsAt > now && endsAt - now <= policy.safetyHorizon
}

/** What open runs leave of the limits. A run that has given up or waits for a person would keep all others waiting: it holds no place. */
class PlacesLeft {
  readonly #limits: Limits
  readonly #lanes = new Map<string, number>()
  #all = 0

  constructor(limits: Limits, standings: readonly Standing[]) {
    this.#limits = limits
    for (const one of standings) if (one.state === 'open' && !one.wanted && !gaveUp(one.stall)) this.#hold(one.lane)
  }

  take(lane: string): boolean {
    if (this.#all >= this.#limits.atOnce || (this.#lanes.get(lane) ?? 0) >= this.#limits.perProject) return false
    this.#hold(lane)
    return true
  }

  #hold(lane: string): void {
    this.#all++
    this.#lanes.set(lane, (this.#lanes.get(lane) ?? 0) + 1)
  }
}

/** What a credential waits for after a tick. */
export interface DueLine {
  readonly credential: string
  readonly state: 'waiting' | 'backing-off' | 'held' | 'unread' | 'locked'
  readonly why: MoveReason | 'overlap' | 'unread' | 'locked'
  /** Code of what stands in the way, where something does. */
  readonly code: string | null
  /** When coming back makes sense; `null` = at the next tick, or when a person has done something. */
  readonly at: Ms | null
  readonly command: string | null
}

/** What one tick says when it ends. */
export interface DueReport {
  readonly at: Ms
  readonly runs: readonly RunReport[]
  readonly left: readonly DueLine[]
  readonly comeBackAt: Ms | null
  readonly exit: number
}
