/** From a request to an answer: who asks, whether they may, and which act it is. */
import { allows, type Attributes, type Caller, refusal } from './access.ts'
import { DecodeError } from './api/decode.ts'
import { patch } from './api/patch.ts'
import { list, read } from './api/reads.ts'
import { requestOf, type ResourceRequest, type Verb } from './api/request.ts'
import { ACCESS_REVIEWS, apiVersionOf, byResource, rowsOf, RULES_REVIEWS } from './api/resources.ts'
import { accessReview, rulesReview } from './api/reviews.ts'
import { create, type Preconditions, refuseUnmet, remove, update, type WriteOptions } from './api/writes.ts'
import type { Cluster } from './cluster.ts'
import { discovery, VERSION } from './discovery.ts'
import { badRequest, Failure, forbidden, invalid, methodNotAllowed, noSuchResource, notFound, unauthorized, unsupportedField } from './failures.ts'
import { isObject, type Json, type JsonObject, type KubeObject } from './objects.ts'

export interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly contentType: string
  readonly userAgent: string
  readonly token: string | null
  /** The common name of a client certificate that the sandbox's own authority signed. */
  readonly certified: string | null
  /** Parsed JSON; `undefined` when there was none. */
  readonly body: Json | undefined
  /** Whether there was a body that is no JSON. */
  readonly malformed: boolean
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** What was changed, in words for the log. */
  readonly effect: string | null
  /** Set when the answer is a stream instead. */
  readonly watch: ResourceRequest | null
  readonly user: string | null
  readonly reason: string | null
}

type Given = Pick<Answer, 'status' | 'body'> & Partial<Answer>

/** Never throws for what a client did: a refusal is an answer. */
export function answer(cluster: Cluster, call: Call): Answer {
  const caller = cluster.access.callerOf(call.token, call.certified)
  const user = caller?.user ?? null
  try {
    if (caller === null) throw unauthorized()
    return { effect: null, watch: null, reason: null, user, ...given(cluster, call, caller) }
  } catch (error) {
    if (error instanceof Failure) return { status: error.code, body: error.body, effect: null, watch: null, user, reason: error.reason }
    throw error
  }
}

/** Whether a path is about Secrets: the log then hides what was sent. */
export function isAboutSecrets(path: string): boolean {
  return /\/secrets(\/|$)/.test(path)
}

function given(cluster: Cluster, call: Call, caller: Caller): Given {
  if (/^\/version\/?$/.test(call.path)) return { status: 200, body: VERSION }
  const request = requestOf(call.method, call.path, call.query)
  if (request === null) {
    if (caller.user === 'system:anonymous') throw forbidden({ group: '', kind: '' }, undefined, `User "${caller.user}" cannot get path "${call.path}"`)
    const known = discovery(call.path)
    if (known === null) throw noSuchResource()
    return { status: 200, body: known }
  }
  const asked = attributesOf(request)
  if (!allows(caller, asked)) throw forbidden(byResource(request.resource), request.name, refusal(caller, asked))
  if (!request.resource.verbs.includes(request.verb)) throw methodNotAllowed()
  if (call.malformed) throw badRequest('invalid character found: the body is not JSON')
  const mayCreate = (): string | null => (allows(caller, { ...asked, verb: 'create' }) ? null : refusal(caller, { ...asked, verb: 'create' }))
  return act(cluster, request, call, caller, mayCreate)
}

function attributesOf({ verb, resource, subresource, namespace, name }: ResourceRequest): Attributes {
  const within = resource.plural === 'namespaces' ? name : namespace
  return { verb, group: resource.group, resource: resource.plural, subresource, namespace: within, name }
}

function act(cluster: Cluster, request: ResourceRequest, call: Call, caller: Caller, mayCreate: () => string | null): Given {
  const { resource, namespace, name } = request
  const place = `${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`
  const done = (verb: Verb, object: KubeObject): string | null =>
    isDryRun(call) ? null : `${verb} ${resource.plural} ${namespace === undefined ? '' : `${namespace}/`}${object.metadata.name}`
  switch (request.verb) {
    case 'get':
      return { status: 200, body: read(cluster, request) }
    case 'list':
      return { status: 200, body: list(cluster, request) }
    case 'watch':
      return { status: 200, body: null, watch: request }
    case 'create': {
      if (resource === ACCESS_REVIEWS) return { status: 201, body: accessReview(caller, objectIn(call)) }
      if (resource === RULES_REVIEWS) return { status: 201, body: rulesReview(caller, objectIn(call)) }
      const object = create(cluster, resource, namespace, decoded(request, call), writeOptions(request, call))
      return { status: 201, body: object, effect: done('create', object) }
    }
    case 'update':
      return replace(cluster, request, call, done, mayCreate)
    case 'patch': {
      if (call.body === undefined) throw badRequest('error decoding patch: unexpected end of JSON input')
      const before = cluster.store.revision
      const patched = patch(cluster, request, call.contentType, call.body, writeOptions(request, call), mayCreate)
      const effect = cluster.store.revision === before ? null : done('patch', patched.object)
      return { status: patched.created ? 201 : 200, body: patched.object, effect }
    }
    case 'delete':
      return { ...erase(cluster, request, call), effect: isDryRun(call) ? null : `delete ${resource.plural} ${place}` }
    default:
      throw methodNotAllowed()
  }
}

