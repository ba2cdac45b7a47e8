/** What the organization's audit log says of one key. Logging is off until an owner switches it on. Contract: openai 7.55.0, apis.md 1.8. */
import { z } from 'zod'
import { SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import { printable } from '../../domain/printable.ts'
import type { KeyEvent } from '../../ports/usage.ts'
import { ID, TIME, time, wanted } from './openai-answer.ts'
import type { Ask } from './openai-transport.ts'

const PAGE_SIZE = 100
/** Ten thousand events on one key: beyond it something is wrong with the paging. */
const MOST_PAGES = 100

/** Text of other people: made fit for a terminal at the door. */
const TEXT = z
  .string()
  .transform((text) => printable(text, 120))
  .nullish()
const USER = z.object({ id: TEXT, email: TEXT }).nullish()
const ACTOR = z
  .object({
    type: z.string().nullish(),
    session: z.object({ user: USER, ip_address: TEXT }).nullish(),
    api_key: z.object({ id: TEXT, user: USER, service_account: z.object({ id: TEXT }).nullish() }).nullish(),
  })
  .nullish()
const EVENT = z.object({ id: ID, type: z.string().transform((text) => printable(text, 60)), effective_at: TIME, actor: ACTOR })
const PAGE = z.object({ object: z.literal('list'), data: z.array(EVENT), has_more: z.boolean() })

type Filter = { readonly resource_ids: string[] } | { readonly actor_ids: string[]; readonly effective_at: { readonly gte: number } }

/** Events about the key, and of those done with it since `from`; newest first. */
export async function readKeyEvents(ask: Ask, keyId: string, from: Ms): Promise<readonly KeyEvent[]> {
  const about = await everyEvent(ask, { resource_ids: [keyId] })
  const done = await everyEvent(ask, { actor_ids: [keyId], effective_at: { gte: Math.floor(from / SECOND) } })
  const events = [...about.map((event) => described(event, 'key')), ...done.map((event) => described(event, 'done-with-key'))]
  return events.toSorted((left, right) => right.at - left.at)
}

async function everyEvent(ask: Ask, filter: Filter): Promise<readonly z.output<typeof EVENT>[]> {
  const events = new Map<string, z.output<typeof EVENT>>()
  let after: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { ...filter, limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) }
    const { data, has_more: more } = wanted(PAGE, await ask((client) => client.admin.organization.auditLogs.list(query)), 'read the audit log', 'read')
    if (data.some((event) => events.has(event.id))) throw incomplete('a page came twice')
    for (const event of data) events.set(event.id, event)
    if (!more) return [...events.values()]
    after = data.at(-1)?.id
    if (after === undefined) throw incomplete('an empty page promises more')
  }
  throw incomplete('the pages do not end')
}

function described({ type, effective_at: at, actor }: z.output<typeof EVENT>, about: KeyEvent['about']): KeyEvent {
  const key = actor?.api_key
  const user = actor?.session?.user ?? key?.user
  return {
    at: time(at),
    type,
    about,
    by: {
      kind: actor?.session ? 'session' : key ? 'key' : 'unknown',
      id: key?.id ?? user?.id ?? null,
      email: user?.email ?? null,
      ip: actor?.session?.ip_address ?? null,
    },
  }
}

function incomplete(why: string): KeyrotError {
  return new KeyrotError({ code: 'KR_OPENAI_INCOMPLETE', kind: 'unavailable', message: `OpenAI: the audit log is not complete: ${why}` })
}
