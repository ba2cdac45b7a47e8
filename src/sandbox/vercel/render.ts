/** The JSON the API shows of what the cloud holds. */
import type { Json } from './exchange.ts'
import { type Cloud, type CustomEnvironment, type Deployment, deploymentOf, type EnvRecord, type Project, type SharedVariable } from './state.ts'
import { stageOf } from './traffic.ts'

/** A variable: with its value where it may be read, without one where it never comes back, with an opaque text in listings. */
export function envJson(cloud: Cloud, record: EnvRecord, form: 'listed' | 'decrypted'): Json {
  const { id, key, type, target, gitBranch, customEnvironmentIds, comment, createdAt, updatedAt } = record
  const readable = (type === 'plain' || type === 'encrypted') && (type === 'plain' || cloud.options.showValues)
  // A sensitive variable by itself has no value at all; in listings every variable has some text.
  const dark = form === 'listed' ? '' : undefined
  const value = type === 'plain' || (readable && form === 'decrypted') ? record.value.open() : type === 'encrypted' ? opaque(record) : dark
  return {
    id,
    key,
    type,
    target,
    ...(gitBranch === null ? {} : { gitBranch }),
    ...(customEnvironmentIds.length === 0 ? {} : { customEnvironmentIds }),
    ...(comment === null ? {} : { comment }),
    ...(value === undefined ? {} : { value }),
    configurationId: null,
    createdAt,
    updatedAt,
    createdBy: cloud.person.id,
    updatedBy: null,
    ...(form === 'decrypted' ? { decrypted: readable } : {}),
  }
}

/** Stands for ciphertext: nothing of the value is in it. */
function opaque(record: EnvRecord): string {
  return Buffer.from(`{"v":"v2","c":"${record.id}"}`).toString('base64')
}

export function sharedJson(cloud: Cloud, variable: SharedVariable): Json {
  const { id, key, target, projects, createdAt } = variable
  return {
    id,
    key,
    target,
    projectId: projects,
    ownerId: cloud.owner,
    created: new Date(createdAt).toISOString(),
    createdAt,
    updatedAt: createdAt,
    createdBy: cloud.person.id,
    type: 'encrypted',
    decrypted: false,
    securityIssues: [],
  }
}

export function customEnvironmentJson({ id, slug, createdAt }: CustomEnvironment): Json {
  return { id, slug, type: 'preview', createdAt, updatedAt: createdAt }
}

/** A deployment in a listing. */
export function listedJson(cloud: Cloud, project: Project, deployment: Deployment): Json {
  const { url, target, meta, source, createdAt, state, buildingAt, readyAt, aliasAssignedAt, aliasError, substate } = deployment
  return {
    uid: deployment.id,
    name: project.name,
    projectId: project.id,
    url,
    created: createdAt,
    createdAt,
    source,
    state,
    readyState: state,
    type: 'LAMBDAS',
    creator: { uid: cloud.person.id, email: cloud.person.email, username: cloud.person.username },
    inspectorUrl: inspectorUrl(cloud, project, deployment),
    meta,
    target,
    aliasError,
    aliasAssigned: aliasAssignedAt ?? false,
    ...environmentAndChecks(project, deployment),
    isRollbackCandidate: isRollbackCandidate(project, deployment),
    ...(buildingAt === null ? {} : { buildingAt }),
    ...(readyAt === null ? {} : { ready: readyAt }),
    ...(substate === null ? {} : { readySubstate: substate }),
  }
}

/** A deployment by itself. */
export function deploymentJson(cloud: Cloud, project: Project, deployment: Deployment): Json {
  const { id, url, target, meta, source, createdAt, state, aliasAssignedAt, aliasError, substate, readyAt } = deployment
  const { repoId, type } = gitOf(project)
  return {
    id,
    name: project.name,
    projectId: project.id,
    ownerId: cloud.owner,
    url,
    target,
    meta,
    source,
    createdAt,
    createdIn: 'iad1',
    readyState: state,
    status: state,
    type: 'LAMBDAS',
    version: 2,
    plan: 'pro',
    public: false,
    regions: ['iad1'],
    routes: null,
    env: [...(deployment.env ?? new Map<string, never>()).keys()],
    build: { env: [] },
    buildSkipped: false,
    buildingAt: deployment.buildingAt ?? createdAt,
    bootedAt: createdAt,
    isInConcurrentBuildsQueue: false,
    isInSystemBuildsQueue: state === 'QUEUED',
    projectSettings: {},
    project: { id: project.id, name: project.name },
    creator: { uid: cloud.person.id, username: cloud.person.username },
    inspectorUrl: inspectorUrl(cloud, project, deployment),
    alias: deployment.names,
    aliasAssigned: aliasAssignedAt !== null,
    ...environmentAndChecks(project, deployment),
    aliasError,
    ...(aliasAssignedAt === null ? {} : { aliasAssignedAt }),
    ...(readyAt === null ? {} : { ready: readyAt }),
    ...(substate === null ? {} : { readySubstate: substate }),
    ...(project.git ? { gitSource: { type, repoId, ref: deployment.branch, sha: deployment.sha } } : {}),
    ...(state === 'ERROR' ? { errorCode: 'BUILD_FAILED', errorMessage: 'Command "npm run build" exited with 1' } : {}),
    ...(cloud.team === null ? {} : { team: { id: cloud.team.id, name: cloud.team.name, slug: cloud.team.slug } }),
  }
}

function environmentAndChecks(project: Project, { customEnvironment, checksFailed }: Deployment): Json {
  const custom = project.customEnvironments.find(({ id }) => id === customEnvironment)
  return {
    ...(custom === undefined ? {} : { customEnvironment: customEnvironmentJson(custom) }),
    ...(checksFailed ? { checksState: 'completed', checksConclusion: 'failed' } : {}),
  }
}

export function gitOf(project: Project): { readonly type: 'github'; readonly repoId: number } {
  return { type: 'github', repoId: 1_000_000 + (project.createdAt % 1_000_000) }
}

/** READY production deployments that had traffic and have none now. */
export function isRollbackCandidate(project: Project, deployment: Deployment): boolean {
  return deployment.target === 'production' && deployment.substate === 'PROMOTED' && project.production !== deployment.id
}

export function inspectorUrl(cloud: Cloud, project: Project, deployment: Deployment): string {
  return `https://vercel.com/${cloud.team?.slug ?? cloud.person.username}/${project.name}/${deployment.id.slice(4)}`
}

/** The rolling release of a project, as its endpoint shows it. */
export function releaseJson(project: Project): Json {
  const { release, rolling } = project
  if (release === null) return { rollingRelease: null }
  const active = release.state === 'ACTIVE'
  const brief = (id: string): Json => {
    const { url, target, createdAt, state, source } = deploymentOf(project, id)
    return { id, name: project.name, url, target, createdAt, readyState: state, source }
  }
  const stage = (index: number): Json => ({ ...stageOf(rolling, index), duration: null })
  return {
    rollingRelease: {
      state: release.state,
      substate: null,
      currentDeployment: brief(release.current),
      canaryDeployment: brief(release.canary),
      queuedDeploymentId: null,
      advancementType: stageOf(rolling, release.stage).requireApproval ? 'manual-approval' : 'automatic',
      stages: (rolling ?? []).map((_, index) => stage(index)),
      activeStage: active ? stage(release.stage) : null,
      nextStage: active ? stage(release.stage + 1) : null,
      startedAt: release.startedAt,
      updatedAt: release.updatedAt,
    },
  }
}
