/** Keys of one OpenAI project, through the organization's admin API. Contract: openai 7.55.0 and its OpenAPI description of 2026. */
import { z } from 'zod'
import { SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import { parseKeyName } from '../../domain/key-name.ts'
import { printable } from '../../domain/printable.ts'
import { Secret, type KeyHint } from '../../domain/secret.ts'
import type { Warrant } from '../../domain/warrant.ts'
import type { Listing, Minted, Provider, ProviderKey, Right } from '../../ports/provider.ts'
import { KEY_ALPHABET, malformed, refusal, type Answer, type Ask } from './openai-transport.ts'

export interface Place {
  readonly project: string
  readonly serviceAccount: string | undefined
  readonly scopes: 'all' | readonly string[]
}

/** Every page full, this is 50,000 keys: beyond it something is wrong with the paging, not with the project. */
const MOST_PAGES = 500

/** After these the next strategy may be tried: the request was understood and definitely not done. */
const REFUSED = [400, 403, 404, 405, 422]

const ID = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/)
const TIME = z.number().int().min(0).max(1e11)
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
  owner: z.object({ user: OWNER, service_account: OWNER }),
})
const PAGE = z.object({ object: z.literal('list'), data: z.array(KEY), has_more: z.boolean() })
const MINTED = z.object({ id: ID, value: z.string().regex(KEY_ALPHABET), created_at: TIME, expires_at: TIME.nullish() })
const ACCOUNT = z.object({ id: ID, api_key: MINTED })
const DELETED = z.object({ id: ID, deleted: z.literal(true) })
const PROJECT = z.object({ id: ID, status: z.string() })
/** "No such key" from the API itself: a gateway's own 404, or an unknown route, says nothing about a key. */
const NO_SUCH = z.object({ error: z.object({ message: z.string().refine((text) => !text.startsWith('Invalid URL')) }) })

export type Administration = Required<Pick<Provider, 'list' | 'mint' | 'retire' | 'retireAccount' | 'expire' | 'rights'>>

/** What an admin key can do in one project. */
export function administer(ask: Ask, place: Place): Administration {
  return {
    list: () => listKeys(ask, place.project),
    mint: (name, life) => mintKey(ask, place, name, life),
    retire: (warrant) =>
      remove(ask, warrant, warrant.keyId, 'delete a key', (client) =>
        client.admin.organization.projects.apiKeys.delete(warrant.keyId, { project_id: place.project }),
      ),
    retireAccount: (warrant, account) =>
      remove(ask, warrant, account, 'delete a service account', (client) =>
        client.admin.organization.projects.serviceAccounts.delete(account, { project_id: place.project }),
      ),
    expire: (keyId, inMs) => update(ask, place, keyId, { expires_in_seconds: seconds(inMs) }, 'move the expiry of a key'),
    rights: () => rightsOf(ask, place),
  }
}

async function listKeys(ask: Ask, project: string): Promise<Listing> {
  const keys = new Map<string, ProviderKey>()
  let after: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { owner_project_access: 'any', limit: 100, ...(after === undefined ? {} : { after }) } as const
    const answer = await ask((client) => client.admin.organization.projects.apiKeys.list(project, query))
    const { data, has_more: more } = expect(PAGE, answer, 'list keys', 'read')
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
    createdAt: key.created_at * SECOND,
    expiresAt: time(key.expires_at),
    lastUsedAt: key.last_used_at === undefined ? undefined : time(key.last_used_at),
    hint: hintOf(key.redacted_value),
    owner: { kind: account ? 'service-account' : key.owner.user ? 'person' : 'unknown', id: owner?.id ?? null, name: owner?.name ?? null },
    project,
  }
}

/** `sk-abc...def` to its two ends. A value without dots or stars is not a redacted one, and fits nothing. */
export function hintOf(redacted: string): KeyHint {
  const match = /^([A-Za-z0-9_-]*)[.*…]+([A-Za-z0-9_-]*)$/.exec(redacted)
  return { head: match?.[1] ?? '', tail: match?.[2] ?? '' }
}

