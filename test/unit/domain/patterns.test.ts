import { describe, expect, it } from 'vitest'
import { findKeys, KEY_SHAPES, redactKeys } from '../../../src/domain/patterns.ts'

describe('key shapes', () => {
  for (const shape of KEY_SHAPES) {
    it(`finds every sample of: ${shape.name}`, () => {
      for (const sample of shape.matches) {
        expect(findKeys(`adminKey: "${sample}" # why`).map((sighting) => sighting.shape)).toContain(shape.name)
        expect(redactKeys(`a ${sample} b`)).not.toContain(sample.slice(-8))
      }
    })
    it(`lets pass what only resembles: ${shape.name}`, () => {
      for (const sample of shape.passes) expect(findKeys(sample)).toEqual([])
    })
  }

  it('tells where a key stands and never what it is', () => {
    const sample = KEY_SHAPES[0]!.matches[0]!
    const [sighting] = findKeys(`abc ${sample}`)
    expect(sighting).toMatchObject({ index: 4, length: sample.length })
    expect(JSON.stringify(sighting)).not.toContain(sample.slice(3, 20))
  })

  it('stays linear on text made to be slow', () => {
    expect(findKeys('sk-proj-'.repeat(40_000)).length).toBeLessThan(2)
    expect(findKeys('eyJ'.repeat(80_000))).toEqual([])
  })
})
