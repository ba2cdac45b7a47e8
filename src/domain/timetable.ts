/**
 * When each rotation has to begin, counted back from the day by which its old key must be dead: through frozen days and closed
 * hours, and one after the other where only so many may be under way. Latest first, so that nothing begins earlier than it must.
 */
import { createHash } from 'node:crypto'
import { openBefore, type Calendar } from './calendar.ts'
import { DAY, type Ms } from './duration.ts'
import type { Limits, Policy } from './policy.ts'

export interface Job {
  readonly name: string
  /** Jobs of one lane share the limit per project. */
  readonly lane: string
  /** By when the old key must be dead. */
  readonly deadline: Ms
  readonly policy: Pick<Policy, 'overlap' | 'quiet' | 'maxAge'>
  readonly calendar: Calendar
}

/** Reserve for what goes wrong: a day, or a tenth of a short life. */
export function reserve({ maxAge, overlap, quiet }: Job['policy']): Ms {
  return Math.min(DAY, Math.max(0, maxAge - overlap - quiet) / 10)
}

/** The latest begin of each job. A calendar that never opens gives no help: its job begins as if it were always open. */
export function timetable(jobs: readonly Job[], limits: Limits): ReadonlyMap<string, Ms> {
  const begins = new Map<string, Ms>()
  const all = new Places(limits.atOnce)
  const lanes = new Map<string, Places>()
  for (const job of jobs.toSorted((left, right) => right.deadline - left.deadline || (left.name < right.name ? 1 : -1))) {
    const lane = lanes.get(job.lane) ?? new Places(limits.perProject)
    lanes.set(job.lane, lane)
    const begin = beginFor(job, Math.min(job.deadline, all.latest, lane.latest))
    all.take(begin)
    lane.take(begin)
    begins.set(job.name, begin)
  }
  return begins
}

/** Back from the end: the old key dies when it is open, and one overlap and quiet time before that the rotation begins, when it is open. */
function beginFor({ policy, calendar }: Job, end: Ms): Ms {
  const open = (at: Ms): Ms => openBefore(calendar, at) ?? at
  return open(open(end - reserve(policy)) - policy.overlap - policy.quiet)
}

/** Places that are free up to some time each; the one that is free the longest is taken next. */
class Places {
  readonly #freeUntil: Ms[]

  constructor(count: number) {
    this.#freeUntil = Array.from({ length: count }, () => Number.POSITIVE_INFINITY)
  }

  get latest(): Ms {
    return Math.max(...this.#freeUntil)
  }

  take(from: Ms): void {
    this.#freeUntil[this.#freeUntil.indexOf(this.latest)] = from
  }
}

/** A share of the jitter, the same at every tick and on every machine. */
export function jitterOf(subject: string, jitter: Ms): Ms {
  return (createHash('sha256').update(subject).digest().readUInt32BE(0) / 0x1_0000_0000) * jitter
}
