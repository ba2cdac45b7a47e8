/** One `.env`, one cloud and one keyrot that can be killed; and a watcher that knows only what the file and the cloud hold. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import type { SandboxOptions } from '../../src/sandbox/openai/openai.ts'
import { BIN, makeProject, type Project } from '../cli/support/cli.ts'

const LAPSE = fileURLToPath(new URL('lapse.mjs', import.meta.url))
const KILLER = fileURLToPath(new URL('killer.mjs', import.meta.url))

/** Nothing is instant, and the times of the policy are those of a hasty test. */
const DELAYS: Partial<SandboxOptions> = { createDelayMs: 40, deleteDelayMs: 40, listDelayMs: 40, lastUsedLagMs: 50, lastUsedGranularityMs: 1_000 }
const POLICY = ['policy: { overlap: 0s, quiet: 3s, verifyWindow: 5s, listDelay: 1s, revoke: auto }']

export interface Kill {
  /** Which of the counted calls, from 1. */
  readonly at: number
  readonly side: 'before' | 'after'
}

/** Killed from outside as soon as this holds. */
export type Moment = () => boolean

export interface Ended {
  readonly args: readonly string[]
  readonly code: number | null
  readonly killed: boolean
  readonly stdout: string
  readonly stderr: string
  /** The calls that were counted, in order. */
  readonly calls: readonly string[]
}

export interface World {
  readonly project: Project
  readonly original: string
  /** Every key that `.env` held at any time. */
  readonly seen: ReadonlySet<string>
  /** What the watcher saw go wrong. */
  readonly broken: readonly string[]
  readonly keyrot: (args: readonly string[], kill?: Kill | Moment) => Promise<Ended>
  /** Lets time pass for keyrot and the cloud (ms). */
  readonly pass: (ms: number) => void
  /** Looks now. */
  readonly watch: () => void
  readonly close: () => Promise<void>
}

export interface WorldWishes {
  readonly options?: Partial<SandboxOptions>
  readonly policy?: readonly string[]
  /** A folder for compiled code that many worlds share. */
  readonly home: string
  readonly realTime?: boolean
  /** Without one in the config, each new key gets a service account of its own. */
  readonly ownAccounts?: boolean
}

export async function makeWorld(wishes: WorldWishes): Promise<World> {
  const aside = await mkdtemp(join(tmpdir(), 'keyrot-crash-'))
  const clockFile = join(aside, 'clock')
  writeFileSync(clockFile, '')
  const clock = (): number => Date.now() + statSync(clockFile).size
  const project = await makeProject({ policy: wishes.policy ?? POLICY, options: { ...DELAYS, clock, ...wishes.options } })
  if (wishes.ownAccounts === true) dropServiceAccount(join(project.folder, 'rotation.config.yaml'))
  const file = join(project.folder, '.env')
  const original = readFileSync(file, 'utf8')
  const seen = new Set<string>()
  const broken: string[] = []
  const watch = (): void => {
    const values = parseEnv(readFileSync(file, 'utf8'))
    for (const name of ['OPENAI_API_KEY', 'OPENAI_API_KEY_FALLBACK']) if (values[name]) seen.add(values[name])
    const print = fingerprint(values['OPENAI_API_KEY'] ?? '')
    const alive = project.cloud.sandbox.state().keys.some((key) => key.fingerprint === print && key.alive)
    if (!alive && broken.length < 3) broken.push(`.env holds ${print}, which is not alive, after ${project.cloud.sandbox.log.length} requests`)
  }
  watch()
  const timer = setInterval(watch, 10)
  const lapse = wishes.realTime === true ? {} : { KEYROT_LAPSE_CLOCK: clockFile }
  return {
    project,
    original,
    seen,
    broken,
    watch,
    pass: (ms) => appendFileSync(clockFile, '.'.repeat(ms)),
    keyrot: (args, kill) => run(args, { cwd: project.folder, trace: join(aside, 'trace'), env: { ...project.env, ...lapse, HOME: wishes.home }, kill }),
    close: async () => {
      clearInterval(timer)
      await project.close()
      await rm(aside, { recursive: true, force: true })
    },
  }
}

function dropServiceAccount(config: string): void {
  writeFileSync(config, readFileSync(config, 'utf8').replace(/serviceAccount: [^,]*, /, ''))
}

interface How {
  readonly cwd: string
  readonly trace: string
  readonly env: Readonly<Record<string, string>>
  readonly kill: Kill | Moment | undefined
}

function run(args: readonly string[], { cwd, trace, env, kill }: How): Promise<Ended> {
  const { at, side }: Kill = typeof kill === 'object' ? kill : { at: 0, side: 'before' }
  const orders = { KEYROT_KILL_TRACE: trace, KEYROT_KILL_AT: String(at), KEYROT_KILL_SIDE: side }
  const child = spawn(process.execPath, ['--import', LAPSE, '--import', KILLER, BIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env, ...orders },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timer = typeof kill === 'function' ? setInterval(() => kill() && child.kill('SIGKILL'), 10) : undefined
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearInterval(timer)
      const calls = readFileSync(trace, 'utf8')
        .split('\n')
        .filter((line) => /^[a-z.A-Z]+$/.test(line))
      resolve({ args, code, killed: signal === 'SIGKILL', stdout, stderr, calls })
    }),
  )
}

export function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12)
}
