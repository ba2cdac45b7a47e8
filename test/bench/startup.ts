/**
 * What starting keyrot costs, as packed and installed: ratios to `node -e 0` measured side by side in one run, held to the bars of
 * issue 3. `npm run bench:startup [-- ROUNDS]`; exits 1 when a bar is missed. Absolute times belong to the machine. Each round
 * starts every command once, in an order that turns from round to round; a ratio is taken within a round, and the median of all
 * rounds is the result. A round waits until the rest of the machine is idle, for a while; those that began on a busy machine are
 * counted. Compiled code is kept between starts, as it is for users; one row goes without.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PLACES, startClouds, type Clouds } from '../../src/sandbox/clouds.ts'
import { installInto, type Installed } from '../cli/support/installed.ts'

const ROUNDS = Number(process.argv[2] ?? 20)
const WARM_UP = 2

interface Subject {
  readonly name: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly exits?: readonly number[]
  /** The largest ratio that passes. */
  readonly bar?: number
}

const folder = mkdtempSync(join(tmpdir(), 'keyrot-bench-'))

/** A project whose one credential is kept in these targets; resolves with its folder. */
function makeProject(name: string, provider: string, targets: Readonly<Record<string, string>>, key: string): string {
  const project = join(folder, name)
  const config = [
    'version: 1',
    'ns: benchbob',
    'providers:',
    `  main: { type: openai, ${provider}, scopes: all }`,
    'targets:',
    ...Object.entries(targets).map(([target, settings]) => `  ${target}: { ${settings} }`),
    'credentials:',
    `  bench: { provider: main, targets: [${Object.keys(targets).join(', ')}] }`,
  ]
  mkdirSync(project)
  writeFileSync(join(project, '.env'), `${PLACES.variable}=${key}\n`, { mode: 0o600 })
  writeFileSync(join(project, 'rotation.config.yaml'), `${config.join('\n')}\n`)
  return project
}

function subjectsOf({ bin }: Installed, { openai, aws, vercel, environment }: Clouds): readonly Subject[] {
  const { project, serviceAccount, keyValue } = openai.prepared
  const asked = `project: ${project}, serviceAccount: ${serviceAccount}, adminKey: 'env:OPENAI_ADMIN_KEY'`
  const silent = `project: ${project}, serviceAccount: ${serviceAccount}`
  const file = 'type: dotenv, path: .env, consumers: reread'
  const secret = `type: aws-secrets-manager, secret: ${PLACES.aws.secret}, field: ${PLACES.aws.field}, region: ${aws.region}, consumers: reread`
  const pods = `type: kubernetes, namespace: ${PLACES.kubernetes.namespace}, secret: ${PLACES.kubernetes.secret}, workloads: [${PLACES.kubernetes.workload}]`
  const web = `type: vercel, project: ${PLACES.vercel.project}, team: ${vercel.team ?? ''}, environments: [production], token: 'env:VERCEL_TOKEN', redeploy: deployment, oldDeployments: accept`
  const offline = makeProject('offline', silent, { file }, keyValue)
  const one = makeProject('one', silent, { secret }, keyValue)
  const all = makeProject('all', asked, { file, secret, pods, web }, keyValue)
  // Findings are no failure here: nothing was rotated yet.
  const status = { exits: [0, 4] }
  return [
    { name: 'keyrot --version', args: [bin, '--version'], bar: 2 },
    { name: 'keyrot --help', args: [bin, '--help'], bar: 3.5 },
    { name: 'keyrot rotate --help', args: [bin, 'rotate', '--help'] },
    { name: 'keyrot status, offline: one .env', args: [bin, 'status'], cwd: offline, ...status, bar: 4 },
    { name: 'the same, no compiled code kept', args: [bin, 'status'], cwd: offline, env: { XDG_CACHE_HOME: '/dev/null' }, ...status },
    { name: 'keyrot status: one AWS secret', args: [bin, 'status'], cwd: one, env: environment, ...status },
    { name: 'keyrot status: all four SDKs', args: [bin, 'status'], cwd: all, env: environment, ...status, bar: 12 },
  ]
}

const BASE: Subject = { name: 'node -e 0', args: ['-e', '0'] }

/** Milliseconds from start to end. The environment is empty but for what is named: `NODE_EXTRA_CA_CERTS` alone costs more than keyrot. */
function time({ name, args, cwd = folder, env = {}, exits = [0] }: Subject): Promise<number> {
  const from = performance.now()
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      const taken = performance.now() - from
      if (code !== null && exits.includes(code)) resolve(taken)
      else reject(new Error(`${name} exited with ${String(code)}: ${stderr}`))
    })
  })
}

/** Waits until less than a quarter of the processors' time goes elsewhere, but not for ever; resolves with whether it came to that. */
async function rest(): Promise<boolean> {
  for (let waited = 0; waited < LONGEST_REST; waited += LOOK) {
    const before = busyTime()
    await new Promise((resolve) => setTimeout(resolve, LOOK))
    if (busyTime() - before < LOOK * cpus().length * MOST_BUSY) return true
  }
  return false
}

const LOOK = 100
const LONGEST_REST = 5_000
const MOST_BUSY = 0.25

function busyTime(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN

async function round(number: number, subjects: readonly Subject[]): Promise<Map<string, number>> {
  const turn = number % subjects.length
  const times = new Map<string, number>()
  for (const subject of [...subjects.slice(turn), ...subjects.slice(0, turn)]) times.set(subject.name, await time(subject))
  return times
}

/** Prints the table; resolves with whether every bar holds. */
async function measure(subjects: readonly Subject[]): Promise<boolean> {
  const all = [BASE, ...subjects]
  for (let at = 0; at < WARM_UP; at++) await round(at, all)
  const rounds: Map<string, number>[] = []
  let busy = 0
  for (let at = 0; at < ROUNDS; at++) {
    if (!(await rest())) busy += 1
    rounds.push(await round(at, all))
  }
  const of = (name: string): number[] => rounds.map((times) => times.get(name) ?? Number.NaN)
  const base = of(BASE.name)
  process.stdout.write(`${ROUNDS} paired rounds (${busy} on a busy machine), Node ${process.version}; node -e 0 takes ${median(base).toFixed(0)} ms here\n`)
  const passed = subjects.map(({ name, bar }) => {
    const ratio = median(of(name).map((taken, at) => taken / (base[at] ?? Number.NaN)))
    const holds = bar === undefined || ratio <= bar
    process.stdout.write(`${name.padEnd(34)} ${ratio.toFixed(2).padStart(6)}x${bar === undefined ? '' : `   bar ${bar}x: ${holds ? 'holds' : 'MISSED'}`}\n`)
    return holds
  })
  return passed.every(Boolean)
}

const clouds = await startClouds(folder)
try {
  const installed = await installInto(folder)
  const { files, size, dependencies } = installed
  const mb = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`
  process.stdout.write(`the package: ${files.length} files, ${mb(size.unpacked)}, ${mb(size.packed)} packed, ${dependencies.length} dependencies\n`)
  if (!(await measure(subjectsOf(installed, clouds)))) process.exitCode = 1
} finally {
  await clouds.close()
  rmSync(folder, { recursive: true })
}
