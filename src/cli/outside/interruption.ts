/**
 * Signals become one AbortSignal. The first asks the run to stop at a safe point and gives it five seconds (GitHub sends
 * SIGTERM 7.5 s after SIGINT and kills 2.5 s later); the second ends the process at once. Nothing is lost either way: intents are on
 * disk before their effects, and the next run looks again.
 */
import { KeyrotError } from '../../domain/errors.ts'
import type { Ms } from '../../domain/duration.ts'

const GRACE: Ms = 4_500
/** How long calls that are already out may still bring their answer home: a create cut off is a key whose value is lost. */
const CALLS: Ms = 3_000
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
const SHOW_CURSOR = '\u001b[?25h'

export interface Interruption {
  readonly signal: AbortSignal
  /** Aborts a little later: for calls that are under way. */
  readonly calls: AbortSignal
  /** The shell's code for the signal that came, or `null`. */
  readonly exitCode: () => number | null
  /** What a signal does, for a person who leaves a prompt. */
  readonly leave: () => void
  /** Resolves after `ms`, or rejects with `interrupted`. */
  readonly sleep: (ms: Ms) => Promise<void>
  /** Throws `interrupted` once the run is to stop: asked before effects. */
  readonly check: () => void
  readonly dispose: () => void
}

export function interrupted(): KeyrotError {
  return new KeyrotError({
    code: 'KR_INTERRUPTED',
    kind: 'interrupted',
    message: 'stopped on request; both keys are as the last finished step left them',
    hints: ['go on with: keyrot resume'],
  })
}

/** Listens to signals until `dispose`. `say` prints one line for a person. */
export function listenForSignals(say: (line: string) => void, terminal: NodeJS.WriteStream | null): Interruption {
  const controller = new AbortController()
  const calls = new AbortController()
  let code: number | null = null
  const timers: NodeJS.Timeout[] = []

  const endNow = (): never => {
    say('stopped at once; nothing is lost, and the same command goes on')
    if (terminal !== null) terminal.write(SHOW_CURSOR)
    process.exit(code ?? SIGNALS.SIGINT)
  }
  const stop = (exit: number): void => {
    if (controller.signal.aborted) endNow()
    code = exit
    say('stopping at a safe point, at most 5 seconds; Ctrl-C again stops at once')
    timers.push(setTimeout(() => calls.abort(interrupted()), CALLS).unref(), setTimeout(endNow, GRACE).unref())
    controller.abort(interrupted())
  }
  const handlers = Object.entries(SIGNALS).map(([name, exit]) => [name as NodeJS.Signals, () => stop(exit)] as const)
  for (const [name, handler] of handlers) process.on(name, handler)

  return {
    signal: controller.signal,
    calls: calls.signal,
    exitCode: () => code,
    leave: () => (controller.signal.aborted ? undefined : stop(SIGNALS.SIGINT)),
    sleep: (ms) => sleep(ms, controller.signal),
    check: () => controller.signal.throwIfAborted(),
    dispose: () => {
      for (const timer of timers) clearTimeout(timer)
      for (const [name, handler] of handlers) process.off(name, handler)
    },
  }
}

/** Longer waits than a timer can hold are cut: the caller looks again anyway. */
const LONGEST_TIMER: Ms = 2 ** 31 - 1

function sleep(ms: Ms, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(interrupted())
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(interrupted())
    }
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      },
      Math.min(Math.max(0, ms), LONGEST_TIMER),
    )
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
