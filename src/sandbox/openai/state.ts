/** The cloud's memory: projects, service accounts, keys, calls and events. It never holds a key value, only digests. */
import { digestOf, fingerprintOf, newId, newKeyValue, redact } from './keys.ts'
import type { SandboxOptions } from './options.ts'

/** What of a key can change, with the moment (ms) it did: lists show an older version than the truth. */
export interface KeyVersion {
  readonly at: number
  readonly name: string
  /** Unix ms, whole seconds; `null` = never. */
  readonly expiresAt: number | null
  /** `null` or empty = all permissions of the owner. */
  readonly scopes: readonly string[] | null
}

export interface CloudKey {
  readonly id: string
  readonly project: string
  readonly owner: { readonly kind: 'user' | 'service_account'; readonly id: string }
  readonly ownerAccess: 'active' | 'inactive'
  /** Left out of lists that do not ask for every kind of ownership. */
  readonly hidden: boolean
  readonly digest: string
  readonly fingerprint: string
  readonly redacted: string
  readonly createdAt: number
  versions: readonly KeyVersion[]
  deletedAt: number | null
  /** Calls answered after deletion: every other one still succeeds while caches lag. */
  late: number
  readonly uses: number[]
}

export interface ServiceAccount {
  readonly id: string
  readonly project: string
  readonly createdAt: number
  name: string
  role: 'owner' | 'member' | 'none'
  deletedAt: number | null
}

export interface Project {
  readonly id: string
  readonly createdAt: number
  name: string
  archivedAt: number | null
  spendLimitCents: number | null
  /** Sums at which somebody is told. */
  spendAlerts: readonly { readonly id: string; readonly cents: number }[]
  /** Models the project may use; `null` = all. */
  models: readonly string[] | null
  /** Rate limits that were set, by model; the others are `USUAL_LIMITS`. */
  rateLimits: Readonly<Record<string, RateLimits>>
}

/** What all keys of a project may do together with one model. */
export interface RateLimits {
  readonly max_requests_per_1_minute: number
  readonly max_tokens_per_1_minute: number
  readonly batch_1_day_max_input_tokens: number
}

export const USUAL_LIMITS: RateLimits = { max_requests_per_1_minute: 500, max_tokens_per_1_minute: 200_000, batch_1_day_max_input_tokens: 2_000_000 }

export interface AdminKey {
  readonly id: string
  readonly name: string
  readonly digest: string
  readonly fingerprint: string
  readonly redacted: string
  readonly createdAt: number
  /** Unix ms; `null` = never. */
  readonly expiresAt: number | null
  /** Projects it may see and work in; `null` = all of the organization. */
  readonly projects: readonly string[] | null
  lastUsedAt: number | null
}

/** What the organization counts apart, each at an endpoint of its own: `/organization/usage/…`. */
export const CALL_KINDS = ['completions', 'embeddings', 'images', 'moderations', 'audio_speeches', 'audio_transcriptions'] as const
export type CallKind = (typeof CALL_KINDS)[number]

/** Calls with one key and one model that were accepted at one moment: one, or as many as `times` says. */
export interface Call {
  readonly at: number
  readonly key: string
  readonly project: string
  readonly kind: CallKind
  readonly model: string
  readonly times: number
  /** Of all of them together. */
  readonly inputTokens: number
  readonly outputTokens: number
}

/** A person in a browser, who did something without a key. */
export interface Session {
  readonly email: string
  readonly ip: string
}

export interface AuditEvent {
  readonly id: string
  readonly type: string
  readonly at: number
  /** Id of the admin key, or the session, that did it. */
  readonly actor: string | Session
  readonly resource: string
  readonly project: string
  readonly details: Record<string, unknown>
}

export class Cloud {
  options: SandboxOptions
  offset = 0
  readonly organization = newId('org-')
  readonly person = { id: newId('user-'), name: 'Ada Sandbox', email: 'ada@sandbox.invalid' }
  readonly projects: Project[] = []
  readonly accounts: ServiceAccount[] = []
  readonly keys: CloudKey[] = []
  readonly adminKeys: AdminKey[] = []
  readonly calls: Call[] = []
  readonly events: AuditEvent[] = []
  /** The owner's admin key in clear: handed out by `startSandbox` and by the environment file only. */
  readonly adminKey: string

  constructor(options: SandboxOptions) {
    this.options = options
    this.adminKey = options.adminKey ?? newKeyValue('admin')
    this.addAdminKey(this.adminKey)
  }

  /** Lets one more admin key in. Its value is kept nowhere. */
  addAdminKey(value: string, more: { name?: string; ageMs?: number; expiresInSeconds?: number; projects?: readonly string[] } = {}): AdminKey {
    const createdAt = this.now() - (more.ageMs ?? 0)
    const key: AdminKey = {
      id: newId('key_'),
      name: more.name ?? 'Sandbox owner',
      digest: digestOf(value),
      fingerprint: fingerprintOf(value),
      redacted: redact(value, this.options.redactedTail),
      createdAt,
      expiresAt: more.expiresInSeconds === undefined ? null : this.now() + more.expiresInSeconds * 1000,
      projects: more.projects ?? null,
      lastUsedAt: null,
    }
    this.adminKeys.push(key)
    return key
  }

  /** The sandbox's own time, Unix ms. */
  now(): number {
    return this.options.clock() + this.offset
  }

  /** Records an event, if the organization keeps a log. `at` is now, but for what is made older than it is. */
  audit(type: string, resource: string, project: string, details: Record<string, unknown> = {}, at = this.now(), session?: Session): void {
    if (!this.options.auditLog) return
    this.events.push({ id: newId('audit_log-'), type, at, actor: session ?? this.adminKeys[0]?.id ?? '', resource, project, details })
  }
}

/** The newest version not younger than `at`, or `undefined` when the key was not there yet. */
export function versionAt(key: CloudKey, at: number): KeyVersion | undefined {
  return key.versions.findLast((version) => version.at <= at)
}

/** What is true of the key now, whatever lists and caches still say. */
export function latest(key: CloudKey): KeyVersion {
  const version = key.versions.at(-1)
  if (version === undefined) throw new Error('a key has at least its first version')
  return version
}

/** Whether the key is neither deleted nor past its end: the truth, ahead of every cache. */
export function isAlive(key: CloudKey, now: number): boolean {
  const end = latest(key).expiresAt
  return key.deletedAt === null && (end === null || now < end)
}
