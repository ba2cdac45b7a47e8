/** How an object comes to be, changes and goes: what every verb that writes has in common. */
import type { Cluster } from '../cluster.ts'
import { alreadyExists, badRequest, conflict, forbidden, invalid, invalidField, modified, notFound } from '../failures.ts'
import { isObject, type JsonObject, type KubeObject, type ManagedFields, type ObjectMeta, orderedMetadata, sameJson } from '../objects.ts'
import type { PodSpec } from '../workloads.ts'
import { admitted } from './admission.ts'
import { afterApply, afterWrite, type Writer } from './managed-fields.ts'
import { validateMetadata } from './metadata.ts'
import { apiVersionOf, byKind, byResource, NAMESPACES, PODS, type Resource, rowsOf } from './resources.ts'

export interface WriteOptions {
  readonly writer: Writer
  /** Judged and answered like any other, but not kept. */
  readonly dryRun?: boolean
  /** What was applied, where this is an apply. */
  readonly claim?: JsonObject
}

/** Adds an object. Fails where its name is taken, its namespace is not there, or it breaks a rule of its kind. */
export function create(cluster: Cluster, resource: Resource, namespace: string | undefined, given: JsonObject, options: WriteOptions): KubeObject {
  const metadata = newMetadata(cluster, resource, namespace, (given['metadata'] ?? {}) as unknown as ObjectMeta)
  const bare = { ...given, kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } as KubeObject
  if (namespace !== undefined) refuseAbsentNamespace(cluster, resource, namespace)
  if (resource.status) delete bare['status']
  if (resource === PODS && isObject(bare['spec'])) bare['spec'] = admitted(bare['spec'] as unknown as PodSpec, cluster.newSuffix())
  const object = resource.defaults(bare, null)
  const errors = [...validateMetadata(object), ...resource.validate(object, null)]
  if (errors.length > 0) throw invalid(byKind(resource), metadata.name, errors)
  if (cluster.store.get(rowsOf(resource), namespace, metadata.name) !== undefined) throw alreadyExists(byResource(resource), metadata.name)
  const managed = { ...object, metadata: orderedMetadata({ ...object.metadata, managedFields: managedAfter(cluster, resource, object, null, options) }) }
  if (options.dryRun === true) return managed
  return cluster.store.put(rowsOf(resource), managed)
}

/** The field manager of everything that the cluster does by itself. */
export const CONTROLLER = 'kube-controller-manager'

