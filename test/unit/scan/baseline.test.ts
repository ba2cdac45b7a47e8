import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hitOf, type Hit } from '../../../src/domain/hit.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { baselineText, judgedBy, readBaseline, staleIn, updated, type Baseline } from '../../../src/scan/baseline.ts'

const EMPTY: Baseline = { salt: 's'.repeat(32), entries: [] }
const VALUE = 'a value of a key'

function hit(value: string | null, more: Partial<Parameters<typeof hitOf>[0]> = {}): Hit {
  return hitOf({
    rule: value === null ? 'env-not-ignored' : 'some-key',
    severity: 'error',
    at: { path: 'a', line: 1, column: 1 },
    what: 'x',
    key: value === null ? null : new Secret(value),
    ...more,
  })
}

const known = (baseline: Baseline, ...hits: readonly Hit[]): readonly boolean[] => judgedBy(baseline, hits).map((each) => each.known === true)

describe('a baseline', () => {
  it('accepts what it was made from, wherever it moves, and nothing else', () => {
    const baseline = updated(EMPTY, [hit(VALUE), hit(null)], 'tree')
    expect(known(baseline, hit(VALUE), hit(VALUE, { at: { path: 'b/c', line: 7, column: 2 } }), hit(null))).toEqual([true, true, true])
    expect(known(baseline, hit('another key'), hit(VALUE, { rule: 'other-rule' }), hit(null, { at: { path: 'b', line: 1, column: 1 } }))).toEqual([
      false,
      false,
      false,
    ])
  })

  it('holds neither a value nor anything that can be made from one without its own salt', () => {
    const one = updated(EMPTY, [hit(VALUE)], 'tree')
    const two = updated({ salt: 't'.repeat(32), entries: [] }, [hit(VALUE)], 'tree')
    expect(one.entries[0]?.id).not.toBe(two.entries[0]?.id)
    for (const made of [createHash('sha256').update(VALUE).digest('hex'), createHmac('sha256', '').update(VALUE).digest('hex'), VALUE])
      for (let from = 0; from + 8 <= made.length; from++) expect(baselineText(one)).not.toContain(made.slice(from, from + 8))
    expect(Object.keys(one.entries[0] ?? {})).toEqual(['rule', 'id', 'seen'])
  })

  it('never accepts a key that works, and never records one', () => {
    const live = hit(VALUE, { managed: { credential: 'prod', slots: [], state: 'live' } })
    const proven = hit(VALUE, { verdict: { is: 'live', why: '' } })
    expect(updated(EMPTY, [live, proven], 'tree').entries).toEqual([])
    expect(known(updated(EMPTY, [hit(VALUE)], 'tree'), live, proven, hit(VALUE))).toEqual([false, false, true])
  })

  it('does not record what a comment allows already', () => {
    expect(updated(EMPTY, [hit(VALUE, { allowed: 'a sample' })], 'tree').entries).toEqual([])
  })

  it('tells and drops what is stale, each kind of scan its own', () => {
    const tree = updated(EMPTY, [hit('one'), hit('two')], 'tree')
    const both = updated(tree, [hit('one'), hit('two'), hit('past')], 'history')
    expect(both.entries.map(({ seen }) => seen).toSorted()).toEqual(['history', 'tree', 'tree'])
    const text = baselineText(both).split('\n')
    const stale = staleIn(both, [hit('one')], 'tree', 'base.json')
    expect(stale).toHaveLength(1)
    const gone = judgedBy({ ...both, entries: both.entries.filter((_, at) => text[(stale[0]?.at.line ?? 0) - 1]?.includes(both.entries[at]?.id ?? '-')) }, [
      hit('two'),
    ])
    expect(gone[0]?.known).toBe(true)
    expect(staleIn(both, [hit('one')], 'history', 'base.json')).toHaveLength(1)
    expect(known(updated(both, [hit('one')], 'tree'), hit('one'), hit('two'), hit('past'))).toEqual([true, false, true])
    expect(known(updated(both, [hit('one')], null), hit('one'), hit('two'), hit('past'))).toEqual([true, true, true])
  })

  it('keeps the reasons that a person wrote into it', () => {
    const { salt, entries } = updated(EMPTY, [hit('one'), hit('two')], 'tree')
    const explained = { salt, entries: entries.map((entry) => ({ ...entry, reason: 'revoked in May' })) }
    const again = updated(readBaseline(baselineText(explained), 'b'), [hit('one'), hit('two')], 'tree')
    expect(again).toEqual(explained)
  })

  it('is read as it was written, one entry per line, the same for the same findings', () => {
    const baseline = updated(EMPTY, [hit('one'), hit('two'), hit(null)], 'tree')
    expect(readBaseline(baselineText(baseline), 'x')).toEqual(baseline)
    expect(baselineText(updated(baseline, [hit(null), hit('two'), hit('one')], 'tree'))).toBe(baselineText(baseline))
    expect(
      baselineText(baseline)
        .split('\n')
        .filter((line) => line.includes('"id"')),
    ).toHaveLength(3)
    expect(readBaseline(baselineText(EMPTY), 'x')).toEqual(EMPTY)
  })

  it.each([
    '',
    'x',
    'null',
    '[]',
    '{}',
    '{"version":1,"salt":"short","entries":[]}',
    `{"version":1,"salt":"${'s'.repeat(32)}","entries":[{"rule":"a","id":"x","seen":"tree"}]}`,
  ])('refuses %s', (text) => {
    expect(() => readBaseline(text, 'x')).toThrow(expect.objectContaining({ code: 'KR_BASELINE_INVALID' }) as Error)
  })

  it('refuses one of a later keyrot', () => {
    expect(() => readBaseline('{"version":2}', 'x')).toThrow(expect.objectContaining({ code: 'KR_BASELINE_NEWER' }) as Error)
  })
})
