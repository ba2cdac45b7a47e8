/**
 * The leak scan beside what others need for the same: ripgrep with the same expressions, secretlint, gitleaks, and git handing out every
 * blob of a history. `npm run bench:scan [-- ROUNDS [SEED]]`; exits 1 when a bar is missed. The tree (500 MB) and the history (20,000
 * blobs) are made from a seed in a temporary folder. Each round runs the two of a pair one after the other; the median of the ratios counts.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ScanReport } from '../../src/domain/hit.ts'
import { TEXT_RULES } from '../../src/scan/rules/rules.ts'
import { installInto } from '../cli/support/installed.ts'
import { judged } from './command.ts'
import { makeHistory } from './history-repository.ts'
import { makeTree, PARTS, type LargeTree } from './large-tree.ts'
import { forRipgrep, installSecretlint, onPath, timed, type Command } from './others.ts'

const ROUNDS = Number(process.argv[2] ?? 7)
const SEED = Number(process.argv[3] ?? 20_261_121)
const TREE_BYTES = 500e6
const HISTORY = { files: 2_500, commits: 4_000, edits: 5 }
/** Slow ones look through so many of the tree's parts. */
const FEW = 3

const folder = mkdtempSync(join(tmpdir(), 'keyrot-bench-'))
const at = (name: string): string => join(folder, name)
const bars: boolean[] = []
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN

function hold(figure: string, bar: string, holds: boolean): void {
  bars.push(holds)
  say(judged(figure, bar, holds))
}

/** The median of what `one` takes, as a multiple of what the commands of `base` take together, in the same round. */
async function ratioOf(one: Command, ...base: readonly Command[]): Promise<number> {
  const ratios: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    let together = 0
    for (const each of base) together += (await timed(each, folder)) ?? Number.NaN
    const own = (await timed(one, folder)) ?? Number.NaN
    // The first one warms the caches.
    if (round > 0) ratios.push(own / together)
  }
  return median(ratios)
}

/** What a scan found, and the most memory it held. */
function looked({ file, args, cwd }: Command): { readonly paths: ReadonlySet<string>; readonly peakMb: number } {
  const probe = at('probe.json')
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, KEYROT_BENCH_PROBE: probe }
  const node = ['--import', join(import.meta.dirname, 'probe.mjs'), file, ...args, '--json']
  const { stdout } = spawnSync(process.execPath, node, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 })
  const { hits } = JSON.parse(stdout) as ScanReport
  return { paths: new Set(hits.map(({ at: { path } }) => path)), peakMb: (JSON.parse(readFileSync(probe, 'utf8')) as { readonly peakMb: number }).peakMb }
}

async function treeBench(bin: string, tree: LargeTree): Promise<void> {
  const scan: Command = { file: bin, args: ['scan', '--no-ignore', '.', '--fail-on', 'never'], cwd: at('tree') }
  const { paths, peakMb } = looked(scan)
  const missed = tree.planted.filter((path) => !paths.has(`./${path}`) && !paths.has(path))
  say(`a tree of ${tree.files} files, ${(tree.bytes / 1e6).toFixed(0)} MB`)
  hold(`finds ${tree.planted.length - missed.length} of ${tree.planted.length} planted keys`, 'all', missed.length === 0)
  hold(`${peakMb.toFixed(0)} MB of memory`, '300 MB', peakMb <= 300)
  const ripgrep = onPath('rg')
  if (ripgrep === null) say('  ripgrep is not here (Debian: apt-get install ripgrep): NOT MEASURED')
  else {
    writeFileSync(at('patterns'), forRipgrep(TEXT_RULES))
    const search: Command = { file: ripgrep, args: ['-uuu', '-a', '--no-unicode', '-c', '-f', at('patterns'), '.'], cwd: at('tree') }
    const ratio = await ratioOf(scan, search)
    hold(`${(1 / ratio).toFixed(2)}x ripgrep's throughput, same expressions`, '0.4x', 1 / ratio >= 0.4)
    writeFileSync(at('one-vendor'), forRipgrep(TEXT_RULES.filter(({ id }) => id.startsWith('openai-'))))
    const less = await ratioOf(scan, { ...search, args: search.args.with(-2, at('one-vendor')) })
    say(`  ${(1 / less).toFixed(2)}x where ripgrep looks for OpenAI's keys only, keyrot for all`)
  }
  await slowOnes(bin, tree)
}

