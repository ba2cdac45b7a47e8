/** How controllers and nodes write: through the same rules as everyone, under names of their own. */
import { type Resource, rowsOf } from '../api/resources.ts'
import { CONTROLLER, create, remove, update } from '../api/writes.ts'
import type { Cluster } from '../cluster.ts'
import type { JsonObject, KubeObject } from '../objects.ts'

const CONTROLLING = { manager: CONTROLLER, operation: 'Update', subresource: '' } as const

/** Sets the status of an object as it is now, and annotations with it where they changed. Nothing happens when it is gone. */
export function writeStatus<T extends KubeObject>(
  cluster: Cluster,
  resource: Resource,
  object: T,
  status: T['status'],
  annotations?: Record<string, string>,
  manager = CONTROLLER,
): void {
  const now = current(cluster, resource, object)
  if (now === undefined) return
  const metadata = annotations === undefined ? now.metadata : { ...now.metadata, annotations }
  update(cluster, resource, now, { ...now, status, metadata } as unknown as JsonObject, { writer: { manager, operation: 'Update', subresource: 'status' } })
}

/** Changes members of `spec`, and annotations where given. */
export function writeSpec<T extends KubeObject>(
  cluster: Cluster,
  resource: Resource,
  object: T,
  change: Partial<T['spec']>,
  annotations?: Record<string, string>,
): void {
  const now = current(cluster, resource, object)
  if (now === undefined) return
  const metadata = annotations === undefined ? now.metadata : { ...now.metadata, annotations }
  update(cluster, resource, now, { ...now, spec: { ...(now['spec'] as object), ...(change as object) }, metadata } as unknown as JsonObject, {
    writer: CONTROLLING,
  })
}

export function make<T extends KubeObject>(cluster: Cluster, resource: Resource, namespace: string, object: object): T {
  return create(cluster, resource, namespace, object as JsonObject, { writer: CONTROLLING }) as T
}

/** Begins to end an object that is still there. */
export function end(cluster: Cluster, resource: Resource, object: KubeObject): void {
  const now = current(cluster, resource, object)
  if (now !== undefined && now.metadata.deletionTimestamp === undefined) remove(cluster, resource, now, undefined)
}

function current(cluster: Cluster, resource: Resource, { metadata }: KubeObject): KubeObject | undefined {
  const now = cluster.store.get(rowsOf(resource), metadata.namespace, metadata.name)
  return now?.metadata.uid === metadata.uid ? now : undefined
}

/** What an object controls, of one kind. */
export function controlled<T extends KubeObject>(cluster: Cluster, resource: Resource, owner: KubeObject): T[] {
  const all = cluster.store.list(rowsOf(resource), owner.metadata.namespace)
  return all.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.metadata.uid)) as T[]
}
