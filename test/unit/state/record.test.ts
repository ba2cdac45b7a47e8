import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/domain/secret.ts'
import { RECORD_FORMAT } from '../../../src/domain/record.ts'
import { nodeCalls } from '../../../src/state/calls.ts'
import { seal } from '../../../src/state/codec.ts'
import { openRecords } from '../../../src/state/record.ts'
import { clock, countingIds, fakeKey, sampleEvent, sampleRecord, systemError, tempFolder, watched } from './kit.ts'

const code = (code: string, kind?: string): unknown => expect.objectContaining(kind === undefined ? { code } : { code, kind })
const open = (folder: string) => openRecords(folder, { clock, ids: countingIds() })
const recordOf = (folder: string): string => join(folder, 'credentials', 'api', 'record.json')

describe('the state folder', () => {
  it('is made at the first write: 0700, files 0600, ignored by git', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const records = await open(folder)
    expect(await records.load('api')).toEqual({ record: null, condition: 'absent', revision: null })
    expect(await records.runs('api')).toEqual([])
    expect(existsSync(folder)).toBe(false)
    await records.save(sampleRecord(), null)
    await records.append(sampleEvent(1))
    for (const part of ['', 'tmp', 'locks', 'credentials', 'credentials/api']) expect(statSync(join(folder, part)).mode & 0o777, part).toBe(0o700)
    for (const file of ['.gitignore', 'credentials/api/record.json', 'credentials/api/r1.jsonl'])
      expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600)
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
    expect(readdirSync(join(folder, 'credentials', 'api')).toSorted()).toEqual(['r1.jsonl', 'record.json'])
  })

  it.each([
    ['a symbolic link', (path: string) => (mkdirSync(`${path}-real`), symlinkSync(`${path}-real`, path))],
    ['a file', (path: string) => writeFileSync(path, '')],
    ['writable by the group', (path: string) => (mkdirSync(path), chmodSync(path, 0o770))],
    ['writable by all', (path: string) => (mkdirSync(path), chmodSync(path, 0o707))],
  ])('refuses one that is %s', async (_what, make) => {
    const path = join(tempFolder(), '.keyrot')
    make(path)
    await expect(open(path)).rejects.toEqual(code('KR_STATE_UNSAFE', 'refused'))
  })

  it('refuses one of another user', async () => {
    const path = tempFolder()
    const calls = { ...nodeCalls, uid: () => (nodeCalls.uid() ?? 0) + 1 }
    await expect(openRecords(path, { clock, ids: countingIds(), calls })).rejects.toEqual(code('KR_STATE_UNSAFE', 'refused'))
  })

  it('looks again before each write', async () => {
    const path = join(tempFolder(), '.keyrot')
    const records = await open(path)
    mkdirSync(path)
    chmodSync(path, 0o777)
    await expect(records.save(sampleRecord(), null)).rejects.toEqual(code('KR_STATE_UNSAFE'))
    await expect(records.append(sampleEvent(1))).rejects.toEqual(code('KR_STATE_UNSAFE'))
  })

  it('takes no path from a name', async () => {
    const records = await open(join(tempFolder(), '.keyrot'))
    await expect(records.load('../../etc')).rejects.toEqual(code('KR_BUG'))
    await expect(records.append(sampleEvent(1, { run: '../x' }))).rejects.toEqual(code('KR_BUG'))
    await expect(records.journal('api', '.hidden')).rejects.toEqual(code('KR_BUG'))
  })

  it.each(['tmp', 'locks', 'credentials'])('keeps a credential called %s apart from its own folders', async (name) => {
    const records = await open(join(tempFolder(), '.keyrot'))
    await records.save(sampleRecord(name), null)
    expect((await records.load(name)).record).toEqual(sampleRecord(name))
  })
})