/** Over some parts of the tree; the scan looks through the same, its start included. */
async function slowOnes(bin: string, tree: LargeTree): Promise<void> {
  const few = at('few')
  mkdirSync(few)
  for (let part = 0; part < FEW; part++) execFileSync('cp', ['-r', join(at('tree'), `part-${part}`), few])
  const mb = (tree.bytes / 1e6) * (FEW / PARTS)
  const scan = median(await times({ file: bin, args: ['scan', '--no-ignore', few, '--fail-on', 'never'], cwd: folder }, 3))
  const secretlint = installSecretlint(at('secretlint'))
  if (secretlint === null) say('  secretlint cannot be installed here: NOT MEASURED')
  else {
    const lint = secretlint(few)
    const taken = await timed(lint, folder, LIMIT)
    const times = (taken ?? LIMIT) / scan
    if (taken !== null && lint.found() === 0) say('  secretlint ran and found none of the keys: NOT MEASURED')
    else hold(`${taken === null ? 'more than ' : ''}${times.toFixed(1)}x secretlint's throughput, over ${mb.toFixed(0)} MB of it`, '5x', times >= 5)
  }
  const gitleaks = join(import.meta.dirname, '../../node_modules/.bin/gitleaks')
  const taken = await timed({ file: gitleaks, args: ['dir', few, '--no-banner', '--exit-code', '0'], cwd: folder }, folder, LIMIT).catch(() => Number.NaN)
  const words = taken === null ? `not done after ${LIMIT / 1_000} s` : Number.isNaN(taken) ? 'does not run here' : `${(taken / scan).toFixed(1)}x as long`
  say(`  gitleaks (as WebAssembly) over the same: ${words}`)
}

const LIMIT = 120_000

async function times(command: Command, count: number): Promise<number[]> {
  const taken: number[] = []
  for (let round = 0; round < count; round++) taken.push((await timed(command, folder)) ?? Number.NaN)
  return taken
}

async function historyBench(bin: string): Promise<void> {
  const cwd = at('history')
  mkdirSync(cwd)
  await makeHistory(cwd, HISTORY, SEED)
  const listed = spawnSync('git', ['cat-file', '--batch-all-objects', '--batch-check'], { cwd, encoding: 'utf8', maxBuffer: 1 << 28 }).stdout.split('\n')
  const blobs = listed.filter((line) => line.includes(' blob '))
  writeFileSync(at('ids'), blobs.map((line) => `${line.slice(0, line.indexOf(' '))}\n`).join(''))
  const mb = blobs.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0) / 1e6
  say(`a history of ${blobs.length} blobs, ${mb.toFixed(0)} MB`)
  const scan: Command = { file: bin, args: ['scan', '--history', '--fail-on', 'never'], cwd }
  hold(`${looked(scan).peakMb.toFixed(0)} MB of memory`, '300 MB', looked(scan).peakMb <= 300)
  const ratio = await ratioOf(scan, { file: 'sh', args: ['-c', `git cat-file --batch --buffer < '${at('ids')}' | cat > /dev/null`], cwd })
  hold(`${ratio.toFixed(2)}x git cat-file --batch, piped to nothing`, '1.5x', ratio <= 1.5)
}

async function stagedBench(bin: string): Promise<void> {
  const cwd = at('history')
  execFileSync('git', ['read-tree', 'HEAD'], { cwd })
  const files = spawnSync('git', ['ls-files'], { cwd, encoding: 'utf8' }).stdout.split('\n').slice(0, 20)
  execFileSync('git', ['checkout', '--', ...files], { cwd })
  for (const file of files) writeFileSync(join(cwd, file), `${readFileSync(join(cwd, file), 'utf8')}one more line\n`)
  execFileSync('git', ['add', ...files], { cwd })
  const base: Command[] = [
    { file: bin, args: ['--help'], cwd },
    { file: 'git', args: ['diff', '--cached'], cwd },
  ]
  const ratio = await ratioOf({ file: bin, args: ['scan', '--staged'], cwd }, ...base)
  say('a commit of 20 files')
  hold(`${ratio.toFixed(2)}x keyrot --help and git diff --cached`, '1.5x', ratio <= 1.5)
}

try {
  const { bin } = await installInto(folder)
  mkdirSync(at('tree'))
  say(`seed ${SEED}, ${ROUNDS} paired rounds, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`)
  await historyBench(bin)
  await stagedBench(bin)
  await treeBench(bin, makeTree(at('tree'), TREE_BYTES, SEED))
  say(`load at the end ${loadavg()[0]?.toFixed(1)}`)
  process.exitCode = bars.every(Boolean) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}
