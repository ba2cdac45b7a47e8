/** Deployments: list, look up, create again, promote, roll back; and deploy hooks, which need no token. */
import { addDeployment } from '../builds.ts'
import { type ApiAnswer, ApiFailure, type ApiRequest, badRequest, forbidden, isObject, type Json, notFound, ok, refuseExtra } from '../exchange.ts'
import { deploymentJson, gitOf, isRollbackCandidate, listedJson } from '../render.ts'
import { newId } from '../sealed.ts'
import { type Cloud, type Deployment, type Project, visible } from '../state.ts'
import { promote, rollBack } from '../traffic.ts'
import { deploymentFor, projectFor, projectsFor } from './find.ts'

const MEMBERS = [
  'customEnvironmentSlugOrId',
  'deploymentId',
  'files',
  'gitMetadata',
  'gitSource',
  'meta',
  'monorepoManager',
  'name',
  'project',
  'projectSettings',
  'target',
  'withLatestCommit',
]

export function listDeployments(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const { query } = request
  const wanted = query.get('projectId')
  const projects = wanted === null ? projectsFor(cloud, request) : [projectFor(cloud, request, wanted)]
  const limit = Math.min(Number(query.get('limit') ?? 20), 100)
  const all = projects.flatMap((project) => visible(cloud, project).map((deployment) => ({ project, deployment })))
  const fitting = all
    .filter(({ project, deployment }) => isAsked(project, deployment, query))
    .toSorted((left, right) => right.deployment.createdAt - left.deployment.createdAt)
  const page = fitting.slice(0, limit)
  const next = fitting.length > limit ? (page.at(-1)?.deployment.createdAt ?? null) : null
  return ok({
    deployments: page.map(({ project, deployment }) => listedJson(cloud, project, deployment)),
    pagination: { count: page.length, next, prev: page[0]?.deployment.createdAt ?? null },
  })
}

function isAsked(project: Project, deployment: Deployment, query: URLSearchParams): boolean {
  const is = (name: string, fits: (wanted: string) => boolean): boolean => query.get(name) === null || fits(query.get(name) ?? '')
  const metas = [...query].filter(([name]) => name.startsWith('meta-'))
  return (
    is('target', (wanted) => (deployment.target ?? 'preview') === wanted) &&
    is('state', (wanted) => wanted.split(',').includes(deployment.state)) &&
    is('rollbackCandidate', (wanted) => isRollbackCandidate(project, deployment) === (wanted === 'true')) &&
    is('branch', (wanted) => deployment.branch === wanted) &&
    is('sha', (wanted) => deployment.sha === wanted) &&
    is('until', (wanted) => deployment.createdAt < Number(wanted)) &&
    is('since', (wanted) => deployment.createdAt > Number(wanted)) &&
    metas.every(([name, value]) => deployment.meta[name.slice('meta-'.length)] === value)
  )
}

export function readDeployment(cloud: Cloud, request: ApiRequest, [idOrUrl = '']: readonly string[]): ApiAnswer {
  const { project, deployment } = deploymentFor(cloud, request, idOrUrl)
  return ok(deploymentJson(cloud, project, deployment))
}

/** A new deployment of an old one's source, or of a commit. Files are not taken here. */
export function createDeployment(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const { body } = request
  if (!isObject(body) || typeof body['name'] !== 'string') throw badRequest('Invalid request: missing required property `name`.')
  refuseExtra(body, MEMBERS)
  const target = targetOf(body)
  const meta = metaOf(body)
  const custom = body['customEnvironmentSlugOrId']
  const source = typeof body['deploymentId'] === 'string' ? deploymentFor(cloud, request, body['deploymentId']) : null
  if (source !== null) {
    if (request.query.get('forceNew') !== '1') return ok(deploymentJson(cloud, source.project, source.deployment))
    const { branch, sha, id } = source.deployment
    const environment = source.project.customEnvironments.find((one) => one.id === custom || one.slug === custom)
    const redeployed = addDeployment(cloud, source.project, {
      target,
      branch,
      sha,
      meta: { ...source.deployment.meta, ...meta },
      source: 'redeploy',
      inherits: id,
      ...(environment === undefined ? {} : { customEnvironment: environment.id }),
    })
    return ok(deploymentJson(cloud, source.project, redeployed), `deploy ${redeployed.id}`)
  }
  const project = projectFor(cloud, request, typeof body['project'] === 'string' ? body['project'] : body['name'])
  const { ref, sha } = gitSourceOf(project, body)
  const built = addDeployment(cloud, project, { target, branch: ref, ...(sha === undefined ? {} : { sha }), meta })
  return ok(deploymentJson(cloud, project, built), `deploy ${built.id}`)
}

