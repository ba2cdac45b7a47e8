/** Keeps the numbered pods of a StatefulSet, and renews them one by one from the highest (`stateful_set_control.go`). */
import { PODS, STATEFULSETS } from '../api/resources.ts'
import { isReady, isTerminating, type Pod, type StatefulSet } from '../workloads.ts'
import type { Control } from './control.ts'
import { presentRevision, REVISION_LABEL, templateOf, tidyRevisions } from './revisions.ts'
import { makePod } from './templates.ts'
import { controlled, end, writeStatus } from './writes.ts'

export function reconcileStatefulSet(control: Control, set: StatefulSet): void {
  const { cluster } = control
  if (set.metadata.deletionTimestamp !== undefined) return
  const updateRevision = presentRevision(cluster, set, STATEFULSETS).metadata.name
  const currentRevision = set.status.currentRevision ?? updateRevision
  const view: View = { control, set, currentRevision, updateRevision }
  if (!fill(view)) renew(view)
  const status = statusOf(view)
  writeStatus(cluster, STATEFULSETS, set, status)
  tidyRevisions(cluster, set, new Set([status.currentRevision ?? '', updateRevision]))
}

interface View {
  readonly control: Control
  readonly set: StatefulSet
  readonly currentRevision: string
  readonly updateRevision: string
}

function podsOf({ control, set }: View): Pod[] {
  return controlled<Pod>(control.cluster, PODS, set).toSorted((left, right) => ordinalOf(left) - ordinalOf(right))
}

function ordinalOf(pod: Pod): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1)
}

function revisionOf({ set }: View, pod: Pod): string {
  return `${set.metadata.name}-${pod.metadata.labels?.[REVISION_LABEL] ?? ''}`
}

function isAvailable({ control, set }: View, pod: Pod): boolean {
  const wait = control.availability.remaining(pod, set.spec.minReadySeconds)
  if (wait > 0 && wait < Infinity) control.again(set, wait + 1)
  return wait === 0 && !isTerminating(pod)
}

/** Adds missing pods from the lowest and ends surplus ones from the highest, one at a time unless told otherwise. Whether there is more to do. */
function fill(view: View): boolean {
  const { set, control } = view
  const pods = podsOf(view)
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel'
  for (let ordinal = 0; ordinal < set.spec.replicas; ordinal += 1) {
    const pod = pods.find((candidate) => ordinalOf(candidate) === ordinal)
    if (pod === undefined) addPod(view, ordinal)
    else if (isAvailable(view, pod)) continue
    if (isOrdered) return true
  }
  const surplus = pods.filter((pod) => ordinalOf(pod) >= set.spec.replicas)
  const ending = isOrdered ? surplus.slice(-1) : surplus
  for (const pod of ending) end(control.cluster, PODS, pod)
  return surplus.length > 0
}

/** Below the partition a pod is made of the old template, even while the update is under way. */
function addPod(view: View, ordinal: number): void {
  const { control, set, currentRevision, updateRevision } = view
  const isOld = set.spec.updateStrategy.type === 'RollingUpdate' && ordinal < (set.spec.updateStrategy.rollingUpdate?.partition ?? 0)
  const revision = isOld ? currentRevision : updateRevision
  const name = `${set.metadata.name}-${ordinal}`
  const hash = revision.slice(set.metadata.name.length + 1)
  const labels = { [REVISION_LABEL]: hash, 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': String(ordinal) }
  makePod(control.cluster, set, STATEFULSETS, templateOf(control.cluster, set, revision), { name, labels })
}

/** Ends the highest pod that is out of date; the next look makes it anew. Waits for each to serve. */
function renew(view: View): void {
  const { control, set, updateRevision } = view
  if (set.spec.updateStrategy.type === 'OnDelete') return
  const partition = set.spec.updateStrategy.rollingUpdate?.partition ?? 0
  const candidates = podsOf(view).filter((pod) => ordinalOf(pod) >= partition)
  for (const pod of candidates.toReversed()) {
    if (revisionOf(view, pod) !== updateRevision && !isTerminating(pod)) return end(control.cluster, PODS, pod)
    if (!isAvailable(view, pod)) return
  }
}

function statusOf(view: View): StatefulSet['status'] {
  const { set, currentRevision, updateRevision } = view
  const pods = podsOf(view)
  const active = pods.filter((pod) => !isTerminating(pod))
  const of = (revision: string): number => active.filter((pod) => revisionOf(view, pod) === revision).length
  const ready = active.filter(isReady).length
  const isDone =
    set.spec.updateStrategy.type === 'RollingUpdate' && of(updateRevision) === set.spec.replicas && ready === set.spec.replicas && pods.length === active.length
  const current = isDone ? updateRevision : currentRevision
  const told = { readyReplicas: ready, currentReplicas: of(current), updatedReplicas: of(updateRevision) }
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value > 0)),
    currentRevision: current,
    updateRevision,
    collisionCount: 0,
    availableReplicas: active.filter((pod) => isAvailable(view, pod)).length,
  }
}
