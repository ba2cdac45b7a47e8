import fc from 'fast-check'
import { expect, it } from 'vitest'
import { prefilterOf } from '../../../src/scan/prefilter.ts'

/** Few letters, so that strings overlap, repeat, and hold each other. */
const text = (min: number, max: number) => fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: min, maxLength: max })

function naive(strings: readonly string[], bytes: Buffer, from: number, to: number): string[] {
  const found: string[] = []
  strings.forEach((needle, which) => {
    for (let at = from; at < to; at++) if (bytes.subarray(at, at + needle.length).equals(Buffer.from(needle))) found.push(`${at} ${which}`)
  })
  return found.toSorted()
}

it('finds every string wherever it stands, as a naive search does', () => {
  fc.assert(
    fc.property(fc.array(text(2, 8), { minLength: 1, maxLength: 8 }), text(0, 60), fc.nat(20), fc.nat(60), (strings, haystack, from, to) => {
      const needles = [...strings, 'abcab']
      const bytes = Buffer.from(haystack)
      const found: string[] = []
      prefilterOf(needles).find(bytes, from, to, (at, which) => found.push(`${at} ${which}`))
      expect(found.toSorted()).toEqual(naive(needles, bytes, from, to))
    }),
    { numRuns: 2000 },
  )
})
