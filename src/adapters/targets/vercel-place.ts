/** Which entry of a project a target means: by key, environments and git branch. Entries that cover other environments are somebody else's, too. */
import { z } from 'zod'
import type { Ms } from '../../domain/duration.ts'
import type { Answer } from './vercel-answer.ts'
import { wanted, type Api } from './vercel-api.ts'
import { malformed, refused } from './vercel-errors.ts'

export const ID = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/)
const BUILT_IN: readonly string[] = ['production', 'preview', 'development']
const MOST_PAGES = 100

export interface Place {
  readonly variable: string
  /** `production`, `preview`, `development`, and slugs or ids of custom environments. */
  readonly environments: readonly string[]
  readonly gitBranch: string | undefined
  readonly visibility: 'readable' | 'sensitive'
}

const textOrList = z.union([z.array(z.string()), z.string().transform((one) => [one])])

/** One entry, as far as keyrot looks at it. Values of listings are ciphertext and are not kept. */
export const ENTRY = z
  .object({
    id: ID,
    key: z.string(),
    type: z.string(),
    visibility: z.string().nullish(),
    target: textOrList.nullish(),
    customEnvironmentIds: z.array(z.string()).nullish(),
    gitBranch: z.string().nullish(),
    comment: z.string().nullish(),
    createdAt: z.number().nullish(),
    updatedAt: z.number().nullish(),
  })
  .transform(({ target, customEnvironmentIds, gitBranch, comment, createdAt, updatedAt, ...rest }) => ({
    ...rest,
    environments: [...(target ?? []), ...(customEnvironmentIds ?? [])].toSorted(),
    gitBranch: gitBranch ?? null,
    comment: comment ?? '',
    updatedAt: updatedAt ?? createdAt ?? 0,
  }))

export type Entry = z.output<typeof ENTRY>

const PAGE = z.object({
  envs: z.array(z.looseObject({ key: z.string() })),
  pagination: z.object({ next: z.number().nullish() }).nullish(),
  hiddenProductionEnvCount: z.number().nullish(),
})

/** Every entry of one key, read to the last page. */
export interface Listing {
  readonly entries: readonly Entry[]
  /** Entries that this token is not shown; they may be of any key. */
  readonly hidden: number
  /** Vercel's clock before the first page was read. */
  readonly serverTime: Ms
}

/** Lists the entries of the key. Incomplete is an error, never a short list. */
export async function listEntries(api: Api, variable: string): Promise<Listing> {
  const entries: Entry[] = []
  let hidden = 0
  let serverTime: Ms | null = null
  for (let pages = 1, until: number | undefined; ; pages++) {
    const answer = await api.get(`${api.inProject('v10')}/env`, { until })
    const page = wanted(PAGE, answer, 'list variables', 'read')
    serverTime ??= answer.serverTime
    hidden = Math.max(hidden, page.hiddenProductionEnvCount ?? 0)
    entries.push(...page.envs.filter(({ key }) => key === variable).map((entry) => parse(entry, answer)))
    const next = page.pagination?.next ?? null
    if (next === null) return { entries, hidden, serverTime }
    // an empty page that promises more has lost what stood on it
    if (pages === MOST_PAGES || page.envs.length === 0 || (until !== undefined && next >= until)) throw malformed(answer, 'list variables', 'read')
    until = next
  }
}

function parse(entry: unknown, answer: Answer): Entry {
  const parsed = ENTRY.safeParse(entry)
  if (!parsed.success) throw malformed(answer, 'list variables', 'read')
  return parsed.data
}

const CUSTOM = z.object({ environments: z.array(z.object({ id: ID, slug: z.string() })) })

/** The environments of the config as entries name them: custom ones by id. Asks only where a slug is to be translated. */
export async function environmentIds(api: Api, place: Place): Promise<readonly string[]> {
  const isPlain = (name: string): boolean => BUILT_IN.includes(name) || name.startsWith('env_')
  if (place.environments.every(isPlain)) return place.environments.toSorted()
  const answer = await api.get(`${api.inProject('v9')}/custom-environments`)
  const { environments } = wanted(CUSTOM, answer, 'list custom environments', 'read')
  const translated = place.environments.map((name) => (isPlain(name) ? name : environments.find(({ slug }) => slug === name)?.id))
  const unknown = place.environments.find((_, index) => translated[index] === undefined)
  if (unknown !== undefined) throw refused('KR_VERCEL_ENVIRONMENTS', `Vercel: the project has no environment called ${unknown}`)
  return translated.filter((id) => id !== undefined).toSorted()
}

/** The one entry that is meant, or `null` where there is none. Refuses what would touch other environments, or only some of ours. */
export function entryOf(entries: readonly Entry[], environments: readonly string[], place: Place): Entry | null {
  const touching = entries.filter((entry) => entry.gitBranch === (place.gitBranch ?? null) && entry.environments.some((name) => environments.includes(name)))
  const [first, ...others] = touching
  if (first === undefined) return null
  const extra = [...new Set(touching.flatMap((entry) => entry.environments.filter((name) => !environments.includes(name))))]
  if (extra.length > 0) throw coversMore(place, extra)
  if (others.length > 0 || first.environments.length < environments.length) throw coversLess(place, touching)
  if (kindOf(first) !== place.visibility) throw otherKind(place, kindOf(first))
  return first
}

/** Whether a value can be read back. `visibility` is the newer model and decides where it is set. */
export function kindOf(entry: Entry): Place['visibility'] | 'other' {
  if (entry.visibility === 'secret' || entry.type === 'sensitive') return 'sensitive'
  return entry.type === 'encrypted' || entry.type === 'plain' ? 'readable' : 'other'
}

function coversMore(place: Place, extra: readonly string[]): Error {
  const list = extra.filter((name) => ID.safeParse(name).success).join(', ')
  return refused(
    'KR_VERCEL_ENVIRONMENTS',
    `Vercel: the entry of ${place.variable} also covers ${list}, which the config does not name`,
    `name them in \`environments\`, or split the entry at Vercel; keyrot does not split entries`,
  )
}

function coversLess(place: Place, entries: readonly Entry[]): Error {
  const list = entries.map((entry) => `[${entry.environments.join(', ')}]`).join(' ')
  return refused(
    'KR_VERCEL_ENVIRONMENTS',
    `Vercel: the environments of the config are kept in entries of their own: ${list}`,
    `make one target for each entry of ${place.variable}, with its environments`,
  )
}

function otherKind(place: Place, kind: ReturnType<typeof kindOf>): Error {
  if (kind === 'other')
    return refused('KR_VERCEL_KIND', `Vercel: ${place.variable} is a system variable or a reference to a secret of the old kind; keyrot does not write those`)
  return refused('KR_VERCEL_KIND', `Vercel: ${place.variable} is ${kind} there, but the config says it is ${place.visibility}`, `set \`visibility: ${kind}\``)
}
