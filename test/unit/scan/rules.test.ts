import { describe, expect, it } from 'vitest'
import { redactKeys } from '../../../src/domain/patterns.ts'
import { inspectorWith } from '../../../src/scan/inspect.ts'
import { RULES, TEXT_RULES } from '../../../src/scan/rules/rules.ts'
import type { TextRule } from '../../../src/scan/rule.ts'

const { inspect } = inspectorWith()

/** A file in which the rule may find something: practices look at some kinds only. */
function pathFor(rule: TextRule, sample: string): string {
  if (rule.finds !== 'practice') return 'notes.txt'
  if (rule.where.includes('dockerfile') && !rule.where.includes('script')) return rule.where.includes('ci') ? '.github/workflows/ci.yml' : 'Dockerfile'
  return sample.includes('os.') ? 'app.py' : 'app.ts'
}

const found = (rule: TextRule, sample: string) => inspect({ path: pathFor(rule, sample), bytes: Buffer.from(sample) })

describe.each(TEXT_RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  it('finds each of its positive samples', () => {
    const missed = rule.samples().positive.filter((sample) => !found(rule, sample).some((hit) => hit.rule === id))
    expect(missed).toEqual([])
  })

  it('passes each of its negative samples', () => {
    const taken = rule.samples().negative.filter((sample) => found(rule, sample).some((hit) => hit.rule === id))
    expect(taken).toEqual([])
  })

  it('has an anchor in each of its positive samples', () => {
    const without = rule.samples().positive.filter((sample) => !rule.anchors.some((anchor) => sample.includes(anchor)))
    expect(without).toEqual([])
  })

  it('has an expression that is bounded everywhere', () => {
    expect(rule.pattern.flags).toBe(rule.finds === 'key' ? 'y' : 'g')
    const repeats = rule.pattern.source.replace(/\\.|\[(?:\\.|[^\]])*\]/g, '_')
    expect(repeats).not.toMatch(/[*+]|\{\d+,\}/)
  })
})

it('has one rule per id', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length)
})

it('finds nothing that the words for people would not take out', () => {
  const kept = TEXT_RULES.filter((rule) => /^(?:openai|anthropic|openrouter|google|github|aws-access)/.test(rule.id)).flatMap((rule) =>
    rule.samples().positive.filter((sample) => redactKeys(sample) === sample),
  )
  expect(kept).toEqual([])
})
