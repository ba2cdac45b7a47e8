import { describe, expect, it } from 'vitest'
import { audit, auditTarget, dueAt, type CredentialFacts, type KeyInUse, type TargetFacts } from '../../../src/audit/audit.ts'
import { DAY, HOUR } from '../../../src/domain/duration.ts'
import { DEFAULT_POLICY } from '../../../src/domain/policy.ts'
import type { RunNote } from '../../../src/domain/record.ts'
import type { ProviderKey } from '../../../src/ports/provider.ts'

const NOW = 1_800_000_000_000

function key(change: Partial<ProviderKey> = {}): KeyInUse {
  const listed: ProviderKey = {
    id: 'key_1',
    name: null,
    createdAt: NOW - 10 * DAY,
    expiresAt: NOW + 100 * DAY,
    lastUsedAt: NOW - HOUR,
    hint: { head: '', tail: '' },
    owner: { kind: 'service-account', id: 'svc', name: 'svc' },
    project: null,
    ...change,
  }
  return { id: 'key_1', fingerprint: null, listed }
}

const target: TargetFacts = { name: 'web', type: 'dotenv', current: 'a', fallback: 'absent', ownFallback: false, unread: null }

const clean: CredentialFacts = {
  name: 'prod',
  policy: DEFAULT_POLICY,
  now: NOW,
  situation: 'settled',
  generation: 3,
  record: 'ok',
  run: null,
  inUse: [key()],
  bornAt: NOW - 10 * DAY,
  listing: 'complete',
  outstanding: [],
  sharedWith: [],
  orphans: [],
  unplaced: 0,
  targets: [target],
}

const run: RunNote = {
  id: 'r1',
  generation: 4,
  direction: 'forward',
  startedAt: NOW - DAY,
  reason: null,
  predecessor: null,
  attempts: [],
  targets: {},
  ownCallAt: null,
  decision: null,
  answers: [],
  retired: [],
  dead: [],
  parked: null,
} as RunNote
const orphan = { id: 'key_9', name: 'keyrot.k3x9m2q7.prod.g3.a1', createdAt: NOW - HOUR, expiresAt: NOW + HOUR, kind: 'sweepable' as const }

