/** One event as JSON text, and what a run may be called. */
import { KeyrotError } from '../domain/errors.ts'
import type { RunEvent } from '../domain/events.ts'
import { toText } from './codec.ts'
import { fit } from './shape.ts'
import { runEvent } from './shapes.ts'

/** Runs become parts of file names. */
export const RUN_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** The text of an event, if it is plain data of the right shape without anything that looks like a key; `KR_BUG` otherwise. */
export function bodyOf(event: RunEvent): string {
  const body = toText(event)
  if (fit(runEvent, JSON.parse(body)) === null)
    throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'an event of the wrong shape was about to be journalled' })
  return body
}

export function checkedRun(run: string): string {
  if (!RUN_PATTERN.test(run)) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'state was asked for a run with an impossible id' })
  return run
}
