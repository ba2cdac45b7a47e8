/** Sample records and events, without a test runner: child processes use them too. */
import type { RunEvent } from '../../../src/domain/events.ts'
import type { CredentialRecord } from '../../../src/domain/record.ts'
import type { Clock, Ids } from '../../../src/ports/system.ts'

export const clock: Clock = { now: () => 1_790_000_000_000, sleep: async () => {} }

/** Unlike each other, and the same in every run. */
export function countingIds(prefix = 'x'): Ids {
  let n = 0
  return { token: (length) => `${prefix}${(n += 1).toString(36).padStart(length - prefix.length, '0')}` }
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
      dead: ['key_0'],
      parked: { code: 'KR_X', at: 10 },
    },
    outstanding: [{ key: { id: null, name: null, fingerprint: 'ab' }, reason: 'left-alive', since: 4 }],
    updatedAt: 11,
  }
}

export function sampleEvent(at: number, more: Partial<RunEvent> = {}): RunEvent {
  return { type: 'step.done', at, credential: 'api', run: 'r1', step: 'promote:web', data: { n: at, ok: true, note: null, text: 'grüße' }, ...more }
}