function replace(
  cluster: Cluster,
  request: ResourceRequest,
  call: Call,
  done: (verb: Verb, object: KubeObject) => string | null,
  mayCreate: () => string | null,
): Given {
  const { resource, namespace, name = '' } = request
  const wanted = decoded(request, call)
  const old = cluster.store.get(rowsOf(resource), namespace, name)
  if (old === undefined) {
    if (!resource.createOnUpdate) throw notFound(byResource(resource), name)
    const refused = mayCreate()
    if (refused !== null) throw forbidden(byResource(resource), name, refused)
    const made = create(cluster, resource, namespace, wanted, writeOptions(request, call))
    return { status: 201, body: made, effect: done('create', made) }
  }
  const { resourceVersion } = wanted['metadata'] as { resourceVersion?: string }
  if (!resourceVersion && !resource.unconditionalUpdate) {
    throw invalid(byResource(resource), name, [
      { field: 'metadata.resourceVersion', reason: 'FieldValueInvalid', text: 'Invalid value: 0x0: must be specified for an update' },
    ])
  }
  const object = update(cluster, resource, old, wanted, writeOptions(request, call))
  return { status: 200, body: object, effect: object === old ? null : done('update', object) }
}

interface DeleteWish {
  readonly preconditions?: Preconditions
  readonly gracePeriodSeconds?: number
}

/** Pods answer with themselves, as they end gracefully; all else with a Status. */
function erase(cluster: Cluster, request: ResourceRequest, call: Call): Given {
  const { resource, namespace, name = '', query } = request
  const old = cluster.store.get(rowsOf(resource), namespace, name)
  if (old === undefined) throw notFound(byResource(resource), name)
  const wish = (isObject(call.body) ? call.body : {}) as DeleteWish
  refuseUnmet(resource, old, wish.preconditions ?? {})
  const seconds = wish.gracePeriodSeconds ?? (query.has('gracePeriodSeconds') ? Number(query.get('gracePeriodSeconds')) : undefined)
  const { object, gone } = isDryRun(call) ? { object: old, gone: true } : remove(cluster, resource, old, seconds)
  if (resource.plural === 'pods' || !gone) return { status: 200, body: object }
  const details = { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, uid: old.metadata.uid }
  return { status: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } }
}

function isDryRun({ query, method, body }: Call): boolean {
  const said = query.getAll('dryRun')
  const inBody = method === 'DELETE' && isObject(body) && Array.isArray(body['dryRun']) ? body['dryRun'] : []
  return [...said, ...inBody].includes('All')
}

/** Without a name of its own a writer is called after its program, the first part of the user agent. */
function writeOptions({ subresource, query }: ResourceRequest, call: Call): WriteOptions {
  const odd = query.getAll('dryRun').find((value) => value !== 'All')
  if (odd !== undefined) throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [unsupportedField('dryRun', odd, ['All'])])
  const manager = query.get('fieldManager') || (call.userAgent.split('/')[0] ?? '') || 'unknown'
  return { writer: { manager, operation: 'Update', subresource }, dryRun: isDryRun(call) }
}

function objectIn({ body }: Call): JsonObject {
  if (!isObject(body)) throw badRequest("couldn't get version/kind; json parse error: unexpected end of JSON input")
  return body
}

/** The body of a POST or PUT, judged by its kind: what cannot be read is a 400. */
function decoded({ resource }: ResourceRequest, call: Call): JsonObject {
  const body = objectIn(call)
  if (body['kind'] !== undefined && body['kind'] !== resource.kind)
    throw badRequest(`${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: the body is of another kind`)
  const expected = apiVersionOf(resource)
  if (body['apiVersion'] !== undefined && body['apiVersion'] !== expected) {
    throw badRequest(`the API version in the data (${JSON.stringify(body['apiVersion'])}) does not match the expected API version (${expected})`)
  }
  try {
    return resource.decode(body)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${error.message}`)
  }
}
