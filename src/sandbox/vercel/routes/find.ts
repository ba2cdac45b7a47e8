/** Which project a request means, and whether this caller may know of it. */
import { type ApiRequest, forbidden, notFound } from '../exchange.ts'
import { type Cloud, type Deployment, type Project, visible } from '../state.ts'

/** Refuses a team that the token does not belong to. */
export function scopeOf(cloud: Cloud, request: ApiRequest): 'team' | 'person' {
  const [id, slug] = [request.query.get('teamId'), request.query.get('slug')]
  if (id === null && slug === null) return 'person'
  if (cloud.team === null || (id !== null && id !== cloud.team.id) || (id === null && slug !== cloud.team.slug)) throw forbidden()
  return 'team'
}

/** Projects of a team are not there for who does not name the team. */
export function projectsFor(cloud: Cloud, request: ApiRequest): readonly Project[] {
  return (scopeOf(cloud, request) === 'team') === (cloud.team !== null) ? cloud.projects : []
}

export function projectFor(cloud: Cloud, request: ApiRequest, idOrName: string): Project {
  const project = projectsFor(cloud, request).find(({ id, name }) => id === idOrName || name === idOrName)
  if (project === undefined) throw notFound('Project')
  return project
}

/** A deployment by its id, its own address, or a name that points to it. */
export function deploymentFor(cloud: Cloud, request: ApiRequest, idOrUrl: string): { readonly project: Project; readonly deployment: Deployment } {
  const id = cloud.names.get(idOrUrl)?.deployment ?? idOrUrl
  for (const project of projectsFor(cloud, request)) {
    const deployment = visible(cloud, project).find((candidate) => candidate.id === id || candidate.url === id)
    if (deployment !== undefined) return { project, deployment }
  }
  throw notFound('Deployment')
}
