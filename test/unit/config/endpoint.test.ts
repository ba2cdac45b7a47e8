import { describe, expect, it } from 'vitest'
import { allowedHosts, refuseUncheckedTls } from '../../../src/config/endpoint.ts'
import { CANARY } from './playground.ts'

describe('allowed hosts', () => {
  it('come from flags and the variable, in one spelling', () => {
    expect(allowedHosts(['Proxy.Example:8443'], ' gw.example ,, [::2]:443,gw.example')).toEqual(['proxy.example:8443', 'gw.example', '[::2]:443'])
    expect(allowedHosts([], undefined)).toEqual([])
  })

  it.each(['*', '*.example.com', 'https://x', 'x/y', 'a b', `u:${CANARY}@x`, 'x:', ':443', 'x:1234567', '-x', `x${String.fromCharCode(27)}[0m`])(
    'refuse %j without repeating what may be a key',
    (host) => {
      expect(() => allowedHosts([host], undefined)).toThrow(
        expect.objectContaining({ code: 'KR_ALLOW_HOST_INVALID', kind: 'usage', message: expect.not.stringContaining(CANARY.slice(10, 40).toLowerCase()) }),
      )
    },
  )
})

describe('unchecked TLS', () => {
  it('is refused by name, anything else passes', () => {
    expect(() => refuseUncheckedTls(() => '0')).toThrow(expect.objectContaining({ code: 'KR_TLS_UNCHECKED', kind: 'refused' }))
    expect(() => refuseUncheckedTls(() => undefined)).not.toThrow()
    expect(() => refuseUncheckedTls(() => '1')).not.toThrow()
  })
})