describe('the record', { timeout: 60_000 }, () => {
  it('comes back as it was saved', async () => {
    const records = await open(join(tempFolder(), '.keyrot'))
    const revision = await records.save(sampleRecord(), null)
    expect(await records.load('api')).toEqual({ record: sampleRecord(), condition: 'ok', revision })
  })

  it('is replaced by the one who read it last, and conflicts with everybody else', async () => {
    const records = await open(join(tempFolder(), '.keyrot'))
    const first = await records.save(sampleRecord(), null)
    await expect(records.save(sampleRecord(), null)).rejects.toEqual(code('KR_STATE_CONFLICT', 'conflict'))
    const second = await records.save(sampleRecord('api', 2), first)
    await expect(records.save(sampleRecord('api', 3), first)).rejects.toEqual(code('KR_STATE_CONFLICT'))
    const third = await records.save(sampleRecord(), second)
    expect(third).not.toBe(first)
    expect((await records.load('api')).revision).toBe(third)
  })

  it('lets exactly one of several writers at once through, and leaves nothing of the others', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const revision = await (await open(folder)).save(sampleRecord(), null)
    const writers = await Promise.all(Array.from({ length: 5 }, (_, at) => openRecords(folder, { clock, ids: countingIds(`w${at}`) })))
    const ends = await Promise.allSettled(writers.map((records, at) => records.save(sampleRecord('api', 2 + at), revision)))
    const won = ends.flatMap((end, at) => (end.status === 'fulfilled' ? [{ generation: 2 + at, revision: end.value }] : []))
    expect(won).toHaveLength(1)
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toEqual(code('KR_STATE_CONFLICT', 'conflict'))
    expect(await writers[0]!.load('api')).toMatchObject({ condition: 'ok', revision: won[0]?.revision, record: { generation: won[0]?.generation } })
    expect(readdirSync(join(folder, 'credentials', 'api'))).toEqual(['record.json'])
  })

  it('conflicts when it was deleted meanwhile, and starts anew from nothing', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const records = await open(folder)
    const revision = await records.save(sampleRecord(), null)
    unlinkSync(recordOf(folder))
    await expect(records.save(sampleRecord(), revision)).rejects.toEqual(code('KR_STATE_CONFLICT'))
    await records.save(sampleRecord(), null)
  })

  it.each<[string, (path: string) => void]>([
    ['cut short', (path) => truncateSync(path, 60)],
    ['emptied', (path) => truncateSync(path, 0)],
    ['edited', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"generation":1', '"generation":7'))],
    ['replaced by the record of another', (path) => writeFileSync(path, seal('keyrot record other', 1, '{}').line)],
    ['sealed rightly around the wrong shape', (path) => writeFileSync(path, seal('keyrot record api', 1, '{"seq":1,"record":{"format":1}}').line)],
    ['sealed rightly around no JSON', (path) => writeFileSync(path, seal('keyrot record api', 1, '{"seq":').line)],
    [
      'given a prototype',
      (path) => writeFileSync(path, seal('keyrot record api', 1, JSON.stringify({ seq: 1, record: sampleRecord() }).replace('"web"', '"__proto__"')).line),
    ],
    ['of a format that never was', (path) => writeFileSync(path, seal('keyrot record api', 0, '{}').line)],
    ['binary noise', (path) => writeFileSync(path, Buffer.from([0, 255, 254, 10, 13]))],
  ])('is damaged when %s: not trusted, kept under a new name', async (_what, harm) => {
    const folder = join(tempFolder(), '.keyrot')
    const records = await open(folder)
    const revision = await records.save(sampleRecord(), null)
    harm(recordOf(folder))
    const harmed = readFileSync(recordOf(folder))
    expect(await records.load('api')).toEqual({ record: null, condition: 'damaged', revision: null })
    await expect(records.save(sampleRecord(), revision)).rejects.toEqual(code('KR_STATE_CONFLICT'))
    await records.save(sampleRecord('api', 2), null)
    expect((await records.load('api')).record?.generation).toBe(2)
    const kept = readdirSync(join(folder, 'credentials', 'api')).filter((name) => name.startsWith('record.damaged-'))
    expect(kept).toHaveLength(1)
    expect(readFileSync(join(folder, 'credentials', 'api', kept[0] ?? ''))).toEqual(harmed)
  })

  it('of a newer format is neither read nor written over', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const records = await open(folder)
    await records.save(sampleRecord(), null)
    writeFileSync(recordOf(folder), seal('keyrot record api', RECORD_FORMAT + 1, '{"who":"knows"}').line)
    const before = readFileSync(recordOf(folder))
    await expect(records.load('api')).rejects.toEqual(code('KR_STATE_NEWER', 'config'))
    await expect(records.save(sampleRecord(), null)).rejects.toEqual(code('KR_STATE_NEWER', 'config'))
    expect(readFileSync(recordOf(folder))).toEqual(before)
  })

  it('never holds a key, nor a Secret, nor the wrong shape', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const records = await open(folder)
    const record = sampleRecord()
    for (const wrong of [
      { ...record, ns: fakeKey() },
      { ...record, current: new Secret('x') as never },
      { ...record, generation: -1 },
      { ...record, extra: 1 },
    ]) {
      await expect(records.save(wrong, null)).rejects.toEqual(code('KR_BUG'))
    }
    await expect(records.append(sampleEvent(1, { code: fakeKey() }))).rejects.toEqual(code('KR_BUG'))
    await expect(records.append(sampleEvent(1, { data: { a: new Secret('x') as never } }))).rejects.toEqual(code('KR_BUG'))
    expect((await records.load('api')).condition).toBe('absent')
    expect(await records.journal('api', 'r1')).toEqual({ events: [], damaged: 0, torn: false })
  })

  it('sweeps what a killed writer left', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const records = await open(folder)
    const revision = await records.save(sampleRecord(), null)
    writeFileSync(join(folder, 'credentials', 'api', 'record.abcdefghijkl.tmp'), 'half')
    await records.save(sampleRecord(), revision)
    expect(readdirSync(join(folder, 'credentials', 'api'))).toEqual(['record.json'])
  })

  it('does what the model of a compare-and-swap cell does', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constantFrom('load', 'save'), who: fc.nat(2) }),
      fc.record({ do: fc.constantFrom('delete', 'damage'), who: fc.constant(0) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const folder = join(tempFolder(), '.keyrot')
        const actors = await Promise.all([0, 1, 2].map(async () => ({ records: await open(folder), revision: null as string | null, seen: 0 })))
        // the cell: which write it holds; 0 = nothing that can be trusted
        let cell = 0
        let writes = 0
        for (const { do: what, who } of steps) {
          const actor = actors[who]!
          if (what === 'load') {
            const loaded = await actor.records.load('api')
            expect(loaded.record?.generation ?? 0).toBe(cell)
            actor.revision = loaded.revision
            actor.seen = cell
          } else if (what === 'save') {
            writes += 1
            const saving = actor.records.save(sampleRecord('api', writes), actor.revision)
            if (actor.seen === cell) {
              actor.revision = await saving
              actor.seen = cell = writes
            } else await expect(saving).rejects.toEqual(code('KR_STATE_CONFLICT'))
          } else if (existsSync(recordOf(folder))) {
            if (what === 'delete') unlinkSync(recordOf(folder))
            else truncateSync(recordOf(folder), 50)
            cell = 0
          }
        }
      }),
      { numRuns: 60, seed: 7 },
    )
  })
})

