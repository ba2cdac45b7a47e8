/** Deployments from their request to their names: queued, prepared, built with the values of that moment, assigned. */
import { newId, type Sealed } from './sealed.ts'
import { type Cloud, type Deployment, deploymentOf, type EnvRecord, type Project } from './state.ts'
import { assign } from './traffic.ts'

export interface NewDeployment {
  readonly target: 'production' | null
  readonly customEnvironment?: string
  readonly branch?: string
  readonly sha?: string
  readonly meta?: Readonly<Record<string, string>>
  readonly source?: Deployment['source']
  readonly inherits?: string | null
  /** When it was asked for; now unless told otherwise. */
  readonly createdAt?: number
  /** How long until anybody sees it (ms). */
  readonly hiddenMs?: number
}

/** Queues a deployment; the rest happens with time. */
export function addDeployment(cloud: Cloud, project: Project, wish: NewDeployment): Deployment {
  const createdAt = wish.createdAt ?? cloud.stamp() + (wish.hiddenMs ?? 0)
  const id = newId('dpl_')
  const branch = wish.branch ?? (wish.target === 'production' ? project.productionBranch : 'feature')
  const team = cloud.team?.slug ?? cloud.person.username
  const deployment: Deployment = {
    id,
    url: `${project.name}-${id.slice(4, 13).toLowerCase()}-${team}.vercel.app`,
    target: wish.target,
    customEnvironment: wish.customEnvironment ?? null,
    branch,
    sha: wish.sha ?? newId('', 40).toLowerCase(),
    meta: wish.meta ?? {},
    source: wish.source ?? 'git',
    inherits: wish.inherits ?? null,
    createdAt,
    appearsAt: wish.hiddenMs === undefined ? 0 : cloud.now() + wish.hiddenMs,
    state: 'QUEUED',
    due: createdAt + cloud.options.queueMs,
    buildingAt: null,
    readyAt: null,
    aliasAssignedAt: null,
    aliasError: null,
    checksFailed: false,
    substate: null,
    names: [...(wish.target === 'production' ? project.domains : []), `${project.name}-git-${branch}-${team}.vercel.app`],
    env: null,
  }
  project.deployments.push(deployment)
  return deployment
}

/** Lets everything happen that is due by now, in the order of its time. */
export function pump(cloud: Cloud): void {
  for (let next = nextDue(cloud); next !== null && next.at <= cloud.now(); next = nextDue(cloud)) step(cloud, next.project, next.deployment)
}

/** The next thing that will happen, or `null`. Asked twice with each request, of a thousand projects perhaps. */
export function nextDue(cloud: Cloud): { readonly project: Project; readonly deployment: Deployment; readonly at: number } | null {
  let first: { readonly project: Project; readonly deployment: Deployment; readonly at: number } | null = null
  for (const project of cloud.projects) {
    for (const deployment of project.deployments) {
      const at = deployment.due
      if (at !== null && (first === null || at < first.at) && !isHeld(project, deployment)) first = { project, deployment, at }
    }
  }
  return first
}

function isHeld(project: Project, deployment: Deployment): boolean {
  return deployment.state === 'READY' && project.held.alias
}

function step(cloud: Cloud, project: Project, deployment: Deployment): void {
  const { initMs, buildMs, aliasMs } = cloud.options
  const at = deployment.due ?? cloud.now()
  switch (deployment.state) {
    case 'QUEUED':
      if (project.held.nextOutcome === 'BLOCKED') return end(project, deployment, 'BLOCKED')
      deployment.state = 'INITIALIZING'
      deployment.due = at + initMs
      return
    case 'INITIALIZING':
      deployment.state = 'BUILDING'
      deployment.buildingAt = at
      deployment.env = valuesFor(cloud, project, deployment)
      deployment.due = at + buildMs
      return
    case 'BUILDING':
      if (project.held.nextOutcome !== null) return end(project, deployment, project.held.nextOutcome)
      deployment.state = 'READY'
      deployment.readyAt = at
      deployment.due = at + aliasMs
      return
    default:
      deployment.due = null
      if (deployment.state === 'READY') assign(cloud, project, deployment)
  }
}

function end(project: Project, deployment: Deployment, how: 'ERROR' | 'CANCELED' | 'BLOCKED'): void {
  project.held.nextOutcome = null
  deployment.state = how
  deployment.due = null
}

/** The values as they are now: a later change does not reach this build. */
function valuesFor(cloud: Cloud, project: Project, deployment: Deployment): ReadonlyMap<string, Sealed> {
  if (deployment.inherits !== null && cloud.options.redeployKeepsValues) return deploymentOf(project, deployment.inherits).env ?? new Map()
  const { customEnvironment: custom, target } = deployment
  const isFor = (record: EnvRecord): boolean => (custom === null ? record.target.includes(target ?? 'preview') : record.customEnvironmentIds.includes(custom))
  const fitting = project.env.filter((record) => isFor(record) && (record.gitBranch === null || record.gitBranch === deployment.branch))
  // A branch's own entry wins over the general one.
  const ordered = fitting.toSorted((left, right) => Number(left.gitBranch !== null) - Number(right.gitBranch !== null))
  return new Map(ordered.map((record) => [record.key, record.value]))
}
