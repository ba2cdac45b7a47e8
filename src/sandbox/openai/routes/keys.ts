/** Keys of a project: list, look up, change, delete, and birth on a service account. */
import { badRequest, unknownUrl } from '../errors.ts'
import { type ApiAnswer, type ApiRequest, ok } from '../exchange.ts'
import { accountOf, activeProjectOf, addKey, checkLife, deleteKey, keyOf, projectOf, updateKey } from '../lifecycle.ts'
import { pageOf } from '../pages.ts'
import { accessOf, bornKeyJson, keyJson } from '../render.ts'
import { type Cloud, type CloudKey, versionAt } from '../state.ts'

const ACCESS = ['active', 'inactive', 'any']

/** The list as it was `listDelayMs` ago. Without `owner_project_access` some enabled keys are left out. */
export function listKeys(cloud: Cloud, request: ApiRequest, [project = '']: readonly string[]): ApiAnswer {
  projectOf(cloud, project)
  const access = request.query.get('owner_project_access')
  if (access !== null && !ACCESS.includes(access)) throw badRequest(`Invalid value: '${access}'.`, 'owner_project_access', 'invalid_value')
  const then = cloud.now() - cloud.options.listDelayMs
  const seen = cloud.keys.flatMap((key) => {
    const version = versionAt(key, then)
    const there = key.project === project && version !== undefined && (key.deletedAt === null || key.deletedAt > then)
    return there && isAsked(cloud, key, access) ? [keyJson(cloud, key, version)] : []
  })
  return ok(pageOf(seen, request.query))
}

export function getKey(cloud: Cloud, _request: ApiRequest, [project = '', id = '']: readonly string[]): ApiAnswer {
  return ok(keyJson(cloud, keyOf(cloud, project, id)))
}

export function postKey(cloud: Cloud, request: ApiRequest, [project = '', id = '']: readonly string[]): ApiAnswer {
  activeProjectOf(cloud, project)
  const key = keyOf(cloud, project, id)
  const { scopes, expires_in_seconds: life } = request.body ?? {}
  if (scopes === undefined && life === undefined) throw badRequest('At least one of scopes and expires_in_seconds must be given.')
  if (scopes === null || life === null) throw badRequest('scopes and expires_in_seconds may not be null.')
  const wanted = scopes === undefined ? undefined : scopesOf(scopes)
  const seconds = life === undefined ? null : checkLife(cloud, life)
  updateKey(cloud, key, { ...(wanted === undefined ? {} : { scopes: wanted }), ...(seconds === null ? {} : { expiresInSeconds: seconds }) })
  return ok(keyJson(cloud, key), `update key ${id}`)
}

export function deleteProjectKey(cloud: Cloud, _request: ApiRequest, [project = '', id = '']: readonly string[]): ApiAnswer {
  const key = keyOf(cloud, project, id)
  if (key.owner.kind === 'service_account' && cloud.options.keyDelete === 'refused-for-service-accounts') {
    throw badRequest('API keys that belong to a service account cannot be deleted. Delete the service account instead.')
  }
  deleteKey(cloud, key)
  return ok({ object: 'organization.project.api_key.deleted', id, deleted: true }, `delete key ${id}`)
}

export function createKey(cloud: Cloud, request: ApiRequest, [project = '', account = '']: readonly string[]): ApiAnswer {
  if (cloud.options.serviceAccountKeys === 'refused') throw unknownUrl(request.method, request.path)
  activeProjectOf(cloud, project)
  const owner = accountOf(cloud, project, account)
  const { name = 'Secret Key', scopes } = request.body ?? {}
  if (typeof name !== 'string') throw badRequest("Invalid type for 'name': expected a string.", 'name', 'invalid_type')
  const { key, value } = addKey(cloud, {
    project,
    owner: { kind: 'service_account', id: owner.id },
    name,
    scopes: scopes === undefined || scopes === null ? null : scopesOf(scopes),
    expiresInSeconds: checkLife(cloud, request.body?.['expires_in_seconds']),
  })
  return ok(bornKeyJson(key, value), `create key ${key.id}`)
}

/** A set of scopes, or the answer to anything else. */
export function scopesOf(given: unknown): readonly string[] {
  if (Array.isArray(given) && given.every((scope) => typeof scope === 'string' && /^[a-z][a-z_.]*$/.test(scope))) return given
  throw badRequest("Invalid 'scopes': expected a list of scope names.", 'scopes', 'invalid_value')
}

function isAsked(cloud: Cloud, key: CloudKey, access: string | null): boolean {
  if (access === 'any') return true
  if (access === null) return !key.hidden && accessOf(cloud, key) === 'active'
  return accessOf(cloud, key) === access
}
