/** Real folders, sample records, and a file layer that can be watched, made to fail, or cut off. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { nodeCalls } from '../../../src/state/calls.ts'
import type { FileCalls } from '../../../src/state/calls.ts'
import type { HostFacts } from '../../../src/state/host.ts'

export { clock, countingIds, sampleEvent, sampleRecord } from './sample.ts'

export function tempFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'keyrot-state-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Processes that live as long as they stand in the set. */
export function fakeHost(pid: number, alive: Set<number>, more: Partial<HostFacts> = {}): HostFacts {
  alive.add(pid)
  return {
    host: 'here',
    pid,
    boot: 'boot-1',
    space: 'pid:[1]',
    started: `s${pid}`,
    stateOf: (p) => ({ alive: alive.has(p), started: alive.has(p) ? `s${p}` : null }),
    ...more,
  }
}

/** The real file layer; `before` and `after` see every call and may throw instead of it. */
export function watched(
  before: (name: string, n: number, args: readonly unknown[]) => void,
  after: (name: string, args: readonly unknown[], result: unknown) => void = () => {},
): FileCalls {
  let n = 0
  return new Proxy(nodeCalls, {
    get: (target, name: keyof FileCalls & string) =>
      name === 'uid'
        ? target.uid
        : (...args: never[]) => {
            before(name, n++, args)
            const result = (target[name] as (...all: never[]) => unknown)(...args)
            after(name, args, result)
            return result
          },
  })
}

/** What the system throws. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code })
}

/** Looks like a key at run time, and like nothing in the source. */
export function fakeKey(): string {
  return ['sk', '-proj-', 'aB3dE6gH9k'.repeat(7), 'T3Blbk', 'FJ', 'Zy8wV5tS2q'.repeat(7)].join('')
}
