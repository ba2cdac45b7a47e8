/** The tests' own hands in the cloud: what a person at the dashboard, a push or the passing of time would do. */
import { addDeployment, type NewDeployment, pump } from './builds.ts'
import type { Tunable } from './options.ts'
import { newId, Sealed } from './sealed.ts'
import { type Cloud, deploymentOf, type EnvRecord, type EnvType, type Project, projectOf, type Stage } from './state.ts'
import { approveStage, assign, promote, rollBack } from './traffic.ts'
import { changeRecord, type Wish } from './variables.ts'
import { type EnvView, type UnitView, unitView, variableView } from './views.ts'

/** A variable to add by hand: `encrypted`, for production, a month old, unless told otherwise. */
export interface VariableWish {
  readonly key: string
  readonly value: string
  readonly type?: EnvType
  readonly target?: readonly string[]
  readonly gitBranch?: string
  readonly customEnvironmentIds?: readonly string[]
  readonly comment?: string
  readonly hidden?: boolean
}

export interface VercelHands {
  now(): number
  /** Moves the sandbox's clock forward (ms), and lets happen what is due by then. */
  advance(ms: number): void
  tune(change: Tunable): void
  /** A project with its production names. Connected to a repository unless told otherwise. */
  addProject(name: string, more?: { readonly domains?: readonly string[]; readonly git?: boolean }): { readonly id: string; readonly name: string }
  addCustomEnvironment(project: string, slug: string): { readonly id: string }
  addVariable(project: string, wish: VariableWish): EnvView
  variables(project: string): readonly EnvView[]
  /** Somebody edits an entry at the dashboard: what they do not name stays, the comment with our mark included. */
  editVariable(project: string, id: string, change: Wish): void
  addShared(key: string, projects: readonly string[], target?: readonly string[]): void
  /** A deploy hook for a branch; its address is the permission. */
  addHook(project: string, name: string, ref: string): { readonly id: string; readonly path: string }
  /** A push: queued, built and assigned as any other. */
  push(project: string, wish?: Partial<NewDeployment>): string
  /** A deployment that was finished before, with the values of now; a production one takes the names. */
  addBuilt(project: string, wish?: Partial<NewDeployment>): string
  deployments(project: string): readonly UnitView[]
  /** The deployment that production's names point to. */
  serving(project: string): string | null
  /** How the next build ends. */
  failNext(project: string, how?: 'ERROR' | 'CANCELED' | 'BLOCKED'): void
  /** Keeps names from moving until called with `false`. */
  holdAlias(project: string, held?: boolean): void
  /** The next assignment of names fails. */
  failAlias(project: string): void
  /** The next finished build does not pass its checks. */
  failChecks(project: string): void
  autoAssign(project: string, on: boolean): void
  rollBack(project: string, deployment: string): void
  promote(project: string, deployment: string): void
  /** New production deployments get their traffic in stages. */
  rollInStages(project: string, stages: readonly Stage[] | null): void
  approveStage(project: string): void
  /** Points one more name at a deployment, as `vercel alias` does. */
  pointName(project: string, name: string, deployment: string): void
  skewProtection(project: string, seconds: number | null): void
  /** Reading values asks for fresh authentication. */
  challenge(project: string, on?: boolean): void
}

const MONTH_MS = 30 * 86_400_000

