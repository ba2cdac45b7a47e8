/** Who may do what: caches that lag behind the truth, ends, scopes. */
import { invalidKey, missingScope, modelNotFound, NAMED_FAILURES, noKey } from './errors.ts'
import { digestOf } from './keys.ts'
import { type AdminKey, type Cloud, type CloudKey, latest, versionAt } from './state.ts'

/** Whether the front door lets this key in right now. Counts the look: after deletion every other call is still let in. */
export function accepts(cloud: Cloud, key: CloudKey): boolean {
  const now = cloud.now()
  const end = latest(key).expiresAt
  if (end !== null && now >= end) return false
  if (now < key.createdAt + cloud.options.createDelayMs) return false
  if (key.deletedAt === null) return true
  if (now >= key.deletedAt + cloud.options.deleteDelayMs) return false
  key.late += 1
  return key.late % 2 === 1
}

/** The project key behind a bearer value, or the answer that a wrong one gets. */
export function projectKeyFor(cloud: Cloud, value: string | null, scope: string): CloudKey {
  if (value === null || value === '') throw noKey()
  if (adminKeyOf(cloud, value) !== undefined) throw missingScope(403, scope)
  const digest = digestOf(value)
  const key = cloud.keys.find((candidate) => candidate.digest === digest)
  if (key === undefined || !accepts(cloud, key)) throw invalidKey(value)
  if (cloud.projects.find((project) => project.id === key.project)?.archivedAt != null) throw archived()
  if (!allowedScopes(cloud, key).some((given) => grants(given, scope))) throw missingScope(401, scope)
  key.uses.push(cloud.now())
  return key
}

/** The admin key behind a bearer value; project keys are known and refused, others are unknown. */
export function adminKeyFor(cloud: Cloud, value: string | null): AdminKey {
  if (value === null || value === '') throw noKey()
  const admin = adminKeyOf(cloud, value)
  if (admin !== undefined && admin.expiresAt !== null && cloud.now() >= admin.expiresAt) throw invalidKey(value)
  if (admin !== undefined) {
    admin.lastUsedAt = cloud.now()
    return admin
  }
  const digest = digestOf(value)
  const key = cloud.keys.find((candidate) => candidate.digest === digest)
  if (key !== undefined && accepts(cloud, key)) throw missingScope(403, 'api.management.read')
  throw invalidKey(value)
}

/** Refuses an admin key in a project that is not among those it was made for. */
export function keepToProjects(admin: AdminKey, project: string): void {
  if (admin.projects !== null && !admin.projects.includes(project)) throw missingScope(403, 'api.management.read')
}

/** The model, when the key's project may use it. */
export function modelFor(cloud: Cloud, key: CloudKey, model: string): string {
  const allowed = cloud.projects.find((project) => project.id === key.project)?.models ?? cloud.options.models
  if (!allowed.includes(model) || !cloud.options.models.includes(model)) throw modelNotFound(model)
  return model
}

function adminKeyOf(cloud: Cloud, value: string): AdminKey | undefined {
  const digest = digestOf(value)
  return cloud.adminKeys.find((candidate) => candidate.digest === digest)
}

/** Scopes as the authentication cache knows them: a change arrives as late as a new key does. */
function allowedScopes(cloud: Cloud, key: CloudKey): readonly string[] {
  const account = cloud.accounts.find((candidate) => candidate.id === key.owner.id)
  if (account?.role === 'none') return []
  const version = versionAt(key, cloud.now() - cloud.options.createDelayMs) ?? latest(key)
  return version.scopes === null || version.scopes.length === 0 ? ['*'] : version.scopes
}

function grants(given: string, wanted: string): boolean {
  if (given === '*' || given === wanted || given === 'api.all' || given === 'api.all.write') return true
  if (given === 'api.all.read') return wanted.endsWith('.read')
  return wanted === 'api.responses.write' && (given === 'api.model.request' || given === 'model.request')
}

function archived(): Error {
  return NAMED_FAILURES['project-archived'] ?? new Error('project archived')
}
