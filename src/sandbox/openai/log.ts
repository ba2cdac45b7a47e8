/** What the sandbox was asked, in order. Keys appear as fingerprints only. */
import type { ApiRequest } from './exchange.ts'
import type { FaultKind } from './faults.ts'
import { scrub, scrubDeep } from './keys.ts'
import type { Delivery } from './wire.ts'

export interface RequestLogEntry {
  readonly seq: number
  /** Sandbox time, Unix ms. */
  readonly at: number
  readonly method: string
  /** Below `/v1`. */
  readonly path: string
  /** Names and values in the order sent. */
  readonly query: readonly (readonly [string, string])[]
  /** Parsed JSON with keys replaced by their fingerprints. */
  readonly body: unknown
  /** Fingerprint of the bearer key, or `null`. */
  readonly key: string | null
  /** The status the cloud arrived at, whether or not it was delivered; `null` while it has none. */
  readonly status: number | null
  /** What changed in the cloud, in words (`create key key_…`), or `null`. */
  readonly effect: string | null
  readonly fault: FaultKind | null
  readonly delivery: Delivery
  readonly requestId: string
  /** Of the request: what a test may want to look at (`user-agent`, `idempotency-key`, …), without authorization. */
  readonly headers: Readonly<Record<string, string>>
}

/** Headers that hold or may hold a key. */
const WITHHELD = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key'])

/** The part of an entry that comes from the request. */
export function seen(request: ApiRequest, headers: Readonly<Record<string, string | string[] | undefined>>) {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !WITHHELD.has(name))
  return {
    method: request.method,
    path: scrub(request.path),
    query: [...request.query].map(([name, value]) => [scrub(name), scrub(value)] as const),
    body: scrubDeep(request.body),
    headers: Object.fromEntries(kept.map(([name, value]) => [name, scrub(String(value))])),
  }
}
