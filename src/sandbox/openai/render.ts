/** The JSON the API shows of what the cloud holds. */
import { type AdminKey, type AuditEvent, type Cloud, type CloudKey, type KeyVersion, type Project, type ServiceAccount, type Session, latest } from './state.ts'

export const seconds = (ms: number): number => Math.floor(ms / 1000)
const secondsOrNull = (ms: number | null): number | null => (ms === null ? null : seconds(ms))

export function projectJson(project: Project) {
  return {
    id: project.id,
    object: 'organization.project',
    name: project.name,
    created_at: seconds(project.createdAt),
    archived_at: secondsOrNull(project.archivedAt),
    status: project.archivedAt === null ? 'active' : 'archived',
  }
}

export function accountJson(account: ServiceAccount) {
  return { object: 'organization.project.service_account', id: account.id, name: account.name, role: account.role, created_at: seconds(account.createdAt) }
}

/** A key as lists and look-ups show it: redacted, without scopes. `version` may be an older one than the truth. */
export function keyJson(cloud: Cloud, key: CloudKey, version: KeyVersion = latest(key)) {
  return {
    object: 'organization.project.api_key',
    id: key.id,
    name: version.name,
    redacted_value: key.redacted,
    created_at: seconds(key.createdAt),
    last_used_at: lastUsed(cloud, key),
    expires_at: secondsOrNull(version.expiresAt),
    owner_project_access: accessOf(cloud, key),
    owner: key.owner.kind === 'user' ? { type: 'user', user: personJson(cloud, key) } : { type: 'service_account', service_account: ownerJson(cloud, key) },
  }
}

/** A key at its birth: the only answer that holds a value. */
export function bornKeyJson(key: CloudKey, value: string) {
  const { name, expiresAt } = latest(key)
  return {
    object: 'organization.project.service_account.api_key',
    id: key.id,
    name,
    value,
    created_at: seconds(key.createdAt),
    expires_at: secondsOrNull(expiresAt),
  }
}

export function adminKeyJson(cloud: Cloud, key: AdminKey) {
  return {
    object: 'organization.admin_api_key',
    id: key.id,
    name: key.name,
    redacted_value: key.redacted,
    created_at: seconds(key.createdAt),
    expires_at: secondsOrNull(key.expiresAt),
    last_used_at: secondsOrNull(key.lastUsedAt),
    owner: { type: 'user', object: 'organization.user', id: cloud.person.id, name: cloud.person.name, created_at: seconds(key.createdAt), role: 'owner' },
  }
}

export function eventJson(cloud: Cloud, event: AuditEvent) {
  return {
    id: event.id,
    type: event.type,
    effective_at: seconds(event.at),
    project: { id: event.project, name: cloud.projects.find((project) => project.id === event.project)?.name ?? event.project },
    actor: actorJson(cloud, event.actor),
    [event.type]: { id: event.resource, ...event.details },
  }
}

function actorJson(cloud: Cloud, actor: string | Session) {
  const user = { id: cloud.person.id, email: typeof actor === 'string' ? cloud.person.email : actor.email }
  if (typeof actor === 'string') return { type: 'api_key', api_key: { id: actor, type: 'user', user } }
  return { type: 'session', session: { user, ip_address: actor.ip } }
}

/** Whether the owner still has access to the project. */
export function accessOf(cloud: Cloud, key: CloudKey): 'active' | 'inactive' {
  const account = cloud.accounts.find((candidate) => candidate.id === key.owner.id)
  return account?.role === 'none' ? 'inactive' : key.ownerAccess
}

/** The last call but for the latest ones, rounded down; never before the key's birth. */
export function lastUsed(cloud: Cloud, key: CloudKey): number | null {
  const { lastUsedLagMs, lastUsedGranularityMs } = cloud.options
  const use = key.uses.findLast((at) => at <= cloud.now() - lastUsedLagMs)
  if (use === undefined) return null
  const step = Math.max(1, lastUsedGranularityMs)
  return seconds(Math.max(key.createdAt, Math.floor(use / step) * step))
}

function personJson(cloud: Cloud, key: CloudKey) {
  return { id: key.owner.id, email: cloud.person.email, name: cloud.person.name, role: 'member', created_at: seconds(key.createdAt) }
}

function ownerJson(cloud: Cloud, key: CloudKey) {
  const account = cloud.accounts.find((candidate) => candidate.id === key.owner.id)
  return {
    id: key.owner.id,
    name: account?.name ?? '',
    role: account?.role ?? 'none',
    created_at: seconds(account?.createdAt ?? key.createdAt),
  }
}
