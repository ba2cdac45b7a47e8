/** Reload: a new production deployment, because a running one keeps the values it was built with. */
import { MINUTE, type Ms } from '../../domain/duration.ts'
import type { Progress } from '../../ports/target.ts'
import type { Api } from './vercel-api.ts'
import { described, hasFailed, isAssigned, isFresh, isUnfinished, listDeployments, type Deployment, type Written } from './vercel-deployments.ts'
import type { Seen } from './vercel-look.ts'
import { activeRelease, readDeployment, shownName, type Production, type Site } from './vercel-production.ts'
import { start, type Way } from './vercel-start.ts'

/** How long names may lag behind a deployment that has got them. */
const SETTLING: Ms = 2 * MINUTE

/** Starts a production deployment with the value of now, unless one that will have it is under way or serves already. A failed one is repeated. */
export async function reload({ api, see, production: look }: Site, way: Way, marker: string): Promise<void> {
  const [seen, production] = await Promise.all([see(), look()])
  const written = writtenOf(seen, way)
  if (written === null) return
  const { serving } = production
  if (serving === null || isFresh(serving, written, marker)) return
  if (successors(production, written, marker).some((deployment) => !hasFailed(deployment))) return
  await start(api, way, production.project, serving, marker)
}

/** How far production is with taking the value that was written for this marker. */
export async function reloaded({ api, see, production: look }: Site, way: Way, marker: string): Promise<Progress> {
  const [seen, production] = await Promise.all([see(), look()])
  const written = writtenOf(seen, way)
  if (written === null) return { state: 'unknown', why: 'the variable is not there' }
  if (written.mark !== null && written.mark.marker !== marker) return { state: 'no', why: 'the variable was last written for another key' }
  const { serving } = production
  if (serving === null) return { state: 'yes', why: 'nothing has been deployed to production yet' }
  if (isFresh(serving, written, marker)) return confirm(api, production, serving, written, marker)
  const newer = successors(production, written, marker)
  const pending = newer.find((deployment) => !hasFailed(deployment))
  if (pending !== undefined) return isUnfinished(pending) ? { state: 'no', why: described(pending) } : builtNotServing(api, production, pending)
  return newer[0] === undefined ? nothingYet(api, way, production, written) : { state: 'failed', why: described(newer[0]) }
}

/**
 * When the value of now was written; `null` where there is no entry. Without our mark nobody can say for which key that was, and only the tag
 * of a deployment counts; but for a comment without room, and for hooks, whose deployments have no tag.
 */
function writtenOf({ entry, mark, room }: Seen, way: Way): Written | null {
  return entry === null ? null : { at: entry.updatedAt, mark, dated: mark !== null || !room || way.by === 'hook' }
}

/** Deployments that have the value and could still come to serve, newest first: an older one than what serves never will. */
function successors({ recent, serving }: Production, written: Written, marker: string): readonly Deployment[] {
  return recent.filter((deployment) => isFresh(deployment, written, marker) && deployment.createdAt > (serving?.createdAt ?? 0))
}

/** Serving means every production name leads there: READY alone is a build that nobody visits. */
async function confirm(api: Api, production: Production, serving: Deployment, written: Written, marker: string): Promise<Progress> {
  const { deployment, alias } = await readDeployment(api, serving.id)
  if (hasFailed(deployment)) return { state: 'failed', why: described(deployment) }
  if (!isAssigned(deployment)) return { state: 'no', why: `${described(deployment)}, but does not have all of production's traffic yet` }
  const elsewhere = alias.find((name) => {
    const id = production.names.get(name)
    if (id === undefined || id === serving.id) return false
    const other = production.recent.find((candidate) => candidate.id === id)
    return other === undefined || !isFresh(other, written, marker)
  })
  return elsewhere === undefined ? { state: 'yes' } : { state: 'no', why: `${shownName(elsewhere)} still leads to an older deployment` }
}

async function builtNotServing(api: Api, production: Production, deployment: Deployment): Promise<Progress> {
  const release = production.inStages || deployment.substate === 'ROLLING' ? await activeRelease(api) : null
  if (release?.deployments.includes(deployment.id) === true) {
    const why = `${described(deployment)} and has ${release.percentage} % of production's traffic in a rolling release`
    return release.waitsForPerson ? { state: 'failed', why: `${why}; a person approves its next stage: vercel rolling-release approve` } : { state: 'no', why }
  }
  const promote = `vercel promote ${deployment.id}`
  if (!production.autoAssign)
    return { state: 'failed', why: `${described(deployment)}, but production domains are not assigned by themselves here: ${promote}` }
  const had = isAssigned(deployment) && production.serverTime - (deployment.assignedAt ?? production.serverTime) > SETTLING
  if (had) return { state: 'failed', why: `${described(deployment)}, but was taken out of production again: ${promote}` }
  return { state: 'no', why: `${described(deployment)}; its domains do not lead to it yet` }
}

/** A hook answers before its deployment exists; one that builds another branch never gets anything into production. */
async function nothingYet(api: Api, way: Way, { project }: Production, written: Written): Promise<Progress> {
  if (way.by === 'hook') {
    const { list } = await listDeployments(api, project.id, {})
    const stray = list.find(({ hook, target, createdAt }) => hook === way.hook.id && target !== 'production' && createdAt >= written.at)
    if (stray !== undefined) return { state: 'failed', why: `the deploy hook builds a branch that is not production's (${stray.id})` }
  }
  return { state: 'no', why: 'production serves a deployment from before the key was written' }
}
