import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/domain/secret.ts'
import { readChain, seal, toText, unseal } from '../../../src/state/codec.ts'
import { fit, mapOf, object, text, time } from '../../../src/state/shape.ts'
import { migrate } from '../../../src/state/migrate.ts'
import { fakeKey } from './kit.ts'

const code = (code: string): unknown => expect.objectContaining({ code })

describe('what may be written down', () => {
  it.each([
    ['a key', { a: fakeKey() }],
    ['a key inside a word', { a: `x=${fakeKey()}` }],
    ['a key as a name', { [fakeKey()]: 1 }],
    ['a short key-like text', { a: ['sk', 'abcdefgh12345678'].join('-') }],
    ['a key glued to a word', { a: `word${fakeKey()}` }],
    ['a Secret', { a: { deep: [new Secret('anything')] } }],
    ['a date', { a: new Date(0) }],
    ['a function', { a: () => 1 }],
    ['no number', { a: Number.NaN }],
    ['a map', { a: new Map() }],
  ])('refuses %s and does not repeat it', (_what, value) => {
    expect(() => toText(value)).toThrow(code('KR_BUG'))
    try {
      toText(value)
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain(fakeKey().slice(0, 20))
    }
  })

  it.each(['task-runner-production-environment', 'sk-proj-...', 'keyrot.abcd1234.disk-cleaner-production.g1.a1'])('lets %s pass', (word) => {
    expect(toText({ a: word })).toContain(word)
  })
})

describe('an envelope', () => {
  it('opens with the salt it was closed with, and no other', () => {
    const { line } = seal('salt', 1, '{"a":1}')
    expect(unseal('salt', line.trimEnd()).body).toBe('{"a":1}')
    expect(unseal('other', line.trimEnd()).body).toBeNull()
  })

  it('notices every change of any one byte', () => {
    const line = Buffer.from(seal('salt', 1, '{"a":1,"b":"text"}').line.trimEnd())
    for (let at = 0; at < line.length; at += 1) {
      const changed = Buffer.from(line)
      changed.writeUInt8((changed.readUInt8(at) + 1) % 128, at)
      expect(unseal('salt', changed.toString()).body, `byte ${at}`).toBeNull()
    }
  })

  it('is not taken for newer because of a damaged format number', () => {
    const { line } = seal('salt', 1, '{}')
    expect(unseal('salt', line.trimEnd().replace('"format":1', '"format":9')).body).toBeNull()
  })

  it('chains: a removed line shows', () => {
    const one = seal('salt', 1, '1')
    const two = seal(one.sum, 1, '2')
    const three = seal(two.sum, 1, '3')
    expect(readChain(Buffer.from(one.line + two.line + three.line), 'salt')).toMatchObject({ damaged: 0, torn: false })
    expect(readChain(Buffer.from(one.line + three.line), 'salt')).toMatchObject({ damaged: 1, torn: false })
  })
})

describe('shapes', () => {
  const point = object<{ x: number; name?: string }>({ x: time }, { name: text })

  it('wants every field and knows no other', () => {
    expect(fit(point, { x: 1 })).toEqual({ x: 1 })
    for (const wrong of [{}, { x: '1' }, { x: 1, y: 2 }, [], null, 'x', { x: 1, name: null }, JSON.parse('{"x":1,"__proto__":{}}')])
      expect(fit(point, wrong)).toBeNull()
  })

  it('gives maps without a prototype', () => {
    const map = fit(mapOf(time), { a: 1 })
    expect(map?.['constructor']).toBeUndefined()
    expect(fit(mapOf(time), JSON.parse('{"__proto__":1}'))).toBeNull()
  })
})

describe('migration', () => {
  const steps = new Map([
    [1, (body: unknown) => [body, 'two']],
    [2, (body: unknown) => [body, 'three']],
  ])

  it('goes step by step to the present', () => {
    expect(migrate('one', 1, 3, steps, 'f')).toEqual([['one', 'two'], 'three'])
    expect(migrate('now', 3, 3, steps, 'f')).toBe('now')
  })

  it('finds no way from a format nobody released, and refuses one from the future', () => {
    expect(migrate('zero', 0, 3, steps, 'f')).toBeUndefined()
    expect(() => migrate('four', 4, 3, steps, 'f')).toThrow(code('KR_STATE_NEWER'))
  })
})
