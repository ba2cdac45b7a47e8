/** What etcd is to a cluster: every version of every object, in one order, so that lists are consistent, watches complete and reads can be held back. */
import { frozen, type KubeObject } from './objects.ts'

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'

export interface StoreEvent {
  readonly revision: number
  readonly type: EventType
  /** `secrets`, `deployments.apps`, … */
  readonly resource: string
  readonly object: KubeObject
  /** As it was before; `null` for what is new. */
  readonly previous: KubeObject | null
}

interface Version {
  readonly revision: number
  readonly object: KubeObject | null
}

/** Like a real server's etcd after its housekeeping: older revisions than this many are gone. */
const HISTORY = 20_000

const FIRST_REVISION = 600

export class Store {
  readonly #rows = new Map<string, Map<string, Version[]>>()
  readonly #events: StoreEvent[] = []
  readonly #listeners = new Set<(event: StoreEvent) => void>()
  #revision = FIRST_REVISION
  #compacted = FIRST_REVISION

  /** The revision of the latest change. */
  get revision(): number {
    return this.#revision
  }

  /** Revisions before this one can no longer be read. */
  get compacted(): number {
    return this.#compacted
  }

  /** The object, now or as it was at a revision. What is returned is frozen. */
  get(resource: string, namespace: string | undefined, name: string, at = Infinity): KubeObject | undefined {
    return versionAt(this.#rows.get(resource)?.get(rowOf(namespace, name)), at)
  }

  /** All objects of a kind, of one namespace or of all, by namespace and name, now or at a revision. */
  list(resource: string, namespace?: string, at = Infinity): KubeObject[] {
    const objects = [...(this.#rows.get(resource)?.values() ?? [])].flatMap((versions) => versionAt(versions, at) ?? [])
    const wanted = namespace === undefined ? objects : objects.filter(({ metadata }) => metadata.namespace === namespace)
    return wanted.toSorted((left, right) => compare(rowOf(left.metadata.namespace, left.metadata.name), rowOf(right.metadata.namespace, right.metadata.name)))
  }

  /** Writes an object, new or changed, under the next revision, and tells the listeners. */
  put(resource: string, object: KubeObject): KubeObject {
    const previous = this.get(resource, object.metadata.namespace, object.metadata.name) ?? null
    return this.#record(resource, previous === null ? 'ADDED' : 'MODIFIED', object, previous)
  }

  /** Removes an object. Its last event carries it as it was, with the revision of its removal. */
  remove(resource: string, object: KubeObject): KubeObject {
    return this.#record(resource, 'DELETED', object, object)
  }

  /** Changes after a revision, in order; `null` when some of them are forgotten. */
  since(revision: number): StoreEvent[] | null {
    if (revision < this.#compacted) return null
    return this.#events.filter((event) => event.revision > revision)
  }

  /** Calls back on every change, within the act that makes it. Returns how to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Forgets every earlier revision at once. */
  forget(): void {
    this.#compact(0)
  }

  #record(resource: string, type: EventType, given: KubeObject, previous: KubeObject | null): KubeObject {
    const revision = ++this.#revision
    const object = frozen({ ...given, metadata: { ...given.metadata, resourceVersion: String(revision) } })
    const rows = this.#rows.get(resource) ?? new Map<string, Version[]>()
    this.#rows.set(resource, rows)
    const row = rowOf(object.metadata.namespace, object.metadata.name)
    const versions = rows.get(row) ?? []
    rows.set(row, versions)
    versions.push({ revision, object: type === 'DELETED' ? null : object })
    const event: StoreEvent = { revision, type, resource, object, previous }
    this.#events.push(event)
    if (this.#events.length > 2 * HISTORY) this.#compact(HISTORY)
    for (const listener of this.#listeners) listener(event)
    return object
  }

  #compact(kept: number): void {
    this.#compacted = this.#events.splice(0, this.#events.length - kept).at(-1)?.revision ?? this.#compacted
    for (const rows of this.#rows.values()) {
      for (const [row, versions] of rows) {
        const from = versions.findLastIndex(({ revision }) => revision <= this.#compacted)
        const left = versions.slice(Math.max(0, from))
        if (left.every(({ object }) => object === null)) rows.delete(row)
        else rows.set(row, left)
      }
    }
  }
}

function versionAt(versions: readonly Version[] | undefined, at: number): KubeObject | undefined {
  return versions?.findLast(({ revision }) => revision <= at)?.object ?? undefined
}

function rowOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
