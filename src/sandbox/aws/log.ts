/** What the embedded AWS was asked, in order. Values appear as fingerprint and length only. */
import { createHash } from 'node:crypto'

export interface AwsLogEntry {
  readonly seq: number
  /** Sandbox time, Unix ms. */
  readonly at: number
  readonly service: 'secretsmanager' | 'sts'
  readonly operation: string
  /** The request's members; a value is `{ fingerprint, bytes }`. */
  readonly input: Readonly<Record<string, unknown>>
  /** ARN of the signer, or `null` where there was none. */
  readonly signer: string | null
  readonly region: string | null
  /** The status arrived at, whether or not it was delivered. */
  readonly status: number
  /** `__type` of a failure, or `null`. */
  readonly failure: string | null
  /** What changed, in words, or `null`. */
  readonly effect: string | null
  readonly delivered: boolean
  readonly requestId: string
}

const VALUES = ['SecretString', 'SecretBinary']

/** The members of a request as the log may keep them. */
export function withoutValues(input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, VALUES.includes(name) ? described(String(value)) : value]))
}

function described(value: string): { readonly fingerprint: string; readonly bytes: number } {
  return { fingerprint: createHash('sha256').update(value).digest('hex').slice(0, 12), bytes: Buffer.byteLength(value) }
}
