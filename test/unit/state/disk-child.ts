/** Runs inside a mount namespace of its own, on a disk that is tiny or read-only, and prints what state said. */
import { join } from 'node:path'
import { writeFileSync, unlinkSync } from 'node:fs'
import { openLocks } from '../../../src/state/lock.ts'
import { openRecords } from '../../../src/state/record.ts'
import { clock, countingIds, sampleEvent, sampleRecord } from './sample.ts'

const [, , disk = '', what = ''] = process.argv
const folder = join(disk, '.keyrot')
const ids = countingIds()
const records = await openRecords(folder, { clock, ids })
const codeOf = async (act: Promise<unknown>): Promise<string> => act.then(() => 'ok').catch((error: { code?: string }) => error.code ?? 'foreign')

async function full(): Promise<object> {
  const revision = await records.save(sampleRecord('api', 1), null)
  await records.append(sampleEvent(1))
  writeFileSync(join(disk, 'filler'), Buffer.alloc(1 << 16))
  let said = 'ok'
  let appended = 1
  while (said === 'ok' && appended < 5000) {
    said = await codeOf(records.append(sampleEvent(appended + 1)))
    if (said === 'ok') appended += 1
  }
  const save = await codeOf(records.save(sampleRecord('api', 2), revision))
  const reading = await (await openRecords(folder, { clock, ids })).journal('api', 'r1')
  const kept = (await records.load('api')).record?.generation
  unlinkSync(join(disk, 'filler'))
  const again = [await codeOf(records.append(sampleEvent(9999))), await codeOf(records.save(sampleRecord('api', 3), revision))]
  return { append: said, save, kept, whole: reading.events.length === appended && reading.damaged === 0 && !reading.torn, again }
}

async function readonly(): Promise<object> {
  return {
    append: await codeOf(records.append(sampleEvent(1))),
    save: await codeOf(records.save(sampleRecord('api', 1), null)),
    lock: await codeOf(openLocks(folder, { clock, ids }).acquire(['credential:api'])),
    load: (await records.load('api')).condition,
    runs: (await records.runs('api')).length,
  }
}

process.stdout.write(JSON.stringify(what === 'full' ? await full() : await readonly()))
