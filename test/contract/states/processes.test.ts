/** Three processes that want one credential, their clocks a day and more apart, each stopped for longer than its lease in the middle of its work. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sheetName } from '../../../src/state/shared/locks.ts'
import { openRecords } from '../../../src/state/record.ts'
import { clock, countingIds } from '../../unit/state/sample.ts'
import { startEmbedded } from '../targets/kubernetes-world.ts'

const CHILD = join(import.meta.dirname, 'state-child.ts')
const HOURS = 3_600_000
const SKEWS = [0, 25 * HOURS, -25 * HOURS]
/** A lease of 30 s lasts a second and a half. */
const SPEED = 20
const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']
const canUnshare = spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'true'], { timeout: 10_000 }).status === 0

interface Worker {
  readonly lines: string[]
  /** The node process itself, by its number out here. */
  readonly pid: () => number
  readonly until: (what: RegExp, from?: number) => Promise<number>
  readonly end: () => Promise<void>
}

function start(args: readonly string[], prefix: readonly string[] = []): Worker {
  const [program = process.execPath, ...rest] = [...prefix, process.execPath, CHILD, ...args]
  const child: ChildProcess = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: string[] = []
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    const parts = text.split('\n')
    text = parts.pop() ?? ''
    lines.push(...parts)
  })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  onTestFinished(() => void child.kill('SIGKILL'))
  const own = child.pid ?? 0
  return {
    lines,
    pid: () => (prefix.length === 0 ? own : Number(readFileSync(`/proc/${own}/task/${own}/children`, 'utf8').trim().split(' ')[0])),
    until: async (what, from = 0) => {
      for (const end = performance.now() + 90_000; ; await pause(5)) {
        const at = lines.findIndex((line, index) => index >= from && what.test(line))
        if (at !== -1) return at
        if (performance.now() > end) throw new Error(`never said ${what}: ${lines.slice(-5).join(', ')}`)
      }
    },
    end: async () => {
      child.stdin?.end('over')
      await ended
    },
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Stops a worker in the middle of its work, and lets it go on when `other` work has been done. */
async function stopInTheMiddle(zombie: Worker, others: readonly Worker[], beforeOthers: () => void | Promise<void> = () => undefined): Promise<string> {
  const from = zombie.lines.length
  await zombie.until(/^intended/, await zombie.until(/^held/, from))
  process.kill(zombie.pid(), 'SIGSTOP')
  await pause(50)
  await beforeOthers()
  const seen = others.map(({ lines }) => lines.length)
  await Promise.any(others.map((other, at) => other.until(/^held/, seen[at])))
  await Promise.any(others.map((other, at) => other.until(/^saved/, seen[at])))
  const resumed = zombie.lines.length
  process.kill(zombie.pid(), 'SIGCONT')
  // an answer to what was sent before the pause may still be read; then it is refused, unless its turn was over anyway
  const at = await zombie.until(/^(?:refused|held)/, resumed)
  const turn = zombie.lines.slice(
    zombie.lines.slice(0, at).findLastIndex((line) => line.startsWith('held')),
    at,
  )
  return turn.filter((line) => line === 'saved').length === 3 ? 'was not holding' : (zombie.lines[at] ?? '')
}

/** What was accepted, in order: nobody comes back once another has begun, and no save was lost. */
function judge(accepted: readonly string[], generation: number, workers: readonly Worker[]): void {
  const lines = workers.flatMap((worker) => worker.lines)
  expect(lines.filter((line) => line.startsWith('broken'))).toEqual([])
  const turns = accepted.filter((who, at) => who !== accepted[at - 1])
  expect(new Set(turns).size, 'somebody wrote after another had begun').toBe(turns.length)
  expect(generation, 'a save was lost').toBe(lines.filter((line) => line === 'saved').length)
}

const LATE = /^refused (?:locked|conflict) KR_(?:LOCK_LOST|STATE_CONFLICT)$/

describe('three processes and one credential', { timeout: 240_000 }, () => {
  it('in a Kubernetes namespace: one writer, clocks 25 h off, pauses longer than the lease', async () => {
    const { sandbox, path, close } = await startEmbedded()
    onTestFinished(() => close())
    const folder = mkdtempSync(join(tmpdir(), 'keyrot-processes-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const workers = SKEWS.map((skew, at) => start(['kubernetes', join(folder, String(at)), path, String(SPEED), String(skew)]))
    await Promise.all(workers.map((worker) => worker.until(/^ready/)))
    const ends: string[] = []
    for (const zombie of workers)
      ends.push(
        await stopInTheMiddle(
          zombie,
          workers.filter((other) => other !== zombie),
        ),
      )
    await Promise.all(workers.map((worker) => worker.end()))
    expect(ends.filter((end) => end !== 'was not holding')).not.toEqual([])
    for (const end of ends.filter((each) => each !== 'was not holding')) expect(end).toMatch(LATE)
    // what the server took, by its own log: terms never go back
    const name = sheetName('abcd1234', 'api')
    const taken = sandbox.log.filter(({ effect, path: at }) => effect !== null && at.endsWith(`/configmaps/${name}`)).map(({ body }) => body as Sent)
    const terms = taken.map(({ metadata }) => Number(metadata.annotations['keyrot.dev/fence']?.split('/')[0]))
    expect(terms.length).toBeGreaterThan(10)
    expect(terms).toEqual(terms.toSorted((left, right) => left - right))
    const generation = Number(/"generation":(\d+)/.exec(taken.at(-1)?.data?.['record'] ?? '')?.[1])
    judge(
      taken.map(({ metadata }) => metadata.annotations['keyrot.dev/fence'] ?? ''),
      generation,
      workers,
    )
  })

  it(`in files, each in a pid namespace of its own${canUnshare ? '' : ' (skipped: unshare is not allowed here)'}: one writer`, async ({ skip }) => {
    if (!canUnshare) skip('unshare is not allowed here')
    const folder = join(mkdtempSync(join(tmpdir(), 'keyrot-processes-')), '.keyrot')
    onTestFinished(() => rmSync(join(folder, '..'), { recursive: true, force: true }))
    const workers = SKEWS.map((skew) => start(['files', folder, '', '1', String(skew)], UNSHARE))
    await Promise.all(workers.map((worker) => worker.until(/^ready/)))
    // stands for a minute without a heartbeat; nobody who works is older than that
    const silence = (): void => {
      const long = new Date(Date.now() - 61_000)
      for (const lock of readdirSync(join(folder, 'locks')).filter((name) => name.endsWith('.lock'))) utimesSync(join(folder, 'locks', lock), long, long)
    }
    const ends: string[] = []
    for (const zombie of workers)
      ends.push(
        await stopInTheMiddle(
          zombie,
          workers.filter((other) => other !== zombie),
          silence,
        ),
      )
    await Promise.all(workers.map((worker) => worker.end()))
    expect(ends.filter((end) => end !== 'was not holding')).not.toEqual([])
    for (const end of ends.filter((each) => each !== 'was not holding')) expect(end).toMatch(LATE)
    await judgeFiles(folder, workers)
  })

  it('in files, of one machine: whoever is stopped keeps the lock, whoever is killed loses it at once', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'keyrot-processes-')), '.keyrot')
    onTestFinished(() => rmSync(join(folder, '..'), { recursive: true, force: true }))
    const workers = SKEWS.map((skew) => start(['files', folder, '', '1', String(skew)]))
    const [first, ...others] = workers as [Worker, ...Worker[]]
    await Promise.all(workers.map((worker) => worker.until(/^ready/)))
    await first.until(/^intended/, await first.until(/^held/))
    process.kill(first.pid(), 'SIGSTOP')
    await pause(50)
    const seen = others.map(({ lines }) => lines.length)
    await Promise.all(others.map((other, at) => other.until(/^refused locked KR_LOCKED/, (seen[at] ?? 0) + 3)))
    process.kill(first.pid(), 'SIGKILL')
    const killed = others.map(({ lines }) => lines.length)
    await Promise.any(others.map((other, at) => other.until(/^saved/, killed[at])))
    await Promise.all(others.map((worker) => worker.end()))
    const { record } = await (await openRecords(folder, { clock, ids: countingIds() })).load('api')
    const saved = workers.flatMap(({ lines }) => lines).filter((line) => line === 'saved').length
    // the killed one may have saved without living to tell it
    expect((record?.generation ?? 0) - saved).toBeGreaterThanOrEqual(0)
    expect((record?.generation ?? 0) - saved).toBeLessThanOrEqual(1)
  })
})

interface Sent {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
}

async function judgeFiles(folder: string, workers: readonly Worker[]): Promise<void> {
  const records = await openRecords(folder, { clock, ids: countingIds() })
  const { events, damaged } = await records.journal('api', 'r1')
  expect(damaged).toBe(0)
  const { record } = await records.load('api')
  judge(
    events.map(({ data }) => String(data?.['who'])),
    record?.generation ?? 0,
    workers,
  )
}
