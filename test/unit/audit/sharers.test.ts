/** Who shares a key with whom, against the plain definition: every credential compared with every other. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sharersOf, type SlotHolder } from '../../../src/audit/sharers.ts'
import { sameKey, type Identified, type KnownKey } from '../../../src/flow/identify.ts'

const some = (prefix: string): fc.Arbitrary<string | null> => fc.option(fc.integer({ min: 1, max: 3 }).map((number) => prefix + String(number)))
const key: fc.Arbitrary<KnownKey> = fc.record({
  id: some('key_'),
  fingerprint: some('print'),
  name: some('name'),
  secret: fc.constant(null),
  listed: fc.constant(null),
})
const slot: fc.Arbitrary<Identified> = fc.oneof(
  key.map((known): Identified => ({ is: 'key', key: known })),
  fc.constant<Identified>({ is: 'absent' }),
)
const holders = fc
  .array(fc.array(fc.record({ current: slot, fallback: slot, hasFallback: fc.constant(true) }), { maxLength: 3 }), { maxLength: 6 })
  .map((all) => all.map((slots, at): SlotHolder => ({ name: `c${at}`, slots: new Map(slots.map((each, place) => [`t${place}`, each])) })))

function keysOf({ slots }: SlotHolder): KnownKey[] {
  return [...slots.values()].flatMap((each) => [each.current, each.fallback].flatMap((found) => (found.is === 'key' ? [found.key] : [])))
}

it('finds those, and only those, that hold a key of the same meaning', () => {
  fc.assert(
    fc.property(holders, (all) => {
      const wanted = all.map((own) => [
        own.name,
        all.filter((other) => other !== own && keysOf(other).some((theirs) => keysOf(own).some((ours) => sameKey(theirs, ours)))).map(({ name }) => name),
      ])
      expect([...sharersOf(all)]).toEqual(wanted)
    }),
    { numRuns: 2_000 },
  )
})
