/** The fuzz of the rules in small: what costs far more than its neighbours is not linear. In processor time, at its best of several tries. */
import { describe, expect, it } from 'vitest'
import { inspectorWith } from '../../src/scan/inspect.ts'
import type { TextRule } from '../../src/scan/rule.ts'
import { TEXT_RULES } from '../../src/scan/rules/rules.ts'
import { costOf, hostileTexts, medianOf, type HostileText } from './hostile.ts'

const SEED = Number(process.env['KEYROT_SCAN_SEED'] ?? Date.now() % 2 ** 31)
/** The bench holds the rules to 10 at 1 MB; here small texts are timed on a busy machine, and what is not linear is beyond 100. */
const FAR = 40

/** Texts that cost more than so many times the median. What seems slow is given more tries. */
function slow(rules: readonly TextRule[], texts: readonly HostileText[], size: number): readonly string[] {
  const { inspect } = inspectorWith(undefined, rules)
  const median = medianOf(texts.map((text) => costOf(text, inspect, size, 1)))
  return texts.flatMap((text) => (costOf(text, inspect, size, 1) > FAR * median && costOf(text, inspect, size, 5) > FAR * median ? [text.unit] : []))
}

describe(`hostile texts of seed ${SEED}`, () => {
  it('cost no more than others', () => {
    process.stdout.write(`scan: hostile texts of seed ${SEED}; again: KEYROT_SCAN_SEED=${SEED}, at length: npm run bench:scan-rules -- ${SEED}\n`)
    expect(slow(TEXT_RULES, hostileTexts(TEXT_RULES, SEED, 100), 1 << 16)).toEqual([])
  })

  it('would be seen to cost more where a rule reads to the end of the text at every anchor', () => {
    const [first, ...rest] = TEXT_RULES
    const endless = { ...first, pattern: /sk-proj-[^]*T3BlbkFJ[A-Z]{4}(?![^])/y } as TextRule
    const others = hostileTexts(rest, SEED, 0).filter(({ unit }) => !unit.includes('sk-proj-'))
    const fatal = { path: 'notes.txt', unit: 'sk-proj-' }
    expect(slow([endless, ...rest], [...others.slice(0, 100), fatal], 1 << 15)).toEqual([fatal.unit])
  })
})
