/**
 * What the journal costs, as ratios measured side by side in one run: `node test/bench/journal.ts`.
 * Absolute times belong to the machine; the ratios and the counts of syncs are the result.
 */
import { closeSync, fdatasyncSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCalls } from '../../src/state/calls.ts'
import type { FileCalls } from '../../src/state/calls.ts'
import { openRecords } from '../../src/state/record.ts'
import { clock, countingIds, sampleEvent } from '../unit/state/sample.ts'

const root = mkdtempSync(join(tmpdir(), 'keyrot-bench-'))
const line = Buffer.alloc(250, 'x').fill('\n', 249)
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const timed = async (act: () => unknown): Promise<number> => {
  const from = performance.now()
  await act()
  return performance.now() - from
}
const open = (name: string, calls: FileCalls = nodeCalls) => openRecords(join(root, name, '.keyrot'), { clock, ids: countingIds(), calls })
const show = (what: string, value: string): boolean => process.stdout.write(`${what.padEnd(66)} ${value}\n`)

async function appendRatio(): Promise<void> {
  const records = await open('append')
  const fd = openSync(join(root, 'floor'), 'a')
  await records.append(sampleEvent(0))
  const [ours, sync, async]: [number[], number[], number[]] = [[], [], []]
  for (let at = 0; at < 400; at += 1) {
    sync.push(await timed(() => (writeSync(fd, line), fdatasyncSync(fd))))
    ours.push(await timed(() => records.append(sampleEvent(at))))
    async.push(await timed(() => (writeSync(fd, line), new Promise<void>((resolve) => fdatasync(fd, () => resolve())))))
  }
  closeSync(fd)
  show('one durable append / write + fdatasync (sync floor)', `${(median(ours) / median(sync)).toFixed(2)}x   bar 2.0x`)
  show('one durable append / write + fdatasync (async floor)', `${(median(ours) / median(async)).toFixed(2)}x`)
}

async function growth(): Promise<void> {
  const records = await open('growth')
  const typical = async (): Promise<number> => {
    const taken: number[] = []
    for (let n = 0; n < 200; n += 1) taken.push(await timed(() => records.append(sampleEvent(n))))
    return median(taken)
  }
  const early = await typical()
  await Promise.all(Array.from({ length: 10_000 }, (_, n) => records.append(sampleEvent(n))))
  show('append after 10,000 events / append at the start', `${((await typical()) / early).toFixed(2)}x   bar 1.3x`)
  const replay: number[] = []
  for (let n = 0; n < 7; n += 1) replay.push(await timed(() => records.journal('api', 'r1')))
  show('replay of 10,400 events', `${median(replay).toFixed(1)} ms   bar 50 ms`)
}

async function concurrency(workers: number, bar: string): Promise<void> {
  let syncs = 0
  const records = await open(`c${workers}`, { ...nodeCalls, datasync: (fd) => ((syncs += 1), nodeCalls.datasync(fd)) })
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))
  const run = (append: () => Promise<unknown>): Promise<number> => {
    let left = 1000
    const worker = async (): Promise<void> => {
      while (left-- > 0) for (let step = 0; step < 3; step += 1) await pause().then(append)
    }
    return timed(() => Promise.all(Array.from({ length: workers }, worker)))
  }
  const without = await run(async () => {})
  const withJournal = await run(() => records.append(sampleEvent(1)))
  show(`1,000 targets x 3 steps of 50 ms, ${workers} at a time: with / without`, `${(withJournal / without).toFixed(3)}x   bar ${bar}`)
  show(`  syncs for 3,000 transitions`, `${syncs} (${((syncs / 3000) * 100).toFixed(1)} %)`)
}

await appendRatio()
await growth()
await concurrency(50, '1.05x, 15 %')
await concurrency(500, '1.15x, 2 %')
rmSync(root, { recursive: true })
