/** One key in very many places of one piece: told so often and no more, unless each place may be allowed by itself. */
import { describe, expect, it } from 'vitest'
import type { Hit } from '../../../src/domain/hit.ts'
import { inspectorWith, MOST_PLACES } from '../../../src/scan/inspect.ts'
import { fakeKeyOf } from './fake.ts'

const MARK = ['keyrot', 'allow'].join(':')
const [MANY, OTHER] = [fakeKeyOf('many'), fakeKeyOf('other')]
const dump = (lines: number): string => Array.from({ length: lines }, (_, at) => `line ${at} ${MANY}\n`).join('')

function look(text: string): readonly Hit[] {
  return inspectorWith().inspect({ path: 'dump.txt', bytes: Buffer.from(text) })
}

describe('one key in very many places', () => {
  it('is told so often and no more; the last one says so, and another key behind it is told', () => {
    const hits = look(`${dump(MOST_PLACES + 500)}${OTHER}\n`)
    expect(hits).toHaveLength(MOST_PLACES + 1)
    expect(hits.at(-1)?.at.line).toBe(MOST_PLACES + 501)
    const [before, last] = hits.slice(MOST_PLACES - 2)
    expect([before?.what, last?.what]).toEqual(['OpenAI project key', 'OpenAI project key, perhaps in more places of this file'])
  })

  it('is told at each place where one of them is allowed: that accepts no other', () => {
    const hits = look(`${dump(MOST_PLACES + 500)}last ${MANY} # ${MARK} a sample\n`)
    expect(hits).toHaveLength(MOST_PLACES + 501)
    expect(hits.filter(({ allowed }) => allowed !== undefined)).toHaveLength(1)
  })
})

it('a hit keeps its key where nothing lists or copies it', () => {
  const [hit] = look(`${OTHER}\n`)
  expect(hit?.key?.fingerprint).toBe(hit?.fingerprint)
  expect(Object.keys(hit ?? {})).not.toContain('key')
  expect({ ...hit }).not.toHaveProperty('key')
  expect(JSON.stringify(hit)).not.toContain('"key"')
})
