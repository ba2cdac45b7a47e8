/** The three ways to a new production deployment: the old one once more, its commit once more, or a deploy hook. */
import { z } from 'zod'
import { wanted, type Api } from './vercel-api.ts'
import { TAG, type Deployment } from './vercel-deployments.ts'
import { malformed, refused } from './vercel-errors.ts'
import { ID } from './vercel-place.ts'
import { readDeployment, type Production } from './vercel-production.ts'

export type Way = { readonly by: 'deployment' } | { readonly by: 'git' } | { readonly by: 'hook'; readonly hook: Hook }

/** A deploy hook's address: whoever has it can deploy. */
export interface Hook {
  readonly url: URL
  readonly project: string
  readonly id: string
}

/** Starts one, once. It bears the marker where the way has room for it: a lost answer is looked up by that. */
export async function start(api: Api, way: Way, project: Production['project'], serving: Deployment, marker: string): Promise<void> {
  if (way.by === 'hook') return callHook(api, way.hook, project.id)
  const tag = { [TAG]: marker }
  // The first is what `vercel redeploy` sends. `forceNew`: without it Vercel gives the old deployment back, with the old value in it.
  const source =
    way.by === 'deployment'
      ? { deploymentId: serving.id, meta: { action: 'redeploy', ...tag } }
      : { project: project.id, gitSource: gitSourceOf((await readDeployment(api, serving.id)).gitSource), meta: tag }
  const answer = await api.send('POST', '/v13/deployments', { forceNew: 1 }, { name: project.name, target: 'production', ...source })
  const created = wanted(z.object({ id: ID }), answer, 'start a deployment', 'write')
  if (created.id === serving.id) throw malformed(answer, 'start a deployment', 'write')
}

/** A hook takes no body: what it starts cannot be tagged, and is known by its date alone. */
async function callHook(api: Api, hook: Hook, project: string): Promise<void> {
  if (hook.project !== project) throw refused('KR_VERCEL_HOOK', 'Vercel: the deploy hook belongs to another project than the variable')
  wanted(z.object({ job: z.object({ id: z.string() }) }), await api.call(hook.url), 'call the deploy hook', 'write')
}

const repo = z.union([z.string(), z.number()])
const commit = { ref: z.string(), sha: z.string().optional() }

/** Sources as they are read, cut down to what a new deployment may name (specification of POST /v13/deployments). */
const GIT_SOURCE = z.union([
  z.object({ type: z.enum(['github', 'github-limited']), repoId: repo, ...commit }),
  z.object({ type: z.enum(['github', 'github-limited']), org: z.string(), repo: z.string(), ...commit }),
  z.object({ type: z.literal('gitlab'), projectId: repo, ...commit }),
  z.object({ type: z.literal('bitbucket'), repoUuid: z.string(), workspaceUuid: z.string().optional(), ...commit }),
  z.object({ type: z.literal('bitbucket'), owner: z.string(), slug: z.string(), ...commit }),
])

/** The commit that serves now: a reload brings a new key, never new code. */
function gitSourceOf(given: unknown): z.output<typeof GIT_SOURCE> {
  const source = GIT_SOURCE.safeParse(given)
  if (source.success) return source.data
  throw refused('KR_VERCEL_NO_SOURCE', 'Vercel: the deployment that serves production names no commit to build again', 'set `redeploy: deployment`')
}
