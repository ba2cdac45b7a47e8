import { describe, expect, it } from 'vitest'
import { hitOf, type Hit } from '../../../src/domain/hit.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { allowances } from '../../../src/scan/allow.ts'

const MARK = ['keyrot', 'allow'].join(':')
const key = (line: number): Hit =>
  hitOf({ rule: 'some-key', severity: 'error', at: { path: 'a', line, column: 1 }, what: 'a key', key: new Secret(`value ${line}`) })

function review(text: string, lines: readonly number[], firstLine = 1): readonly string[] {
  const latin1 = Buffer.from(text).toString('latin1')
  return allowances
    .review({ path: 'a', commit: 'c0ffee' }, latin1, firstLine, lines.map(key))
    .map((hit) => `${hit.rule}@${hit.at.line}${hit.allowed === undefined ? '' : `=${hit.allowed}`}`)
}

describe('an allowance beside a line', () => {
  it.each([
    ['a shell comment', `KEY=x # ${MARK} dead since May`],
    ['a line comment', `key = 'x' // ${MARK} dead since May`],
    ['a block comment', `key = 'x' /* ${MARK} dead since May */`],
    ['markup', `<a>x</a> <!-- ${MARK} dead since May -->`],
    ['SQL', `select 'x' -- ${MARK} dead since May`],
    ['JSON, which has no comments', `{ "key": "x", "why": "${MARK} dead since May"}`.replace('"}', ' "}')],
    ['a line that ends in CR LF', `KEY=x # ${MARK} dead since May\r\n`],
  ])('holds in %s', (_, text) => {
    expect(review(text, [1])[0]).toMatch(/^some-key@1=dead since May/)
    expect(review(text, [1])).toHaveLength(1)
  })

  it('holds for its own line; alone on a line, for the next', () => {
    expect(review(`a\n# ${MARK} a sample\nKEY=x\nKEY=y\n`, [3, 4])).toEqual(['some-key@3=a sample', 'some-key@4'])
    expect(review(`KEY=x # ${MARK} a sample\nKEY=y\n`, [1, 2])).toEqual(['some-key@1=a sample', 'some-key@2'])
  })

  it('counts lines from where the text begins', () => {
    expect(review(`one\nKEY=x # ${MARK} a sample`, [8], 7)).toEqual(['some-key@8=a sample'])
  })

  it('needs a reason', () => {
    expect(review(`KEY=x # ${MARK}`, [1])).toEqual(['some-key@1', 'allow-without-reason@1'])
    expect(review(`KEY=x # ${MARK} --`, [1])).toEqual(['some-key@1', 'allow-without-reason@1'])
  })

  it('is told where it allows nothing, unless it is a text about allowances', () => {
    expect(review(`KEY=env # ${MARK} a sample`, [])).toEqual(['allow-stale@1'])
    expect(review(`Write \`${MARK} <reason>\` beside it.\n# ${MARK} <reason>\nthe word ${MARK} here\n${MARK}ed`, [])).toEqual([])
  })

  it('never repeats what could be a key', () => {
    const value = 'aB3'.repeat(20)
    expect(review(`KEY=x # ${MARK} the old one was ${value} and é`, [1])).toEqual(['some-key@1=the old one was … and é'])
  })

  it('keeps the commit, and the key of a hit', () => {
    const [allowed, stale] = allowances.review({ path: 'a', commit: 'c0ffee', when: 5 }, `x # ${MARK} good\n\n\ny # ${MARK} good`, 1, [key(1)])
    expect(allowed?.key?.equals(new Secret('value 1'))).toBe(true)
    expect(stale?.at).toEqual({ path: 'a', line: 4, column: 5, commit: 'c0ffee', when: 5 })
  })

  it('takes time in proportion to the text', () => {
    const text = `# ${MARK} a b\n`.repeat(20_000)
    expect(review(text, [])).toHaveLength(20_000)
  })
})
