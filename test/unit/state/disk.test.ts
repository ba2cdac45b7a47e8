import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempFolder } from './kit.ts'

// mounting needs root: elsewhere these two are seen as skipped, and `record.test.ts` plays the same errors at every call
const mayMount = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' }).status === 0

function onDisk(mount: string, what: string): unknown {
  const script = `mount -t tmpfs ${mount} tmpfs "$1" && exec "$2" "$3" "$1" "$4"`
  const child = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', tempFolder(), process.execPath, join(import.meta.dirname, 'disk-child.ts'), what], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(child.stderr).toBe('')
  return JSON.parse(child.stdout)
}

describe('a real disk', { timeout: 120_000 }, () => {
  it.skipIf(!mayMount)('that is full: nothing is promised, nothing kept is lost, and it goes on when there is room', () => {
    expect(onDisk('-o size=128k', 'full')).toEqual({ append: 'KR_STATE_FULL', save: 'KR_STATE_FULL', kept: 1, whole: true, again: ['ok', 'ok'] })
  })

  it.skipIf(!mayMount)('that is read-only: every write is refused, reading works', () => {
    expect(onDisk('-o ro', 'readonly')).toEqual({ append: 'KR_STATE_READONLY', save: 'KR_STATE_READONLY', lock: 'KR_STATE_READONLY', load: 'absent', runs: 0 })
  })
})
