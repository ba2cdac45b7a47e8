/** The table of what the cloud answers. */
import { pump } from './builds.ts'
import { type ApiAnswer, ApiFailure, type ApiRequest, forbidden } from './exchange.ts'
import { createDeployment, listDeployments, promoteDeployment, readDeployment, rollBackDeployment, triggerHook } from './routes/deployments.ts'
import { listCustomEnvironments, listNames, readProject, readRelease, readTeam } from './routes/projects.ts'
import { changeVariable, createVariables, listShared, listVariables, readVariable, removeVariable } from './routes/variables.ts'
import type { Cloud } from './state.ts'

type Handler = (cloud: Cloud, request: ApiRequest, parts: readonly string[]) => ApiAnswer | Promise<ApiAnswer>

/** Method, path (`:` stands for one segment), handler. */
export const ROUTES: readonly (readonly [string, string, Handler])[] = [
  ['GET', '/v10/projects/:/env', listVariables],
  ['GET', '/v9/projects/:/env', listVariables],
  ['POST', '/v10/projects/:/env', createVariables],
  ['GET', '/v1/projects/:/env/:', readVariable],
  ['PATCH', '/v9/projects/:/env/:', changeVariable],
  ['PATCH', '/v10/projects/:/env/:', changeVariable],
  ['DELETE', '/v9/projects/:/env/:', removeVariable],
  ['DELETE', '/v10/projects/:/env/:', removeVariable],
  ['GET', '/v1/env', listShared],
  ['GET', '/v9/projects/:/custom-environments', listCustomEnvironments],
  ['GET', '/v9/projects/:', readProject],
  ['GET', '/v7/deployments', listDeployments],
  ['GET', '/v6/deployments', listDeployments],
  ['GET', '/v13/deployments/:', readDeployment],
  ['POST', '/v13/deployments', createDeployment],
  ['POST', '/v10/projects/:/promote/:', promoteDeployment],
  ['POST', '/v1/projects/:/rollback/:', rollBackDeployment],
  ['GET', '/v1/projects/:/rolling-release', readRelease],
  ['GET', '/v4/aliases', listNames],
  ['GET', '/v2/teams/:', readTeam],
  ['POST', '/v1/integrations/deploy/:/:', triggerHook],
]

/** Answers one request; a refusal is an answer too. */
export async function answer(cloud: Cloud, request: ApiRequest): Promise<ApiAnswer> {
  pump(cloud)
  try {
    for (const [method, pattern, handler] of ROUTES) {
      const parts = method === request.method ? partsOf(pattern, request.path) : null
      if (parts === null) continue
      if (handler !== triggerHook) authorise(cloud, request)
      return await handler(cloud, request, parts)
    }
    throw new ApiFailure(404, 'not_found', 'The requested API endpoint was not found')
  } catch (error) {
    if (error instanceof ApiFailure) return error.answer
    throw error
  }
}

function authorise(cloud: Cloud, { token }: ApiRequest): void {
  if (token === null) throw forbidden('The request is missing an authentication token', { missingToken: true })
  if (token !== cloud.token) throw forbidden('Not authorized', { invalidToken: true })
}

function partsOf(pattern: string, path: string): readonly string[] | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length || !wanted.every((part, index) => part === ':' || part === given[index])) return null
  return given.filter((_, index) => wanted[index] === ':').map(decodeURIComponent)
}
