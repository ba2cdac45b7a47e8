/** keyrot with a person at a real pseudo-terminal: what they type, and a transcript of what they see. */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BIN } from '../cli/support/cli.ts'
import { TerminalScreen } from './screen.ts'

const DRIVER = fileURLToPath(new URL('driver.py', import.meta.url))
/** How long a person waits for something to appear before the test gives up, and how long a screen must rest to be read (ms). */
const PATIENCE = 45_000
const REST = 150

/** The interpreter that drives the terminal, or `null`. macOS and every CI image have one. */
export const PYTHON: string | null = spawnSync('python3', ['-c', 'import pty, sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() || null

export const KEYS = { enter: '\r', down: '\u001b[B', up: '\u001b[A', space: ' ', interrupt: '\u0003', end: '\u0004' } as const

export interface Ended {
  readonly code: number | null
  /** Everything the terminal was sent, sequences included. */
  readonly raw: string
  readonly screen: TerminalScreen
  /** What the person saw: `$ command`, lines, and `‹what was typed›` where they answered. */
  readonly transcript: readonly string[]
}

export interface Visit {
  /** Waits until the screen shows `wanted` below what was there at the last answer, and rests unless it is one that moves. */
  see(wanted: string | RegExp, moving?: 'moving'): Promise<void>
  /** Types; `told` stands for it in the transcript. */
  type(keys: string, told: string): void
  /** `see`, then `type`. */
  answer(wanted: string | RegExp, keys: string, told: string): Promise<void>
  /** Waits for the end of the command. */
  end(): Promise<Ended>
}

/** Starts `keyrot ARGS` for a person at a terminal. */
export function visit(args: readonly string[], how: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }): Visit {
  if (PYTHON === null) throw new Error('there is no python3 to drive a terminal with')
  const env = { PATH: process.env['PATH'] ?? '', HOME: how.cwd, TERM: 'xterm-256color', ...how.env }
  const child = spawn(PYTHON, [DRIVER, process.execPath, BIN, ...args], { cwd: how.cwd, env, stdio: ['pipe', 'pipe', 'inherit'] })
  const screen = new TerminalScreen()
  const decoder = new TextDecoder()
  const transcript = [`$ keyrot ${args.join(' ')}`]
  let raw = ''
  let known: readonly string[] = []
  let at = Date.now()
  child.stdin.on('error', () => undefined)
  child.stdout.on('data', (piece: Buffer) => {
    const text = decoder.decode(piece, { stream: true })
    raw += text
    screen.feed(text)
    at = Date.now()
  })
  const closed = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))

  const fresh = (): readonly string[] => {
    const lines = screen.lines()
    const same = lines.findIndex((line, row) => line !== known[row])
    return same === -1 ? [] : lines.slice(same)
  }
  const note = (): void => {
    transcript.push(...fresh())
    known = screen.lines()
  }
  const see: Visit['see'] = async (wanted, moving) => {
    const deadline = Date.now() + PATIENCE
    const isThere = (): boolean => {
      const text = fresh().join(' ').replaceAll(/\s+/g, ' ')
      return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)
    }
    while (!isThere() || (moving === undefined && Date.now() - at < REST)) {
      if (Date.now() > deadline || child.exitCode !== null) {
        child.kill()
        throw new Error(
          `waited in vain for ${wanted}; the screen:\n${screen
            .lines()
            .join('\n')
            .replaceAll(/sk-[\w-]{8,}/g, 'A KEY')}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const type = (keys: string, told: string): void => {
    note()
    transcript.push(`‹${told}›`)
    child.stdin.write(keys)
  }
  return {
    see,
    type,
    answer: async (wanted, keys, told) => {
      await see(wanted)
      type(keys, told)
    },
    end: async () => {
      const code = await closed
      note()
      return { code, raw, screen, transcript: [...transcript, `‹exit ${code}›`] }
    },
  }
}
