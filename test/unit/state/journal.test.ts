import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Records } from '../../../src/ports/system.ts'
import { nodeCalls } from '../../../src/state/calls.ts'
import type { FileCalls } from '../../../src/state/calls.ts'
import { seal } from '../../../src/state/codec.ts'
import { openRecords } from '../../../src/state/record.ts'
import { clock, countingIds, sampleEvent, systemError, tempFolder, watched } from './kit.ts'

const code = (code: string, kind?: string): unknown => expect.objectContaining(kind === undefined ? { code } : { code, kind })
const open = (folder: string, calls: FileCalls = nodeCalls) => openRecords(folder, { clock, ids: countingIds(), calls })

async function written(count: number): Promise<{ folder: string; path: string; records: Records }> {
  const folder = join(tempFolder(), '.keyrot')
  const records = await open(folder)
  for (let at = 1; at <= count; at += 1) await records.append(sampleEvent(at))
  return { folder, path: join(folder, 'credentials', 'api', 'r1.jsonl'), records }
}

const times = async (records: Records): Promise<number[]> => (await records.journal('api', 'r1')).events.map(({ at }) => at)

describe('the journal', { timeout: 60_000 }, () => {
  it('gives back what was appended, in order', async () => {
    const { records } = await written(3)
    expect(await records.journal('api', 'r1')).toEqual({ events: [1, 2, 3].map((at) => sampleEvent(at)), damaged: 0, torn: false })
  })

  it('is continued by the next process', async () => {
    const { folder } = await written(2)
    const next = await open(folder)
    await next.append(sampleEvent(3))
    expect(await next.journal('api', 'r1')).toMatchObject({ damaged: 0, torn: false, events: [{ at: 1 }, { at: 2 }, { at: 3 }] })
  })

  it('drops a last line that was torn at any byte, and repairs it before the next append', async () => {
    const { path } = await written(3)
    const whole = readFileSync(path)
    const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1
    for (let cut = lastLine; cut < whole.length; cut += 1) {
      writeFileSync(path, whole.subarray(0, cut))
      const records = await open(join(path, '../../..'))
      const reading = await records.journal('api', 'r1')
      const kept = cut === whole.length - 1 ? [1, 2, 3] : [1, 2]
      expect({ ...reading, events: reading.events.map(({ at }) => at) }, `cut at ${cut}`).toEqual({ events: kept, damaged: 0, torn: cut !== lastLine })
      await records.append(sampleEvent(4))
      expect(await records.journal('api', 'r1')).toMatchObject({ damaged: 0, torn: false, events: [...kept, 4].map((at) => ({ at })) })
    }
  })

  it('survives a tail of zeros or noise, as a power cut may leave it', async () => {
    for (const tail of [Buffer.alloc(300), Buffer.from([255, 254, 10, 0, 10, 200]), Buffer.from('\n\n')]) {
      const { path, folder } = await written(2)
      appendFileSync(path, tail)
      const records = await open(folder)
      expect(await times(records)).toEqual([1, 2])
      const { damaged } = await records.journal('api', 'r1')
      await records.append(sampleEvent(3))
      expect(await times(records)).toEqual([1, 2, 3])
      expect((await records.journal('api', 'r1')).damaged).toBe(damaged)
    }
  })

  it.each<[string, (lines: string[]) => string[], number[], number]>([
    ['edited', (l) => [l[0]!, l[1]!.replace('"at":2', '"at":9'), l[2]!], [1, 3], 1],
    ['removed', (l) => [l[0]!, l[2]!], [1], 1],
    ['repeated', (l) => [l[0]!, l[1]!, l[1]!, l[2]!], [1, 2, 3], 1],
    ['moved', (l) => [l[1]!, l[0]!, l[2]!], [], 3],
    ['made unreadable', (l) => [l[0]!, 'x', l[2]!], [1], 2],
  ])('counts a line that was %s', async (_what, harm, left, damaged) => {
    const { path, folder } = await written(3)
    writeFileSync(
      path,
      harm(readFileSync(path, 'utf8').split('\n').slice(0, 3))
        .map((line) => `${line}\n`)
        .join(''),
    )
    const records = await open(folder)
    expect(await times(records)).toEqual(left)
    expect((await records.journal('api', 'r1')).damaged).toBe(damaged)
    expect((await records.runs('api'))[0]).toMatchObject({ damaged, events: left.length })
  })

  it('does not verify under another name', async () => {
    const { path, records } = await written(2)
    writeFileSync(path.replace('r1', 'r2'), readFileSync(path))
    expect(await records.journal('api', 'r2')).toMatchObject({ events: [], damaged: 2 })
  })

  it('of a newer format is neither read nor continued', async () => {
    const { path, folder } = await written(0).then(async (fresh) => (await fresh.records.append(sampleEvent(1)), fresh))
    const { sum } = JSON.parse(readFileSync(path, 'utf8'))
    appendFileSync(path, seal(sum, 2, '{"new":true}').line)
    const before = readFileSync(path)
    const records = await open(folder)
    await expect(records.journal('api', 'r1')).rejects.toEqual(code('KR_STATE_NEWER', 'config'))
    await expect(records.append(sampleEvent(2))).rejects.toEqual(code('KR_STATE_NEWER', 'config'))
    await expect(records.runs('api')).rejects.toEqual(code('KR_STATE_NEWER'))
    expect(readFileSync(path)).toEqual(before)
  })

  it('lists runs, newest first, with how they ended', async () => {
    const { records } = await written(0)
    await records.append(sampleEvent(5, { run: 'b', type: 'run.started' }))
    await records.append(sampleEvent(6, { run: 'b', type: 'run.done' }))
    await records.append(sampleEvent(7, { run: 'b' }))
    await records.append(sampleEvent(9, { run: 'a', type: 'run.parked' }))
    expect(await records.runs('api')).toEqual([
      { credential: 'api', run: 'a', startedAt: 9, lastAt: 9, events: 1, outcome: 'parked' },
      { credential: 'api', run: 'b', startedAt: 5, lastAt: 7, events: 3, outcome: 'done' },
    ])
  })

  it('starts again when it was deleted, with or without its folder', async () => {
    const { records, path, folder } = await written(2)
    rmSync(path)
    await records.append(sampleEvent(3))
    expect(await times(records)).toEqual([3])
    rmSync(folder, { recursive: true })
    await records.append(sampleEvent(4))
    expect(await times(records)).toEqual([4])
  })

  it('notices that another run writes to it', async () => {
    const { records, folder } = await written(2)
    const other = await open(folder)
    await other.append(sampleEvent(3))
    await expect(records.append(sampleEvent(4))).rejects.toEqual(code('KR_STATE_CONFLICT', 'conflict'))
    await records.append(sampleEvent(5))
    expect(await records.journal('api', 'r1')).toMatchObject({ damaged: 0, events: [{ at: 1 }, { at: 2 }, { at: 3 }, { at: 5 }] })
  })

  it('replays 10,000 events', async () => {
    const { records } = await written(0)
    await Promise.all(Array.from({ length: 10_000 }, (_, at) => records.append(sampleEvent(at))))
    const reading = await records.journal('api', 'r1')
    expect(reading).toMatchObject({ damaged: 0, torn: false })
    expect(reading.events.map(({ at }) => at)).toEqual(Array.from({ length: 10_000 }, (_, at) => at))
  })
})

