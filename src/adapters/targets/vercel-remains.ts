/** Who still has an older value: what serves with it now, and what would bring it back. */
import type { Api } from './vercel-api.ts'
import { isFresh, listDeployments, type Deployment, type Written } from './vercel-deployments.ts'
import { activeRelease, shownName, type Production, type Site } from './vercel-production.ts'
import type { Seen } from './vercel-look.ts'

/** Up to a thousand deployments are counted; nobody revives one that is older still by accident. */
const MOST_PAGES = 10

type IsStale = (deployment: Deployment | undefined) => boolean

/** Deployments that take traffic of production or of a custom environment and were built before the value of now, named. */
export async function stragglers({ api, see, production: look }: Site): Promise<readonly string[]> {
  const [seen, production] = await Promise.all([see(), look()])
  const written = writtenOf(seen)
  if (written === null) return []
  const isStale: IsStale = (deployment) => deployment === undefined || !isFresh(deployment, written, markerOf(written))
  const ofProduction = seen.environments.includes('production') ? await inProduction(api, production, isStale) : []
  return [...ofProduction, ...(await inCustomEnvironments(api, production, seen.environments, isStale))]
}

async function inProduction(api: Api, production: Production, isStale: IsStale): Promise<readonly string[]> {
  const { serving, recent, domains, names } = production
  const byId = (id: string): Deployment | undefined => recent.find((deployment) => deployment.id === id)
  const found = serving !== null && isStale(serving) ? [`production (${serving.id})`] : []
  const release = production.inStages ? await activeRelease(api) : null
  for (const id of release?.deployments ?? []) if (id !== serving?.id && isStale(byId(id))) found.push(`${id}, in a rolling release`)
  for (const [name, id] of names) {
    // Every deployment and every branch has a name under vercel.app: those are leftovers, not production.
    if ((domains.includes(name) || !name.endsWith('.vercel.app')) && id !== serving?.id && isStale(byId(id))) found.push(`${shownName(name)} (${id})`)
  }
  return [...found, ...pinned(production, isStale)]
}

/** Skew protection: browsers that loaded an older deployment keep calling it, as long as it is younger than the limit. */
function pinned({ recent, serving, pinnedSince }: Production, isStale: IsStale): readonly string[] {
  if (pinnedSince === null) return []
  const held = recent.filter((one) => one.id !== serving?.id && one.state === 'READY' && one.assigned && one.createdAt >= pinnedSince && isStale(one))
  return held.map(({ id }) => `${id}, for visitors whom skew protection keeps on it`)
}

/** Each custom environment runs its newest finished deployment. */
async function inCustomEnvironments(api: Api, production: Production, environments: readonly string[], isStale: IsStale): Promise<readonly string[]> {
  const custom = environments.filter((name) => name.startsWith('env_'))
  if (custom.length === 0) return []
  const { list } = await listDeployments(api, production.project.id, { state: 'READY' })
  const newest = custom.flatMap((id) => list.find((deployment) => deployment.customEnvironment === id) ?? [])
  return newest.filter(isStale).map(({ id, customEnvironment }) => `environment ${customEnvironment} (${id})`)
}

/** Finished deployments that do not serve and were built before the value of now: an instant rollback or a preview address revives them. */
export async function leftovers({ api, see, production: look }: Site): Promise<readonly string[]> {
  const [seen, { project, serving }] = await Promise.all([see(), look()])
  const written = writtenOf(seen)
  if (written === null) return []
  const { list, more } = await listDeployments(api, project.id, { state: 'READY', until: written.at }, MOST_PAGES)
  const revivable = list.filter((one) => one.id !== serving?.id && !isFresh(one, written, markerOf(written)) && isOf(seen.environments, one))
  const [candidates, previews] = [revivable.filter(isOfProduction), revivable.filter((one) => !isOfProduction(one))]
  return [
    ...candidates.map(({ id }) => `rollback candidate ${id}`),
    ...previews.map(({ id }) => `preview ${id}`),
    ...(more ? ['older ones, which were not counted'] : []),
  ]
}

const isOfProduction = ({ target }: Deployment): boolean => target === 'production'

/** Whether a deployment is of an environment whose value changed. */
function isOf(environments: readonly string[], deployment: Deployment): boolean {
  if (isOfProduction(deployment)) return environments.includes('production')
  return environments.includes(deployment.customEnvironment ?? 'preview')
}

/** Whichever key it was: what was built before the last change has an older one. */
function writtenOf({ entry, mark }: Seen): Written | null {
  return entry === null ? null : { at: entry.updatedAt, mark, dated: true }
}

function markerOf({ mark }: Written): string {
  return mark?.marker ?? ''
}
