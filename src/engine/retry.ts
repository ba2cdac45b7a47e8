/** When and how long to wait before another look, from the kind of error alone. */
import { MINUTE, SECOND, type Ms } from '../domain/duration.ts'
import type { KeyrotError } from '../domain/errors.ts'

/** Tries of one step within one invocation; the next invocation begins anew (I5: the run itself is bounded elsewhere). */
export const STEP_TRIES = 4

/** Longer waits are not slept out: the run parks and says when to come back. */
const LONGEST_WAIT: Ms = MINUTE

/** How long to pause before looking again, or `null` where trying again cannot help. */
export function pauseBeforeRetry(error: KeyrotError, tries: number): Ms | null {
  switch (error.kind) {
    case 'rate-limited': {
      const asked = Math.max(SECOND, error.facts.retryAfterMs ?? SECOND * 2 ** tries)
      return asked > LONGEST_WAIT ? null : asked
    }
    case 'unavailable':
    case 'ambiguous':
      return SECOND * 2 ** tries
    case 'conflict':
      return 0
    default:
      return null
  }
}
