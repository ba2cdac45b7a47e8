/** PATCH in its four kinds. */
import type { Cluster } from '../cluster.ts'
import { badRequest, forbidden, invalid, invalidField, notFound, unsupportedMediaType } from '../failures.ts'
import { isObject, type Json, type JsonObject, type KubeObject } from '../objects.ts'
import { applyClaim } from './apply.ts'
import { DecodeError } from './decode.ts'
import { goMap, patchedText } from './go-text.ts'
import { jsonPatch, mergePatch } from './patches.ts'
import type { ResourceRequest } from './request.ts'
import { apiVersionOf, byResource, type Resource, rowsOf } from './resources.ts'
import { strategicPatch } from './strategic.ts'
import { create, update, type WriteOptions } from './writes.ts'

const JSON_PATCH = 'application/json-patch+json'
const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const APPLY = 'application/apply-patch+yaml'

export interface Patched {
  readonly object: KubeObject
  readonly created: boolean
}

/** `mayCreate` says whether the caller may also create, which an apply to nothing needs. */
export function patch(
  cluster: Cluster,
  request: ResourceRequest,
  contentType: string,
  body: Json,
  options: WriteOptions,
  mayCreate: () => string | null,
): Patched {
  const { resource, namespace, name = '' } = request
  const old = cluster.store.get(rowsOf(resource), namespace, name)
  if (contentType === APPLY) return applied(cluster, request, old, body, options, mayCreate)
  if (![JSON_PATCH, MERGE, STRATEGIC].includes(contentType)) throw unsupportedMediaType([JSON_PATCH, MERGE, STRATEGIC, APPLY])
  if (request.query.has('force'))
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [invalidField('force', true, 'may not be specified for non-apply patch')])
  if (old === undefined) throw notFound(byResource(resource), name)
  return { object: update(cluster, resource, old, wantedBy(resource, old, contentType, body), options), created: false }
}

function wantedBy(resource: Resource, old: KubeObject, contentType: string, body: Json): JsonObject {
  const current = structuredClone(old) as unknown as JsonObject
  if (contentType !== JSON_PATCH && !isObject(body))
    throw badRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}')
  const patched =
    contentType === JSON_PATCH ? jsonPatch(current, body) : contentType === MERGE ? mergePatch(current, body) : strategicPatch(current, body as JsonObject)
  try {
    return resource.decode(patched as JsonObject)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    // the real server repeats the whole object here, values of other keys included: clients must survive it
    const shown = contentType === STRATEGIC ? goMap(body) : patchedText(patched as JsonObject, contentType === MERGE ? body : null)
    throw invalid({ group: '', kind: '' }, '', [invalidField('patch', shown, error.message)])
  }
}

function applied(
  cluster: Cluster,
  request: ResourceRequest,
  old: KubeObject | undefined,
  body: Json,
  options: WriteOptions,
  mayCreate: () => string | null,
): Patched {
  const { resource, namespace, name = '', query } = request
  if (!query.get('fieldManager')) {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      { field: 'fieldManager', reason: 'FieldValueRequired', text: 'Required value: is required for apply patch' },
    ])
  }
  if (!isObject(body)) throw badRequest('error decoding YAML: the sandbox reads applies as JSON')
  if (body['apiVersion'] !== apiVersionOf(resource) || body['kind'] !== resource.kind)
    throw badRequest(`Object 'Kind' or 'apiVersion' is missing or wrong in an apply to ${resource.plural}`)
  const claim = decodedClaim(resource, body)
  const writer = { ...options.writer, operation: 'Apply' as const }
  const wanted = applyClaim(old ?? null, claim, writer, query.get('force') === 'true')
  if (old !== undefined) return { object: update(cluster, resource, old, wanted, { ...options, writer, claim }), created: false }
  const refused = mayCreate()
  if (refused !== null) throw forbidden(byResource(resource), name, refused)
  const named = { ...wanted, metadata: { ...(wanted['metadata'] as JsonObject), name } }
  return { object: create(cluster, resource, namespace, named, { ...options, writer, claim }), created: true }
}

function decodedClaim(resource: Resource, body: JsonObject): JsonObject {
  try {
    return resource.decode(body)
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message)
    throw error
  }
}
