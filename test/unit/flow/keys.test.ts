/** What is found by sorting is what a look at every key finds, in the same order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseOwnName } from '../../../src/domain/key-name.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { keysOf, sorted } from '../../../src/flow/keys.ts'
import type { ProviderKey } from '../../../src/ports/provider.ts'

const NAMES = [
  'keyrot.abcd1234.prod.g1.a1',
  'keyrot.abcd1234.prod.g2.a1',
  'keyrot.abcd1234.prod-2.g1.a1',
  'keyrot.zzzz9999.prod.g1.a1',
  'keyrot.abcd1234.prod',
  'app',
]
const text = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom('a', 'b'), maxLength })

const key = fc.record({
  id: fc.constantFrom('k1', 'k2', 'k3', 'k4'),
  name: fc.option(fc.constantFrom(...NAMES)),
  createdAt: fc.nat(9),
  expiresAt: fc.constant(null),
  lastUsedAt: fc.constant(null),
  hint: fc.record({ head: text(2), tail: text(3) }),
  owner: fc.constant({ kind: 'unknown', id: null, name: null } as const),
  project: fc.constant(null),
})

describe('keys of a listing', () => {
  it('are found by id, by name, by the name of a credential and by their redacted forms', () => {
    let several = 0
    fc.assert(
      fc.property(fc.array(key, { maxLength: 12 }), text(5), (all: readonly ProviderKey[], value) => {
        const keys = keysOf(sorted({ keys: all, serverTime: 0 }))
        const secret = new Secret(value)
        expect(keys.byId('k1')).toBe(all.find(({ id }) => id === 'k1') ?? null)
        expect(keys.byId(null)).toBeNull()
        for (const name of NAMES) expect(keys.named(name)).toEqual(all.filter((one) => one.name === name))
        expect(keys.ownOf('abcd1234', 'prod').map((own) => own.key)).toEqual(all.filter((one) => parseOwnName(one.name, 'abcd1234', 'prod') !== null))
        const fitting = all.filter(({ hint }) => secret.fits(hint))
        expect(keys.fitting(secret)).toEqual(fitting)
        if (new Set(fitting.map(({ hint }) => hint.tail.length)).size > 1) several += 1
      }),
      { seed: 17, numRuns: 400 },
    )
    expect(several).toBeGreaterThan(20)
  })

  it('are sorted once for all that look into one listing', () => {
    const listing = sorted({ keys: [], serverTime: 0 })
    expect(keysOf(listing)).toBe(keysOf(listing))
  })
})
