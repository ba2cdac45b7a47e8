/** Which hosts keyrot may send a key to (design section 5, "Secrets and endpoints"). */
import { KeyrotError } from '../domain/errors.ts'

/** Whether a URL's host name is this machine itself. */
export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(url.hostname)
}

/**
 * The endpoint to use, or an error. Allowed are the default's host over https, loopback over http or https, and hosts that
 * a person named on the command line (`host` or `host:port`). The given text is never quoted: it may hold a password.
 */
export function guardEndpoint(given: string, fallback: string, allowedHosts: readonly string[] = []): URL {
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw refuse('config', 'KR_ENDPOINT_INVALID', 'an endpoint is not an http(s) address')
  if (url.username !== '' || url.password !== '') throw refuse('config', 'KR_ENDPOINT_INVALID', 'an endpoint holds a user name or password')
  if (url.search !== '' || url.hash !== '') throw refuse('config', 'KR_ENDPOINT_INVALID', 'an endpoint holds a query or fragment')
  if (isLoopback(url)) return url
  if (url.protocol !== 'https:') throw refuse('refused', 'KR_ENDPOINT_PLAIN', `plain http to ${url.hostname} would show the key to the network`, 'use https')
  const allowed = url.host === new URL(fallback).host || allowedHosts.some((host) => [url.host, url.hostname].includes(host.toLowerCase()))
  if (!allowed) throw refuse('refused', 'KR_HOST_NOT_ALLOWED', `${url.hostname} is not the provider's own host`, `allow it by name: --allow-host ${url.host}`)
  return url
}

function refuse(kind: 'config' | 'refused', code: `KR_${string}`, message: string, hint?: string): KeyrotError {
  return new KeyrotError({ code, kind, message, hints: hint === undefined ? [] : [hint] })
}
