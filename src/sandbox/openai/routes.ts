/** The table of what the cloud answers. */
import { adminKeyFor, keepToProjects } from './access.ts'
import { ApiFailure, unknownUrl } from './errors.ts'
import type { ApiAnswer, ApiRequest } from './exchange.ts'
import { createKey, deleteProjectKey, getKey, listKeys, postKey } from './routes/keys.ts'
import { createResponse, getModel, listModels } from './routes/models.ts'
import { getAdminKey, getModelPermissions, getSpendLimit, listAdminKeys, listAuditLogs, listSpendAlerts } from './routes/organization.ts'
import { createAccount, getAccount, getProject, listAccounts, listProjects, removeAccount, updateAccount } from './routes/projects.ts'
import { listRateLimits, updateRateLimit } from './routes/rate-limits.ts'
import { costs, usageOf } from './routes/usage.ts'
import { CALL_KINDS, type Cloud } from './state.ts'

type Handler = (cloud: Cloud, request: ApiRequest, parts: readonly string[]) => ApiAnswer

const PROJECT = '/organization/projects/:'

/** Method, path (`:` stands for one segment), handler. */
export const ROUTES: readonly (readonly [string, string, Handler])[] = [
  ['GET', '/models', listModels],
  ['GET', '/models/:', getModel],
  ['POST', '/responses', createResponse],
  ['GET', '/organization/projects', listProjects],
  ['GET', PROJECT, getProject],
  ['GET', `${PROJECT}/service_accounts`, listAccounts],
  ['POST', `${PROJECT}/service_accounts`, createAccount],
  ['GET', `${PROJECT}/service_accounts/:`, getAccount],
  ['POST', `${PROJECT}/service_accounts/:`, updateAccount],
  ['DELETE', `${PROJECT}/service_accounts/:`, removeAccount],
  ['POST', `${PROJECT}/service_accounts/:/api_keys`, createKey],
  ['GET', `${PROJECT}/api_keys`, listKeys],
  ['GET', `${PROJECT}/api_keys/:`, getKey],
  ['POST', `${PROJECT}/api_keys/:`, postKey],
  ['DELETE', `${PROJECT}/api_keys/:`, deleteProjectKey],
  ['GET', `${PROJECT}/rate_limits`, listRateLimits],
  ['POST', `${PROJECT}/rate_limits/:`, updateRateLimit],
  ['GET', `${PROJECT}/spend_limit`, getSpendLimit],
  ['GET', `${PROJECT}/spend_alerts`, listSpendAlerts],
  ['GET', `${PROJECT}/model_permissions`, getModelPermissions],
  ['GET', '/organization/admin_api_keys', listAdminKeys],
  ['GET', '/organization/admin_api_keys/:', getAdminKey],
  ['GET', '/organization/audit_logs', listAuditLogs],
  ...CALL_KINDS.map((kind) => ['GET', `/organization/usage/${kind}`, usageOf(kind)] as const),
  ['GET', '/organization/costs', costs],
]

/** Answers one request; a refusal is an answer too. */
export function answer(cloud: Cloud, request: ApiRequest): ApiAnswer {
  try {
    for (const [method, pattern, handler] of ROUTES) {
      const parts = method === request.method ? partsOf(pattern, request.path) : null
      if (parts === null) continue
      const admin = pattern.startsWith('/organization/') ? adminKeyFor(cloud, request.key) : null
      if (admin !== null && pattern.startsWith(PROJECT)) keepToProjects(admin, parts[0] ?? '')
      return handler(cloud, request, parts)
    }
    throw unknownUrl(request.method, request.path)
  } catch (error) {
    if (error instanceof ApiFailure) return { status: error.status, body: error.body, effect: null }
    throw error
  }
}

function partsOf(pattern: string, path: string): readonly string[] | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length || !wanted.every((part, index) => part === ':' || part === given[index])) return null
  return given.filter((_, index) => wanted[index] === ':')
}
