/** The built keyrot at a real pseudo-terminal, measured from within; and the clouds it works against, in a process of their own. */
import { execFile, fork, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CALLS_AT_ONCE } from '../../src/engine/turns.ts'
import { BIN } from '../cli/support/cli.ts'
import { PYTHON } from '../pty/terminal.ts'
import type { Order, Ready, Tally, Wanted } from './loopback.ts'

const at = (name: string): string => join(import.meta.dirname, name)

export interface Clouds extends Ready {
  /** From now on every answer takes this long, and calls are counted. */
  start(latencyMs: number): Promise<void>
  tally(): Promise<Tally>
  close(): void
}

export async function startClouds(wanted: Wanted): Promise<Clouds> {
  const child = fork(at('loopback.ts'), [JSON.stringify(wanted)])
  const heard = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message as T))
      child.once('exit', () => reject(new Error('the clouds are gone')))
    })
  const tell = <T>(order: Order): Promise<T> => {
    const answer = heard<T>()
    child.send(order)
    return answer
  }
  return {
    ...(await heard<Ready>()),
    start: async (latencyMs) => void (await tell({ do: 'start', latencyMs })),
    tally: () => tell<Tally>({ do: 'tally' }),
    close: () => child.disconnect(),
  }
}

/** A folder for one run; `remove` takes it away. */
export function makeFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-bench-'))
  return { folder, remove: () => rmSync(folder, { recursive: true }) }
}

/** A config in which each credential has these targets, given by their settings. */
export function writeConfig(folder: string, provider: string, policy: string, credentials: readonly (readonly string[])[]): void {
  const lines = [
    'version: 1',
    'ns: benchbob',
    `policy: { ${policy} }`,
    'providers:',
    `  main: { ${provider}, adminKey: 'env:OPENAI_ADMIN_KEY' }`,
    'targets:',
    ...credentials.flatMap((targets, of) => targets.map((settings, place) => `  t${of}-${place}: { ${settings} }`)),
    'credentials:',
    ...credentials.map((targets, of) => `  c${of}: { provider: main, targets: [${targets.map((_, place) => `t${of}-${place}`).join(', ')}] }`),
  ]
  writeFileSync(join(folder, 'rotation.config.yaml'), `${lines.join('\n')}\n`)
}

export interface Measured {
  readonly code: number | null
  /** From the start of the process to its end. */
  readonly wallMs: number
  /** What the flow chose to wait, calls and work aside. */
  readonly waitedMs: number
  readonly cpuMs: number
  /** Most memory at once, by the kernel. */
  readonly peakMb: number
  /** Bytes that the terminal was sent. */
  readonly painted: number
  /** The last of them. */
  readonly end: string
}

/** Runs `keyrot ARGS` at a pseudo-terminal. KEYROT_BENCH_PROFILE=FOLDER leaves a CPU profile there (`npm run build -- --maps` for its names). */
export async function measure(args: readonly string[], folder: string, environment: Readonly<Record<string, string>>): Promise<Measured> {
  if (PYTHON === null) throw new Error('there is no python3 to drive a terminal with')
  if (!existsSync(join(BIN, '..', '..', 'dist', 'cli', 'main.js'))) throw new Error('there is no build: run npm run build first')
  const probe = join(folder, 'probe.json')
  const profiles = process.env['KEYROT_BENCH_PROFILE']
  const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'xterm-256color', KEYROT_BENCH_PROBE: probe, ...environment }
  const node = [process.execPath, ...profiling, '--import', at('probe.mjs'), BIN]
  const child = spawn(PYTHON, [join(import.meta.dirname, '..', 'pty', 'driver.py'), ...node, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
  let painted = 0
  let end = ''
  child.stdout.on('data', (piece: Buffer) => {
    painted += piece.length
    end = (end + piece.toString()).slice(-2_000)
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', (exit) => resolve(exit)))
  return { ...(JSON.parse(readFileSync(probe, 'utf8')) as Omit<Measured, 'code' | 'painted' | 'end'>), code, painted, end }
}

/** The least time that so many calls take: the longest chain one after the other, or all of them, `CALLS_AT_ONCE` at a time. */
export function idealOf({ calls, chain }: Tally, latencyMs: number): number {
  return Math.max(chain, Math.ceil(calls / CALLS_AT_ONCE)) * latencyMs
}

/** Enough of them to see how the machine does; a thousand targets need ten times as many. */
const MOST_PACED = 6_400

/**
 * How many times the ideal a client needs here, now, that does nothing but call, from its first call on: those to AWS by the vendor's SDK,
 * as keyrot does, all others by `node:http`. What is above 1.0 is the price of Node, the SDK and the machine; no rotation can be below it.
 */
export async function paceOf({ calls, aws }: Tally, latencyMs: number, clouds: Clouds): Promise<number> {
  const paced = Math.min(calls, MOST_PACED)
  const url = `${clouds.environment['OPENAI_BASE_URL'] ?? ''}/models`
  const args = [url, paced, CALLS_AT_ONCE, Math.round((aws * paced) / calls)].map(String)
  const { stdout } = await promisify(execFile)(process.execPath, [at('pace.ts'), ...args], { env: { ...process.env, ...clouds.environment } })
  return Number(stdout) / (Math.ceil(paced / CALLS_AT_ONCE) * latencyMs)
}

/** One line that says a figure, its bar and whether it holds. */
export function judged(figure: string, bar: string, holds: boolean): string {
  return `  ${figure.padEnd(58)} bar ${bar}: ${holds ? 'holds' : 'MISSED'}`
}