function targetOf(body: Json): 'production' | null {
  if (body['target'] === undefined || body['target'] === 'preview') return null
  if (body['target'] !== 'production') throw badRequest('Invalid request: `target` is not valid.')
  return 'production'
}

function metaOf(body: Json): Readonly<Record<string, string>> {
  const meta = body['meta'] ?? {}
  if (!isObject(meta) || Object.values(meta).some((value) => typeof value !== 'string')) throw badRequest('Invalid request: `meta` should hold strings.')
  return meta as Record<string, string>
}

function gitSourceOf(project: Project, body: Json): { readonly ref: string; readonly sha: string | undefined } {
  const source = body['gitSource']
  if (!isObject(source)) throw new ApiFailure(400, 'missing_files', 'Invalid request: either `files`, `deploymentId` or `gitSource` is needed.')
  const { type, repoId, ref, sha } = source
  if (!project.git || type !== 'github' || String(repoId) !== String(gitOf(project).repoId))
    throw badRequest('The repository of `gitSource` could not be found.')
  if (typeof ref !== 'string') throw badRequest('Invalid request: missing required property `ref`.')
  return { ref, sha: typeof sha === 'string' ? sha : undefined }
}

export function promoteDeployment(cloud: Cloud, request: ApiRequest, [idOrName = '', id = '']: readonly string[]): ApiAnswer {
  const project = projectFor(cloud, request, idOrName)
  const deployment = builtOf(project, id)
  if (project.production === id) throw new ApiFailure(409, 'conflict', 'The deployment is already serving production.')
  if (project.release?.state === 'ACTIVE') return ok({}, null, 202)
  project.aliasRequest = { type: 'promote', to: id, from: project.production, at: cloud.now() }
  project.autoAssign = true
  promote(cloud, project, deployment)
  return ok({}, `promote ${id}`, 201)
}

export function rollBackDeployment(cloud: Cloud, request: ApiRequest, [idOrName = '', id = '']: readonly string[]): ApiAnswer {
  const project = projectFor(cloud, request, idOrName)
  rollBack(cloud, project, builtOf(project, id))
  return ok({}, `roll back to ${id}`, 201)
}

function builtOf(project: Project, id: string): Deployment {
  const deployment = project.deployments.find((candidate) => candidate.id === id)
  if (deployment === undefined) throw notFound('Deployment')
  if (deployment.target !== 'production' || deployment.state !== 'READY') throw badRequest('The deployment cannot serve production.')
  return deployment
}

/** The address is the permission. The deployment appears a moment later. */
export function triggerHook(cloud: Cloud, _request: ApiRequest, [projectId = '', hookId = '']: readonly string[]): ApiAnswer {
  const project = cloud.projects.find(({ id }) => id === projectId)
  const hook = project?.hooks.find(({ id }) => id === hookId)
  if (project === undefined || hook === undefined) throw forbidden('The deploy hook does not exist.')
  const job = { id: newId('', 20), state: 'PENDING', createdAt: cloud.now() }
  const meta = { deployHookId: hook.id, deployHookName: hook.name, deployHookRef: hook.ref }
  const target = hook.ref === project.productionBranch ? 'production' : null
  addDeployment(cloud, project, { target, branch: hook.ref, meta, source: 'git-deploy-hook', hiddenMs: cloud.options.hookMs })
  return ok({ job }, `hook ${hook.name}`, 201)
}
