/**
 * The canary matrix: every command × every fault × every face, in the noisiest environment, watched through every channel. By hand:
 * `node test/leak/matrix.ts --all`, or `--fault 'echo 401'`, `--job rotate`. Exit code 1 when a key was seen anywhere.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { makeCanary, type Canary } from './canary.ts'
import { allFaults, spread, type NamedFault } from './faults.ts'
import { JOBS, MODES, modeFor, type Job } from './jobs.ts'

const AT_ONCE = 3

export interface Play {
  readonly job: Job
  readonly mode: readonly string[]
  /** Requests that pass before the fault. */
  readonly skip: number
}

export interface Outcome {
  readonly fault: string
  readonly job: string
  readonly mode: string
  readonly code: number | null
  readonly met: boolean
  readonly hits: readonly string[]
}

export interface Report {
  readonly outcomes: readonly Outcome[]
  readonly whole: number
}

/** What to play against one fault: the slice always rotates, and goes through the other commands by turns. */
export function slice(index: number): readonly Play[] {
  const rotate = JOBS.find((job) => job.name === 'rotate')
  const others = JOBS.filter((job) => job.name !== 'demo')
  // A stride that shares no factor with their number comes by all of them.
  const stride = [5, 7, 11, 13].find((prime) => others.length % prime !== 0) ?? 1
  const chosen = index === 0 ? JOBS : [rotate, others[(index * stride) % others.length]]
  return chosen.flatMap((job, at) => (job === undefined ? [] : [{ job, mode: modeFor(job, index + at), skip: (index * 7) % 6 }]))
}

export function everything(index: number): readonly Play[] {
  return MODES.flatMap((_, turn) => JOBS.map((job, at) => ({ job, mode: modeFor(job, turn), skip: (index + at + turn) % 12 })))
}

/** Plays; whatever keyrot said and left is also kept in `evidence`, for a second scanner. */
export async function playCanaries(plays: (index: number) => readonly Play[], only: (fault: NamedFault) => boolean, evidence: string | null): Promise<Report> {
  const home = mkdtempSync(join(tmpdir(), 'keyrot-home-'))
  const faults = allFaults({}).map(({ name }, index) => ({ name, index }))
  const queue = faults.filter(({ name }) => only({ name, rules: [] }))
  const outcomes: Outcome[] = []
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      outcomes.push(...(await playFault(next.name, plays(next.index), { home, evidence })))
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return { outcomes, whole: faults.length * JOBS.length * MODES.length }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

async function playFault(
  name: string,
  plays: readonly Play[],
  { home, evidence }: { readonly home: string; readonly evidence: string | null },
): Promise<readonly Outcome[]> {
  const canary = await makeCanary(home)
  const outcomes: Outcome[] = []
  try {
    for (const play of plays) outcomes.push(await playOne(canary, name, play, evidence))
    return outcomes
  } finally {
    await canary.close()
  }
}

async function playOne(canary: Canary, name: string, { job, mode, skip }: Play, evidence: string | null): Promise<Outcome> {
  const { sandbox } = canary.cloud
  const fault = allFaults(canary.keys()).find((candidate) => candidate.name === name)
  sandbox.clearFaults()
  for (const rule of fault === undefined ? [] : spread(fault, 2, skip)) sandbox.fault(rule)
  const ran = await canary.run([...job.args(canary), ...mode], job.how?.(canary))
  const met = sandbox.faults().some((state) => state.hits > 0)
  const hits = canary.hits(ran).filter((hit) => job.keyInArgv !== true || !hit.startsWith('argv: '))
  job.after?.(canary)
  canary.pass(4_000)
  if (evidence !== null) {
    const folder = mkdtempSync(join(evidence, 'run-'))
    if (existsSync(join(canary.project, '.keyrot'))) cpSync(join(canary.project, '.keyrot'), join(folder, 'state'), { recursive: true })
    const own = job.keyInArgv === true ? {} : { argv: ran.argv }
    for (const [channel, bytes] of Object.entries({ stdout: ran.stdout, stderr: ran.stderr, childEnv: ran.childEnv, ...own }))
      writeFileSync(join(folder, channel), bytes)
  }
  return { fault: name, job: job.name, mode: mode.join(' '), code: ran.code, met, hits }
}

/** Faults that no request of any run came across: what was seen of them proves nothing. */
export function neverMet(outcomes: readonly Outcome[]): readonly string[] {
  const met = new Set(outcomes.filter((outcome) => outcome.met).map(({ fault }) => fault))
  return [...new Set(outcomes.map(({ fault }) => fault))].filter((fault) => fault !== 'none' && !met.has(fault))
}

/** What was done, in lines for people. */
export function tell({ outcomes, whole }: Report): readonly string[] {
  const hits = outcomes.filter((outcome) => outcome.hits.length > 0)
  const odd = outcomes.filter(({ code }) => code === 1 || code === null)
  const codes = [...Map.groupBy(outcomes, ({ code }) => String(code))].map(([code, all]) => `${code} × ${all.length}`).toSorted()
  const faults = new Set(outcomes.map(({ fault }) => fault)).size
  const names = new Set(outcomes.map(({ job }) => job)).size
  const unmet = neverMet(outcomes).join(', ') || 'none'
  return [
    `leak: ${outcomes.length} runs of the ${whole} in the whole: ${names} commands and mistakes, ${faults} faults (met in ${outcomes.filter(({ met }) => met).length} runs; never met: ${unmet}), exits ${codes.join(', ')}`,
    `leak: ${hits.length} runs in which a key was seen in stdout, stderr, files, argv or the environment of a child`,
    ...hits.flatMap((outcome) => [`  ${outcome.job} ${outcome.mode}, fault ${outcome.fault}:`, ...outcome.hits.map((hit) => `    ${hit}`)]),
    ...odd.map((outcome) => `  ${outcome.code === 1 ? 'a bug' : 'did not end'}: ${outcome.job} ${outcome.mode}, fault ${outcome.fault}`),
  ]
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { all: { type: 'boolean', default: false }, fault: { type: 'string' }, job: { type: 'string' }, evidence: { type: 'string' } },
  })
  const plays = (index: number): readonly Play[] =>
    (values.all || values.job !== undefined ? everything(index) : slice(index)).filter((play) => values.job === undefined || play.job.name === values.job)
  const report = await playCanaries(plays, (fault) => values.fault === undefined || fault.name === values.fault, values.evidence ?? null)
  for (const line of tell(report)) stdout.write(`${line}\n`)
  return report.outcomes.every(({ hits, code }) => hits.length === 0 && code !== 1 && code !== null) ? 0 : 1
}

if (import.meta.filename === argv[1]) exit(await main())
