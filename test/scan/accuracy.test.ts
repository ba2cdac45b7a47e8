import { describe, expect, it } from 'vitest'
import { inspectorWith } from '../../src/scan/inspect.ts'
import { corpus, type Sample } from './corpus.ts'
import { wrong } from './accuracy.ts'

/** A new one each time, printed so that it can be had again. */
const SEED = Number(process.env['KEYROT_SCAN_SEED'] ?? Date.now() % 2 ** 31)

describe(`a corpus of seed ${SEED}`, () => {
  const { planted, decoys } = corpus(SEED)
  const { inspect } = inspectorWith()

  it('is large enough to say something', () => {
    process.stdout.write(`scan: corpus of seed ${SEED}, ${planted.length} planted, ${decoys.length} decoys; again: KEYROT_SCAN_SEED=${SEED}\n`)
    expect(planted.length).toBeGreaterThanOrEqual(400)
    expect(decoys.length).toBeGreaterThanOrEqual(400)
  })

  it('gives up every key planted', () => {
    expect(wrong(planted, inspect)).toEqual([])
  })

  it('has none of its decoys taken for a key', () => {
    expect(wrong(decoys, inspect)).toEqual([])
  })

  it('would be seen to fail: a scan that finds nothing misses all, one that takes everything takes decoys', () => {
    const blind = (): [] => []
    expect(wrong(planted, blind)).toHaveLength(planted.length)
    const wild = ({ path, bytes }: Pick<Sample, 'path' | 'bytes'>) => inspect({ path, bytes: Buffer.concat([bytes, planted[0]!.bytes]) })
    expect(wrong(decoys, wild).length).toBeGreaterThan(decoys.length / 2)
  })
})
