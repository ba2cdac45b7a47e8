/** The shipped binary over a world of clouds, in time lapse, and killed with SIGKILL at one of its effects where a cell says so. */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BIN } from '../cli/support/cli.ts'

const LAPSE = fileURLToPath(new URL('../crash/lapse.mjs', import.meta.url))
const EFFECTS = fileURLToPath(new URL('effects.mjs', import.meta.url))

/** One effect of a rotation: the n-th of its name, from 1. */
export interface Effect {
  readonly name: string
  readonly nth: number
}

export interface Kill extends Effect {
  readonly side: 'before' | 'after'
}

export interface Ended {
  readonly args: readonly string[]
  readonly code: number | null
  readonly killed: boolean
  readonly stdout: string
  readonly stderr: string
  /** Names of the effects that were begun, in order. */
  readonly effects: readonly string[]
}

export interface Where {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly time: Time
  /** For compiled code that many processes share. */
  readonly home: string
}

/** The time that keyrot and the clouds share: that of the system, and what was skipped. */
export interface Time {
  readonly file: string
  readonly now: () => number
  /** Lets so many milliseconds pass at once. */
  readonly pass: (ms: number) => void
  readonly close: () => void
}

export function startTime(): Time {
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-time-'))
  const file = join(folder, 'clock')
  writeFileSync(file, '')
  return {
    file,
    now: () => Date.now() + statSync(file).size,
    // by appending, as processes in time lapse do; an hour would be much to write
    pass: (ms) => (ms > 100_000 ? truncateSync(file, statSync(file).size + ms) : appendFileSync(file, '.'.repeat(ms))),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** `input` comes on stdin. */
export function keyrot(args: readonly string[], { cwd, env, time, home }: Where, kill?: Kill, input?: string): Promise<Ended> {
  const trace = `${time.file}.trace`
  const orders = {
    KEYROT_LAPSE_CLOCK: time.file,
    KEYROT_KILL_TRACE: trace,
    KEYROT_KILL_EFFECT: kill?.name ?? '',
    KEYROT_KILL_NTH: String(kill?.nth ?? 0),
    KEYROT_KILL_SIDE: kill?.side ?? '',
  }
  const child = spawn(process.execPath, ['--import', LAPSE, '--import', EFFECTS, BIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env, ...orders },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input ?? '')
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      const effects = readFileSync(trace, 'utf8').split('\n').slice(0, -1)
      resolve({ args, code, killed: signal === 'SIGKILL', stdout, stderr, effects })
    }),
  )
}
