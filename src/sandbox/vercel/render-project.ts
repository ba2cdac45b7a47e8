/** A project and its team as the API shows them: who serves production, and how that is decided. */
import type { Json } from './exchange.ts'
import { customEnvironmentJson, gitOf } from './render.ts'
import { type Cloud, type Deployment, deploymentOf, type Project } from './state.ts'

export function projectJson(cloud: Cloud, project: Project): Json {
  const { id, name, createdAt, production, autoAssign, aliasRequest, rolling, skewProtectionMaxAge, customEnvironments } = project
  const serving = production === null ? null : deploymentOf(project, production)
  return {
    id,
    name,
    accountId: cloud.owner,
    createdAt,
    updatedAt: createdAt,
    directoryListing: false,
    nodeVersion: '24.x',
    deploymentExpiration: {},
    defaultResourceConfig: { functionDefaultRegions: ['iad1'] },
    resourceConfig: { functionDefaultRegions: ['iad1'] },
    autoAssignCustomDomains: autoAssign,
    alias: project.domains.map((domain) => aliasJson(cloud, project, domain)),
    targets: serving === null ? {} : { production: shortJson(cloud, project, serving) },
    lastAliasRequest:
      aliasRequest === null
        ? null
        : {
            type: aliasRequest.type,
            fromDeploymentId: aliasRequest.from,
            toDeploymentId: aliasRequest.to,
            requestedAt: aliasRequest.at,
            jobStatus: 'succeeded',
          },
    rollingRelease: rolling === null ? null : { target: 'production', stages: rolling },
    customEnvironments: customEnvironments.map(customEnvironmentJson),
    ...(skewProtectionMaxAge === null ? {} : { skewProtectionMaxAge }),
    ...(project.git ? { link: linkJson(project) } : {}),
  }
}

function linkJson(project: Project): Json {
  const { type, repoId } = gitOf(project)
  return {
    type,
    repoId,
    org: 'sandbox-team',
    repo: project.name,
    productionBranch: project.productionBranch,
    gitCredentialId: 'cred_sandbox',
    // Their addresses are secrets: the API shows them to whoever may read the project, and this sandbox does not.
    deployHooks: project.hooks.map(({ id, name, ref }) => ({ id, name, ref, url: `https://api.vercel.com/v1/integrations/deploy/${project.id}/hidden` })),
    sourceless: false,
    createdAt: project.createdAt,
    updatedAt: project.createdAt,
  }
}

function aliasJson(cloud: Cloud, project: Project, domain: string): Json {
  const name = cloud.names.get(domain)
  return {
    domain,
    environment: 'production',
    target: 'PRODUCTION',
    createdAt: project.createdAt,
    configuredBy: null,
    configuredChangedAt: null,
    gitBranch: null,
    redirect: null,
    deployment: name === undefined ? null : shortJson(cloud, project, deploymentOf(project, name.deployment)),
  }
}

/** A deployment inside a project. */
function shortJson(cloud: Cloud, project: Project, deployment: Deployment): Json {
  const { id, url, target, meta, createdAt, state, substate, aliasAssignedAt, aliasError, readyAt, names } = deployment
  return {
    id,
    name: project.name,
    url,
    target,
    meta,
    createdAt,
    createdIn: 'sfo1',
    creator: { uid: cloud.person.id, email: cloud.person.email, username: cloud.person.username },
    deploymentHostname: url.split('.')[0],
    private: false,
    plan: 'pro',
    type: 'LAMBDAS',
    readyState: state,
    alias: names,
    aliasAssigned: aliasAssignedAt,
    aliasError,
    ...(readyAt === null ? {} : { readyAt }),
    ...(substate === null ? {} : { readySubstate: substate }),
  }
}

/** Every name of a project, or of all of them, with the deployment it points to. */
export function namesJson(cloud: Cloud, projects: readonly Project[]): readonly Json[] {
  const wanted = new Map(projects.map((project) => [project.id, project]))
  return [...cloud.names].flatMap(([alias, { project: id, deployment, at }]) => {
    const project = wanted.get(id)
    if (project === undefined) return []
    const { url } = deploymentOf(project, deployment)
    return [
      {
        uid: `als_${alias}`,
        alias,
        projectId: id,
        deploymentId: deployment,
        deployment: { id: deployment, url },
        created: new Date(at).toISOString(),
        createdAt: at,
        updatedAt: at,
      },
    ]
  })
}

/** The team, with the policies that concern variables. */
export function teamJson(cloud: Cloud): Json {
  const { id = '', slug = '', name = '' } = cloud.team ?? {}
  return {
    id,
    slug,
    name,
    avatar: null,
    billing: { plan: 'pro' },
    createdAt: cloud.projects[0]?.createdAt ?? cloud.now(),
    updatedAt: cloud.now(),
    creatorId: cloud.person.id,
    description: null,
    stagingPrefix: '',
    membership: undefined,
    sensitiveEnvironmentVariablePolicy: cloud.options.forceSensitive ? 'on' : 'default',
  }
}
