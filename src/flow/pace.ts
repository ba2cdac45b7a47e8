/** How impatient a run is. A rotation spares the provider; an incident is measured by the time to the first refusal of the leaked key. */
import { MINUTE, SECOND, type Ms } from '../domain/duration.ts'
import type { Context } from './context.ts'

/** Looks at what takes an unknown time: a share of what was waited so far, so that the moment is known as well as it took long. */
export interface Rhythm {
  readonly least: Ms
  readonly most: Ms
  readonly share: number
}

export interface Pace {
  /** Between two answers of a key that is being proven. */
  readonly probe: Ms
  /** How many of the answers that make a proof are asked for at one moment. */
  readonly atOnce: number
  /** Between two looks at a rollout. */
  readonly rollout: Rhythm
  /** Between two looks at a key that should be dead. */
  readonly death: Rhythm
  /** How long a deleted key must be refused without an answer between. */
  readonly streak: Ms
  /** How long a deleted key is looked at before a person is told that it is not observed dead. */
  readonly deathPatience: Ms
}

const ROUTINE: Pace = {
  probe: 2 * SECOND,
  atOnce: 1,
  rollout: { least: SECOND / 4, most: 5 * SECOND, share: 1 },
  death: { least: 3 * SECOND, most: 3 * SECOND, share: 0 },
  streak: 12 * SECOND,
  deathPatience: 10 * MINUTE,
}
const URGENT: Pace = {
  probe: 20,
  atOnce: 3,
  rollout: { least: 30, most: 2 * SECOND, share: 0.025 },
  death: { least: SECOND / 4, most: 2 * SECOND, share: 0.05 },
  streak: 4 * SECOND,
  deathPatience: 3 * MINUTE,
}

export function paceOf(cx: Pick<Context, 'book'>): Pace {
  return cx.book.record.run?.incident === undefined ? ROUTINE : URGENT
}

/** The pause before the next look, after so long a wait. */
export function pauseAfter(waited: Ms, { least, most, share }: Rhythm): Ms {
  return Math.min(most, Math.max(least, waited * share))
}