function newMetadata(cluster: Cluster, resource: Resource, namespace: string | undefined, given: ObjectMeta): ObjectMeta {
  const named = given.name ?? ''
  const name = named === '' && given.generateName ? given.generateName + cluster.newSuffix() : named
  if (namespace !== undefined && given.namespace && given.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  if (given.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created')
  const { deletionTimestamp: _when, deletionGracePeriodSeconds: _grace, ...kept } = given
  const generation = resource.changes === null ? {} : { generation: 1 }
  const place = namespace === undefined ? {} : { namespace }
  return orderedMetadata({
    ...kept,
    name,
    ...place,
    uid: cluster.newUid(),
    resourceVersion: '',
    creationTimestamp: cluster.now(),
    ...generation,
    managedFields: [],
  })
}

function refuseAbsentNamespace(cluster: Cluster, resource: Resource, namespace: string): void {
  const there = cluster.store.get(rowsOf(NAMESPACES), undefined, namespace)
  if (there === undefined) throw notFound({ group: '', kind: 'namespaces' }, namespace)
  if (there.metadata.deletionTimestamp === undefined) return
  throw forbidden(byResource(resource), undefined, `unable to create new content in namespace ${namespace} because it is being terminated`)
}

/** Members that the endpoint does not write belong to no caller, whatever they hold. */
function managedAfter(cluster: Cluster, resource: Resource, object: KubeObject, old: KubeObject | null, { writer, claim }: WriteOptions): ManagedFields[] {
  const hidden = writer.subresource === '' ? resource.serverOwned : []
  const shown = (whole: KubeObject): KubeObject => Object.fromEntries(Object.entries(whole).filter(([name]) => !hidden.includes(name))) as KubeObject
  const [now, before] = [shown(object), old === null ? null : shown(old)]
  const time = cluster.now()
  return claim === undefined ? afterWrite(now, before, writer, time) : afterApply(now, before, claim, writer, time)
}

/**
 * Changes an object to what is wanted. A stale resource version is a conflict; a change that changes nothing leaves the object, its
 * revision included, as it was.
 */
export function update(cluster: Cluster, resource: Resource, old: KubeObject, given: JsonObject, options: WriteOptions): KubeObject {
  const wanted = given as unknown as KubeObject
  refuseOtherObject(resource, old, wanted.metadata)
  const object = resource.defaults(withServerMembers(resource, old, wanted, options.writer), old)
  const errors = [...validateMetadata(object), ...resource.validate(object, old)]
  if (errors.length > 0) throw invalid(byKind(resource), old.metadata.name, errors)
  const bumped = options.writer.subresource === '' && resource.changes?.(object, old) === true
  const generation = bumped ? { generation: (old.metadata.generation ?? 0) + 1 } : {}
  const managedFields = managedAfter(cluster, resource, object, old, options)
  const result = { ...object, metadata: orderedMetadata({ ...object.metadata, ...generation, managedFields }) }
  if (sameJson(result, old)) return old
  if (options.dryRun === true) return result
  if (result.metadata.deletionTimestamp !== undefined && result.metadata.finalizers === undefined && resource !== PODS)
    return cluster.store.remove(rowsOf(resource), result)
  return cluster.store.put(rowsOf(resource), result)
}

function refuseOtherObject(resource: Resource, old: KubeObject, wanted: ObjectMeta): void {
  const { name } = old.metadata
  if (wanted.name && wanted.name !== name) throw badRequest(`the name of the object (${wanted.name}) does not match the name on the URL (${name})`)
  if (wanted.namespace && wanted.namespace !== old.metadata.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  if (wanted.uid && wanted.uid !== old.metadata.uid) {
    throw conflict(byResource(resource), name, `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${old.metadata.uid}`)
  }
  if (wanted.resourceVersion && !/^\d+$/.test(wanted.resourceVersion)) {
    throw invalid(byResource(resource), name, [invalidField('metadata.resourceVersion', wanted.resourceVersion, 'invalid resource version')])
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== old.metadata.resourceVersion) throw modified(byResource(resource), name)
}

/** What is wanted, with the members that only the server sets, and with the half that this endpoint does not write, as they were. */
function withServerMembers(resource: Resource, old: KubeObject, wanted: KubeObject, { subresource }: Writer): KubeObject {
  const { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, managedFields, generateName, name, namespace } =
    old.metadata
  const own = {
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    managedFields,
    generateName,
    name,
    namespace,
  }
  const labels = subresource === 'status' ? old.metadata.labels : wanted.metadata.labels
  const metadata = orderedMetadata({ ...wanted.metadata, ...own, labels } as ObjectMeta)
  const half = subresource === 'status' ? { spec: old['spec'] } : resource.status ? { status: old['status'] } : {}
  return { ...wanted, ...half, kind: old.kind, apiVersion: old.apiVersion, metadata } as KubeObject
}

export interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

/** Refuses to delete what is not, or is no longer, the object that the caller means. */
export function refuseUnmet(resource: Resource, old: KubeObject, { uid, resourceVersion }: Preconditions): void {
  const { metadata } = old
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      byKind(resource),
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      byKind(resource),
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
  }
}

/** Begins to end an object: pods get their grace, what has finalizers waits for them, all else is gone at once. Returns it as it is then. */
export function remove(cluster: Cluster, resource: Resource, old: KubeObject, graceSeconds: number | undefined): { object: KubeObject; gone: boolean } {
  const { metadata } = old
  const rows = rowsOf(resource)
  const ending = (seconds: number): KubeObject => {
    const at = new Date(cluster.options.clock() + seconds * 1_000).toISOString().slice(0, 19)
    const generation = metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }
    return { ...old, metadata: orderedMetadata({ ...metadata, ...generation, deletionTimestamp: `${at}Z`, deletionGracePeriodSeconds: seconds }) }
  }
  const isPod = resource === PODS && graceSeconds !== 0
  if (!isPod && metadata.finalizers === undefined) return { object: cluster.store.remove(rows, old), gone: true }
  if (metadata.deletionTimestamp !== undefined) return { object: old, gone: false }
  const own = (old['spec'] as { terminationGracePeriodSeconds?: number } | undefined)?.terminationGracePeriodSeconds
  return { object: cluster.store.put(rows, ending(isPod ? (graceSeconds ?? own ?? 30) : 0)), gone: false }
}
