import { describe, expect, it } from 'vitest'
import { guardEndpoint } from '../../../src/adapters/endpoint.ts'
import { KeyrotError } from '../../../src/domain/errors.ts'
import { CANARY } from '../config/playground.ts'

const API = 'https://api.vendor.example/v1'

function refusal(given: string, allowed: readonly string[] = []): KeyrotError {
  try {
    guardEndpoint(given, API, allowed)
  } catch (error) {
    if (error instanceof KeyrotError) return error
  }
  throw new Error('expected a refusal')
}

describe('an endpoint', () => {
  it.each([
    ['the default itself', API, []],
    ['another path of the default host', 'https://api.vendor.example/v2', []],
    ['loopback by name', 'http://localhost:8080/v1', []],
    ['loopback by number', 'http://127.0.0.1:8080', []],
    ['loopback of IPv6', 'https://[::1]:8443/', []],
    ['loopback in an odd spelling', 'http://0x7f.1:8080/', []],
    ['a host that a person allowed', 'https://gateway.example/v1', ['gateway.example']],
    ['with its port', 'https://gateway.example:8443/v1', ['Gateway.Example:8443']],
  ])('may be %s', (_, given, allowed) => {
    expect(guardEndpoint(given, API, allowed).href).toBe(new URL(given).href)
  })

  it.each([
    ['another host', 'https://evil.example/v1', 'KR_HOST_NOT_ALLOWED'],
    ['the default host as a part', 'https://api.vendor.example.evil.example/', 'KR_HOST_NOT_ALLOWED'],
    ['the default host on another port', 'https://api.vendor.example:8443/', 'KR_HOST_NOT_ALLOWED'],
    ['the metadata address', 'https://169.254.169.254/', 'KR_HOST_NOT_ALLOWED'],
    ['loopback as a part', 'https://localhost.evil.example/', 'KR_HOST_NOT_ALLOWED'],
    ['loopback dressed as IPv6', 'https://[::ffff:127.0.0.1]/', 'KR_HOST_NOT_ALLOWED'],
    ['every address of this machine', 'https://0.0.0.0:8080/', 'KR_HOST_NOT_ALLOWED'],
    ['plain http to the default', 'http://api.vendor.example/v1', 'KR_ENDPOINT_PLAIN'],
    ['another protocol', 'file:///etc/passwd', 'KR_ENDPOINT_INVALID'],
    ['no address', 'api.vendor.example', 'KR_ENDPOINT_INVALID'],
    ['nothing', '', 'KR_ENDPOINT_INVALID'],
    ['a user before the host', `https://${CANARY}@api.vendor.example/`, 'KR_ENDPOINT_INVALID'],
    ['a password', `https://api.vendor.example:${CANARY}@evil.example/`, 'KR_ENDPOINT_INVALID'],
    ['a query', `https://api.vendor.example/?key=${CANARY}`, 'KR_ENDPOINT_INVALID'],
    ['a fragment', `https://api.vendor.example/#${CANARY}`, 'KR_ENDPOINT_INVALID'],
  ])('may not be %s', (_, given, code) => {
    const error = refusal(given)
    expect(error.code).toBe(code)
    expect(JSON.stringify(error) + String(error.stack)).not.toContain(CANARY.slice(10, 40))
  })

  it('over plain http needs more than a person who allows the host', () => {
    expect(refusal('http://gateway.example/', ['gateway.example']).code).toBe('KR_ENDPOINT_PLAIN')
  })

  it('that is refused names the flag that would allow it', () => {
    expect(refusal('https://gateway.example:8443/').hints).toEqual(['allow it by name: --allow-host gateway.example:8443'])
  })
})
