/** The cluster's controllers: each looks at an object some time after something about it changed, and closes the difference. */
import { DAEMONSETS, DEPLOYMENTS, JOBS, NAMESPACES, PODS, REPLICASETS, type Resource, RESOURCES, rowsOf, STATEFULSETS } from '../api/resources.ts'
import type { Cluster } from '../cluster.ts'
import { Failure } from '../failures.ts'
import type { KubeObject } from '../objects.ts'
import type { StoreEvent } from '../store.ts'
import type { DaemonSet, Deployment, Job, Pod, ReplicaSet, StatefulSet } from '../workloads.ts'
import { Availability } from './availability.ts'
import type { Control } from './control.ts'
import { reconcileDaemonSet } from './daemon-set.ts'
import { reconcileDeployment } from './deployment.ts'
import type { Progress } from './deployment-status.ts'
import { reconcileJob } from './job.ts'
import { reconcileReplicaSet } from './replica-set.ts'
import { reconcileStatefulSet } from './stateful-set.ts'
import { end } from './writes.ts'

type Reconcile = (control: Control, object: KubeObject) => void

const RETRY_MS = 500

interface Waiting {
  readonly timer: NodeJS.Timeout
  /** On the clock of `performance`. */
  readonly due: number
  readonly look: () => void
}

export class Controllers {
  readonly #cluster: Cluster
  readonly #availability: Availability
  readonly #waiting = new Map<string, Waiting>()
  readonly #reconcilers: ReadonlyMap<string, Reconcile>
  readonly #stop: () => void

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#availability = new Availability(cluster)
    const progress: Progress = new Map()
    this.#reconcilers = new Map<string, Reconcile>([
      [rowsOf(DEPLOYMENTS), (control, object) => reconcileDeployment(control, progress, object as Deployment)],
      [rowsOf(REPLICASETS), (control, object) => reconcileReplicaSet(control, object as ReplicaSet)],
      [rowsOf(STATEFULSETS), (control, object) => reconcileStatefulSet(control, object as StatefulSet)],
      [rowsOf(DAEMONSETS), (control, object) => reconcileDaemonSet(control, object as DaemonSet)],
      [rowsOf(JOBS), (control, object) => reconcileJob(control, object as Job)],
    ])
    this.#stop = cluster.store.subscribe((event) => this.#saw(event))
  }

  /** Whether some controller has yet to look at something. */
  get isBusy(): boolean {
    return this.#waiting.size > 0
  }

  /** Every look that is due later is taken now; what it brings about waits its time again. */
  lookNow(): void {
    const waiting = [...this.#waiting.values()]
    for (const { timer, look } of waiting) {
      clearTimeout(timer)
      look()
    }
  }

  stop(): void {
    this.#stop()
    for (const { timer } of this.#waiting.values()) clearTimeout(timer)
    this.#waiting.clear()
  }

  #saw({ resource, object, type }: StoreEvent): void {
    if (resource === rowsOf(PODS)) this.#availability.saw(object as Pod, type === 'DELETED')
    // what is new is looked at at once: the pace is that of changes
    if (this.#reconcilers.has(resource) && type !== 'DELETED') this.#look(resource, object, type === 'ADDED' ? 0 : this.#delay(resource))
    if (type === 'DELETED') this.#orphan(object)
    if (type === 'DELETED' && resource === rowsOf(NAMESPACES)) this.#empty(object.metadata.name)
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)
    const rows = RESOURCES.find(({ kind }) => kind === owner?.kind)
    const found = rows === undefined ? undefined : this.#cluster.store.get(rowsOf(rows), object.metadata.namespace, owner?.name ?? '')
    if (rows !== undefined && found?.metadata.uid === owner?.uid && found !== undefined) this.#look(rowsOf(rows), found, this.#delay(rowsOf(rows)))
  }

  /** ReplicaSets follow their orders at once; the pace of a rollout is its Deployment's. */
  #delay(resource: string): number {
    return resource === rowsOf(REPLICASETS) ? 0 : this.#cluster.options.rolloutStepMs
  }

  #look(resource: string, { metadata }: KubeObject, afterMs: number): void {
    const key = `${resource}/${metadata.namespace}/${metadata.name}`
    const due = performance.now() + afterMs
    const waiting = this.#waiting.get(key)
    if (waiting !== undefined && waiting.due <= due) return
    clearTimeout(waiting?.timer)
    const look = (): void => {
      this.#waiting.delete(key)
      const object = this.#cluster.store.get(resource, metadata.namespace, metadata.name)
      if (object !== undefined) this.#reconcile(resource, object)
    }
    const timer = setTimeout(look, afterMs)
    timer.unref()
    this.#waiting.set(key, { timer, due, look })
  }

  /** A refusal, for example of a name that is taken, is met again and again until its cause is gone, as by the real ones. */
  #reconcile(resource: string, object: KubeObject): void {
    try {
      this.#reconcilers.get(resource)?.(this.#control(resource), object)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#look(resource, object, RETRY_MS)
    }
  }

  #control(resource: string): Control {
    const again = (object: KubeObject, afterMs: number): void => this.#look(resource, object, afterMs)
    return { cluster: this.#cluster, availability: this.#availability, again }
  }

  /** Ends what belonged to an object that is gone. */
  #orphan({ metadata }: KubeObject): void {
    const owned = (object: KubeObject): boolean => object.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true
    for (const resource of RESOURCES) this.#endAll(resource, this.#cluster.store.list(rowsOf(resource), metadata.namespace).filter(owned))
  }

  /** A namespace takes with it all that lies in it. */
  #empty(namespace: string): void {
    for (const resource of RESOURCES) if (resource.namespaced) this.#endAll(resource, this.#cluster.store.list(rowsOf(resource), namespace))
  }

  #endAll(resource: Resource, objects: readonly KubeObject[]): void {
    for (const object of objects) end(this.#cluster, resource, object)
  }
}
