/** Objects by the names that tests give them. */
import { type Resource, rowsOf } from '../api/resources.ts'
import { create, remove, update, type WriteOptions } from '../api/writes.ts'
import type { Cluster } from '../cluster.ts'
import type { JsonObject, KubeObject } from '../objects.ts'

/** Without a namespace the thing is in `default`. */
export interface Address {
  readonly namespace?: string
  readonly name: string
}

export const NAMESPACE = 'default'

export interface Objects {
  /** Throws a plain error in one sentence when it is not there. */
  find<T extends KubeObject>(resource: Resource, address: Address): T
  add(resource: Resource, address: Address, object: JsonObject, manager?: string): void
  /** Changes an object under the name of a manager, by the rules of its kind. */
  edit(resource: Resource, address: Address, manager: string, change: (object: JsonObject) => JsonObject): void
  remove(resource: Resource, address: Address): void
}

export function objectsOf(cluster: Cluster): Objects {
  const find = <T extends KubeObject>(resource: Resource, { namespace = NAMESPACE, name }: Address): T => {
    const found = cluster.store.get(rowsOf(resource), namespace, name)
    if (found === undefined) throw new Error(`the sandbox has no ${resource.kind} of this name`)
    return found as T
  }
  return {
    find,
    add(resource, { namespace = NAMESPACE }, object, manager = 'kubectl-create') {
      create(cluster, resource, resource.namespaced ? namespace : undefined, object, by(manager))
    },
    edit(resource, address, manager, change) {
      const old = find(resource, address)
      update(cluster, resource, old, change(structuredClone(old) as unknown as JsonObject), by(manager))
    },
    remove(resource, address) {
      remove(cluster, resource, find(resource, address), undefined)
    },
  }
}

function by(manager: string): WriteOptions {
  return { writer: { manager, operation: 'Update', subresource: '' } }
}