const CASES: readonly (readonly [string, Partial<CredentialFacts>, readonly string[]])[] = [
  ['nothing to say', {}, []],
  ['a day before it is worth a word', { bornAt: NOW - 75 * DAY }, []],
  ['at the first day of the warning', { bornAt: NOW - 76 * DAY }, ['warning due-soon']],
  ['one millisecond before due', { bornAt: NOW - 90 * DAY + 1 }, ['warning due-soon']],
  ['due', { bornAt: NOW - 90 * DAY }, ['error overdue']],
  ['age not known', { bornAt: null }, []],
  ['ends beyond the horizon', { inUse: [key({ expiresAt: NOW + 7 * DAY + 1 })] }, []],
  ['ends at the horizon', { inUse: [key({ expiresAt: NOW + 7 * DAY })] }, ['error ends-soon']],
  ['has ended', { inUse: [key({ expiresAt: NOW - 1 })] }, ['error ends-soon']],
  ['never ends', { inUse: [key({ expiresAt: null })] }, ['info no-expiry']],
  ['never ends, as policy wants it', { policy: { ...DEFAULT_POLICY, lifetime: null }, inUse: [key({ expiresAt: null })] }, []],
  ['never used, new', { inUse: [key({ lastUsedAt: null, createdAt: NOW - HOUR })] }, []],
  ['never used, not new', { inUse: [key({ lastUsedAt: null })] }, ['info never-used']],
  ['use not told', { inUse: [key({ lastUsedAt: undefined })] }, ['info cannot-tell']],
  ['a person owns it', { inUse: [key({ owner: { kind: 'person', id: 'u', name: 'u' } })] }, ['warning owner-is-person']],
  ['targets disagree', { situation: 'targets-disagree' }, ['error drift']],
  ['two keys fit', { situation: 'ambiguous-key' }, ['warning cannot-tell']],
  ['which is new', { situation: 'which-is-new' }, ['warning cannot-tell']],
  ['needs state', { situation: 'needs-state' }, ['warning cannot-tell']],
  ['a run under way', { situation: 'open', run }, ['info open-run']],
  ['a run under way for too long', { situation: 'open', run: { ...run, startedAt: NOW - 9 * DAY } }, ['warning open-run']],
  ['a run that nobody recorded', { situation: 'open' }, ['warning open-run']],
  ['a parked run', { situation: 'open', run: { ...run, parked: { code: 'KR_DRIFT', at: NOW } } }, ['warning parked-run']],
  [
    'an old key left alive',
    { outstanding: [{ key: { id: 'key_0', name: null, fingerprint: null }, reason: 'left-alive', since: NOW - DAY }] },
    ['warning revocation-outstanding'],
  ],
  ['an orphan that dies by itself', { orphans: [orphan] }, ['info orphan']],
  ['an orphan that does not', { orphans: [orphan, { ...orphan, kind: 'committed' }] }, ['info orphan', 'warning orphan']],
  ['a damaged record', { record: 'damaged' }, ['warning state-damaged']],
  ['a missing record', { record: 'absent' }, ['info state-missing']],
  ['no record yet', { record: 'absent', generation: 0 }, []],
  ['an unreadable record', { record: { unreadable: 'KR_STATE_NEWER' } }, ['warning cannot-tell']],
  ['a shared key', { sharedWith: ['staging'] }, ['warning shared-key']],
  ['no admin key', { listing: 'none', inUse: [{ ...key(), listed: null }], bornAt: null }, ['info cannot-tell']],
  ['no listing today', { listing: { unreadable: 'KR_DOWN' }, inUse: [{ ...key(), listed: null }] }, ['warning cannot-tell']],
  ['a key that the provider does not list', { inUse: [{ ...key(), listed: null }] }, ['warning cannot-tell']],
  ['keys that may be in unseen slots', { unplaced: 2 }, ['warning cannot-tell']],
]

const TARGETS: readonly (readonly [string, Partial<TargetFacts>, CredentialFacts['situation'], readonly string[]])[] = [
  ['as it should be', {}, 'settled', []],
  ['a foreign current', { current: 'foreign' }, 'settled', ['error drift']],
  ['a foreign current in a run', { current: 'foreign' }, 'open', ['error drift']],
  ['an empty current among others', { current: 'absent' }, 'settled', ['error drift']],
  ['an empty current where all are', { current: 'absent' }, 'empty', []],
  ['an empty current in a run', { current: 'absent' }, 'open', []],
  ['a foreign fallback', { fallback: 'foreign' }, 'settled', ['warning drift']],
  ['an own key in the fallback', { fallback: 'foreign', ownFallback: true }, 'settled', ['warning fallback-left']],
  ['an own key in the fallback of a run', { fallback: 'a', ownFallback: true }, 'open', []],
  ['nothing to see', { current: 'unknown', fallback: 'unknown' }, 'settled', []],
  ['not to be read', { current: 'unknown', unread: 'KR_DOWN' }, 'settled', ['warning cannot-tell']],
]

const shown = (found: readonly { severity: string; code: string }[]): string[] => found.map((finding) => `${finding.severity} ${finding.code}`)

describe('audit', () => {
  it.each(CASES)('%s', (_, change, expected) => {
    expect(shown(audit({ ...clean, ...change }))).toEqual(expected)
  })

  it.each(TARGETS)('target: %s', (_, change, situation, expected) => {
    const facts = { ...clean, situation }
    expect(shown(auditTarget(facts, { ...target, ...change }))).toEqual(expected)
  })

  it('counts the due date from birth, and knows none without', () => {
    expect(dueAt(clean)).toBe(NOW + 80 * DAY)
    expect(dueAt({ ...clean, bornAt: null })).toBeNull()
  })
})
