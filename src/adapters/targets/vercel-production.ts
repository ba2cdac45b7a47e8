/** Who serves production now. The names that visitors come by decide; what the project calls its production deployment stands in where there are none. */
import { z } from 'zod'
import { SECOND, type Ms } from '../../domain/duration.ts'
import { wanted, type Api } from './vercel-api.ts'
import { DEPLOYMENT, isAssigned, listDeployments, type Deployment, type Deployments } from './vercel-deployments.ts'
import type { Seen } from './vercel-look.ts'
import { ID } from './vercel-place.ts'

const MOST_PAGES = 20

const DOMAIN = z.object({ domain: z.string(), target: z.string().nullish(), gitBranch: z.string().nullish(), redirect: z.string().nullish() })

const PROJECT = z.object({
  id: ID,
  name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  targets: z.object({ production: z.object({ id: ID }).nullish() }).nullish(),
  alias: z.array(DOMAIN).nullish(),
  autoAssignCustomDomains: z.boolean().nullish(),
  rollingRelease: z.unknown().optional(),
  skewProtectionMaxAge: z.number().nullish(),
  skewProtectionBoundaryAt: z.number().nullish(),
})

export interface Production {
  readonly project: { readonly id: string; readonly name: string }
  /** Production deployments, newest first; what is older than a hundred of them is not looked at. */
  readonly recent: readonly Deployment[]
  /** `null` where nothing has ever been deployed. Where domains lead to several, the oldest of them. */
  readonly serving: Deployment | null
  /** Production domains of the project, without those that lead elsewhere. */
  readonly domains: readonly string[]
  /** Every name of the project, with the id of the deployment it leads to. */
  readonly names: ReadonlyMap<string, string>
  /** Whether new production deployments get the domains by themselves. */
  readonly autoAssign: boolean
  /** Whether new production deployments get their traffic in stages. */
  readonly inStages: boolean
  /** Deployments from then on still answer visitors that hold on to them (skew protection); `null` = none does. */
  readonly pinnedSince: Ms | null
  readonly serverTime: Ms
}

/** One variable of a project and what serves that project, each looked at anew with every call. */
export interface Site {
  readonly api: Api
  readonly see: () => Promise<Seen>
  readonly production: () => Promise<Production>
}

/** Looks at production. A project's id never changes: after the first look what is asked by it is asked beside the project itself. */
export function productionOf(api: Api): () => Promise<Production> {
  const listsOf = (id: string): Promise<Lists> => Promise.all([listDeployments(api, id, { target: 'production' }), listNames(api, id)])
  let known: string | null = null
  return async () => {
    const asked = known
    const early = asked === null ? null : listsOf(asked)
    early?.catch(() => undefined)
    const project = wanted(PROJECT, await api.get(api.inProject('v9')), 'read the project', 'read')
    known = project.id
    return concluded(api, project, await (early === null || asked !== project.id ? listsOf(project.id) : early))
  }
}

type Lists = readonly [Deployments, ReadonlyMap<string, string>]

async function concluded(api: Api, project: z.output<typeof PROJECT>, [{ list: recent, serverTime }, names]: Lists): Promise<Production> {
  const domains = (project.alias ?? []).filter(isOfProduction).map(({ domain }) => domain)
  const age = project.skewProtectionMaxAge ?? 0
  return {
    project: { id: project.id, name: project.name },
    recent,
    serving: await servingOf(api, recent, ledTo(domains, names), project.targets?.production?.id),
    domains,
    names,
    autoAssign: project.autoAssignCustomDomains !== false,
    inStages: project.rollingRelease !== null && project.rollingRelease !== undefined,
    pinnedSince: age > 0 ? Math.max(serverTime - age * SECOND, project.skewProtectionBoundaryAt ?? 0) : null,
    serverTime,
  }
}

function isOfProduction({ target, gitBranch, redirect }: z.output<typeof DOMAIN>): boolean {
  return target?.toUpperCase() === 'PRODUCTION' && (gitBranch ?? null) === null && (redirect ?? null) === null
}

