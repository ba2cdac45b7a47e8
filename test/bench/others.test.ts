/** What the scan bench hands to ripgrep is the same search: every expression finds each of its own samples, by an engine that cannot look around. */
import { expect, it } from 'vitest'
import { TEXT_RULES } from '../../src/scan/rules/rules.ts'
import { forRipgrep } from './others.ts'

it('keeps what the rules find, and leaves out looking around', () => {
  const lost = TEXT_RULES.flatMap((rule) => {
    const expression = new RegExp(forRipgrep([rule]).trim())
    expect(expression.source).not.toMatch(/\(\?<?[!=]/)
    return rule.samples().positive.filter((sample) => !expression.test(sample))
  })
  expect(lost).toEqual([])
})
