/** The cloud's memory: projects with their variables and deployments, and the names that point to them. */
import type { VercelOptions } from './options.ts'
import { newId, type Sealed } from './sealed.ts'

export type EnvType = 'encrypted' | 'plain' | 'sensitive' | 'system' | 'secret'

export interface EnvRecord {
  readonly id: string
  key: string
  value: Sealed
  type: EnvType
  target: readonly string[]
  gitBranch: string | null
  customEnvironmentIds: readonly string[]
  comment: string | null
  readonly createdAt: number
  updatedAt: number
  /** Left out of listings and counted instead. */
  hidden: boolean
}

export type DeploymentState = 'QUEUED' | 'INITIALIZING' | 'BUILDING' | 'READY' | 'ERROR' | 'CANCELED' | 'BLOCKED'

export interface Deployment {
  readonly id: string
  readonly url: string
  readonly target: 'production' | null
  /** Id of the custom environment that it belongs to. */
  readonly customEnvironment: string | null
  readonly branch: string
  readonly sha: string
  readonly meta: Readonly<Record<string, string>>
  readonly source: 'git' | 'redeploy' | 'git-deploy-hook' | 'cli'
  /** Whose values it keeps, where a redeployment does. */
  readonly inherits: string | null
  readonly createdAt: number
  /** Nobody sees it before: a hook answers first. */
  readonly appearsAt: number
  state: DeploymentState
  /** When the next thing happens to it; `null` = nothing will. */
  due: number | null
  buildingAt: number | null
  readyAt: number | null
  aliasAssignedAt: number | null
  aliasError: { readonly code: string; readonly message: string } | null
  /** Checks that run on the finished build kept it from its names. */
  checksFailed: boolean
  substate: 'STAGED' | 'ROLLING' | 'PROMOTED' | null
  /** Names it is meant to get. */
  readonly names: readonly string[]
  /** Values it was built with; `null` until the build begins. */
  env: ReadonlyMap<string, Sealed> | null
}

export interface Stage {
  readonly targetPercentage: number
  readonly requireApproval: boolean
}

export interface Release {
  state: 'ACTIVE' | 'COMPLETE' | 'ABORTED'
  stage: number
  readonly current: string
  readonly canary: string
  readonly startedAt: number
  updatedAt: number
}

export interface DeployHook {
  readonly id: string
  readonly name: string
  readonly ref: string
}

export interface CustomEnvironment {
  readonly id: string
  readonly slug: string
  readonly createdAt: number
}

export interface Project {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly env: EnvRecord[]
  readonly deployments: Deployment[]
  readonly customEnvironments: CustomEnvironment[]
  readonly hooks: DeployHook[]
  /** The names that production answers to. */
  readonly domains: readonly string[]
  readonly productionBranch: string
  /** Whether the project is connected to a repository: hooks and git sources need one. */
  readonly git: boolean
  /** The deployment that `targets.production` names. */
  production: string | null
  /** Domains follow new production deployments by themselves. An instant rollback ends that. */
  autoAssign: boolean
  aliasRequest: { readonly type: 'promote' | 'rollback'; readonly to: string; readonly from: string | null; readonly at: number } | null
  rolling: readonly Stage[] | null
  release: Release | null
  /** Seconds for which clients may stay on an older deployment; `null` = off. */
  skewProtectionMaxAge: number | null
  /** A change of variables is under way. */
  writing: boolean
  /** Reading values asks for fresh authentication. */
  challenge: boolean
  readonly held: { alias: boolean; failAlias: boolean; failChecks: boolean; nextOutcome: 'ERROR' | 'CANCELED' | 'BLOCKED' | null }
}

export interface SharedVariable {
  readonly id: string
  readonly key: string
  readonly target: readonly string[]
  readonly projects: readonly string[]
  readonly createdAt: number
}

export class Cloud {
  options: VercelOptions
  offset = 0
  readonly token: string
  readonly person = { id: newId('', 24), username: 'ada', email: 'ada@sandbox.invalid' }
  readonly team: { readonly id: string; readonly slug: string; readonly name: string } | null
  readonly projects: Project[] = []
  readonly shared: SharedVariable[] = []
  /** Every name, with the project and deployment it points to. */
  readonly names = new Map<string, { readonly project: string; deployment: string; at: number }>()
  #last = 0

  constructor(options: VercelOptions) {
    this.options = options
    this.token = options.token ?? newId('vcp_', 56)
    this.team = options.team ? { id: newId('team_', 24), slug: 'sandbox-team', name: 'Sandbox team' } : null
  }

  get owner(): string {
    return this.team?.id ?? this.person.id
  }

  /** The sandbox's own time, Unix ms. */
  now(): number {
    return this.options.clock() + this.offset
  }

  /** A moment that no earlier stamp has: two changes never share their date. */
  stamp(): number {
    this.#last = Math.max(this.now(), this.#last + 1)
    return this.#last
  }
}

/** The project of this id or name; throws a plain error for the tests' own hands. */
export function projectOf(cloud: Cloud, idOrName: string): Project {
  const project = cloud.projects.find(({ id, name }) => id === idOrName || name === idOrName)
  if (project === undefined) throw new Error('the sandbox has no project of this id or name')
  return project
}

export function deploymentOf(project: Project, id: string): Deployment {
  const deployment = project.deployments.find((candidate) => candidate.id === id)
  if (deployment === undefined) throw new Error('the project has no deployment of this id')
  return deployment
}

/** What the API shows of a project's deployments by now. */
export function visible(cloud: Cloud, project: Project): readonly Deployment[] {
  return project.deployments.filter((deployment) => deployment.appearsAt <= cloud.now())
}