function ledTo(domains: readonly string[], names: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set(domains.flatMap((domain) => names.get(domain) ?? []))]
}

async function servingOf(api: Api, recent: readonly Deployment[], led: readonly string[], told: string | undefined): Promise<Deployment | null> {
  const found = (id: string): Deployment | undefined => recent.find((deployment) => deployment.id === id)
  if (led.length > 0) {
    const deployments = await Promise.all(led.map(async (id) => found(id) ?? (await readDeployment(api, id)).deployment))
    return deployments.toSorted((left, right) => left.createdAt - right.createdAt)[0] ?? null
  }
  const named = told === undefined ? undefined : (found(told) ?? (await readDeployment(api, told)).deployment)
  // A project may name a deployment that is still being built: that one does not serve.
  return [named, ...recent].find((deployment) => deployment !== undefined && isAssigned(deployment)) ?? null
}

const DETAIL = z.object({ id: ID, alias: z.array(z.string()).nullish(), gitSource: z.unknown().optional() })

export interface Detail {
  readonly deployment: Deployment
  /** Names that it was meant to get. */
  readonly alias: readonly string[]
  readonly gitSource: unknown
}

/** One deployment by itself; its form differs a little from that of listings. */
export async function readDeployment(api: Api, id: string): Promise<Detail> {
  const answer = await api.get(`/v13/deployments/${id}`)
  const { alias, gitSource } = wanted(DETAIL, answer, 'read a deployment', 'read')
  const deployment = wanted(DEPLOYMENT, { ...answer, body: { ...(answer.body as object), uid: id } }, 'read a deployment', 'read')
  return { deployment, alias: alias ?? [], gitSource }
}

const NAMES = z.object({
  aliases: z.array(z.object({ alias: z.string(), deploymentId: z.string().nullish() })),
  pagination: z.object({ next: z.number().nullish() }).nullish(),
})

async function listNames(api: Api, project: string): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  for (let pages = 0, until: number | undefined; pages < MOST_PAGES; pages++) {
    const page = wanted(NAMES, await api.get('/v4/aliases', { projectId: project, limit: 100, until }), 'list domains', 'read')
    for (const { alias, deploymentId } of page.aliases) if (ID.safeParse(deploymentId).success) names.set(alias, deploymentId ?? '')
    const next = page.pagination?.next ?? null
    if (next === null || (until !== undefined && next >= until)) break
    until = next
  }
  return names
}

/** A host name can be shown as it is; anything else is not repeated. */
export function shownName(name: string): string {
  return /^[A-Za-z0-9.*-]{1,253}$/.test(name) ? name : 'a domain'
}

const STAGE = z.object({ targetPercentage: z.number(), requireApproval: z.boolean().nullish() })
const RELEASE = z.object({
  state: z.string(),
  currentDeployment: z.object({ id: ID }).nullish(),
  canaryDeployment: z.object({ id: ID }).nullish(),
  activeStage: STAGE.nullish(),
  substate: z.string().nullish(),
})

export interface Release {
  /** Deployments that share production's traffic. */
  readonly deployments: readonly string[]
  readonly percentage: number
  /** It goes on only when a person says so. */
  readonly waitsForPerson: boolean
}

/** The rolling release under way, or `null`. */
export async function activeRelease(api: Api): Promise<Release | null> {
  const answer = await api.get(`${api.inProject('v1')}/rolling-release`)
  const { rollingRelease } = wanted(z.object({ rollingRelease: RELEASE.nullable() }), answer, 'read the rolling release', 'read')
  if (rollingRelease == null || rollingRelease.state !== 'ACTIVE') return null
  const { currentDeployment, canaryDeployment, activeStage, substate } = rollingRelease
  return {
    deployments: [currentDeployment?.id, canaryDeployment?.id].filter((id) => id !== undefined),
    percentage: activeStage?.targetPercentage ?? 0,
    waitsForPerson: activeStage?.requireApproval === true || substate === 'PAUSED',
  }
}
