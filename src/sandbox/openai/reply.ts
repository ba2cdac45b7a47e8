/** The bytes of an answer that a fault may have spoilt, for every service that speaks JSON over HTTP. */
import { gzipSync } from 'node:zlib'
import type { Fault } from './faults.ts'

/** Bytes ready for the wire. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
}

/** Escape sequences, CI commands and direction overrides, as a server that means harm would send them. */
export const HOSTILE_TEXT =
  '\u001b[2J\u001b[31mred\u001b]0;title\u0007\u009b1A\r\n::error file=x::pwned\n::add-mask::x\n##vso[task.setvariable]x\u202e desrever \u2066isolated\u2069\u0000\u0008'

const SIZE = 50 * 1024 * 1024

export interface Given {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  /** Where a redirect leads that names no place. */
  readonly elsewhere: string
  /** The object that a body without end begins as. */
  readonly padded: object
}

/** The bytes of an answer, with the headers that belong to them. */
export function replyOf(fault: Fault | null, { status, body, headers: more, elsewhere, padded }: Given): Reply {
  const headers = { 'content-type': 'application/json', ...more }
  if (fault?.kind === 'redirect') return { status, headers: { ...headers, location: fault.location ?? elsewhere }, bytes: Buffer.alloc(0) }
  if (fault?.kind === 'huge-body') return { status: 200, headers, bytes: huge(padded, fault.bytes) }
  if (fault?.kind === 'gzip-bomb') return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, bytes: gzipSync(huge(padded, fault.bytes)) }
  const bytes = Buffer.from(JSON.stringify(body))
  return { status, headers, bytes: fault?.kind === 'malformed-json' ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : bytes }
}

/** `Retry-After` as the fault wants it, or `null`. */
export function retryAfterOf(fault: Fault | null, now: number): string | null {
  if (fault?.retryAfter === undefined) return null
  const named: Record<string, string> = { date: new Date(now + 2_000).toUTCString(), absurd: '99999999999', negative: '-5' }
  return named[fault.retryAfter] ?? fault.retryAfter
}

/** The same shape of JSON with every type wrong. */
export function otherTypes(value: unknown): unknown {
  if (Array.isArray(value)) return { 0: 'not a list' }
  if (value === null) return []
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, otherTypes(inner)]))
  return typeof value === 'string' ? 42 : JSON.stringify(value)
}

function huge(padded: object, bytes = SIZE): Buffer {
  const head = `${JSON.stringify(padded).slice(0, -1)},"padding":"`
  return Buffer.concat([Buffer.from(head), Buffer.alloc(Math.max(0, bytes - head.length - 2), 'a'), Buffer.from('"}')])
}
