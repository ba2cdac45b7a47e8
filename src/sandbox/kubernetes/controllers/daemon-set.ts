/** Keeps one pod of a DaemonSet on every node, and renews them a few at a time (`pkg/controller/daemon/update.go`). */
import { DAEMONSETS, PODS } from '../api/resources.ts'
import { type DaemonSet, isReady, isTerminating, type Pod } from '../workloads.ts'
import type { Control } from './control.ts'
import { scaled } from './fenceposts.ts'
import { presentRevision, REVISION_LABEL, tidyRevisions } from './revisions.ts'
import { makePod } from './templates.ts'
import { controlled, end, writeStatus } from './writes.ts'

interface View {
  readonly control: Control
  readonly set: DaemonSet
  readonly hash: string
  readonly nodes: readonly string[]
}

export function reconcileDaemonSet(control: Control, set: DaemonSet): void {
  if (set.metadata.deletionTimestamp !== undefined) return
  const { name } = presentRevision(control.cluster, set, DAEMONSETS).metadata
  const nodes = Array.from({ length: control.cluster.options.nodes }, (_, index) => `node-${index + 1}`)
  const view = { control, set, hash: name.slice(set.metadata.name.length + 1), nodes }
  fill(view)
  if (set.spec.updateStrategy.type === 'RollingUpdate') renew(view)
  writeStatus(control.cluster, DAEMONSETS, set, statusOf(view))
  tidyRevisions(control.cluster, set, new Set([name]))
}

function podsOf({ control, set }: View): Pod[] {
  return controlled<Pod>(control.cluster, PODS, set)
}

/** A node whose pod is still ending waits for its successor. */
function fill(view: View): void {
  const { control, set, hash, nodes } = view
  const pods = podsOf(view)
  for (const nodeName of nodes) {
    if (pods.every((pod) => pod.spec.nodeName !== nodeName)) {
      const generation = String(set.metadata.generation ?? 1)
      makePod(control.cluster, set, DAEMONSETS, set.spec.template, { nodeName, labels: { [REVISION_LABEL]: hash, 'pod-template-generation': generation } })
    }
  }
  for (const pod of pods) if (!nodes.includes(pod.spec.nodeName ?? '')) end(control.cluster, PODS, pod)
}

function isUpdated({ hash }: View, pod: Pod): boolean {
  return pod.metadata.labels?.[REVISION_LABEL] === hash
}

function isAvailable({ control, set }: View, pod: Pod): boolean {
  const wait = control.availability.remaining(pod, set.spec.minReadySeconds)
  if (wait > 0 && wait < Infinity) control.again(set, wait + 1)
  return wait === 0 && !isTerminating(pod)
}

/** Ends pods that are out of date: those that serve nobody at once, the others while enough nodes are served. */
function renew(view: View): void {
  const { control, set, nodes } = view
  const pods = podsOf(view)
  const outdated = pods.filter((pod) => !isUpdated(view, pod) && !isTerminating(pod))
  const idle = outdated.filter((pod) => !isReady(pod))
  const unserved = nodes.filter((node) => !pods.some((pod) => pod.spec.nodeName === node && isAvailable(view, pod)))
  const most = Math.max(1, scaled(set.spec.updateStrategy.rollingUpdate?.maxUnavailable, nodes.length, Math.ceil))
  const serving = outdated.filter(isReady).slice(0, Math.max(0, most - unserved.length))
  for (const pod of [...idle, ...serving]) end(control.cluster, PODS, pod)
}

function statusOf(view: View): DaemonSet['status'] {
  const { set, nodes } = view
  const active = podsOf(view).filter((pod) => !isTerminating(pod))
  const available = active.filter((pod) => isAvailable(view, pod)).length
  const told = {
    updatedNumberScheduled: active.filter((pod) => isUpdated(view, pod)).length,
    numberAvailable: available,
    numberUnavailable: nodes.length - available,
  }
  return {
    currentNumberScheduled: active.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes.length,
    numberReady: active.filter(isReady).length,
    observedGeneration: set.metadata.generation ?? 1,
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value > 0)),
  }
}
