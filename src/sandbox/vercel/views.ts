/** Variables and deployments as tests see them: the truth, with fingerprints for values. */
import type { Deployment, DeploymentState, EnvRecord, Project } from './state.ts'

export interface EnvView {
  readonly id: string
  readonly key: string
  readonly type: string
  readonly target: readonly string[]
  readonly gitBranch: string | null
  readonly customEnvironmentIds: readonly string[]
  readonly comment: string | null
  readonly updatedAt: number
  /** First 12 hex digits of the value's SHA-256. */
  readonly fingerprint: string
}

export interface UnitView {
  readonly id: string
  readonly target: 'production' | null
  readonly state: DeploymentState
  readonly serving: boolean
  readonly createdAt: number
  readonly meta: Readonly<Record<string, string>>
  /** Fingerprints of the values it was built with, by name. */
  readonly env: Readonly<Record<string, string>>
}

export function variableView(record: EnvRecord): EnvView {
  const { id, key, type, target, gitBranch, customEnvironmentIds, comment, updatedAt, value } = record
  return { id, key, type, target, gitBranch, customEnvironmentIds, comment, updatedAt, fingerprint: value.fingerprint }
}

export function unitView(project: Project, deployment: Deployment): UnitView {
  const { id, target, state, createdAt, meta } = deployment
  const env = Object.fromEntries([...(deployment.env ?? [])].map(([name, value]) => [name, value.fingerprint]))
  return { id, target, state, serving: project.production === id, createdAt, meta, env }
}
