/** Projects and their service accounts. */
import { adminKeyFor } from '../access.ts'
import { badRequest, missingScope } from '../errors.ts'
import { type ApiAnswer, type ApiRequest, ok } from '../exchange.ts'
import { accountOf, activeProjectOf, addKey, addServiceAccount, checkLife, deleteAccount, projectOf } from '../lifecycle.ts'
import { pageOf } from '../pages.ts'
import { accountJson, bornKeyJson, projectJson } from '../render.ts'
import type { Cloud } from '../state.ts'

/** The projects that the admin key may see. */
export function listProjects(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const all = request.query.get('include_archived') === 'true'
  const { projects: own } = adminKeyFor(cloud, request.key)
  const seen = cloud.projects.filter((project) => (all || project.archivedAt === null) && (own === null || own.includes(project.id)))
  return ok(pageOf(seen.map(projectJson), request.query))
}

export function getProject(cloud: Cloud, _request: ApiRequest, [id = '']: readonly string[]): ApiAnswer {
  return ok(projectJson(projectOf(cloud, id)))
}

export function listAccounts(cloud: Cloud, request: ApiRequest, [project = '']: readonly string[]): ApiAnswer {
  projectOf(cloud, project)
  const then = cloud.now() - cloud.options.listDelayMs
  const seen = cloud.accounts.filter(
    (account) => account.project === project && account.createdAt <= then && (account.deletedAt === null || account.deletedAt > then),
  )
  return ok(pageOf(seen.map(accountJson), request.query))
}

export function getAccount(cloud: Cloud, _request: ApiRequest, [project = '', id = '']: readonly string[]): ApiAnswer {
  return ok(accountJson(accountOf(cloud, project, id)))
}

/** A new account with its first key, or bare with `create_service_account_only`. Names need not be unique. */
export function createAccount(cloud: Cloud, request: ApiRequest, [project = '']: readonly string[]): ApiAnswer {
  if (cloud.options.serviceAccountCreate === 'refused') throw missingScope(403, 'api.management.write')
  activeProjectOf(cloud, project)
  const { name, create_service_account_only: bare, expires_in_seconds: life } = request.body ?? {}
  if (typeof name !== 'string' || name === '') throw badRequest("Missing required parameter: 'name'.", 'name', 'missing_required_parameter')
  if (bare === true) {
    if (life !== undefined && life !== null) throw badRequest('expires_in_seconds cannot be used with create_service_account_only.', 'expires_in_seconds')
    const account = addServiceAccount(cloud, project, name, { role: 'none' })
    return ok({ ...accountJson(account), api_key: null }, `create service account ${account.id}`)
  }
  const expiresInSeconds = checkLife(cloud, life)
  const account = addServiceAccount(cloud, project, name)
  const { key, value } = addKey(cloud, { project, owner: { kind: 'service_account', id: account.id }, name: 'Secret Key', expiresInSeconds })
  return ok({ ...accountJson(account), api_key: bornKeyJson(key, value) }, `create service account ${account.id}, create key ${key.id}`)
}

export function updateAccount(cloud: Cloud, request: ApiRequest, [project = '', id = '']: readonly string[]): ApiAnswer {
  activeProjectOf(cloud, project)
  const account = accountOf(cloud, project, id)
  const { name, role } = request.body ?? {}
  if (name !== undefined && typeof name !== 'string') throw badRequest("Invalid type for 'name': expected a string.", 'name', 'invalid_type')
  if (role !== undefined && role !== 'member' && role !== 'owner') throw badRequest("Invalid value for 'role'.", 'role', 'invalid_value')
  if (name !== undefined) account.name = name
  if (role !== undefined) account.role = role
  cloud.audit('service_account.updated', id, project, { changes_requested: role === undefined ? {} : { role } })
  return ok(accountJson(account), `update service account ${id}`)
}

export function removeAccount(cloud: Cloud, _request: ApiRequest, [project = '', id = '']: readonly string[]): ApiAnswer {
  deleteAccount(cloud, accountOf(cloud, project, id))
  return ok({ object: 'organization.project.service_account.deleted', id, deleted: true }, `delete service account ${id}`)
}
