/**
 * What happened, in the past tense. The same stream feeds the journal, the views and `--events`; it is a documented
 * promise (docs/json-output.md). Ids, names, fingerprints, times and codes only.
 */
import type { Ms } from './duration.ts'

export type EventType =
  | 'run.started'
  | 'run.resumed'
  | 'run.waiting'
  | 'run.parked'
  | 'run.failed'
  | 'run.done'
  | 'run.rolled-back'
  | 'situation.found'
  | 'step.satisfied'
  | 'step.skipped'
  /** Written durably before the effect it announces. */
  | 'step.intended'
  | 'step.done'
  | 'step.waiting'
  | 'step.blocked'
  | 'step.failed'
  | 'key.minted'
  | 'key.abandoned'
  | 'key.committed'
  | 'key.retired'
  | 'key.swept'
  | 'incident.declared'
  /** The end of a leaked key was moved near, or out again. */
  | 'key.contained'
  | 'key.released'
  /** Every limit of the place where the keys live was set to nothing, or put back. */
  | 'place.stopped'
  | 'place.started'
  /** A target that an incident goes on without. */
  | 'target.left'
  | 'item.answered'
  | 'item.waived'
  | 'finding'

export interface RunEvent {
  readonly type: EventType
  readonly at: Ms
  readonly credential: string
  readonly run: string
  /** Step id such as `promote:web`. */
  readonly step?: string
  /** A stable code or reason, from keyrot's own vocabulary. */
  readonly code?: string
  readonly data?: Readonly<Record<string, string | number | boolean | null>>
}
