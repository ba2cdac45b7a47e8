/**
 * Power cuts in SQLite's style: the real files, cut off at every file call; then what was not yet synced is dropped, torn
 * or kept, in every combination, and the next process must find only what was promised.
 */
import { copyFileSync, cpSync, existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileCalls } from '../../../src/state/calls.ts'
import { nodeCalls } from '../../../src/state/calls.ts'
import { openRecords } from '../../../src/state/record.ts'
import { clock, countingIds, fakeHost, sampleEvent, sampleRecord, tempFolder } from './kit.ts'

class Cut extends Error {}

/** The real file layer that remembers what would be lost, and stops for good at one call. */
class Disk {
  /** Length up to which a file is safe, by path as opened. */
  readonly safe = new Map<string, number>()
  /** What a rename replaced, as long as its folder is not synced. */
  readonly renames: { from: string; to: string; before: Buffer | null }[] = []
  reached = false
  readonly calls: FileCalls
  readonly #open = new Map<number, string>()

  constructor(cutAt: number) {
    let n = 0
    this.calls = new Proxy(nodeCalls, {
      get: (target, name: keyof FileCalls & string) =>
        name === 'uid'
          ? target.uid
          : (...args: never[]) => {
              if (n++ >= cutAt && name !== 'close') {
                this.reached = true
                throw new Cut()
              }
              return this.#note(name, args, () => (target[name] as (...all: never[]) => unknown)(...args))
            },
    })
  }

  #note(name: string, args: readonly unknown[], run: () => unknown): unknown {
    const [first, second] = args
    if (name === 'rename') {
      const [from, to] = [String(first), String(second)]
      this.renames.push({ from, to, before: existsSync(to) ? readFileSync(to) : null })
      const safe = this.safe.get(from)
      if (safe === undefined) this.safe.delete(to)
      else this.safe.set(to, safe)
      this.safe.delete(from)
    }
    if (name === 'open' && !existsSync(String(first))) this.safe.set(String(first), 0)
    const result = run()
    if (name === 'open') this.#open.set(result as number, String(first))
    const path = this.#open.get(first as number)
    if (name === 'write' && path !== undefined && !this.safe.has(path)) this.safe.set(path, statSync(path).size - (result as number))
    if (name === 'truncate' && path !== undefined && this.safe.has(path)) this.safe.set(path, Math.min(this.safe.get(path) ?? 0, second as number))
    if (name === 'sync' && path !== undefined) this.#synced(path)
    if ((name === 'datasync' || name === 'syncAside') && path !== undefined) return (result as Promise<void>).then(() => this.#synced(path))
    return result
  }

  #synced(path: string): void {
    if (!statSync(path).isDirectory()) this.safe.delete(path)
    else for (const rename of this.renames.filter(({ to }) => dirname(to) === path)) this.renames.splice(this.renames.indexOf(rename), 1)
  }

  /** What the platter may hold afterwards: unsynced bytes kept up to `part` of them, unsynced renames kept or undone. */
  lose(part: number, undo: boolean): void {
    for (const [path, safe] of this.safe) {
      if (existsSync(path)) truncateSync(path, safe + Math.floor((statSync(path).size - safe) * part))
    }
    if (!undo) return
    for (const { from, to, before } of this.renames.toReversed()) {
      if (existsSync(to)) renameSync(to, from)
      if (before !== null) writeFileSync(to, before)
    }
  }
}

const PARTS = [0, 0.3, 0.99, 1]

async function cutEverywhere(
  prepare: (folder: string) => Promise<unknown>,
  act: (folder: string, calls: FileCalls) => Promise<void>,
  check: (folder: string, when: string) => Promise<void>,
): Promise<number> {
  const root = tempFolder()
  const start = join(root, 'start')
  await prepare(join(start, '.keyrot'))
  let cases = 0
  for (let at = 0, reached = true; reached; at += 1) {
    reached = false
    for (const part of PARTS) {
      for (const undo of [false, true]) {
        const place = join(root, 'try')
        rmSync(place, { recursive: true, force: true })
        cpSync(start, place, { recursive: true, preserveTimestamps: true })
        const disk = new Disk(at)
        await act(join(place, '.keyrot'), disk.calls).catch(() => {})
        reached ||= disk.reached
        disk.lose(part, undo)
        await check(join(place, '.keyrot'), `call ${at}, ${part} of the bytes, renames ${undo ? 'undone' : 'kept'}`)
        cases += 1
      }
    }
  }
  return cases
}

/** After the cut: another boot, and longer ago than a lease. */
async function reopened(folder: string) {
  const claim = join(folder, 'credentials', 'api', 'record.json.claim')
  if (existsSync(claim)) utimesSync(claim, new Date(0), new Date(0))
  return openRecords(folder, { clock, ids: countingIds('after'), host: fakeHost(2, new Set(), { boot: 'boot-2' }) })
}

describe('a power cut at any file call', () => {
  it('of a save leaves the old record or the new one, the new one if it was promised', { timeout: 60_000 }, async () => {
    let promised = false
    const cases = await cutEverywhere(
      async (folder) => (await openRecords(folder, { clock, ids: countingIds() })).save(sampleRecord('api', 1), null),
      async (folder, calls) => {
        promised = false
        const records = await openRecords(folder, { clock, ids: countingIds('cut'), calls, host: fakeHost(1, new Set()) })
        const { revision } = await records.load('api')
        await records.save(sampleRecord('api', 2), revision)
        promised = true
      },
      async (folder, when) => {
        const records = await reopened(folder)
        const { record, condition, revision } = await records.load('api')
        expect(condition, when).toBe('ok')
        expect(promised ? [2] : [1, 2], when).toContain(record?.generation)
        await records.save(sampleRecord('api', 3), revision)
      },
    )
    expect(cases).toBeGreaterThan(200)
  })

  it('of appends keeps every promised event, whole and in order', { timeout: 60_000 }, async () => {
    const promised: number[] = []
    const cases = await cutEverywhere(
      async (folder) => (await openRecords(folder, { clock, ids: countingIds() })).append(sampleEvent(1)),
      async (folder, calls) => {
        promised.length = 0
        const records = await openRecords(folder, { clock, ids: countingIds('cut'), calls, host: fakeHost(1, new Set()) })
        const append = async (at: number): Promise<void> => {
          await records.append(sampleEvent(at))
          promised.push(at)
        }
        await append(2)
        await Promise.all([append(3), append(4), append(5)])
        await append(6)
      },
      async (folder, when) => {
        const records = await reopened(folder)
        const found = (await records.journal('api', 'r1')).events.map(({ at }) => at)
        expect(found, when).toEqual([1, 2, 3, 4, 5, 6].slice(0, found.length))
        expect(found.length, when).toBeGreaterThanOrEqual(1 + promised.length)
        await records.append(sampleEvent(7))
        expect(await records.journal('api', 'r1'), when).toMatchObject({ damaged: 0, torn: false, events: [...found, 7].map((at) => ({ at })) })
      },
    )
    expect(cases).toBeGreaterThan(100)
  })

  it('is a test that can fail: bytes that were never synced are gone', async () => {
    const folder = tempFolder()
    const path = join(folder, 'x')
    const disk = new Disk(Infinity)
    const fd = disk.calls.open(path, 0o102, 0o600)
    disk.calls.write(fd, Buffer.from('abcdef'), 0, null)
    disk.calls.close(fd)
    copyFileSync(path, `${path}-kept`)
    disk.lose(0.5, false)
    expect([readFileSync(path, 'utf8'), readFileSync(`${path}-kept`, 'utf8'), basename(path)]).toEqual(['abc', 'abcdef', 'x'])
  })
})
