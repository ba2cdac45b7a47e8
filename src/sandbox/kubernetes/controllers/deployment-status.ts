/** What a Deployment says of itself (`pkg/controller/deployment/progress.go` and `sync.go`). */
import { DEPLOYMENTS } from '../api/resources.ts'
import { type Condition, conditionOf, type Deployment, type DeploymentStatus, type ReplicaSet } from '../workloads.ts'
import type { Control } from './control.ts'
import { nextRevision, REVISION, type Sets } from './deployment-sets.ts'
import { resolved } from './fenceposts.ts'
import { writeStatus } from './writes.ts'

const AVAILABLE = 'NewReplicaSetAvailable'
const MOVED = 'ReplicaSetUpdated'
const TIMED_OUT = 'ProgressDeadlineExceeded'

/** When each Deployment, by uid, last moved on: its deadline runs on the real clock, even where the cluster's stands still. */
export type Progress = Map<string, number>

export type Wanted = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

function count(sets: readonly (ReplicaSet | undefined)[], of: (set: ReplicaSet) => number | undefined): number {
  return sets.reduce((sum, set) => sum + (set === undefined ? 0 : (of(set) ?? 0)), 0)
}

/** Adds a condition, or replaces it at the end of the list. One of the same status and reason stays as it is, unless it is said anew. */
function withCondition(conditions: readonly Condition[], wanted: Wanted, now: string, anew = false): Condition[] {
  const there = conditionOf(conditions, wanted.type)
  if (!anew && there?.status === wanted.status && there.reason === wanted.reason) return [...conditions]
  const lastTransitionTime = there?.status === wanted.status ? (there.lastTransitionTime ?? now) : now
  const { type, status, reason = '', message = '' } = wanted
  return [...conditions.filter((condition) => condition.type !== type), { type, status, lastUpdateTime: now, lastTransitionTime, reason, message }]
}

function counted(control: Control, deployment: Deployment, { current, all }: Sets): DeploymentStatus {
  const { replicas } = deployment.spec
  const available = count(all, (set) => set.status.availableReplicas)
  const counts = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: count(all, (set) => set.status.replicas),
    updatedReplicas: count([current], (set) => set.status.replicas),
    readyReplicas: count(all, (set) => set.status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, count(all, (set) => set.spec.replicas) - available),
  }
  const told = Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0))
  const terminating = control.cluster.options.terminatingReplicas ? { terminatingReplicas: count(all, (set) => set.status.terminatingReplicas) } : {}
  const unavailable = deployment.spec.strategy.type === 'RollingUpdate' ? resolved(deployment).maxUnavailable : 0
  const enough: Wanted =
    available >= replicas - unavailable
      ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
      : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' }
  return { ...told, ...terminating, conditions: withCondition(deployment.status.conditions ?? [], enough, control.cluster.now()) }
}

/** Whether every wanted pod is of the present template, serves, and no other is counted. */
export function isComplete({ spec, metadata }: Deployment, status: DeploymentStatus): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status
  return (
    updatedReplicas === spec.replicas && replicas === spec.replicas && availableReplicas === spec.replicas && observedGeneration >= (metadata.generation ?? 1)
  )
}

function hasMoved(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  const grew = (name: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'): boolean => (now[name] ?? 0) > (before[name] ?? 0)
  return grew('updatedReplicas') || old(now) < old(before) || grew('readyReplicas') || grew('availableReplicas')
}

/** Says what a look itself brought about. The counts follow with the next one, as the real controller leaves them. */
export function announce(control: Control, progress: Progress, deployment: Deployment, sets: Sets, reached: Wanted): void {
  progress.set(deployment.metadata.uid, performance.now())
  const conditions = withCondition(deployment.status.conditions ?? [], reached, control.cluster.now())
  writeStatus(control.cluster, DEPLOYMENTS, deployment, { ...deployment.status, conditions }, annotationsWith(deployment, sets))
}

function annotationsWith(deployment: Deployment, sets: Sets): Record<string, string> {
  return { ...deployment.metadata.annotations, ...(sets.current === undefined ? {} : { [REVISION]: nextRevision(sets) }) }
}

/** Writes the status after a look, conditions and revision included. */
export function reportStatus(control: Control, progress: Progress, deployment: Deployment, sets: Sets): void {
  const status = counted(control, deployment, sets)
  const said = progressing(control, progress, deployment, status, sets)
  // progress is said anew each time there is some
  const conditions = said === null ? status.conditions : withCondition(status.conditions ?? [], said, control.cluster.now(), said.reason === MOVED)
  writeStatus(control.cluster, DEPLOYMENTS, deployment, { ...status, conditions: conditions ?? [] }, annotationsWith(deployment, sets))
}

function progressing(control: Control, progress: Progress, deployment: Deployment, status: DeploymentStatus, { current }: Sets): Wanted | null {
  const there = conditionOf(deployment.status.conditions, 'Progressing')
  const { uid } = deployment.metadata
  const what = `ReplicaSet "${current?.metadata.name ?? deployment.metadata.name}"`
  if (there?.reason === AVAILABLE && status.replicas === status.updatedReplicas) return null
  if (isComplete(deployment, status)) return { type: 'Progressing', status: 'True', reason: AVAILABLE, message: `${what} has successfully progressed.` }
  if (hasMoved(deployment.status, status)) {
    progress.set(uid, performance.now())
    return { type: 'Progressing', status: 'True', reason: MOVED, message: `${what} is progressing.` }
  }
  const since = progress.get(uid)
  if (there === undefined || since === undefined || there.reason === AVAILABLE || deployment.spec.paused === true) return null
  const left = since + deployment.spec.progressDeadlineSeconds * control.cluster.options.secondMs - performance.now()
  if (left > 0) control.again(deployment, left + 1)
  return left > 0 ? null : { type: 'Progressing', status: 'False', reason: TIMED_OUT, message: `${what} has timed out progressing.` }
}
