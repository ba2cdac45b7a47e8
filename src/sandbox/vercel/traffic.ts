/** Who takes production traffic: names, promotion, rollback, rolling releases. */
import { type Cloud, type Deployment, deploymentOf, type Project, type Release, type Stage } from './state.ts'

/** What becomes of a deployment that is READY and whose turn it is to get its names. */
export function assign(cloud: Cloud, project: Project, deployment: Deployment): void {
  if (project.held.failChecks) {
    project.held.failChecks = false
    deployment.checksFailed = true
    return
  }
  if (project.held.failAlias) {
    project.held.failAlias = false
    deployment.aliasError = { code: 'alias_assignment_failed', message: 'The aliases could not be assigned.' }
    return
  }
  if (deployment.target !== 'production') {
    point(cloud, project, deployment.names, deployment)
    deployment.aliasAssignedAt = cloud.now()
    return
  }
  const serving = project.production === null ? null : deploymentOf(project, project.production)
  if (!project.autoAssign || (serving !== null && serving.createdAt > deployment.createdAt)) deployment.substate = 'STAGED'
  else if (project.rolling !== null && serving !== null) beginRelease(cloud, project, serving, deployment)
  else promote(cloud, project, deployment)
}

/** Gives a deployment every production name, and its predecessor a rest. Whoever promotes it before its own turn came spares it that turn. */
export function promote(cloud: Cloud, project: Project, deployment: Deployment): void {
  const before = project.production
  if (deployment.state === 'READY') deployment.due = null
  point(cloud, project, deployment.names, deployment)
  project.production = deployment.id
  deployment.substate = 'PROMOTED'
  deployment.aliasAssignedAt ??= cloud.now()
  if (before === deployment.id) return
  start(cloud, deployment)
  if (before !== null) cloud.options.runtime?.stopped(before)
}

/** An instant rollback: the names move, and new deployments do not get them any more. */
export function rollBack(cloud: Cloud, project: Project, to: Deployment): void {
  project.aliasRequest = { type: 'rollback', to: to.id, from: project.production, at: cloud.now() }
  project.autoAssign = false
  if (project.release?.state === 'ACTIVE') endRelease(cloud, project, project.release, 'ABORTED')
  promote(cloud, project, to)
}

/** Moves an active release to its next stage; the last one ends it. */
export function approveStage(cloud: Cloud, project: Project): void {
  const { release, rolling } = project
  if (release?.state !== 'ACTIVE' || rolling === null) throw new Error('no release is active')
  release.stage += 1
  release.updatedAt = cloud.now()
  if ((rolling[release.stage]?.targetPercentage ?? 100) >= 100) endRelease(cloud, project, release, 'COMPLETE')
}

export function stageOf(rolling: readonly Stage[] | null, index: number): Stage & { readonly index: number; readonly isFinalStage: boolean } {
  const stage = rolling?.[index] ?? { targetPercentage: 100, requireApproval: false }
  return { ...stage, index, isFinalStage: stage.targetPercentage >= 100 }
}

function beginRelease(cloud: Cloud, project: Project, serving: Deployment, canary: Deployment): void {
  if (project.release?.state === 'ACTIVE') endRelease(cloud, project, project.release, 'ABORTED')
  const at = cloud.now()
  project.release = { state: 'ACTIVE', stage: 0, current: serving.id, canary: canary.id, startedAt: at, updatedAt: at }
  canary.substate = 'ROLLING'
  start(cloud, canary)
}

function endRelease(cloud: Cloud, project: Project, release: Release, how: 'COMPLETE' | 'ABORTED'): void {
  release.state = how
  release.updatedAt = cloud.now()
  const canary = deploymentOf(project, release.canary)
  if (how === 'ABORTED') {
    canary.substate = 'PROMOTED'
    cloud.options.runtime?.stopped(canary.id)
    return
  }
  point(cloud, project, canary.names, canary)
  project.production = canary.id
  canary.substate = 'PROMOTED'
  canary.aliasAssignedAt = cloud.now()
  cloud.options.runtime?.stopped(release.current)
}

function point(cloud: Cloud, project: Project, names: readonly string[], deployment: Deployment): void {
  for (const name of names) cloud.names.set(name, { project: project.id, deployment: deployment.id, at: cloud.now() })
}

function start(cloud: Cloud, deployment: Deployment): void {
  const env = Object.fromEntries([...(deployment.env ?? [])].map(([name, value]) => [name, value.open()]))
  cloud.options.runtime?.serving({ deployment: deployment.id, env })
}
