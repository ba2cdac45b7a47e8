/** What may end an exchange from outside, before its answer does. */
import type { ClientRequest } from 'node:http'
import type { Ms } from '../../domain/duration.ts'

/** What ends an exchange from outside: its deadline, or a signal. */
export interface Leash {
  /** Whom to end; at once, if it was pulled already. */
  hold(request: ClientRequest): void
  pulled(): 'timeout' | 'stopped' | null
  /** Ends the watch. */
  drop(): void
}

/** By hand, and taken off at the end: an `AbortSignal.timeout` lives on until it is due, and `any` of it with it; ten thousand answered calls would keep theirs. */
export function leashFor(deadlineMs: Ms, signals: readonly AbortSignal[]): Leash {
  let why: 'timeout' | 'stopped' | null = null
  let held: ClientRequest | null = null
  const pull = (reason: 'timeout' | 'stopped') => (): void => {
    why ??= reason
    held?.destroy(new Error(reason))
  }
  const stop = pull('stopped')
  const timer = setTimeout(pull('timeout'), deadlineMs).unref()
  for (const signal of signals) {
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  }
  return {
    hold: (request) => {
      held = request
      if (why !== null) held.destroy(new Error(why))
    },
    pulled: () => why,
    drop: () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', stop)
    },
  }
}
