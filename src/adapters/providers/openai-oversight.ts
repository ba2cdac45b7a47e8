/** What an owner should know of a project besides its keys: limits, alerts, models, and the admin key itself. Nothing here changes anything. */
import { z } from 'zod'
import { KeyrotError } from '../../domain/errors.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Administrator, Guards } from '../../ports/provider.ts'
import { ID, isNoSuch, TIME, time, wanted } from './openai-answer.ts'
import { hintOf } from './openai-listing.ts'
import type { Answer, Ask } from './openai-transport.ts'

/** Ten thousand admin keys or projects: beyond it something is wrong with the paging. */
const MOST_PAGES = 100

const LIMIT = z.object({ object: z.literal('project.spend_limit'), threshold_amount: z.number().int() })
const ALERTS = z.object({ object: z.literal('list'), data: z.array(z.object({ id: ID })) })
const MODELS = z.object({ mode: z.enum(['allow_list', 'deny_list']), model_ids: z.array(z.string().max(128)).max(1000) })
const ADMIN_KEY = z.object({ id: ID, redacted_value: z.string().max(1024), created_at: TIME, expires_at: TIME.nullish() })
const PROJECT = z.object({ id: ID })

/** The guards of one project. A limit or policy that was never set is answered with "no such thing". */
export async function readGuards(ask: Ask, project: string, namedModels: readonly string[]): Promise<Guards> {
  const [limit, alerts, models] = await Promise.all([
    ask((client) => client.admin.organization.projects.spendLimit.retrieve(project)),
    ask((client) => client.admin.organization.projects.spendAlerts.list(project, { limit: 1 })),
    ask((client) => client.admin.organization.projects.modelPermissions.retrieve(project)),
  ])
  const policy = wantedOrNone(MODELS, models, 'read the models of the project')
  return {
    spendLimit: wantedOrNone(LIMIT, limit, 'read the spend limit of the project') !== null,
    spendAlert: wanted(ALERTS, alerts, 'list the spend alerts of the project', 'read').data.length > 0,
    allowedModels: policy?.mode === 'allow_list' ? policy.model_ids : null,
    namedModels,
  }
}

/** Our own admin key among those of the organization, by its redacted form; `null` where none, or more than one, fits. */
export async function readAdministrator(ask: Ask, own: Secret): Promise<Administrator | null> {
  const [keys, projects] = await Promise.all([
    allPages(ADMIN_KEY, (after) => ask((client) => client.admin.organization.adminAPIKeys.list({ limit: 100, ...after })), 'list admin keys'),
    allPages(PROJECT, (after) => ask((client) => client.admin.organization.projects.list({ limit: 100, ...after })), 'list projects'),
  ])
  const [fitting, ...others] = keys.filter((key) => own.fits(hintOf(key.redacted_value)))
  if (fitting === undefined || others.length > 0) return null
  return { id: fitting.id, createdAt: time(fitting.created_at), expiresAt: time(fitting.expires_at), reaches: projects.map(({ id }) => id) }
}

/** Every item of a list, page by page; an endless one is an error. */
export async function allPages<S extends z.ZodType<{ id: string }>>(
  item: S,
  page: (after: { after?: string }) => Promise<Answer>,
  what: string,
): Promise<z.output<S>[]> {
  const form = z.object({ object: z.literal('list'), data: z.array(item), has_more: z.boolean() })
  const found = new Map<string, z.output<S>>()
  let after: { after?: string } = {}
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const { data, has_more: more } = wanted(form, await page(after), what, 'read')
    for (const one of data) found.set(one.id, one)
    const last = data.at(-1)
    if (!more) return [...found.values()]
    if (last === undefined || last.id === after.after) break
    after = { after: last.id }
  }
  throw new KeyrotError({ code: 'KR_OPENAI_INCOMPLETE', kind: 'unavailable', message: `OpenAI: the pages do not end (${what})` })
}

function wantedOrNone<S extends z.ZodType>(schema: S, answer: Answer, what: string): z.output<S> | null {
  return isNoSuch(answer) ? null : wanted(schema, answer, what, 'read')
}
