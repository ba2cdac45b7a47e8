/** Deployments as Vercel lists them, and which of them was built with the value of now. */
import { z } from 'zod'
import type { Ms } from '../../domain/duration.ts'
import { wanted, type Api } from './vercel-api.ts'
import { malformed } from './vercel-errors.ts'
import type { Mark } from './vercel-mark.ts'
import { ID } from './vercel-place.ts'

/** Key in a deployment's `meta` under which a reload leaves its marker. */
export const TAG = 'keyrot'

const PAGE_SIZE = 100

export const DEPLOYMENT = z
  .object({
    uid: ID,
    created: z.number().nullish(),
    createdAt: z.number().nullish(),
    state: z.string().nullish(),
    readyState: z.string().nullish(),
    readySubstate: z.string().nullish(),
    target: z.string().nullish(),
    customEnvironment: z.object({ id: z.string() }).nullish(),
    aliasAssigned: z.union([z.number(), z.boolean()]).nullish(),
    aliasError: z.unknown().optional(),
    checksConclusion: z.string().nullish(),
    inspectorUrl: z.string().nullish(),
    meta: z.record(z.string(), z.unknown()).nullish(),
  })
  .transform((given) => ({
    id: given.uid,
    createdAt: given.createdAt ?? given.created ?? 0,
    state: given.readyState ?? given.state ?? '',
    substate: given.readySubstate ?? null,
    target: given.target ?? null,
    customEnvironment: given.customEnvironment?.id ?? null,
    /** Listings give the moment, a deployment by itself says yes or no. */
    assigned: given.aliasAssigned !== null && given.aliasAssigned !== undefined && given.aliasAssigned !== false,
    assignedAt: typeof given.aliasAssigned === 'number' ? given.aliasAssigned : null,
    aliasFailed: given.aliasError !== null && given.aliasError !== undefined,
    checksFailed: given.checksConclusion === 'failed' || given.checksConclusion === 'canceled',
    inspect: inspectAddress(given.inspectorUrl ?? ''),
    tag: textOf(given.meta?.[TAG]),
    hook: textOf(given.meta?.['deployHookId']),
  }))

export type Deployment = z.output<typeof DEPLOYMENT>

const PAGE = z.object({ deployments: z.array(DEPLOYMENT), pagination: z.object({ next: z.number().nullish() }).nullish() })

export interface Deployments {
  /** Newest first. */
  readonly list: readonly Deployment[]
  /** Whether older ones were left out. */
  readonly more: boolean
  readonly serverTime: Ms
}

interface Filter {
  readonly target?: string
  readonly state?: string
  /** Only those that were asked for before (Unix ms). */
  readonly until?: Ms
}

/** Lists deployments of the project, newest first, up to so many pages of 100. */
export async function listDeployments(api: Api, project: string, filter: Filter, pages = 1): Promise<Deployments> {
  const list: Deployment[] = []
  let serverTime: Ms | null = null
  let { until } = filter
  let more = true
  for (let read = 0; read < pages && more; read++) {
    const answer = await api.get('/v7/deployments', { ...filter, until, projectId: project, limit: PAGE_SIZE })
    const page = wanted(PAGE, answer, 'list deployments', 'read')
    serverTime ??= answer.serverTime
    list.push(...page.deployments)
    const next = page.pagination?.next ?? null
    if (next !== null && page.deployments.length === 0) throw malformed(answer, 'list deployments', 'read')
    more = next !== null && (until === undefined || next < until)
    until = next ?? undefined
  }
  return { list: list.toSorted((left, right) => right.createdAt - left.createdAt), more, serverTime: serverTime ?? 0 }
}

/** When the value of now was written, as far as it can be told. */
export interface Written {
  /** Vercel's date of the entry's last change; a change of its comment alone moves it, too. */
  readonly at: Ms
  readonly mark: Mark | null
  /** Whether that date may count: it says when something was written, not which key. */
  readonly dated: boolean
}

/**
 * Whether a deployment was built with the value of now. A build takes the values when it begins (vercel.com/docs, environment variables), so
 * one that was asked for after the entry's last change has it. One of our own, by its tag, has it if it was asked for after the write that
 * left the mark: a redeployment by somebody else may have inherited the tag.
 */
export function isFresh(deployment: Deployment, { at, mark, dated }: Written, marker: string): boolean {
  if (dated && deployment.createdAt >= at) return true
  return deployment.tag === marker && (mark === null || deployment.createdAt >= mark.at)
}

const UNFINISHED = ['QUEUED', 'INITIALIZING', 'BUILDING']

export function isUnfinished({ state }: Deployment): boolean {
  return UNFINISHED.includes(state)
}

/** Built, and given names without an error. */
export function isAssigned({ state, assigned, aliasFailed, substate }: Deployment): boolean {
  return state === 'READY' && assigned && !aliasFailed && substate !== 'STAGED' && substate !== 'ROLLING'
}

/** ERROR, CANCELED, BLOCKED, failed checks, or domains that could not be assigned: waiting alone changes nothing. */
export function hasFailed(deployment: Deployment): boolean {
  return deployment.aliasFailed || (deployment.checksFailed && !deployment.assigned) || (deployment.state !== 'READY' && !isUnfinished(deployment))
}

/** A deployment and its state in words that are known; where to look at it, if that address can be shown. */
export function described({ id, inspect, state, aliasFailed, checksFailed }: Deployment): string {
  const words = aliasFailed
    ? 'could not be given its domains'
    : state === 'READY'
      ? checksFailed
        ? 'did not pass its checks'
        : 'is built'
      : /^[A-Z]{4,20}$/.test(state)
        ? `is ${state}`
        : 'is in an unknown state'
  return `${id} ${words}${inspect === '' ? '' : ` (${inspect})`}`
}

/** An address at vercel.com that can be shown as it is, or an empty text. */
export function inspectAddress(url: string): string {
  return /^https:\/\/vercel\.com\/[A-Za-z0-9_./-]{1,200}$/.test(url) ? url : ''
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
