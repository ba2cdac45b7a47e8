/** What a sandbox can be told to be. Every delay has a non-zero default: a client that assumes an instant cloud fails here first. */
import type { FaultRule } from './faults.ts'

export interface SandboxOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** The owner's admin key; one of real shape is drawn when absent. */
  readonly adminKey: string | null
  /** A new key answers 401 for this long (ms). The same delay holds back a change of scopes. */
  readonly createDelayMs: number
  /** A deleted key answers every other call as if it lived, for this long (ms). */
  readonly deleteDelayMs: number
  /** Lists show the world of this long ago (ms): new keys invisible, deleted ones still there, changes stale. */
  readonly listDelayMs: number
  /** `last_used_at` leaves out the latest calls (ms) … */
  readonly lastUsedLagMs: number
  /** … and is rounded down to a multiple of this (ms). */
  readonly lastUsedGranularityMs: number
  /** Usage and costs leave out the latest calls (ms). */
  readonly usageLagMs: number
  /** Whether usage and costs heed `api_key_ids`. */
  readonly usageFilter: 'obeyed' | 'ignored'
  /** Contract before October 2026: keys of service accounts could not be deleted. */
  readonly keyDelete: 'allowed' | 'refused-for-service-accounts'
  /** Contract before July 2026: no second key on a service account. */
  readonly serviceAccountKeys: 'allowed' | 'refused'
  /** A role that may not create service accounts. */
  readonly serviceAccountCreate: 'allowed' | 'refused'
  /** An organization policy: `expires_in_seconds` becomes required and bounded. */
  readonly maxLifetimeSeconds: number | null
  /** The least that a rate limit may be set to. No least is documented. */
  readonly leastRateLimit: number
  /** Characters of a key that `redacted_value` shows at its end. */
  readonly redactedTail: number
  /** Whether the organization has audit logging switched on. */
  readonly auditLog: boolean
  readonly models: readonly string[]
  /** Extra time before every answer (ms). */
  readonly latencyMs: number
  readonly faults: readonly FaultRule[]
  /** The clock under the sandbox's own offset: Unix ms. Tests may hold it still. */
  readonly clock: () => number
}

export const DEFAULTS: SandboxOptions = {
  port: 0,
  adminKey: null,
  createDelayMs: 400,
  deleteDelayMs: 400,
  listDelayMs: 300,
  lastUsedLagMs: 500,
  lastUsedGranularityMs: 1_000,
  usageLagMs: 1_000,
  usageFilter: 'obeyed',
  keyDelete: 'allowed',
  serviceAccountKeys: 'allowed',
  serviceAccountCreate: 'allowed',
  maxLifetimeSeconds: null,
  leastRateLimit: 0,
  redactedTail: 4,
  auditLog: true,
  models: ['gpt-5-mini', 'gpt-5-nano', 'gpt-4o-mini'],
  latencyMs: 0,
  faults: [],
  clock: Date.now,
}

/** The options that may be changed while the sandbox runs. */
export type Tunable = Partial<Omit<SandboxOptions, 'port' | 'adminKey' | 'faults' | 'clock'>>

const FIXED = new Set<string>(['port', 'adminKey', 'faults', 'clock'])

/** Keeps what is a tunable option of the right type; everything else a caller sent is dropped. */
export function tunable(given: Record<string, unknown>): Tunable {
  const known = Object.entries(DEFAULTS).filter(([name]) => !FIXED.has(name))
  const kept = known.filter(([name, value]) => name in given && sameType(given[name], value))
  return Object.fromEntries(kept.map(([name]) => [name, given[name]])) as Tunable
}

function sameType(given: unknown, model: unknown): boolean {
  if (model === null) return given === null || typeof given === 'number'
  return typeof given === typeof model && Array.isArray(given) === Array.isArray(model)
}
