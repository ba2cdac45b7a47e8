/** Get and list, as of now or of an earlier revision. */
import type { Cluster } from '../cluster.ts'
import { badRequest, expired, notFound } from '../failures.ts'
import { type JsonObject, type KubeObject } from '../objects.ts'
import type { ResourceRequest } from './request.ts'
import { apiVersionOf, byResource, rowsOf } from './resources.ts'
import { parseFields, parseLabels } from './selectors.ts'

export function read(cluster: Cluster, { resource, namespace, name = '' }: ResourceRequest): KubeObject {
  const found = cluster.store.get(rowsOf(resource), namespace, name, cluster.heldAt ?? Infinity)
  if (found === undefined) throw notFound(byResource(resource), name)
  return found
}

/** Whether an object fits the label and field selectors of a list or watch. */
export function selection({ query, resource }: ResourceRequest): (object: KubeObject) => boolean {
  const byLabels = parseLabels(query.get('labelSelector') ?? '')
  const byFields = parseFields(query.get('fieldSelector') ?? '', resource.plural)
  return (object) => byLabels(object.metadata.labels ?? {}) && byFields(object)
}

interface Continue {
  readonly revision: number
  readonly start: string
}

/** A list of one revision, in pages where `limit` asks for them: later pages show the cluster as the first one did. */
export function list(cluster: Cluster, request: ResourceRequest): JsonObject {
  const { resource, namespace, query } = request
  const token = query.get('continue') || null
  const from = token === null ? null : parseContinue(token)
  const revision = from?.revision ?? cluster.heldAt ?? cluster.store.revision
  if (revision < cluster.store.compacted) {
    throw expired('The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.')
  }
  const all = cluster.store.list(rowsOf(resource), namespace, revision).filter(selection(request))
  const rest = from === null ? all : all.filter((object) => rowOf(object, namespace) >= from.start)
  const limit = Number(query.get('limit') ?? 0)
  const items = limit > 0 ? rest.slice(0, limit) : rest
  const left = rest.length - items.length
  const last = items.at(-1)
  const more = left > 0 && last !== undefined ? { continue: continueToken(revision, rowOf(last, namespace)) } : {}
  const counted = left > 0 && !query.has('labelSelector') && !query.has('fieldSelector') ? { remainingItemCount: left } : {}
  const metadata = { resourceVersion: String(revision), ...more, ...counted }
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items: items.map(bare) }
}

/** Items of a list do not repeat what the list says of them all. */
function bare({ kind: _kind, apiVersion: _version, ...object }: KubeObject): JsonObject {
  return object as unknown as JsonObject
}

function rowOf({ metadata }: KubeObject, namespace: string | undefined): string {
  return namespace === undefined && metadata.namespace !== undefined ? `${metadata.namespace}/${metadata.name}` : metadata.name
}

/** The token of a real server (`meta.k8s.io/v1`): base64 of the revision and the first key not yet seen. */
function continueToken(revision: number, last: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${last}\0` })).toString('base64url')
}

function parseContinue(token: string): Continue {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { v: string; rv: number; start: string }
    if (v === 'meta.k8s.io/v1' && Number.isInteger(rv) && typeof start === 'string') return { revision: rv, start }
  } catch {
    // answered below
  }
  throw badRequest('continue key is not valid: the token is not one of this server')
}
