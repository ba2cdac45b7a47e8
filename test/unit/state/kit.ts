/** Real folders, sample records, and a file layer that can be watched, made to fail, or cut off. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { RunEvent } from '../../../src/domain/events.ts'
import type { CredentialRecord } from '../../../src/domain/record.ts'
import type { Clock, Ids } from '../../../src/ports/system.ts'
import { nodeCalls } from '../../../src/state/calls.ts'
import type { FileCalls } from '../../../src/state/calls.ts'
import type { HostFacts } from '../../../src/state/host.ts'

export function tempFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'keyrot-state-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export const clock: Clock = { now: () => 1_790_000_000_000, sleep: async () => {} }

/** Unlike each other, and the same in every run. */
export function countingIds(prefix = 'x'): Ids {
  let n = 0
  return { token: (length) => `${prefix}${(n += 1).toString(36).padStart(length - prefix.length, '0')}` }
}

/** Processes that live as long as they stand in the set. */
export function fakeHost(pid: number, alive: Set<number>, more: Partial<HostFacts> = {}): HostFacts {
  alive.add(pid)
  return { host: 'here', pid, boot: 'boot-1', space: 'pid:[1]', started: `s${pid}`, stateOf: (p) => ({ alive: alive.has(p), started: alive.has(p) ? `s${p}` : null }), ...more }
}

/** The real file layer; `before` and `after` see every call and may throw instead of it. */
export function watched(before: (name: string, n: number, args: readonly unknown[]) => void, after: (name: string, args: readonly unknown[], result: unknown) => void = () => {}): FileCalls {
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

export function sampleRecord(credential = 'api', generation = 1): CredentialRecord {
  return {
    format: 1,
    ns: 'abcd1234',
    credential,
    generation,
    attempts: 1,
    current: { id: 'key_1', name: null, fingerprint: '0123456789ab' },
    run: {
      id: 'r1',
      generation,
      direction: 'forward',
      startedAt: 5,
      reason: 'quarterly',
      predecessor: null,
      attempts: [{ attempt: 1, name: `keyrot.abcd1234.${credential}.g1.a1`, intendedAt: 6, key: null, committedAt: null, abandoned: false }],
      targets: { web: { promotedAt: 7 }, db: {} },
      ownCallAt: null,
      decision: { revoke: 'after-overlap', by: 'policy', at: 8 },
      answers: [{ item: 'quiet', by: 'person', at: 9 }],
      retired: ['key_0'],
      tries: 2,
      parked: { code: 'KR_X', at: 10 },
    },
    outstanding: [{ key: { id: null, name: null, fingerprint: 'ab' }, reason: 'left-alive', since: 4 }],
    updatedAt: 11,
  }
}

export function sampleEvent(at: number, more: Partial<RunEvent> = {}): RunEvent {
  return { type: 'step.done', at, credential: 'api', run: 'r1', step: 'promote:web', data: { n: at, ok: true, note: null, text: 'grüße' }, ...more }
}

/** Looks like a key at run time, and like nothing in the source. */
export function fakeKey(): string {
  return ['sk', '-proj-', 'aB3dE6gH9k'.repeat(7), 'T3Blbk', 'FJ', 'Zy8wV5tS2q'.repeat(7)].join('')
}
