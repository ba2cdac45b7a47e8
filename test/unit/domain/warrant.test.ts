import { describe, expect, it } from 'vitest'
import { ANSWERABLE, drawWarrant, halfLife, hasBirthLife, isWarrant, orphanWarrant, WARRANT_ITEMS } from '../../../src/domain/warrant.ts'
import type { OrphanFacts, WarrantFacts, WarrantItem } from '../../../src/domain/warrant.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = 1_000 * HOUR

const COMPLETE: WarrantFacts = {
  now: NOW,
  keyId: 'key_old',
  successorProvenAt: NOW - 1_000,
  successorUsedAt: null,
  readBacks: [{ target: 'web', first: NOW - 25 * HOUR, second: NOW - 1_000, strength: 'value' }],
  soakEnd: NOW - HOUR,
  references: [],
  unknownReferences: [],
  quietBase: NOW - 25 * HOUR,
  quietBaseKnown: true,
  quiet: HOUR,
  lastUsedAt: NOW - 26 * HOUR,
  consumers: [{ target: 'web', state: 'met' }],
  witnessed: true,
  revivable: [],
  lockHeld: true,
  approval: 'met',
  skew: 2_000,
  idleByNature: false,
}

const NOBODY = new Map<string, 'person' | 'flag'>()

/** One way in which each item is not met. */
const UNMET: Record<WarrantItem, Partial<WarrantFacts>> = {
  'successor-live': { successorProvenAt: NOW - 2 * MINUTE },
  'read-back': { readBacks: [{ target: 'web', first: NOW - 25 * HOUR, second: null, strength: 'none' }] },
  unreferenced: { references: ['other/api'] },
  quiet: { lastUsedAt: NOW - 5 * HOUR },
  consumers: { consumers: [{ target: 'web', state: 'unmet' }] },
  revivable: { revivable: ['web: deployment dpl_1'] },
  lock: { lockHeld: false },
  approval: { approval: 'unmet' },
  clock: { skew: 6 * MINUTE },
}

describe('the warrant', () => {
  it('is drawn up when every item is met', () => {
    const { warrant, items } = drawWarrant(COMPLETE, NOBODY)
    expect(warrant?.keyId).toBe('key_old')
    expect(items.map((item) => item.item)).toEqual([...WARRANT_ITEMS])
  })

  it.each(WARRANT_ITEMS.map((item) => [item]))('is refused without %s, and names it', (item) => {
    const { warrant, items } = drawWarrant({ ...COMPLETE, ...UNMET[item] }, NOBODY)
    expect(warrant).toBeNull()
    expect(items.filter((found) => found.state !== 'met').map((found) => found.item)).toEqual([item])
  })

  it.each(ANSWERABLE.map((item) => [item]))('is drawn up when somebody answers for %s, and says who', (item) => {
    const { warrant, items } = drawWarrant({ ...COMPLETE, ...UNMET[item] }, new Map([[item, 'flag' as const]]))
    expect(warrant).not.toBeNull()
    expect(items.find((found) => found.item === item)?.answeredBy).toBe('flag')
  })

  it('knows no answer for a lost lock', () => {
    expect(drawWarrant({ ...COMPLETE, lockHeld: false }, new Map([['lock', 'person' as const]])).warrant).toBeNull()
  })

  const quiet: [string, Partial<WarrantFacts>, string][] = [
    ['never used', { lastUsedAt: null }, 'met'],
    ['not said by the provider', { lastUsedAt: undefined }, 'unknown'],
    ['last used in the first quiet time, silent since', { lastUsedAt: NOW - 24.5 * HOUR }, 'met'],
    ['used after it: somebody was forgotten', { lastUsedAt: NOW - 2 * HOUR }, 'unmet'],
    ['the quiet time still runs', { quietBase: NOW - MINUTE, lastUsedAt: null }, 'unmet'],
    ['a reload whose receipt is lost: only recent uses count', { quietBaseKnown: false, lastUsedAt: NOW - 2 * HOUR }, 'met'],
    ['dead already', { idleByNature: true, lastUsedAt: NOW }, 'met'],
  ]
  it.each(quiet)('quiet: %s', (_name, facts, state) => {
    expect(drawWarrant({ ...COMPLETE, ...facts }, NOBODY).items.find((item) => item.item === 'quiet')?.state).toBe(state)
  })

  it('says until when waiting alone mends it', () => {
    const { items } = drawWarrant({ ...COMPLETE, soakEnd: NOW + HOUR }, NOBODY)
    expect(items.find((item) => item.item === 'read-back')).toMatchObject({ state: 'unmet', until: NOW + HOUR })
  })

  it('takes a use by consumers for the proof of a key whose value is not at hand', () => {
    expect(drawWarrant({ ...COMPLETE, successorProvenAt: null, successorUsedAt: NOW - HOUR }, NOBODY).warrant).not.toBeNull()
    expect(drawWarrant({ ...COMPLETE, successorProvenAt: null, successorUsedAt: NOW - 26 * HOUR }, NOBODY).warrant).toBeNull()
  })

  it('cannot be forged by a look-alike', () => {
    const { warrant } = drawWarrant(COMPLETE, NOBODY)
    expect(isWarrant(warrant)).toBe(true)
    expect(isWarrant(Object.assign({}, warrant))).toBe(false)
    expect(isWarrant(structuredClone(warrant))).toBe(false)
  })
})

describe('permission to sweep', () => {
  const orphan: OrphanFacts = {
    keyId: 'key_lost',
    ours: true,
    createdAt: NOW - 45 * MINUTE,
    expiresAt: NOW + 15 * MINUTE,
    serverTime: NOW,
    birthLife: HOUR,
    listDelay: MINUTE,
    held: false,
  }
  const refused: [string, Partial<OrphanFacts>][] = [
    ['a name that is not ours', { ours: false }],
    ['a slot that holds it', { held: true }],
    ['no end at all', { expiresAt: null }],
    ['a life that was extended', { expiresAt: NOW + 365 * 24 * HOUR }],
    ['the first half of its birth life', { createdAt: NOW - 29 * MINUTE, expiresAt: NOW + 31 * MINUTE }],
    ['a listing that may be late around the half', { createdAt: NOW - 30 * MINUTE - 30_000, expiresAt: NOW + 29.5 * MINUTE }],
  ]
  it('is given in the second half of a birth life', () => {
    expect(orphanWarrant(orphan)?.kind).toBe('orphan')
  })
  it.each(refused)('is not given for %s', (_name, facts) => {
    expect(orphanWarrant({ ...orphan, ...facts })).toBeNull()
  })

  it('leaves no instant that allows both commit and sweep', () => {
    const [born, ends] = [NOW, NOW + HOUR]
    for (let at = born; at <= ends; at += MINUTE) {
      const mayCommit = at < halfLife(born, ends)
      const maySweep = orphanWarrant({ ...orphan, createdAt: born, expiresAt: ends, serverTime: at }) !== null
      expect(mayCommit && maySweep).toBe(false)
    }
  })

  it('takes no committed key for an uncommitted one', () => {
    expect(hasBirthLife(NOW, NOW + HOUR, HOUR)).toBe(true)
    expect(hasBirthLife(NOW, NOW + 8 * 24 * HOUR, HOUR)).toBe(false)
    expect(hasBirthLife(NOW, null, HOUR)).toBe(false)
  })
})
