import { describe, expect, it } from 'vitest'
import { markOf, managerOf, observed, promotionOf, slotPatch, tagNameOf, unmarkPatch, writtenAt } from '../../../src/adapters/targets/kubernetes-secret.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { base64, secretObject, wrote } from './kubernetes-objects.ts'

const NAMES = { key: 'KEY', fallback: 'KEY_FALLBACK' }
const T1 = '2026-01-01T00:00:01Z'
const T2 = '2026-01-01T00:00:02Z'
const at = (text: string): number => Date.parse(text)
const withFields = (...managedFields: object[]) => secretObject({ data: { KEY: 'a' }, metadata: { managedFields } })

describe('what the slots hold', () => {
  it('is the value of their data keys, or absence', () => {
    const seen = observed(secretObject({ data: { KEY: 'one', OTHER: 'x' } }), NAMES)
    expect(seen.current).toEqual({ is: 'value', secret: expect.any(Secret) })
    expect(seen.current.is === 'value' && seen.current.secret.reveal()).toBe('one')
    expect(seen).toMatchObject({ fallback: { is: 'absent' }, revision: '7' })
    expect(observed(secretObject(), { ...NAMES, fallback: null })).toMatchObject({ current: { is: 'absent' }, fallback: null, since: null })
  })

  it.each(['', '\n', '\r\n'])('an empty value counts as absent: %j', (value) => {
    expect(observed(secretObject({ data: { KEY: value } }), NAMES).current).toEqual({ is: 'absent' })
  })

  it.each(['one\n', 'one\r\n'])('a line end behind the value is no part of the key: %j', (value) => {
    const { current } = observed(secretObject({ data: { KEY: value } }), NAMES)
    expect(current.is === 'value' && current.secret.reveal()).toBe('one')
  })

  it('bytes that are no text are refused', () => {
    const secret = { ...secretObject(), data: { KEY: Buffer.from([0xff, 0xfe]).toString('base64') } }
    expect(() => observed(secret, NAMES)).toThrow(expect.objectContaining({ code: 'KR_KUBERNETES_BINARY', kind: 'refused' }))
  })
})

describe('when a data key was written', () => {
  it('is the date of our own entry, whoever else shares the value or writes later', () => {
    expect(writtenAt(withFields(wrote('keyrot:KEY', T1, ['KEY']), wrote('argocd', T2, ['KEY']), wrote('other', T2, ['OTHER'])), 'KEY')).toBe(at(T1))
  })

  it('is not the date of our entry once somebody else has changed the value', () => {
    expect(writtenAt(withFields(wrote('keyrot:KEY', T1, ['KEY_FALLBACK']), wrote('kubectl-edit', T2, ['KEY'])), 'KEY')).toBe(at(T2))
  })

  it('is not moved by a write to the fallback', () => {
    expect(writtenAt(withFields(wrote('keyrot:KEY', T1, ['KEY']), wrote('keyrot:KEY_FALLBACK', T2, ['KEY_FALLBACK'])), 'KEY')).toBe(at(T1))
  })

  it('falls back to the latest write of data, and to nothing', () => {
    expect(writtenAt(withFields(wrote('a', T1, ['X']), wrote('b', T2, ['Y']), { manager: 'c', time: '2027-01-01T00:00:00Z' }), 'KEY')).toBe(at(T2))
    expect(writtenAt(withFields({ manager: 'c', time: T2, fieldsV1: { 'f:metadata': {} } }), 'KEY')).toBeNull()
    expect(writtenAt(withFields(wrote('a', 'yesterday', ['KEY'])), 'KEY')).toBeNull()
  })
})

describe('the patch', () => {
  const B = { secret: new Secret('bbb'), marker: 'keyrot.ns.c.g2.a1' }
  const A = { secret: new Secret('aaa'), marker: 'keyrot.ns.c.g1.a1' }

  it('names revision, values and marks of the slots that are given, and nothing else', () => {
    expect(slotPatch({ current: B, fallback: A }, NAMES, '7')).toEqual({
      owner: 'keyrot:KEY',
      body: {
        metadata: { resourceVersion: '7', annotations: { 'keyrot.dev/KEY': `${B.marker} 7`, 'keyrot.dev/KEY_FALLBACK': `${A.marker} 7` } },
        data: { KEY: base64('bbb'), KEY_FALLBACK: base64('aaa') },
      },
    })
    expect(slotPatch({ fallback: null }, NAMES, '7')).toEqual({
      owner: 'keyrot:KEY_FALLBACK',
      body: { metadata: { resourceVersion: '7', annotations: { 'keyrot.dev/KEY_FALLBACK': null } }, data: { KEY_FALLBACK: null } },
    })
  })

  it('leaves the values alone when it takes the marks off', () => {
    expect(unmarkPatch(NAMES, '7')).toEqual({
      owner: 'keyrot',
      body: { metadata: { resourceVersion: '7', annotations: { 'keyrot.dev/KEY': null, 'keyrot.dev/KEY_FALLBACK': null } } },
    })
  })
})

describe('names of marks and tags', () => {
  // apimachinery, validation.IsQualifiedName: at most 63 characters behind the prefix
  const valid = /^keyrot\.dev\/[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
  const odd = ['-', '.key', '_KEY_', 'K', 'K'.repeat(63), 'K'.repeat(64), 'K'.repeat(253), '...', 'a-', `${'-'.repeat(60)}x`]

  it.each(odd)('fit whatever the data key is: %s', (key) => {
    expect(markOf(key)).toMatch(valid)
    expect(tagNameOf('s'.repeat(253), key)).toMatch(valid)
    expect(managerOf(key)).toMatch(/^keyrot:[ -~]{1,110}$/)
  })

  it('are told apart', () => {
    expect(new Set(odd.map(markOf)).size).toBe(odd.length)
    expect(tagNameOf('a', 'b.c')).not.toBe(tagNameOf('a.b', 'c'))
    expect(tagNameOf('openai', 'KEY')).toBe('keyrot.dev/restarted-for.openai_KEY')
  })

  it('a tag names the key, the revision that it was written on, and the date of its promotion', () => {
    const secret = secretObject({
      data: { KEY: 'a' },
      metadata: { annotations: { 'keyrot.dev/KEY': 'm1 6' }, managedFields: [wrote('keyrot:KEY', T1, ['KEY'])] },
    })
    expect(promotionOf(secret, 'KEY', 'm2')).toEqual({ at: at(T1), tag: 'm2 2026-01-01T00:00:01.000Z' })
    expect(promotionOf(secret, 'KEY', 'm')).toEqual({ at: at(T1), tag: 'm 2026-01-01T00:00:01.000Z' })
    for (const marker of ['m1', undefined]) expect(promotionOf(secret, 'KEY', marker)).toEqual({ at: at(T1), tag: 'm1 6 2026-01-01T00:00:01.000Z' })
    expect(promotionOf(secretObject(), 'KEY', 'm2')).toEqual({ at: null, tag: 'm2' })
    expect(promotionOf(secretObject(), 'KEY')).toEqual({ at: null, tag: null })
  })
})
