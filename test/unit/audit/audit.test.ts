import { describe, expect, it } from 'vitest'
import { auditCredential, auditProvider } from '../../../src/audit/audit.ts'
import { dueAt, type CredentialFacts, type KeyFacts, type ProviderFacts, type TargetFacts } from '../../../src/audit/facts.ts'
import { FINDINGS } from '../../../src/audit/findings.ts'
import { DAY, HOUR } from '../../../src/domain/duration.ts'
import { DEFAULT_POLICY } from '../../../src/domain/policy.ts'
import type { RunNote } from '../../../src/domain/record.ts'
import type { ProviderKey } from '../../../src/ports/provider.ts'

const NOW = 1_800_000_000_000

function key(change: Partial<ProviderKey> = {}): KeyFacts {
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
  return { id: 'key_1', name: null, fingerprint: null, listed }
}

const target: TargetFacts = { name: 'web', type: 'dotenv', current: 'a', fallback: 'absent', key: key(), ownFallback: false, unread: null }

const clean: CredentialFacts = {
  name: 'prod',
  policy: DEFAULT_POLICY,
  now: NOW,
  situation: 'settled',
  generation: 3,
  record: 'ok',
  run: null,
  tale: null,
  openSince: null,
  old: null,
  holders: [],
  inUse: [key()],
  bornAt: NOW - 10 * DAY,
  listing: 'complete',
  outstanding: [],
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

const held = (change: Partial<ProviderKey>): Partial<CredentialFacts> => ({ inUse: [key(change)], targets: [{ ...target, key: key(change) }] })
const old = { key: key({ lastUsedAt: NOW - HOUR }), replacedAt: NOW - DAY, calls: ['gpt-5-mini (3 calls)'], consumers: ['web: pod/web-1'] }
const here = { credential: 'prod', target: 'web', environment: 'production' }
const unlisted: KeyFacts = { ...key(), listed: null }

const CASES: readonly (readonly [string, Partial<CredentialFacts>, readonly string[]])[] = [
  ['nothing to say', {}, []],
  ['a day before it is worth a word', { bornAt: NOW - 76 * DAY + 1 }, []],
  ['at the first day of the warning', { bornAt: NOW - 76 * DAY }, ['warning due-soon']],
  ['one millisecond before due', { bornAt: NOW - 90 * DAY + 1 }, ['warning due-soon']],
  ['due', { bornAt: NOW - 90 * DAY }, ['error overdue']],
  ['age not known', { bornAt: null }, []],
  ['ends beyond the horizon', held({ expiresAt: NOW + 7 * DAY + 1 }), []],
  ['ends at the horizon', held({ expiresAt: NOW + 7 * DAY }), ['error ends-soon']],
  ['has ended', held({ expiresAt: NOW - 1 }), ['error ends-soon']],
  ['never ends', held({ expiresAt: null }), ['info no-expiry']],
  ['never ends, as policy wants it', { policy: { ...DEFAULT_POLICY, lifetime: null }, ...held({ expiresAt: null }) }, []],
  ['never used, new', held({ lastUsedAt: null, createdAt: NOW - DAY + 1 }), []],
  ['never used, not new', held({ lastUsedAt: null, createdAt: NOW - DAY }), ['info never-used']],
  ['use not told', held({ lastUsedAt: undefined }), ['info cannot-tell']],
  ['used five weeks ago', held({ lastUsedAt: NOW - 35 * DAY }), ['warning idle']],
  ['used a little later', held({ lastUsedAt: NOW - 35 * DAY + 1 }), []],
  ['an old key that is called', { old }, ['warning old-key-called']],
  ['an old key that was called before', { old: { ...old, replacedAt: NOW } }, []],
  ['a person owns it', held({ owner: { kind: 'person', id: 'u', name: 'u', access: 'active' } }), ['warning owner-is-person']],
  ['its owner has left', held({ owner: { kind: 'service-account', id: 'u', name: 'u', access: 'inactive' } }), ['error owner-left']],
  ['targets disagree', { situation: 'targets-disagree' }, ['error drift']],
  ['two keys fit', { situation: 'ambiguous-key' }, ['warning cannot-tell']],
  ['which is new', { situation: 'which-is-new' }, ['warning cannot-tell']],
  ['needs state', { situation: 'needs-state' }, ['warning cannot-tell']],
  ['a run under way', { situation: 'open', run, openSince: NOW - DAY }, ['info open-run']],
  ['a run under way for as long as it may', { situation: 'open', run, openSince: NOW - 8 * DAY - HOUR }, ['info open-run']],
  ['a run under way for too long', { situation: 'open', run, openSince: NOW - 8 * DAY - HOUR - 1 }, ['warning open-run']],
  ['a run that nobody recorded', { situation: 'open', openSince: NOW - DAY }, ['info open-run']],
  ['a run without a beginning', { situation: 'open' }, ['warning open-run']],
  [
    'a parked run',
    { situation: 'open', openSince: NOW - DAY, run: { ...run, parked: { code: 'KR_DRIFT', at: NOW } } },
    ['info open-run', 'warning parked-run'],
  ],
  [
    'an old key left alive',
    { outstanding: [{ key: { id: 'key_0', name: null, fingerprint: null }, createdAt: NOW - DAY }] },
    ['warning revocation-outstanding'],
  ],
  ['an orphan that dies by itself', { orphans: [orphan] }, ['info orphan']],
  ['an orphan that does not', { orphans: [orphan, { ...orphan, kind: 'committed' }] }, ['info orphan', 'warning orphan']],
  ['a damaged record', { record: 'damaged' }, ['warning state-damaged']],
  ['a missing record', { record: 'absent' }, ['info state-missing']],
  ['no record yet', { record: 'absent', generation: 0 }, []],
  ['an unreadable record', { record: { unreadable: 'KR_STATE_NEWER' } }, ['warning cannot-tell']],
  ['a key in two places of one environment', { holders: [here, { ...here, target: 'worker' }] }, []],
  ['a key of another credential', { holders: [here, { ...here, credential: 'other' }] }, ['warning shared-key']],
  ['a key of production and staging', { holders: [here, { ...here, target: 'test', environment: 'staging' }] }, ['error production-elsewhere']],
  [
    'a key of staging and development',
    {
      holders: [
        { ...here, environment: 'staging' },
        { ...here, target: 'test', environment: 'development' },
      ],
    },
    ['warning shared-key'],
  ],
  ['a key of production, and nobody says what else', { holders: [here, { ...here, target: 'test', environment: null }] }, []],
  ['no admin key', { listing: 'none', inUse: [unlisted], targets: [{ ...target, key: unlisted }], bornAt: null }, ['info cannot-tell']],
  ['no listing today', { listing: { unreadable: 'KR_DOWN' }, inUse: [unlisted], targets: [{ ...target, key: unlisted }] }, ['warning cannot-tell']],
  ['keys that may be in unseen slots', { unplaced: 2 }, ['warning cannot-tell']],
]

const TARGETS: readonly (readonly [string, Partial<TargetFacts>, CredentialFacts['situation'], readonly string[]])[] = [
  ['as it should be', {}, 'settled', []],
  ['a foreign current', { current: 'foreign' }, 'settled', ['error drift']],
  ['a foreign current in a run', { current: 'foreign' }, 'open', ['error drift']],
  ['a current that nobody knows', { current: 'foreign', key: unlisted }, 'settled', ['error unknown-value']],
  ['the key of all, deleted by somebody', { key: unlisted }, 'settled', ['error unknown-value']],
  ['a new key that is not listed yet', { current: 'b', key: unlisted }, 'open', []],
  ['an empty current among others', { current: 'absent', key: null }, 'settled', ['error drift']],
  ['an empty current where all are', { current: 'absent', key: null }, 'empty', []],
  ['an empty current in a run', { current: 'absent', key: null }, 'open', []],
  ['a foreign fallback', { fallback: 'foreign' }, 'settled', ['warning drift']],
  ['an own key in the fallback', { fallback: 'foreign', ownFallback: true }, 'settled', ['warning fallback-left']],
  ['an own key in the fallback of a run', { fallback: 'a', ownFallback: true }, 'open', []],
  ['nothing to see', { current: 'unknown', fallback: 'unknown', key: null }, 'settled', []],
  ['not to be read', { current: 'unknown', key: null, unread: 'KR_DOWN' }, 'settled', ['warning cannot-tell']],
]

const place: ProviderFacts = {
  name: 'main',
  project: 'proj_1',
  now: NOW,
  maxAge: 90 * DAY,
  safetyHorizon: 7 * DAY,
  projects: ['proj_1'],
  guards: { spendLimit: true, spendAlert: true, allowedModels: ['m'], namedModels: ['m'] },
  administrator: { id: 'key_a', createdAt: NOW - DAY, expiresAt: null, reaches: ['proj_1'] },
}
const guards = (change: object): Partial<ProviderFacts> => ({ guards: { ...(place.guards as object), ...change } as ProviderFacts['guards'] })
const admin = (change: object): Partial<ProviderFacts> => ({
  administrator: { ...(place.administrator as object), ...change } as ProviderFacts['administrator'],
})

const PLACES: readonly (readonly [string, Partial<ProviderFacts>, readonly string[]])[] = [
  ['as it should be', {}, []],
  ['no limit', guards({ spendLimit: false }), ['info no-spend-limit']],
  ['no alert', guards({ spendAlert: false }), ['info no-spend-alert']],
  ['all models, a few named', guards({ allowedModels: null }), ['info models-open']],
  ['all models, none named', guards({ allowedModels: null, namedModels: [] }), []],
  ['an admin key of its last day', admin({ createdAt: NOW - 90 * DAY + 1 }), []],
  ['an old admin key', admin({ createdAt: NOW - 90 * DAY }), ['warning admin-key-old']],
  ['an admin key that ends', admin({ expiresAt: NOW + 7 * DAY }), ['error admin-key-ends']],
  ['an admin key that ends later', admin({ expiresAt: NOW + 7 * DAY + 1 }), []],
  ['an admin key that reaches further', admin({ reaches: ['proj_1', 'proj_2'] }), ['info admin-key-broad']],
  ['an admin key that reaches what the config names', { ...admin({ reaches: ['proj_1', 'proj_2'] }), projects: ['proj_1', 'proj_2'] }, []],
  ['a provider that cannot be asked', { guards: 'none', administrator: 'none' }, []],
  ['rights that were not given', { guards: { denied: 'KR_X' }, administrator: { denied: 'KR_X' } }, ['info cannot-tell', 'info cannot-tell']],
  ['answers that did not come', { guards: { unreadable: 'KR_X' }, administrator: { unreadable: 'KR_X' } }, ['warning cannot-tell', 'warning cannot-tell']],
  ['an admin key that is not to be found', { administrator: 'unknown' }, ['info cannot-tell']],
]

const shown = (found: readonly { severity: string; code: string }[]): string[] => found.map((finding) => `${finding.severity} ${finding.code}`)

describe('the audit', () => {
  it.each(CASES)('%s', (_, change, expected) => {
    const { whole, byTarget } = auditCredential({ ...clean, ...change })
    expect(shown([...whole, ...[...byTarget.values()].flat()])).toEqual(expected)
  })

  it.each(TARGETS)('target: %s', (_, change, situation, expected) => {
    const { whole, byTarget } = auditCredential({ ...clean, situation, openSince: NOW, targets: [{ ...target, ...change }] })
    expect(shown(whole)).toEqual(situation === 'open' ? ['info open-run'] : [])
    expect(shown(byTarget.get('web') ?? [])).toEqual(expected)
  })

  it.each(PLACES)('provider: %s', (_, change, expected) => {
    expect(shown(auditProvider({ ...place, ...change }))).toEqual(expected)
  })

  it('has a case for every code, and no code twice', () => {
    const produced = [...CASES.map(([, , codes]) => codes), ...TARGETS.map(([, , , codes]) => codes), ...PLACES.map(([, , codes]) => codes)].flat()
    const codes = FINDINGS.map(({ code }) => code)
    expect(codes.filter((code) => !produced.some((one) => one.endsWith(` ${code}`)))).toEqual([])
    expect(new Set(codes).size).toBe(codes.length)
  })

  it('never says worse than the table, and names subject and mend', () => {
    const [overdue] = auditCredential({ ...clean, bornAt: NOW - 100 * DAY }).whole
    expect(overdue).toMatchObject({ subject: 'prod', command: 'keyrot rotate prod', evidence: { dueAt: new Date(NOW - 10 * DAY).toISOString() } })
    const [drifted] = auditCredential({ ...clean, targets: [{ ...target, current: 'foreign' }] }).byTarget.get('web') ?? []
    expect(drifted).toMatchObject({ subject: 'prod/web', command: null })
    expect(auditCredential({ ...clean, old }).whole[0]?.message).toContain('by: gpt-5-mini (3 calls), web: pod/web-1')
  })

  it('counts the due date from birth, and knows none without', () => {
    expect(dueAt(clean)).toBe(NOW + 80 * DAY)
    expect(dueAt({ ...clean, bornAt: null })).toBeNull()
  })
})
