/**
 * What starting keyrot costs, as ratios to `node -e 0` measured side by side in one run: `npm run bench:startup`, after a build.
 * Absolute times belong to the machine. Each round starts every command once, in an order that turns from round to round;
 * a ratio is taken within a round, and the median of all rounds is the result.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROUNDS = Number(process.argv[2] ?? 20)
const WARM_UP = 2
const bin = join(import.meta.dirname, '..', '..', 'bin', 'run.js')
if (!existsSync(join(bin, '..', '..', 'dist', 'cli', 'main.js'))) throw new Error('there is no build: run npm run build first')

const folder = mkdtempSync(join(tmpdir(), 'keyrot-bench-'))
// A key that is to be found nowhere, and no admin key: `status` looks at one file and asks no network.
const config = [
  'version: 1',
  'ns: benchbob',
  'providers:',
  '  main: { type: openai, project: proj_bench, scopes: all }',
  'targets:',
  '  web: { type: dotenv, path: .env, consumers: reread }',
  'credentials:',
  '  bench: { provider: main, targets: [web] }',
]
writeFileSync(join(folder, 'rotation.config.yaml'), `${config.join('\n')}\n`)

interface Subject {
  readonly name: string
  readonly args: readonly string[]
  readonly exits: readonly number[]
}

const BASE: Subject = { name: 'node -e 0', args: ['-e', '0'], exits: [0] }
const SUBJECTS: readonly Subject[] = [
  BASE,
  { name: 'keyrot --version', args: [bin, '--version'], exits: [0] },
  { name: 'keyrot --help', args: [bin, '--help'], exits: [0] },
  { name: 'keyrot rotate --help', args: [bin, 'rotate', '--help'], exits: [0] },
  { name: 'keyrot status, no config', args: [bin, 'status', '--config', 'none.yaml'], exits: [3] },
  { name: 'keyrot status, one empty target', args: [bin, 'status'], exits: [0] },
  { name: 'keyrot status --json, the same', args: [bin, 'status', '--json'], exits: [0] },
]

function time({ name, args, exits }: Subject): number {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder }
  const from = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
  const taken = performance.now() - from
  if (status === null || !exits.includes(status)) throw new Error(`${name} exited with ${String(status)}: ${stderr}`)
  return taken
}

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN

function round(number: number): Map<string, number> {
  const turn = number % SUBJECTS.length
  return new Map([...SUBJECTS.slice(turn), ...SUBJECTS.slice(0, turn)].map((subject) => [subject.name, time(subject)]))
}

try {
  for (let at = 0; at < WARM_UP; at++) round(at)
  const rounds = Array.from({ length: ROUNDS }, (_, at) => round(at))
  const ofBase = rounds.map((times) => times.get(BASE.name) ?? Number.NaN)
  process.stdout.write(`${ROUNDS} paired rounds on Node ${process.version}; node -e 0 takes ${median(ofBase).toFixed(0)} ms here\n`)
  for (const { name } of SUBJECTS.slice(1)) {
    const ratio = median(rounds.map((times, at) => (times.get(name) ?? Number.NaN) / (ofBase[at] ?? Number.NaN)))
    process.stdout.write(`${name.padEnd(34)} ${ratio.toFixed(2)}x\n`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
