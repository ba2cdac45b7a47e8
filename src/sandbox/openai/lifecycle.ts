/** What can happen to projects, accounts and keys. Both the API's routes and the tests' own hands go through here. */
import { ApiFailure, badRequest, notFound } from './errors.ts'
import { digestOf, fingerprintOf, newId, newKeyValue, redact } from './keys.ts'
import { type Cloud, type CloudKey, type Project, type ServiceAccount, isAlive, latest } from './state.ts'

const YEAR_SECONDS = 31_536_000

export interface NewKey {
  readonly project: string
  readonly owner: { readonly kind: 'user' | 'service_account'; readonly id: string }
  readonly name: string
  readonly scopes?: readonly string[] | null
  readonly expiresInSeconds?: number | null
  /** A given value instead of a drawn one. */
  readonly value?: string
  /** How long ago the key was born (ms); older than every delay, it works and is listed at once. */
  readonly ageMs?: number
  readonly ownerAccess?: 'active' | 'inactive'
  readonly hidden?: boolean
}

export function addProject(cloud: Cloud, name: string, ageMs = 0): Project {
  const project: Project = {
    id: newId('proj_'),
    createdAt: cloud.now() - ageMs,
    name,
    archivedAt: null,
    spendLimitCents: null,
    spendAlerts: [],
    models: null,
    rateLimits: {},
  }
  cloud.projects.push(project)
  return project
}

export function addServiceAccount(cloud: Cloud, project: string, name: string, more: { role?: 'member' | 'none'; ageMs?: number } = {}): ServiceAccount {
  const account: ServiceAccount = {
    id: newId('user-'),
    project,
    createdAt: cloud.now() - (more.ageMs ?? 0),
    name,
    role: more.role ?? 'member',
    deletedAt: null,
  }
  cloud.accounts.push(account)
  cloud.audit('service_account.created', account.id, project, { data: { role: account.role } }, account.createdAt)
  return account
}

/** Makes a key; its value is returned here and kept nowhere. */
export function addKey(cloud: Cloud, wanted: NewKey): { key: CloudKey; value: string } {
  const value = wanted.value ?? newKeyValue(wanted.owner.kind === 'user' ? 'proj' : 'svcacct')
  const createdAt = cloud.now() - (wanted.ageMs ?? 0)
  const scopes = wanted.scopes ?? null
  const key: CloudKey = {
    id: newId('key_'),
    project: wanted.project,
    owner: wanted.owner,
    ownerAccess: wanted.ownerAccess ?? 'active',
    hidden: wanted.hidden ?? false,
    digest: digestOf(value),
    fingerprint: fingerprintOf(value),
    redacted: redact(value, cloud.options.redactedTail),
    createdAt,
    versions: [{ at: createdAt, name: wanted.name, expiresAt: endOf(cloud, wanted.expiresInSeconds), scopes }],
    deletedAt: null,
    late: 0,
    uses: [],
  }
  cloud.keys.push(key)
  cloud.audit('api_key.created', key.id, key.project, { data: { scopes: scopes ?? [] } }, createdAt)
  return { key, value }
}

/** Changes scopes and end together. An end counts from now; an expired key cannot be changed any more. */
export function updateKey(cloud: Cloud, key: CloudKey, change: { scopes?: readonly string[]; expiresInSeconds?: number }): void {
  const before = latest(key)
  if (!isAlive(key, cloud.now())) throw badRequest('Expired API keys cannot be updated.')
  key.versions = [
    ...key.versions,
    {
      at: cloud.now(),
      name: before.name,
      scopes: change.scopes ?? before.scopes,
      expiresAt: change.expiresInSeconds === undefined ? before.expiresAt : endOf(cloud, change.expiresInSeconds),
    },
  ]
  cloud.audit('api_key.updated', key.id, key.project, { changes_requested: change.scopes === undefined ? {} : { scopes: change.scopes } })
}

export function deleteKey(cloud: Cloud, key: CloudKey): void {
  key.deletedAt = cloud.now()
  cloud.audit('api_key.deleted', key.id, key.project)
}

/** Takes all keys of the account with it. */
export function deleteAccount(cloud: Cloud, account: ServiceAccount): void {
  account.deletedAt = cloud.now()
  for (const key of cloud.keys) if (key.owner.id === account.id && key.deletedAt === null) deleteKey(cloud, key)
  cloud.audit('service_account.deleted', account.id, account.project)
}

/** Refuses a wish about a key's end that the API, or the organization's policy, would refuse. */
export function checkLife(cloud: Cloud, seconds: unknown): number | null {
  const bound = cloud.options.maxLifetimeSeconds
  if (seconds === undefined || seconds === null) {
    if (bound === null) return null
    throw badRequest(`expires_in_seconds is required by your organization's policy and must be at most ${bound}.`, 'expires_in_seconds')
  }
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > YEAR_SECONDS) {
    throw badRequest(`Invalid 'expires_in_seconds': expected an integer between 1 and ${YEAR_SECONDS}.`, 'expires_in_seconds')
  }
  if (bound !== null && seconds > bound) {
    throw badRequest(`expires_in_seconds exceeds the maximum lifetime of ${bound} set by your organization's policy.`, 'expires_in_seconds')
  }
  return seconds
}

export function projectOf(cloud: Cloud, id: string): Project {
  const project = cloud.projects.find((candidate) => candidate.id === id)
  if (project === undefined) throw notFound('project', id)
  return project
}

export function activeProjectOf(cloud: Cloud, id: string): Project {
  const project = projectOf(cloud, id)
  if (project.archivedAt !== null) throw new ApiFailure(400, 'You can only update an active project.', { code: 'project_archived' })
  return project
}

export function accountOf(cloud: Cloud, project: string, id: string): ServiceAccount {
  const account = cloud.accounts.find((candidate) => candidate.id === id && candidate.project === project && candidate.deletedAt === null)
  if (account === undefined) throw notFound('service account', id)
  return account
}

export function keyOf(cloud: Cloud, project: string, id: string): CloudKey {
  const key = cloud.keys.find((candidate) => candidate.id === id && candidate.project === project && candidate.deletedAt === null)
  if (key === undefined) throw notFound('API key', id)
  return key
}

function endOf(cloud: Cloud, seconds: number | null | undefined): number | null {
  if (seconds === undefined || seconds === null) return null
  return (Math.floor(cloud.now() / 1000) + seconds) * 1000
}
