/** Brings the body of an older format to the present one, step by step. Formats are counted from 1; a step is kept for ever. */
import { KeyrotError } from '../domain/errors.ts'

/** The step at `n` takes a body of format `n` to format `n + 1`. Pure; a body it cannot take gives `undefined`. */
export type Steps = ReadonlyMap<number, (body: unknown) => unknown>

/** No record or journal format but the first was ever released. */
export const RECORD_STEPS: Steps = new Map()
export const EVENT_STEPS: Steps = new Map()

/** The body in format `to`, or `undefined` when there is no way there. Throws `KR_STATE_NEWER` for a format from the future. */
export function migrate(body: unknown, from: number, to: number, steps: Steps, path: string): unknown {
  if (from > to) throw newer(path)
  let now = body
  for (let format = from; format < to; format += 1) {
    const step = steps.get(format)
    if (step === undefined) return undefined
    now = step(now)
  }
  return now
}

/** The refusal of a file from the future. */
export function newer(path: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_STATE_NEWER',
    kind: 'config',
    message: `written by a newer keyrot: ${path}`,
    hints: ['update keyrot', 'or move this file away: the state is then rebuilt from what is observed'],
    facts: { path },
  })
}
