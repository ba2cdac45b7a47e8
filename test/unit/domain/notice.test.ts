import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../../src/domain/duration.ts'
import { isSafe, noticeOf, NOTICE_KINDS, noticeText, type NoticeFacts } from '../../../src/domain/notice.ts'
import { findKeys, KEY_SHAPES } from '../../../src/domain/patterns.ts'

const NOW = Date.parse('2026-11-21T14:00:00Z')
const FACTS: NoticeFacts = { kind: 'needs-person', credential: 'prod-api', code: 'KR_APPROVAL_WANTED', generation: 4, since: NOW }

describe('a notice', () => {
  it('has no place for a key: whatever is put in as a fact, nothing of a key’s shape comes out', () => {
    const keys = KEY_SHAPES.flatMap(({ matches }) => matches)
    expect(keys.length).toBeGreaterThan(5)
    const odd = fc.oneof(fc.constantFrom(...keys), fc.string(), fc.constantFrom('prod-api', 'KR_DUE'))
    fc.assert(
      fc.property(fc.constantFrom(...NOTICE_KINDS), odd, odd, fc.double(), fc.double(), (kind, credential, code, generation, since) => {
        const made = noticeOf({ kind, credential, code, generation, since }, NOW)
        if (made === null) return
        const text = `${JSON.stringify(made.notice)} ${noticeText(made.notice)}`
        expect(findKeys(text)).toEqual([])
        expect(text).toMatch(/^[ -~]*$/)
      }),
    )
  })

  it.each(KEY_SHAPES.flatMap(({ name, matches }) => matches.map((key) => [name, key] as const)))('refuses a key as a name: %s', (_, key) => {
    expect(isSafe({ ...FACTS, credential: key })).toBe(false)
    expect(isSafe({ ...FACTS, code: key })).toBe(false)
  })

  it.each([
    [0, 0],
    [HOUR, 0],
    [DAY, 1],
    [6 * DAY, 1],
    [7 * DAY, 2],
    [30 * DAY, 3],
    [59 * DAY, 3],
    [60 * DAY, 4],
    [90 * DAY, 5],
  ])('of a standing matter rises: after %i ms, level %i', (age, level) => {
    expect(noticeOf({ ...FACTS, since: NOW - age }, NOW)?.notice.level).toBe(level)
  })

  it.each([
    [31 * DAY, null],
    [30 * DAY, 0],
    [8 * DAY, 0],
    [7 * DAY, 1],
    [DAY, 2],
    [1, 2],
    [0, 3],
    [-50 * DAY, 3],
  ])('of a key that is due rises as the day comes nearer: %i ms before, level %s', (left, level) => {
    expect(noticeOf({ ...FACTS, kind: 'due', code: 'KR_DUE', since: NOW + left }, NOW)?.notice.level ?? null).toBe(level)
  })

  it('has an id that is the same for the same matter, level and generation only', () => {
    const id = (facts: Partial<NoticeFacts>, now = NOW): string | undefined => noticeOf({ ...FACTS, ...facts }, now)?.notice.id
    expect(id({})).toBe(id({}, NOW + HOUR))
    expect(new Set([id({}), id({}, NOW + DAY), id({ generation: 5 }), id({ code: 'KR_REVOKE_WANTED' }), id({ kind: 'parked' })]).size).toBe(5)
  })
})
