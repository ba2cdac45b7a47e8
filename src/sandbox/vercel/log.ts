/** What the sandbox was asked, in order. Values and the token appear as fingerprints only. */
import { fingerprintOf, scrubbed } from './sealed.ts'
import type { ApiRequest } from './exchange.ts'

export interface RequestLogEntry {
  readonly seq: number
  /** Sandbox time, Unix ms. */
  readonly at: number
  readonly method: string
  readonly path: string
  /** Names and values in the order sent. */
  readonly query: readonly (readonly [string, string])[]
  /** Parsed JSON without values. */
  readonly body: unknown
  /** Fingerprint of the bearer token, or `null`. */
  readonly token: string | null
  /** The status the cloud arrived at, whether or not it was delivered. */
  readonly status: number
  /** What changed in the cloud, in words, or `null`. */
  readonly effect: string | null
  readonly delivery: 'answered' | 'reset'
}

/** The part of an entry that comes from the request. The address of a hook is a secret: its end is left out. */
export function seen(request: ApiRequest): Pick<RequestLogEntry, 'method' | 'path' | 'query' | 'body' | 'token'> {
  return {
    method: request.method,
    path: request.path.replace(/(\/integrations\/deploy\/[^/]+\/).+$/, '$1…'),
    query: [...request.query],
    body: scrubbed(request.body),
    token: request.token === null ? null : fingerprintOf(request.token),
  }
}