async function mintKey(ask: Ask, place: Place, name: string, life: Ms | null): Promise<Minted> {
  const end = life === null ? {} : { expires_in_seconds: seconds(life) }
  const project_id = place.project
  const { serviceAccount, scopes } = place
  if (serviceAccount !== undefined) {
    const body = { project_id, name, ...(scopes === 'all' ? {} : { scopes: [...scopes] }), ...end }
    const answer = await ask((client) => client.admin.organization.projects.serviceAccounts.apiKeys.create(serviceAccount, body))
    if (!REFUSED.includes(answer.status)) return minted(expect(MINTED, answer, 'create a key', 'write'))
  }
  const answer = await ask((client) => client.admin.organization.projects.serviceAccounts.create(place.project, { name, ...end }))
  const key = minted(expect(ACCOUNT, answer, 'create a service account', 'write').api_key)
  // The first key of an account is born with every permission of its owner; nobody has it until it is narrowed.
  if (scopes !== 'all') await update(ask, place, key.id, { scopes: [...scopes] }, 'narrow the new key to its scopes')
  return key
}

function minted(key: z.output<typeof MINTED>): Minted {
  return { id: key.id, secret: new Secret(key.value), createdAt: key.created_at * SECOND, expiresAt: time(key.expires_at) }
}

async function update(ask: Ask, place: Place, keyId: string, change: { scopes: string[] } | { expires_in_seconds: number }, what: string): Promise<void> {
  const body = { project_id: place.project, ...change }
  expect(z.object({ id: z.literal(keyId) }), await ask((client) => client.admin.organization.projects.apiKeys.update(keyId, body)), what, 'write')
}

async function remove(ask: Ask, warrant: Warrant, id: string, what: string, call: Parameters<Ask>[0]): Promise<'gone' | 'refused'> {
  if (warrant.genuine !== true) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'a key was to be deleted without a warrant' })
  const answer = await ask(call)
  if (answer.status === 404 && NO_SUCH.safeParse(answer.body).success) return 'gone'
  if ([400, 403, 405, 422].includes(answer.status)) return 'refused'
  if (answer.status === 404) throw malformed(answer, what, 'write')
  expect(DELETED.extend({ id: z.literal(id) }), answer, what, 'write')
  return 'gone'
}

async function rightsOf(ask: Ask, { project, serviceAccount }: Place): Promise<readonly Right[]> {
  const projectAnswer = await ask((client) => client.admin.organization.projects.retrieve(project))
  const found = PROJECT.safeParse(ok(projectAnswer) ? projectAnswer.body : null)
  const active: Right = {
    what: 'project exists and is active',
    ...(found.data?.status === 'active' ? proven : missing(projectAnswer, 'the project is not active')),
  }
  const page = await ask((client) => client.admin.organization.projects.apiKeys.list(project, { owner_project_access: 'any', limit: 1 }))
  const lists: Right = {
    what: 'list keys',
    ...(PAGE.safeParse(ok(page) ? page.body : null).success ? proven : missing(page, 'the listing is not of the promised form')),
  }
  const accounts: Right[] = []
  if (serviceAccount !== undefined) {
    const answer = await ask((client) => client.admin.organization.projects.serviceAccounts.retrieve(serviceAccount, { project_id: project }))
    accounts.push({ what: 'service account exists', ...(ok(answer) ? proven : missing(answer, 'no such service account')) })
  }
  const untested = ['create keys', "move a key's expiry", 'delete keys'].map((what): Right => ({
    what,
    state: 'untestable',
    hint: 'shown by the first rotation: testing it would change something',
  }))
  return [active, lists, ...accounts, ...untested]
}

const proven = { state: 'proven' } as const

function missing(answer: Answer, otherwise: string): Pick<Right, 'state' | 'hint'> {
  if (answer.status === 429 || answer.status >= 500) return { state: 'untestable', hint: 'OpenAI gave no usable answer just now' }
  return { state: 'missing', hint: ok(answer) ? otherwise : refusal(answer, 'check', 'read').message }
}

function ok(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300
}

/** The body of a 2xx in its promised form; throws the meaning of anything else. */
function expect<S extends z.ZodType>(schema: S, answer: Answer, what: string, effect: 'read' | 'write'): z.output<S> {
  if (!ok(answer)) throw refusal(answer, what, effect)
  const body = schema.safeParse(answer.body)
  if (!body.success) throw malformed(answer, what, effect)
  return body.data
}

function incomplete(why: string): KeyrotError {
  return new KeyrotError({ code: 'KR_OPENAI_INCOMPLETE', kind: 'unavailable', message: `OpenAI: the listing of keys is not complete: ${why}` })
}

/** Whole seconds, rounded up: a key never ends before it was asked to. The provider's least is 1. */
function seconds(ms: Ms): number {
  return Math.max(1, Math.ceil(ms / SECOND))
}

function time(value: number | null | undefined): Ms | null {
  return value === null || value === undefined ? null : value * SECOND
}