describe('group commit', () => {
  it('takes few syncs for many appends, and syncs the folder once', async () => {
    const seen: string[] = []
    const records = await open(
      join(tempFolder(), '.keyrot'),
      watched((name) => seen.push(name)),
    )
    await records.append(sampleEvent(0))
    const folderSyncs = seen.filter((name) => name === 'sync').length
    seen.length = 0
    let left = 1000
    const worker = async (): Promise<void> => {
      while (left-- > 0) await records.append(sampleEvent(left))
    }
    await Promise.all(Array.from({ length: 50 }, worker))
    expect((await records.journal('api', 'r1')).events).toHaveLength(1001)
    expect(seen.filter((name) => name === 'datasync').length).toBeLessThanOrEqual(150)
    expect(folderSyncs).toBeGreaterThan(0)
    expect(seen).not.toContain('sync')
  })

  it('resolves no append before the sync that covers it', async () => {
    let synced = 0
    let size = 0
    const folder = join(tempFolder(), '.keyrot')
    const path = join(folder, 'credentials', 'api', 'r1.jsonl')
    const calls: FileCalls = {
      ...nodeCalls,
      datasync: async (fd) => {
        size = statSync(path).size
        await nodeCalls.datasync(fd)
        synced = size
      },
    }
    const records = await open(folder, calls)
    const appends = Array.from({ length: 200 }, async (_, at) => {
      if (at % 3 === 0) await Promise.resolve()
      await records.append(sampleEvent(at, { step: `s${at}` }))
      expect(readFileSync(path).subarray(0, synced).includes(`"s${at}"`)).toBe(true)
    })
    await Promise.all(appends)
  })

  it('rejects everybody who waits when the sync fails, and never tries again', async () => {
    let syncs = 0
    const calls: FileCalls = {
      ...nodeCalls,
      datasync: async () => {
        syncs += 1
        await new Promise((resolve) => setImmediate(resolve))
        throw systemError('EIO')
      },
    }
    const folder = join(tempFolder(), '.keyrot')
    const records = await open(folder, calls)
    const first = records.append(sampleEvent(1))
    const late = Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => records.append(sampleEvent(2)))
    expect((await Promise.allSettled([first, late])).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(records.append(sampleEvent(3))).rejects.toEqual(code('KR_STATE_IO', 'unavailable'))
    expect(syncs).toBe(1)
    const next = await open(folder)
    await next.append(sampleEvent(4))
    expect((await next.journal('api', 'r1')).damaged).toBe(0)
  })

  it('cuts a failed write off again, and goes on when there is room', async () => {
    let full = false
    const calls: FileCalls = {
      ...nodeCalls,
      write: (fd, buffer, offset, position) => {
        if (full && offset > 0) throw systemError('ENOSPC')
        return nodeCalls.write(fd, full ? buffer.subarray(0, 40) : buffer, offset, position)
      },
    }
    const folder = join(tempFolder(), '.keyrot')
    const records = await open(folder, calls)
    await records.append(sampleEvent(1))
    full = true
    await expect(Promise.all([records.append(sampleEvent(2)), records.append(sampleEvent(3))])).rejects.toEqual(code('KR_STATE_FULL'))
    expect(await records.journal('api', 'r1')).toMatchObject({ damaged: 0, torn: false, events: [{ at: 1 }] })
    full = false
    await records.append(sampleEvent(4))
    expect(await times(records)).toEqual([1, 4])
  })

  it('goes on after a short write', async () => {
    const calls: FileCalls = { ...nodeCalls, write: (fd, buffer, offset, position) => nodeCalls.write(fd, buffer.subarray(0, offset + 7), offset, position) }
    const records = await open(join(tempFolder(), '.keyrot'), calls)
    await records.append(sampleEvent(1))
    await records.append(sampleEvent(2))
    expect(await records.journal('api', 'r1')).toMatchObject({ damaged: 0, torn: false, events: [{ at: 1 }, { at: 2 }] })
  })

  it('refuses a bad event alone, not those beside it', async () => {
    const { records } = await written(0)
    const results = await Promise.allSettled([records.append(sampleEvent(1)), records.append(sampleEvent(Number.NaN)), records.append(sampleEvent(3))])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await times(records)).toEqual([1, 3])
  })

  it('reads a file that shrank behind its back from the start', async () => {
    const { records, path } = await written(3)
    truncateSync(path, 100)
    await records.append(sampleEvent(4))
    expect(await records.journal('api', 'r1')).toMatchObject({ damaged: 0, torn: false, events: [{ at: 4 }] })
  })
})