describe('when the disk says no', { timeout: 60_000 }, () => {
  it.each([
    ['ENOSPC', 'KR_STATE_FULL', 'unavailable'],
    ['EIO', 'KR_STATE_IO', 'unavailable'],
  ])('%s at any call of a save leaves the old record or the new one, and says %s', async (errno, told, kind) => {
    const folder = join(tempFolder(), '.keyrot')
    const home = join(folder, 'credentials', 'api')
    const fine = await open(folder)
    let revision = await fine.save(sampleRecord('api', 1), null)
    let failed = 0
    for (let at = 0, reached = true; reached; at += 1) {
      reached = false
      const calls = watched((name, n) => {
        if (n !== at) return
        reached = true
        if (name !== 'close') throw systemError(errno)
      })
      const ids = countingIds(`y${at}z`)
      const result = await openRecords(folder, { clock, ids, calls })
        .then((records) => records.save(sampleRecord('api', 2 * at), revision))
        .catch((error: unknown) => error)
      const after = await fine.load('api')
      expect(after.condition, `call ${at}`).toBe('ok')
      if (typeof result === 'string') expect(after).toMatchObject({ revision: result, record: { generation: 2 * at } })
      else expect(result).toEqual(code(told, kind))
      if (typeof result !== 'string') failed += 1
      // whatever happened, the next writer is not locked out
      revision = await fine.save(sampleRecord('api', 2 * at + 1), after.revision)
      // a leftover would add a call to the next round, and the round would never end
      for (const name of readdirSync(home)) if (name.endsWith('.tmp')) unlinkSync(join(home, name))
    }
    expect(failed).toBeGreaterThan(15)
  })

  it.each([
    ['EDQUOT', 'KR_STATE_FULL'],
    ['EROFS', 'KR_STATE_READONLY'],
    ['EACCES', 'KR_STATE_READONLY'],
    ['EPERM', 'KR_STATE_READONLY'],
    ['ELOOP', 'KR_STATE_UNSAFE'],
    ['EMFILE', 'KR_STATE_IO'],
  ])('%s is told as %s, without a foreign word', async (errno, told) => {
    const calls = watched((name) => {
      if (name === 'mkdir') throw systemError(errno)
    })
    const records = await openRecords(join(tempFolder(), '.keyrot'), { clock, ids: countingIds(), calls })
    for (const writing of [records.save(sampleRecord(), null), records.append(sampleEvent(1))]) {
      const error: unknown = await writing.catch((thrown: unknown) => thrown)
      expect(error).toEqual(code(told))
      expect(JSON.stringify(error)).not.toContain('made up')
      expect(error).not.toHaveProperty('cause')
    }
  })
})

describe('every released format', () => {
  it('is still read: one fixture each', async () => {
    for (let format = 1; format <= RECORD_FORMAT; format += 1) {
      const records = await openRecords(join(import.meta.dirname, '../../fixtures/state', `format-${format}`), { clock, ids: countingIds() })
      expect((await records.load('api')).record).toEqual(sampleRecord())
      expect(await records.journal('api', 'r1')).toEqual({
        events: [sampleEvent(1, { type: 'run.started' }), sampleEvent(2), sampleEvent(3, { type: 'run.done' })],
        damaged: 0,
        torn: false,
      })
    }
  })
})
