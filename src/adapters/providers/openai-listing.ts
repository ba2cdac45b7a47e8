/** The listing of a project's keys: whole, or an error. */
import { z } from 'zod'
import { KeyrotError } from '../../domain/errors.ts'
import { parseKeyName } from '../../domain/key-name.ts'
import { printable } from '../../domain/printable.ts'
import type { KeyHint } from '../../domain/secret.ts'
import type { KeyOwner, Listing, ProviderKey } from '../../ports/provider.ts'
import { ID, TIME, time, wanted } from './openai-answer.ts'
import type { Ask } from './openai-transport.ts'

/** Every page full, this is 50,000 keys: beyond it something is wrong with the paging, not with the project. */
const MOST_PAGES = 500

/** Text of other people: made fit for a terminal at the door. */
const NAME = z
  .string()
  .transform((text) => printable(text))
  .nullish()
const OWNER = z.object({ id: ID, name: NAME }).nullish()
const KEY = z.object({
  id: ID,
  name: NAME,
  redacted_value: z.string().max(1024),
  created_at: TIME,
  last_used_at: TIME.nullish(),
  expires_at: TIME.nullish(),
  owner_project_access: z.string().max(32).nullish(),
  owner: z.object({ user: OWNER, service_account: OWNER }),
})
export const PAGE = z.object({ object: z.literal('list'), data: z.array(KEY), has_more: z.boolean() })

/** Reads every page, whatever kind of ownership. A page that is empty, comes twice or never ends makes the listing an error. */
export async function listKeys(ask: Ask, project: string): Promise<Listing> {
  const keys = new Map<string, ProviderKey>()
  let after: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { owner_project_access: 'any', limit: 100, ...(after === undefined ? {} : { after }) } as const
    const answer = await ask((client) => client.admin.organization.projects.apiKeys.list(project, query))
    const { data, has_more: more } = wanted(PAGE, answer, 'list keys', 'read')
    if (data.some((key) => keys.has(key.id))) throw incomplete('a page came twice')
    for (const key of data) keys.set(key.id, described(key, project))
    if (!more) {
      if (answer.serverTime === null) throw incomplete('the answer carries no time')
      return { keys: [...keys.values()], serverTime: answer.serverTime }
    }
    after = data.at(-1)?.id
    if (after === undefined) throw incomplete('an empty page promises more')
  }
  throw incomplete('the pages do not end')
}

function described(key: z.output<typeof KEY>, project: string): ProviderKey {
  const account = key.owner.service_account
  const owner = account ?? key.owner.user
  const name = parseKeyName(key.name) === null && parseKeyName(account?.name) !== null ? account?.name : key.name
  return {
    id: key.id,
    name: name ?? null,
    createdAt: time(key.created_at),
    expiresAt: time(key.expires_at),
    lastUsedAt: key.last_used_at === undefined ? undefined : time(key.last_used_at),
    hint: hintOf(key.redacted_value),
    owner: {
      kind: account ? 'service-account' : key.owner.user ? 'person' : 'unknown',
      id: owner?.id ?? null,
      name: owner?.name ?? null,
      ...accessOf(key.owner_project_access),
    },
    project,
  }
}

/** Words of a later API say nothing. */
function accessOf(told: string | null | undefined): Pick<KeyOwner, 'access'> {
  return told === 'active' || told === 'inactive' ? { access: told } : {}
}

/** `sk-abc...def` to its two ends. A value without dots or stars is not a redacted one, and fits nothing. */
export function hintOf(redacted: string): KeyHint {
  const match = /^([A-Za-z0-9_-]*)[.*…]+([A-Za-z0-9_-]*)$/.exec(redacted)
  return { head: match?.[1] ?? '', tail: match?.[2] ?? '' }
}

function incomplete(why: string): KeyrotError {
  return new KeyrotError({ code: 'KR_OPENAI_INCOMPLETE', kind: 'unavailable', message: `OpenAI: the listing of keys is not complete: ${why}` })
}
