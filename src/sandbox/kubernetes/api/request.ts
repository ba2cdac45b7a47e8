/** What a URL asks for (`k8s.io/apiserver/pkg/endpoints/request`). */
import { noSuchResource } from '../failures.ts'
import { type Resource, RESOURCES } from './resources.ts'
import { nameSelected } from './selectors.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

export interface ResourceRequest {
  readonly verb: Verb
  readonly resource: Resource
  readonly subresource: '' | 'status'
  /** Absent for kinds without one, and for lists across all namespaces. */
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly query: URLSearchParams
}

const PATH =
  /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+))?(?:\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[^/]+))?)?)?\/?$/

/** The request of a path below `/api` or `/apis`, or `null` when it names no resource. A resource that is not served is a 404. */
export function requestOf(method: string, path: string, query: URLSearchParams): ResourceRequest | null {
  const found = PATH.exec(path)?.groups
  if (found === undefined) return null
  const aboutNamespace = found['namespace'] !== undefined && (found['plural'] === undefined || found['plural'] === 'status')
  const isCollection = found['plural'] === 'namespaces' && found['namespace'] === undefined
  const plural = aboutNamespace || isCollection ? 'namespaces' : found['plural']
  if (plural === undefined) return null
  const resource = RESOURCES.find((known) => known.plural === plural && known.group === (found['group'] ?? '') && known.version === (found['version'] ?? 'v1'))
  const subresource = aboutNamespace ? (found['plural'] ?? '') : (found['sub'] ?? '')
  if (resource === undefined || (subresource !== '' && !(subresource === 'status' && resource.status))) throw noSuchResource()
  const name = aboutNamespace ? found['namespace'] : found['name']
  const verb = verbOf(method, name, query)
  const namespace = resource.namespaced ? found['namespace'] : undefined
  const selected = verb === 'list' || verb === 'watch' || verb === 'deletecollection' ? nameSelected(query.get('fieldSelector')) : undefined
  return { verb, resource, subresource: subresource === 'status' ? 'status' : '', namespace, name: name ?? selected, query }
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): Verb {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete'
    default: {
      const watch = query.get('watch')
      if (watch === 'true' || watch === '1') return 'watch'
      return name === undefined ? 'list' : 'get'
    }
  }
}
