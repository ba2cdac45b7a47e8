/** What people do to workloads and pods, and what befalls them. */
import { CRONJOBS, DAEMONSETS, DEPLOYMENTS, JOBS, PODS, type Resource, rowsOf, STATEFULSETS } from '../api/resources.ts'
import type { Cluster } from '../cluster.ts'
import { ownedBy } from '../controllers/templates.ts'
import type { Kubelet } from '../nodes/kubelet.ts'
import { controllerOf, type JsonObject } from '../objects.ts'
import { type CronJob, isReady, isTerminating, type Pod } from '../workloads.ts'
import { type Address, NAMESPACE, type Objects } from './objects.ts'
import { barePod, cronJob, type CronWish, job, type RunWish, workload, type WorkloadWish } from './wishes.ts'

export interface WorkloadAddress extends Address {
  /** `Deployment` where nothing is said. */
  readonly kind?: keyof typeof KINDS
}

/** A pod as tests see it: what it holds by fingerprint, never by value. */
export interface PodView {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  /** `ReplicaSet/app-…`, `Job/…`, or `null` for a bare pod. */
  readonly owner: string | null
  readonly phase: string
  readonly ready: boolean
  readonly terminating: boolean
  /** First 12 hex digits of the SHA-256 of each variable's value … */
  readonly env: Readonly<Record<string, string>>
  /** … and of each file's. */
  readonly files: Readonly<Record<string, string>>
}

export interface WorkloadHands {
  addWorkload(wish: WorkloadWish): void
  addPod(wish: RunWish): void
  addJob(wish: RunWish): void
  addCronJob(wish: CronWish): void
  /** What the hour would do: a Job of the CronJob begins. Returns its name. */
  runCronJob(address: Address): string
  /** Pods of a namespace, by name. */
  pods(namespace?: string): PodView[]
  /** The pod's work is done: it ends well, as the pods of Jobs do. */
  finishPod(address: Address): void
  deletePod(address: Address): void
  /** Pods that start from now on never become ready; with `false` they do again. */
  hang(address: WorkloadAddress, on?: boolean): void
  /** Sets or clears `spec.paused` of a Deployment. */
  pause(address: Address, on?: boolean): void
  /** Changes members of a workload's `spec`, as `kubectl edit` would. */
  editSpec(address: WorkloadAddress, change: JsonObject): void
  deleteWorkload(address: WorkloadAddress): void
}

const KINDS = { Deployment: DEPLOYMENTS, StatefulSet: STATEFULSETS, DaemonSet: DAEMONSETS } as const

function resourceOf({ kind = 'Deployment' }: { readonly kind?: keyof typeof KINDS }): Resource {
  return KINDS[kind]
}

export function workloadHands(cluster: Cluster, kubelet: Kubelet, objects: Objects): WorkloadHands {
  const editSpec = (address: WorkloadAddress, change: JsonObject): void =>
    objects.edit(resourceOf(address), address, 'kubectl-edit', (object) => ({ ...object, spec: { ...(object['spec'] as JsonObject), ...change } }))
  return {
    addWorkload: (wish) => objects.add(resourceOf(wish), wish, workload(wish)),
    addPod: (wish) => objects.add(PODS, wish, barePod(wish)),
    addJob: (wish) => objects.add(JOBS, wish, job(wish)),
    addCronJob: (wish) => objects.add(CRONJOBS, wish, cronJob(wish)),
    runCronJob(address) {
      const owner = objects.find<CronJob>(CRONJOBS, address)
      const name = `${address.name}-${cluster.newSuffix(8)}`
      const ownerReferences = [ownedBy(owner, CRONJOBS)] as unknown as JsonObject[]
      objects.add(JOBS, address, { metadata: { name, ownerReferences }, spec: owner.spec.jobTemplate.spec as unknown as JsonObject })
      return name
    },
    pods: (namespace = NAMESPACE) => (cluster.store.list(rowsOf(PODS), namespace) as Pod[]).map((pod) => viewOf(kubelet, pod)),
    finishPod: (address) => kubelet.finish(objects.find<Pod>(PODS, address)),
    deletePod: (address) => objects.remove(PODS, address),
    hang(address, on = true) {
      const key = `${resourceOf(address).kind}/${address.namespace ?? NAMESPACE}/${address.name}`
      if (on) cluster.hung.add(key)
      else cluster.hung.delete(key)
      kubelet.recheck()
    },
    pause: (address, on = true) => editSpec({ ...address, kind: 'Deployment' }, { paused: on }),
    editSpec,
    deleteWorkload: (address) => objects.remove(resourceOf(address), address),
  }
}

function viewOf(kubelet: Kubelet, pod: Pod): PodView {
  const { name, namespace = '', uid } = pod.metadata
  const owner = controllerOf(pod)
  const told = { phase: pod.status.phase, ready: isReady(pod), terminating: isTerminating(pod) }
  return { name, namespace, uid, owner: owner === undefined ? null : `${owner.kind}/${owner.name}`, ...told, ...kubelet.holds(uid) }
}
