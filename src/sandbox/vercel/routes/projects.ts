/** Projects, their names, environments and rolling releases, and the team. */
import { type ApiAnswer, type ApiRequest, notFound, ok } from '../exchange.ts'
import { customEnvironmentJson, releaseJson } from '../render.ts'
import { namesJson, projectJson, teamJson } from '../render-project.ts'
import type { Cloud } from '../state.ts'
import { projectFor, projectsFor } from './find.ts'

export function readProject(cloud: Cloud, request: ApiRequest, [idOrName = '']: readonly string[]): ApiAnswer {
  return ok(projectJson(cloud, projectFor(cloud, request, idOrName)))
}

export function listCustomEnvironments(cloud: Cloud, request: ApiRequest, [idOrName = '']: readonly string[]): ApiAnswer {
  const { customEnvironments } = projectFor(cloud, request, idOrName)
  return ok({ accountLimit: { total: 12 }, environments: customEnvironments.map(customEnvironmentJson) })
}

export function readRelease(cloud: Cloud, request: ApiRequest, [idOrName = '']: readonly string[]): ApiAnswer {
  return ok(releaseJson(projectFor(cloud, request, idOrName)))
}

/** Names of one project, or of all that the caller may see. */
export function listNames(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const wanted = request.query.get('projectId')
  const projects = wanted === null ? projectsFor(cloud, request) : [projectFor(cloud, request, wanted)]
  const aliases = namesJson(cloud, projects)
  return ok({ aliases, pagination: { count: aliases.length, next: null, prev: null } })
}

export function readTeam(cloud: Cloud, _request: ApiRequest, [id = '']: readonly string[]): ApiAnswer {
  if (cloud.team === null || ![cloud.team.id, cloud.team.slug].includes(id)) throw notFound('Team')
  return ok(teamJson(cloud))
}