/** `woken` is called after each change: something may be due that was not before. */
export function handsOf(cloud: Cloud, woken: () => void): VercelHands {
  const within = <T>(act: () => T): T => {
    pump(cloud)
    const result = act()
    pump(cloud)
    woken()
    return result
  }
  const on = (name: string, change: (project: Project) => void): void => within(() => change(projectOf(cloud, name)))
  return {
    now: () => cloud.now(),
    advance: (ms) => within(() => void (cloud.offset += ms)),
    tune: (change) => within(() => void (cloud.options = { ...cloud.options, ...change })),
    addProject: (name, more = {}) => addProject(cloud, name, more),
    addCustomEnvironment: (name, slug) => {
      const custom = { id: newId('env_'), slug, createdAt: cloud.now() }
      projectOf(cloud, name).customEnvironments.push(custom)
      return { id: custom.id }
    },
    addVariable: (name, wish) => addVariable(cloud, projectOf(cloud, name), wish),
    variables: (name) => projectOf(cloud, name).env.map(variableView),
    editVariable: (name, id, change) => on(name, (project) => changeRecord(cloud, project, variableOf(project, id), change)),
    addShared: (key, projects, target = ['production']) =>
      void cloud.shared.push({ id: newId('env_'), key, target, projects: projects.map((name) => projectOf(cloud, name).id), createdAt: cloud.now() }),
    addHook: (name, label, ref) => {
      const project = projectOf(cloud, name)
      const hook = { id: newId('', 10), name: label, ref }
      project.hooks.push(hook)
      return { id: hook.id, path: `/v1/integrations/deploy/${project.id}/${hook.id}` }
    },
    push: (name, wish = {}) => within(() => addDeployment(cloud, projectOf(cloud, name), { target: 'production', ...wish }).id),
    addBuilt: (name, wish = {}) => within(() => addBuilt(cloud, projectOf(cloud, name), wish)),
    deployments: (name) => within(() => projectOf(cloud, name).deployments.map((deployment) => unitView(projectOf(cloud, name), deployment))),
    serving: (name) => within(() => projectOf(cloud, name).production),
    failNext: (name, how = 'ERROR') => on(name, (project) => void (project.held.nextOutcome = how)),
    holdAlias: (name, held = true) => on(name, (project) => void (project.held.alias = held)),
    failAlias: (name) => on(name, (project) => void (project.held.failAlias = true)),
    failChecks: (name) => on(name, (project) => void (project.held.failChecks = true)),
    autoAssign: (name, yes) => on(name, (project) => void (project.autoAssign = yes)),
    rollBack: (name, id) => on(name, (project) => rollBack(cloud, project, deploymentOf(project, id))),
    promote: (name, id) => on(name, (project) => promote(cloud, project, deploymentOf(project, id))),
    rollInStages: (name, stages) => on(name, (project) => void (project.rolling = stages)),
    approveStage: (name) => on(name, (project) => approveStage(cloud, project)),
    pointName: (name, alias, id) =>
      on(name, (project) => void cloud.names.set(alias, { project: project.id, deployment: deploymentOf(project, id).id, at: cloud.now() })),
    skewProtection: (name, seconds) => on(name, (project) => void (project.skewProtectionMaxAge = seconds)),
    challenge: (name, asked = true) => on(name, (project) => void (project.challenge = asked)),
  }
}

function addProject(
  cloud: Cloud,
  name: string,
  more: { readonly domains?: readonly string[]; readonly git?: boolean },
): { readonly id: string; readonly name: string } {
  const project: Project = {
    id: newId('prj_'),
    name,
    createdAt: cloud.now() - MONTH_MS,
    env: [],
    deployments: [],
    customEnvironments: [],
    hooks: [],
    domains: [`${name}.vercel.app`, ...(more.domains ?? [])],
    productionBranch: 'main',
    git: more.git ?? true,
    production: null,
    autoAssign: true,
    aliasRequest: null,
    rolling: null,
    release: null,
    skewProtectionMaxAge: null,
    writing: false,
    challenge: false,
    held: { alias: false, failAlias: false, failChecks: false, nextOutcome: null },
  }
  cloud.projects.push(project)
  return { id: project.id, name }
}

function addVariable(cloud: Cloud, project: Project, wish: VariableWish): EnvView {
  const at = cloud.now() - MONTH_MS
  const record: EnvRecord = {
    id: newId('', 16),
    key: wish.key,
    value: new Sealed(wish.value),
    type: wish.type ?? 'encrypted',
    target: wish.target ?? ['production'],
    gitBranch: wish.gitBranch ?? null,
    customEnvironmentIds: wish.customEnvironmentIds ?? [],
    comment: wish.comment ?? null,
    createdAt: at,
    updatedAt: at,
    hidden: wish.hidden ?? false,
  }
  project.env.push(record)
  return variableView(record)
}

function addBuilt(cloud: Cloud, project: Project, wish: Partial<NewDeployment>): string {
  const deployment = addDeployment(cloud, project, { target: 'production', createdAt: cloud.stamp() - 60_000, ...wish })
  while (deployment.state !== 'READY' && deployment.due !== null) {
    deployment.due = cloud.now()
    pump(cloud)
  }
  deployment.due = null
  assign(cloud, project, deployment)
  return deployment.id
}

function variableOf(project: Project, id: string): EnvRecord {
  const record = project.env.find((candidate) => candidate.id === id)
  if (record === undefined) throw new Error('the project has no variable of this id')
  return record
}
