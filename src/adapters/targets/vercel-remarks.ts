/** What a person should know of a project before a run changes anything, and which rights are proven by looking. */
import { z } from 'zod'
import { HOUR } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import type { Right } from '../../ports/provider.ts'
import type { Remark } from '../../ports/target.ts'
import type { Answer } from './vercel-answer.ts'
import type { Place } from './vercel-place.ts'
import type { Production, Site } from './vercel-production.ts'
import type { Way } from './vercel-start.ts'
import type { Seen } from './vercel-look.ts'
import type { Store } from './vercel-store.ts'

export interface Subject extends Site {
  readonly store: Store
  readonly place: Place
  readonly team: string | undefined
  /** `null` where a person redeploys. */
  readonly way: Way | null
}

/** Prefixes whose variables frameworks build into what browsers load. */
const PUBLIC = /^(?:NEXT_PUBLIC_|VITE_|REACT_APP_|GATSBY_|NUXT_PUBLIC_|NUXT_ENV_|VUE_APP_|PUBLIC_|EXPO_PUBLIC_|STORYBOOK_|SNOWPACK_PUBLIC_)/

export async function remarksOn(subject: Subject): Promise<readonly Remark[]> {
  const [seen, production] = await Promise.all([subject.see(), subject.production()])
  return [
    ...onEntry(subject, seen),
    ...(subject.way === null ? [] : onDelivery(subject.way, production)),
    ...(await onShared(subject, seen, production.project.id)),
    ...(await onTeam(subject, seen)),
  ]
}

function onEntry({ place }: Subject, { entry, listing, room }: Seen): readonly Remark[] {
  const { variable } = place
  const remarks: Remark[] = []
  if (PUBLIC.test(variable))
    remarks.push({ code: 'public-variable', severity: 'warning', message: `${variable} is built into what every browser loads: its key is public` })
  if (listing.hidden > 0)
    remarks.push({
      code: 'hidden-variables',
      severity: 'warning',
      message: `${listing.hidden} variables of production are hidden from this token; another entry of ${variable} may be among them`,
    })
  const branches = listing.entries.filter((other) => other.gitBranch !== null && other.gitBranch !== place.gitBranch)
  if (place.environments.includes('preview') && place.gitBranch === undefined && branches.length > 0)
    remarks.push({
      code: 'branch-entries',
      severity: 'warning',
      message: `${variable} has ${branches.length} more entries, each for previews of one branch; they keep their own value`,
    })
  if (entry !== null && place.visibility === 'sensitive' && !room)
    remarks.push({
      code: 'comment-too-long',
      severity: 'obstacle',
      message: `the comment of ${variable} leaves no room for the mark`,
      hint: 'shorten the comment at Vercel',
    })
  return remarks
}

function onDelivery(way: Way, production: Production): readonly Remark[] {
  const remarks: Remark[] = []
  if (way.by === 'hook' && way.hook.project !== production.project.id)
    remarks.push({
      code: 'hook-of-another-project',
      severity: 'obstacle',
      message: 'the deploy hook belongs to another project than the variable',
      hint: 'take the hook from the settings of this project',
    })
  if (!production.autoAssign)
    remarks.push({
      code: 'no-auto-assign',
      severity: 'warning',
      message: 'production domains are not assigned by themselves (or an instant rollback is in force): each new deployment waits for a person to promote it',
    })
  if (production.inStages)
    remarks.push({
      code: 'rolling-release',
      severity: 'info',
      message: 'production deployments get their traffic in stages: the reload lasts until the last one',
    })
  if (production.pinnedSince !== null) {
    const hours = Math.ceil((production.serverTime - production.pinnedSince) / HOUR)
    remarks.push({
      code: 'skew-protection',
      severity: 'info',
      message: `skew protection keeps visitors on deployments of the last ${hours} h: the old key is needed until the old ones are older`,
    })
  }
  return remarks
}

const SHARED = z.object({ data: z.array(z.object({ key: z.string().nullish(), target: z.array(z.string()).nullish() })) })

async function onShared({ api, place }: Subject, { entry, environments }: Seen, project: string): Promise<readonly Remark[]> {
  const shared = readable(SHARED, await api.get('/v1/env', { projectId: project, search: place.variable }))
  const same = (shared?.data ?? []).filter(({ key, target }) => key === place.variable && (target ?? []).some((name) => environments.includes(name)))
  if (same.length === 0) return []
  const effect = entry === null ? 'the one that keyrot creates will win over it here' : "the project's own entry wins over it here"
  return [
    {
      code: 'shared-variable',
      severity: 'warning',
      message: `the team shares a variable called ${place.variable} with this project; ${effect}, and keyrot does not change it`,
    },
  ]
}

const TEAM = z.object({ sensitiveEnvironmentVariablePolicy: z.string().nullish(), disjunctiveProductionSecretPolicy: z.string().nullish() })

async function onTeam({ api, place, team }: Subject, { entry }: Seen): Promise<readonly Remark[]> {
  const policy = team === undefined ? null : readable(TEAM, await api.get(`/v2/teams/${team}`))
  const remarks: Remark[] = []
  if (policy?.sensitiveEnvironmentVariablePolicy === 'on' && place.visibility === 'readable' && !place.environments.includes('development'))
    remarks.push({
      code: 'sensitive-policy',
      severity: entry === null ? 'obstacle' : 'info',
      message: 'a policy of the team makes new variables of production and preview sensitive',
      hint: 'set `visibility: sensitive`',
    })
  if (policy?.disjunctiveProductionSecretPolicy === 'on')
    remarks.push({
      code: 'disjoint-policy',
      severity: 'warning',
      message:
        'a policy of the team wants other values in production than in preview and development: targets of one credential that cover both may be refused',
    })
  return remarks
}

/** The body of what is only worth knowing: a token that may not read it takes nothing away from the rotation. */
function readable<S extends z.ZodType>(schema: S, answer: Answer): z.output<S> | null {
  const body = schema.safeParse(answer.status === 200 ? answer.body : undefined)
  return body.success ? body.data : null
}

/** Rights to look are proven by looking. What changes something cannot be tried without changing it. */
export async function rightsOn({ production, store, place, way }: Subject): Promise<readonly Right[]> {
  const value = place.visibility === 'readable' ? `read the value of ${place.variable}` : `see the entry of ${place.variable}`
  const looks = [tried('read the project and its deployments', production), tried(value, () => store.observe())]
  return [
    ...(await Promise.all(looks)),
    { what: `change ${place.variable}`, state: 'untestable' },
    ...(way === null || way.by === 'hook' ? [] : [{ what: 'start production deployments', state: 'untestable' } as const]),
  ]
}

async function tried(what: string, look: () => Promise<unknown>): Promise<Right> {
  try {
    await look()
    return { what, state: 'proven' }
  } catch (error) {
    if (!(error instanceof KeyrotError) || !(['forbidden', 'unauthorized'].includes(error.kind) || error.code === 'KR_VERCEL_UNREADABLE')) throw error
    const hint = error.hints[0]
    return { what, state: 'missing', ...(hint === undefined ? {} : { hint }) }
  }
}
