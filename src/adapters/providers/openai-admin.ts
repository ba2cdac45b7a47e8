/** Keys of one OpenAI project, through the organization's admin API. Contract: openai 7.55.0 and its OpenAPI description of 2026. */
import { z } from 'zod'
import { SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import { Secret } from '../../domain/secret.ts'
import { isWarrant, type Warrant } from '../../domain/warrant.ts'
import type { Minted, Provider, Right } from '../../ports/provider.ts'
import { ID, isNoSuch, malformed, ok, refusal, TIME, time, wanted } from './openai-answer.ts'
import { listKeys, PAGE } from './openai-listing.ts'
import { KEY_ALPHABET, type Answer, type Ask } from './openai-transport.ts'

export interface Place {
  readonly project: string
  readonly serviceAccount: string | undefined
  readonly scopes: 'all' | readonly string[]
}

/** After these the next strategy may be tried: the request was understood and definitely not done. */
const REFUSED = [400, 403, 404, 405, 422]

const MINTED = z.object({ id: ID, value: z.string().regex(KEY_ALPHABET), created_at: TIME, expires_at: TIME.nullish() })
const ACCOUNT = z.object({ id: ID, api_key: MINTED })
const DELETED = z.object({ id: ID, deleted: z.literal(true) })
const PROJECT = z.object({ id: ID, status: z.string() })
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

async function mintKey(ask: Ask, place: Place, name: string, life: Ms | null): Promise<Minted> {
  const end = life === null ? {} : { expires_in_seconds: seconds(life) }
  const project_id = place.project
  const { serviceAccount, scopes } = place
  if (serviceAccount !== undefined) {
    const body = { project_id, name, ...(scopes === 'all' ? {} : { scopes: [...scopes] }), ...end }
    const answer = await ask((client) => client.admin.organization.projects.serviceAccounts.apiKeys.create(serviceAccount, body))
    if (!REFUSED.includes(answer.status)) return minted(wanted(MINTED, answer, 'create a key', 'write'))
  }
  const answer = await ask((client) => client.admin.organization.projects.serviceAccounts.create(place.project, { name, ...end }))
  const key = minted(wanted(ACCOUNT, answer, 'create a service account', 'write').api_key)
  // The first key of an account is born with every permission of its owner; nobody has it until it is narrowed.
  if (scopes !== 'all') await update(ask, place, key.id, { scopes: [...scopes] }, 'narrow the new key to its scopes')
  return key
}

function minted(key: z.output<typeof MINTED>): Minted {
  return { id: key.id, secret: new Secret(key.value), createdAt: time(key.created_at), expiresAt: time(key.expires_at) }
}

async function update(ask: Ask, place: Place, keyId: string, change: { scopes: string[] } | { expires_in_seconds: number }, what: string): Promise<void> {
  const body = { project_id: place.project, ...change }
  wanted(z.object({ id: z.literal(keyId) }), await ask((client) => client.admin.organization.projects.apiKeys.update(keyId, body)), what, 'write')
}

async function remove(ask: Ask, warrant: Warrant, id: string, what: string, call: Parameters<Ask>[0]): Promise<'gone' | 'refused'> {
  if (!isWarrant(warrant)) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'a key was to be deleted without a warrant' })
  const answer = await ask(call)
  if (isNoSuch(answer)) return 'gone'
  if ([400, 403, 405, 422].includes(answer.status)) return 'refused'
  if (answer.status === 404) throw malformed(answer, what, 'write')
  wanted(DELETED.extend({ id: z.literal(id) }), answer, what, 'write')
  return 'gone'
}

async function rightsOf(ask: Ask, { project, serviceAccount }: Place): Promise<readonly Right[]> {
  const [projectAnswer, page, account] = await Promise.all([
    ask((client) => client.admin.organization.projects.retrieve(project)),
    ask((client) => client.admin.organization.projects.apiKeys.list(project, { owner_project_access: 'any', limit: 1 })),
    serviceAccount === undefined ? null : ask((client) => client.admin.organization.projects.serviceAccounts.retrieve(serviceAccount, { project_id: project })),
  ])
  const found = PROJECT.safeParse(ok(projectAnswer) ? projectAnswer.body : null)
  const active: Right = {
    what: 'project exists and is active',
    ...(found.data?.status === 'active' ? proven : missing(projectAnswer, 'the project is not active')),
  }
  const lists: Right = {
    what: 'list keys',
    ...(PAGE.safeParse(ok(page) ? page.body : null).success ? proven : missing(page, 'the listing is not of the promised form')),
  }
  const accounts: Right[] = []
  if (account !== null) {
    const same = z.object({ id: z.literal(serviceAccount) }).safeParse(ok(account) ? account.body : null).success
    accounts.push({ what: 'service account exists', ...(same ? proven : missing(account, 'the answer is not about this service account')) })
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

/** Whole seconds, rounded up: a key never ends before it was asked to. The provider's least is 1. */
function seconds(ms: Ms): number {
  return Math.max(1, Math.ceil(ms / SECOND))
}
