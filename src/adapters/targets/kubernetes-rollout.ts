/** How far a workload's restart is: kubectl's own rules for each kind (kubectl/pkg/polymorphichelpers/rollout_status.go). */
import type { Progress } from '../../ports/target.ts'
import type { WorkloadObject } from './kubernetes-shapes.ts'

export type Kind = 'deployment' | 'statefulset' | 'daemonset'

/** What keeps a restart from reaching every pod, in words, or `null`. A person has to change the workload, or replace its pods. */
export function hindrance(kind: Kind, { spec }: WorkloadObject): string | null {
  if (kind === 'deployment') return spec.paused === true ? 'is paused, so its pods are not replaced' : null
  if (spec.updateStrategy?.type === 'OnDelete') return 'replaces pods only when somebody deletes them (updateStrategy OnDelete)'
  const partition = kind === 'statefulset' ? (spec.updateStrategy?.rollingUpdate?.partition ?? 0) : 0
  return partition > 0 ? `keeps the pods below number ${partition} as they are (partition)` : null
}

/** Whether the controller has brought every pod to the template, by its own word. Old pods may still be ending: that is asked elsewhere. */
export function rollout(kind: Kind, workload: WorkloadObject): Progress {
  if ((workload.status?.observedGeneration ?? 0) < (workload.metadata.generation ?? 1)) return no('its controller has not seen the change yet')
  if (kind === 'deployment') return deployment(workload)
  return kind === 'statefulset' ? statefulSet(workload) : daemonSet(workload)
}

function deployment({ spec, status }: WorkloadObject): Progress {
  const { replicas = 0, updatedReplicas: updated = 0, availableReplicas: available = 0, conditions = [] } = status ?? {}
  const has = (type: string, reason?: string): boolean =>
    conditions.some((one) => one.type === type && (reason === undefined ? one.status === 'True' : one.reason === reason))
  if (has('Progressing', 'ProgressDeadlineExceeded')) return { state: 'failed', why: 'new pods did not become available within its progress deadline' }
  const wanted = spec.replicas ?? 1
  if (updated < wanted) return no(has('ReplicaFailure') ? 'its pods cannot be created (quota, or a policy)' : `${updated} of ${wanted} pods are new`)
  if (replicas > updated) return no(`${replicas - updated} old pods are left`)
  return available < updated ? no(`${available} of ${updated} new pods are available`) : YES
}

function statefulSet({ spec, status }: WorkloadObject): Progress {
  const wanted = spec.replicas ?? 1
  const ready = status?.readyReplicas ?? 0
  if (ready < wanted) return no(`${ready} of ${wanted} pods are ready`)
  return status?.updateRevision === status?.currentRevision ? YES : no('pods of the old revision are left')
}

function daemonSet({ status }: WorkloadObject): Progress {
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0, numberAvailable: available = 0 } = status ?? {}
  if (updated < wanted) return no(`${updated} of ${wanted} pods are new`)
  return available < wanted ? no(`${available} of ${wanted} new pods are available`) : YES
}

const YES: Progress = { state: 'yes' }
const no = (why: string): Progress => ({ state: 'no', why })
