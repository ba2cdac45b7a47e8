/** Rolls a Deployment from one template to the next (`pkg/controller/deployment/rolling.go` and `recreate.go`). */
import { PODS, REPLICASETS } from '../api/resources.ts'
import { conditionOf, type Deployment, type Pod } from '../workloads.ts'
import type { Control } from './control.ts'
import { addSet, isScaling, nextRevision, renumber, scale, type Sets, setsOf } from './deployment-sets.ts'
import { announce, isComplete, type Progress, reportStatus, type Wanted } from './deployment-status.ts'
import { resolved } from './fenceposts.ts'
import { controlled, end } from './writes.ts'

type Look = { readonly control: Control; readonly progress: Progress; readonly deployment: Deployment }

/** One look and at most one kind of step: up, down, or tidying. */
export function reconcileDeployment(control: Control, progress: Progress, deployment: Deployment): void {
  const look = { control, progress, deployment }
  const sets = setsOf(control, deployment)
  if (deployment.metadata.deletionTimestamp !== undefined) return reportStatus(control, progress, deployment, sets)
  const turned = pausedOrResumed(deployment)
  if (turned !== null) return announce(control, progress, deployment, sets, turned)
  if (deployment.spec.paused === true || isScaling(deployment, sets)) return resize(look, sets)
  if (deployment.spec.strategy.type === 'Recreate') recreate(look, sets)
  else roll(look, sets)
}

/** Pausing stops the clock of the deadline, resuming starts it anew. */
function pausedOrResumed({ spec, status }: Deployment): Wanted | null {
  const reason = conditionOf(status.conditions, 'Progressing')?.reason
  if (reason === 'ProgressDeadlineExceeded') return null
  if (spec.paused === true && reason !== 'DeploymentPaused')
    return { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' }
  if (spec.paused !== true && reason === 'DeploymentPaused')
    return { type: 'Progressing', status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' }
  return null
}

/** A paused Deployment follows a change of `replicas` and nothing else. Between two templates the share of each is left as it is. */
function resize({ control, progress, deployment }: Look, sets: Sets): void {
  const active = sets.all.filter((set) => set.spec.replicas > 0)
  const only = active.length <= 1 ? (active[0] ?? sets.current ?? sets.all.at(-1)) : undefined
  for (const set of active.length > 1 ? active : []) scale(control, deployment, set, set.spec.replicas)
  if (only !== undefined) scale(control, deployment, only, deployment.spec.replicas)
  reportStatus(control, progress, deployment, setsOf(control, deployment))
}

function roll(look: Look, sets: Sets): void {
  const { control, progress, deployment } = look
  const { current } = sets
  if (current === undefined) return begin(look, sets, upTo(deployment, sets, 0))
  renumber(control, deployment, current, nextRevision(sets))
  const wanted = current.spec.replicas > deployment.spec.replicas ? deployment.spec.replicas : upTo(deployment, sets, current.spec.replicas)
  const stepped = scale(control, deployment, current, wanted) || scaleDown(look, sets)
  const after = setsOf(control, deployment)
  if (!stepped && isComplete(deployment, deployment.status)) tidy(look, after)
  reportStatus(control, progress, deployment, after)
}

/** The first ReplicaSet of a template, and the words that say so. */
function begin({ control, progress, deployment }: Look, sets: Sets, replicas: number): void {
  const set = addSet(control, deployment, sets, replicas)
  const message = `Created new replica set "${set.metadata.name}"`
  announce(control, progress, deployment, setsOf(control, deployment), { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message })
}

/** How many pods of the present template there may be now: all pods together stay within the surge. */
function upTo(deployment: Deployment, { all }: Sets, present: number): number {
  const total = all.reduce((sum, set) => sum + set.spec.replicas, 0)
  const room = deployment.spec.replicas + resolved(deployment).maxSurge - total
  return present + Math.max(0, Math.min(room, deployment.spec.replicas - present))
}

/** Takes pods from the old sets: first those that serve nobody, then as many as the available ones allow. */
function scaleDown({ control, deployment }: Look, { current, old, all }: Sets): boolean {
  const total = all.reduce((sum, set) => sum + set.spec.replicas, 0)
  const least = deployment.spec.replicas - resolved(deployment).maxUnavailable
  const unready = (current?.spec.replicas ?? 0) - (current?.status.availableReplicas ?? 0)
  let removable = total - least - unready
  if (old.every((set) => set.spec.replicas === 0) || removable <= 0) return false
  const left = new Map(old.map((set) => [set, set.spec.replicas]))
  for (const set of old) {
    const idle = Math.min(Math.max(0, set.spec.replicas - (set.status.availableReplicas ?? 0)), removable)
    left.set(set, set.spec.replicas - idle)
    removable -= idle
  }
  let spare = all.reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0) - least
  for (const set of old) {
    const taken = Math.min(left.get(set) ?? 0, Math.max(0, spare))
    left.set(set, (left.get(set) ?? 0) - taken)
    spare -= taken
  }
  return old.map((set) => scale(control, deployment, set, left.get(set) ?? 0)).includes(true)
}

/** `Recreate`: nothing new before all that is old is gone, terminating pods included. */
function recreate(look: Look, sets: Sets): void {
  const { control, progress, deployment } = look
  const stopped = sets.old.map((set) => scale(control, deployment, set, 0)).includes(true)
  const oldPods = sets.old.flatMap((set) => controlled<Pod>(control.cluster, PODS, set))
  if (!stopped && oldPods.length === 0) {
    if (sets.current === undefined) return begin(look, sets, deployment.spec.replicas)
    renumber(control, deployment, sets.current, nextRevision(sets))
    scale(control, deployment, sets.current, deployment.spec.replicas)
  }
  if (isComplete(deployment, deployment.status)) tidy(look, sets)
  reportStatus(control, progress, deployment, setsOf(control, deployment))
}

/** Forgets the oldest empty sets beyond `revisionHistoryLimit`. */
function tidy({ control, deployment }: Look, { old }: Sets): void {
  const empty = old.filter((set) => set.spec.replicas === 0 && set.status.replicas === 0)
  for (const set of empty.slice(0, Math.max(0, old.length - deployment.spec.revisionHistoryLimit))) end(control.cluster, REPLICASETS, set)
}
