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
  /** Models the project may use; `null` = all. */
  models: readonly string[] | null
}

export interface AdminKey {
  readonly id: string
  readonly name: string
  readonly digest: string
  readonly fingerprint: string
  readonly redacted: string
  readonly createdAt: number
  lastUsedAt: number | null
}

/** One inference call that was accepted. */
export interface Call {
  readonly at: number
  readonly key: string
  readonly project: string
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface AuditEvent {
  readonly id: string
  readonly type: string
  readonly at: number
  readonly actor: string
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
    this.adminKeys.push({
      id: newId('key_'),
      name: 'Sandbox owner',
      digest: digestOf(this.adminKey),
      fingerprint: fingerprintOf(this.adminKey),
      redacted: redact(this.adminKey, options.redactedTail),
      createdAt: this.now(),
      lastUsedAt: null,
    })
  }

  /** The sandbox's own time, Unix ms. */
  now(): number {
    return this.options.clock() + this.offset
  }

  /** Records an event, if the organization keeps a log. `at` is now, but for what is made older than it is. */
  audit(type: string, resource: string, project: string, details: Record<string, unknown> = {}, at = this.now()): void {
    if (!this.options.auditLog) return
    this.events.push({ id: newId('audit_log-'), type, at, actor: this.adminKeys[0]?.id ?? '', resource, project, details })
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
