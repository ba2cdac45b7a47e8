import { inspect, format } from 'node:util'
import { serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/domain/secret.ts'

const VALUE = ['sk-proj-', 'x'.repeat(74), 'T3Blbk', 'FJ', 'y'.repeat(74)].join('')
const secret = new Secret(VALUE)

describe('a secret', () => {
  const ways: [string, () => string][] = [
    ['template', () => `${secret as unknown as string}`],
    ['concatenation', () => '' + secret],
    ['String', () => String(secret)],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspect', () => inspect({ secret })],
    ['inspect without its hook', () => inspect({ secret }, { customInspect: false, showHidden: true, depth: 9 })],
    ['format', () => format('%s %o %j %O', secret, secret, secret, secret)],
    ['spread', () => JSON.stringify(Object.assign({}, secret))],
    ['clone', () => inspect(structuredClone(secret))],
    ['serialize', () => serialize(secret).toString('latin1')],
    ['error', () => inspect(new Error('x', { cause: secret }))],
    ['keys', () => [...Object.keys(secret), ...Reflect.ownKeys(secret).map(String)].join()],
  ]
  it.each(ways)('is not given away by %s', (_name, way) => {
    expect(way()).not.toContain(VALUE)
    expect(way()).not.toContain(VALUE.slice(8, 40))
  })

  it('compares by value, and shows twelve digits of its digest', () => {
    expect(secret.equals(new Secret(VALUE))).toBe(true)
    expect(secret.equals(new Secret(`${VALUE}z`))).toBe(false)
    expect(secret.fingerprint).toMatch(/^[0-9a-f]{12}$/)
  })

  it('fits the provider’s redacted form at both ends only', () => {
    expect(secret.fits({ head: 'sk-pro', tail: 'yyyy' })).toBe(true)
    expect(secret.fits({ head: 'sk-pro', tail: 'xyyy' })).toBe(false)
    expect(secret.fits({ head: '', tail: '' })).toBe(false)
    expect(new Secret('abc').fits({ head: 'ab', tail: 'bc' })).toBe(false)
  })
})
