/** What a wire can do to keyrot, and what a server can say to it: each may make a program print what it should not. */
import type { FaultRule } from '../../src/sandbox/openai/openai.ts'

export interface NamedFault {
  readonly name: string
  readonly rules: readonly FaultRule[]
}

const SMALL = 2 * 1024 * 1024

const WIRE: readonly FaultRule[] = [
  { kind: 'refuse' },
  { kind: 'reset-before-headers' },
  { kind: 'never-answers' },
  { kind: 'redirect' },
  { kind: 'hostile-text' },
  { kind: 'huge-body', bytes: SMALL },
  { kind: 'gzip-bomb', bytes: SMALL },
  { kind: 'missing-page' },
  { kind: 'effect-then-reset' },
  { kind: 'effect-then-timeout' },
  { kind: 'effect-then-500' },
  { kind: 'reset-mid-body' },
  { kind: 'malformed-json' },
  { kind: 'wrong-type' },
  { kind: 'wrong-length' },
  { kind: 'slow-drip' },
  { kind: 'duplicate-page' },
  { kind: 'skipped-page' },
]

const ANSWERS = [
  'invalid-key',
  'missing-scope-403',
  'not-a-member',
  'ip-not-allowed',
  'region',
  'project-archived',
  'rate-limit',
  'quota',
  'overloaded',
] as const
const STATUS: Readonly<Record<string, number>> = { 'invalid-key': 401, 'rate-limit': 429, quota: 429, overloaded: 503 }

/** Every fault; `keys` are what a server that echoes says back. */
export function allFaults(keys: Readonly<Record<string, string>>): readonly NamedFault[] {
  const wire = WIRE.map((rule) => ({ name: String(rule.kind), rules: [rule] }))
  const answers = ANSWERS.map((as) => ({ name: `answer ${as}`, rules: [{ kind: 'error', as, status: STATUS[as] ?? 403 } as const] }))
  const echoes = [400, 401, 403, 404, 409, 429, 500, 503].map((status) => ({ name: `echo ${status}`, rules: echo(status, Object.values(keys)) }))
  const elsewhere = { name: 'redirect to the key', rules: [{ kind: 'redirect', location: `/v1/models?key=${keys['the old key'] ?? ''}` } as const] }
  return [{ name: 'none', rules: [] }, ...wire, ...answers, ...echoes, elsewhere]
}

/** Errors whose every text is a key. */
function echo(status: number, values: readonly string[]): readonly FaultRule[] {
  return values.map((value) => ({ kind: 'error', status, message: `Incorrect API key provided: ${value}.`, code: value, type: value }))
}

/** The same fault on some requests in a row, after some that pass. */
export function spread(fault: NamedFault, times: number, skip: number): readonly FaultRule[] {
  return fault.rules.map((rule) => ({ ...rule, times, skip }))
}
