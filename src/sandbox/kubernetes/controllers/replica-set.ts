/** Keeps as many pods of a template as a ReplicaSet wants. */
import { PODS, REPLICASETS } from '../api/resources.ts'
import { isActive, isReady, isTerminating, type Pod, type ReplicaSet, type ReplicaSetStatus } from '../workloads.ts'
import type { Control } from './control.ts'
import { makePod } from './templates.ts'
import { controlled, end, writeStatus } from './writes.ts'

export function reconcileReplicaSet(control: Control, set: ReplicaSet): void {
  const { cluster } = control
  if (set.metadata.deletionTimestamp !== undefined) return
  const active = controlled<Pod>(cluster, PODS, set).filter(isActive)
  for (let count = active.length; count < set.spec.replicas; count += 1) makePod(cluster, set, REPLICASETS, set.spec.template)
  const surplus = active.toSorted(leastNeededFirst).slice(0, Math.max(0, active.length - set.spec.replicas))
  for (const pod of surplus) end(cluster, PODS, pod)
  writeStatus(cluster, REPLICASETS, set, statusOf(control, set))
}

/** Pods that serve nobody go first, then the youngest. */
function leastNeededFirst(left: Pod, right: Pod): number {
  const ready = Number(isReady(left)) - Number(isReady(right))
  return ready === 0 ? Number(right.metadata.resourceVersion) - Number(left.metadata.resourceVersion) : ready
}

/** Terminating pods are not counted among `replicas`, as in the real one: rolled out does not mean gone. */
function statusOf(control: Control, set: ReplicaSet): ReplicaSetStatus {
  const { cluster, availability } = control
  const pods = controlled<Pod>(cluster, PODS, set)
  const active = pods.filter(isActive)
  const ready = active.filter(isReady)
  const available = ready.filter((pod) => availability.isAvailable(pod, set.spec.minReadySeconds))
  const waits = ready.map((pod) => availability.remaining(pod, set.spec.minReadySeconds)).filter((wait) => wait > 0)
  if (waits.length > 0) control.again(set, Math.min(...waits) + 1)
  return {
    replicas: active.length,
    ...(active.length > 0 ? { fullyLabeledReplicas: active.length } : {}),
    ...(ready.length > 0 ? { readyReplicas: ready.length } : {}),
    ...(available.length > 0 ? { availableReplicas: available.length } : {}),
    ...(cluster.options.terminatingReplicas ? { terminatingReplicas: pods.filter(isTerminating).length } : {}),
    observedGeneration: set.metadata.generation ?? 1,
  }
}
