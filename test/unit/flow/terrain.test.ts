import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/domain/secret.ts'
import { readTerrain } from '../../../src/flow/terrain.ts'
import type { ProviderKey } from '../../../src/ports/provider.ts'
import type { Lineage } from '../../../src/ports/target.ts'

const NS = 'abcd1234'
const VALUES = { old: 'sk-sim-old', held: 'sk-sim-held', later: 'sk-sim-later' }

const listed = (id: keyof typeof VALUES, createdAt: number, name: string | null): ProviderKey => ({
  id,
  name,
  createdAt,
  expiresAt: null,
  lastUsedAt: null,
  hint: { head: 'sk-sim-', tail: VALUES[id].slice('sk-sim-'.length) },
  owner: { kind: 'unknown', id: null, name: null },
  project: null,
})

const KEYS = [listed('old', 1_000, null), listed('held', 2_000, `keyrot.${NS}.prod.g1.a1`), listed('later', 3_000, null)]

/** Ids of the keys that this mark, beside the key that is held, is believed to name. */
function replacedBy(lineage: Lineage): readonly (string | null)[] {
  const seen = { current: { is: 'value', secret: new Secret(VALUES.held) }, fallback: null, since: null, revision: null, lineage } as const
  const survey = { listing: { keys: KEYS, serverTime: 9_000 }, observations: new Map([['web', seen]]), at: 9_000 }
  const input = { ns: NS, credential: 'prod', birthLife: 3_600_000, survey, record: null, memory: [], from: null }
  return readTerrain(input).replaced.map(({ id }) => id)
}

describe('a mark that says which key the present one took the place of', () => {
  const marker = `keyrot.${NS}.prod.g1.a1`
  const predecessor = `keyrot.${NS}.prod.g0.id.old`

  it('is believed beside the very key that it was left for, listed or not', () => {
    expect(replacedBy({ marker, predecessor })).toEqual(['old'])
    expect(replacedBy({ marker, predecessor: `keyrot.${NS}.prod.g0.id.gone` })).toEqual(['gone'])
  })

  it.each<[string, Lineage]>([
    ['beside another key', { marker: `keyrot.${NS}.prod.g2.a1`, predecessor }],
    ['of a key that is younger', { marker, predecessor: `keyrot.${NS}.prod.g0.id.later` }],
    ['of the key itself', { marker, predecessor: `keyrot.${NS}.prod.g0.id.held` }],
    ['of another credential', { marker, predecessor: `keyrot.${NS}.other.g0.id.old` }],
    ['of another config', { marker, predecessor: 'keyrot.zzzz9999.prod.g0.id.old' }],
    ['that names no id', { marker, predecessor: `keyrot.${NS}.prod.g1.a1` }],
  ])('is not believed %s', (_, lineage) => {
    expect(replacedBy(lineage)).toEqual([])
  })
})
