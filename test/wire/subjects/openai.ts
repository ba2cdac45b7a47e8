/** The OpenAI provider before the matrix. */
import { DAY, HOUR, SECOND } from '../../../src/domain/duration.ts'
import { Secret } from '../../../src/domain/secret.ts'
import type { ProbeAnswer } from '../../../src/domain/verdict.ts'
import type { Provider, Right } from '../../../src/ports/provider.ts'
import type { UsageReading } from '../../../src/ports/usage.ts'
import { connectOpenai, openai as declaration } from '../../../src/adapters/providers/openai.ts'
import { startSandbox } from '../../../src/sandbox/openai/openai.ts'
import { permission, surroundings, type Settings } from '../../contract/providers/bench.ts'
import { openai as dialect } from '../dialects.ts'
import type { Fault } from '../faults.ts'
import type { Said } from '../meaning.ts'
import type { Site } from '../proxy.ts'
import type { Operation, Stage, Subject } from '../subject.ts'

type Whole = Required<Provider>

interface World extends Stage<Whole> {
  /** Put into the settings of the next connection. */
  readonly settings: Partial<Settings>
  readonly live: Secret
  /** A key of ours, to be moved or deleted. */
  readonly ours: { readonly id: string; readonly account: string }
  readonly addKeys: (count: number) => void
  readonly addEvents: (count: number) => void
  /** The cloud's clock, which stands. */
  readonly now: number
  readonly setGuards: () => void
  /** So many more admin keys and projects. */
  readonly addOwners: (count: number) => void
  /** So many more models, each with a limit. */
  readonly addModels: (count: number) => void
}

const PROJECT = '/v1/organization/projects/[^/]+'
const site = (name: string, effect: Site['effect'], path: string, more: Partial<Site> = {}): Site => ({
  name,
  effect,
  method: name.split(' ')[0] ?? '',
  path: new RegExp(`^${path}$`),
  ...more,
})

const SITES: readonly Site[] = [
  site('GET models', 'read', '/v1/models'),
  site('POST responses', 'write', '/v1/responses'),
  site('GET project', 'read', PROJECT),
  site('GET api_keys', 'read', `${PROJECT}/api_keys`, { pages: true }),
  site('POST api_key', 'write', `${PROJECT}/api_keys/[^/]+`),
  site('DELETE api_key', 'write', `${PROJECT}/api_keys/[^/]+`),
  site('GET spend_limit', 'read', `${PROJECT}/spend_limit`),
  site('GET spend_alerts', 'read', `${PROJECT}/spend_alerts`),
  site('GET model_permissions', 'read', `${PROJECT}/model_permissions`),
  site('GET rate_limits', 'read', `${PROJECT}/rate_limits`, { pages: true }),
  site('POST rate_limit', 'write', `${PROJECT}/rate_limits/[^/]+`),
  site('GET admin_api_keys', 'read', '/v1/organization/admin_api_keys', { pages: true }),
  site('GET projects', 'read', '/v1/organization/projects', { pages: true }),
  site('POST service_accounts', 'write', `${PROJECT}/service_accounts`),
  site('GET service_account', 'read', `${PROJECT}/service_accounts/[^/]+`),
  site('DELETE service_account', 'write', `${PROJECT}/service_accounts/[^/]+`),
  site('POST service_account api_keys', 'write', `${PROJECT}/service_accounts/[^/]+/api_keys`),
  site('GET usage', 'read', '/v1/organization/usage/[^/]+'),
  site('GET costs', 'read', '/v1/organization/costs'),
  site('GET audit_logs', 'read', '/v1/organization/audit_logs', { pages: true }),
]

const NAME = 'keyrot.testtest.wire.g2.a1'
const OURS = 'keyrot.testtest.wire.g1.a1'

const PROBE_SAYS: Readonly<Record<ProbeAnswer['is'], Said>> = {
  accepted: 'done',
  limited: 'forbidden',
  'no-quota': 'rate-limited',
  busy: 'rate-limited',
  unclear: 'cannot-tell',
  'wrong-home': 'unauthorized',
  invalid: 'unauthorized',
}

const OPERATIONS: readonly Operation<Whole, World>[] = [
  probe('prove', {}),
  probe('prove with a model', { probe: { models: ['gpt-5-nano'] } }),
  {
    name: 'list',
    covers: ['list'],
    prepare: async ({ addKeys }) => addKeys(230),
    act: (provider) => provider.list(),
    // What is left out between two good pages nobody can see: the engine looks at the lists twice.
    allows: (fault) => (fault.name === 'skipped-page' ? ['done', 'unavailable'] : null),
  },
  minting('mint', { scopes: 'all' }),
  minting('mint with an account', { serviceAccount: undefined, scopes: ['api.model.read'] }),
  {
    name: 'retire',
    covers: ['retire'],
    act: (provider, { ours }) => provider.retire(permission(ours.id)),
    says: removalSays,
    allows: removalAllows,
  },
  {
    name: 'retire account',
    covers: ['retireAccount'],
    act: (provider, { ours }) => provider.retireAccount(permission(ours.id), ours.account),
    says: removalSays,
    allows: removalAllows,
  },
  { name: 'expire', covers: ['expire'], act: (provider, { ours }) => provider.expire(ours.id, 24 * HOUR) },
  {
    name: 'rights',
    covers: ['rights'],
    act: (provider) => provider.rights(),
    says: rightsSay,
    // A right is not ticked when it could not be tested; which word stands in its place is not for the wire to judge.
    // A page without keys, or another page, is still one that this right has brought.
    allows: ({ name }) =>
      name === 'hostile names' ? null : ['empty-page', 'skipped-page'].includes(name) ? ['done'] : ['forbidden', 'cannot-tell', 'unavailable'],
  },
  {
    name: 'usage',
    covers: ['usage'],
    act: (provider, { ours, now }) => provider.usage({ keyId: ours.id, from: now - DAY, until: now, step: 'hour' }),
    says: (value) => (value as readonly UsageReading[]).find(({ gap }) => gap !== null)?.gap?.kind ?? 'done',
  },
  { name: 'costs', covers: ['costs'], act: (provider, { ours, now }) => provider.costs(ours.id, now - DAY, now) },
  {
    name: 'audit log',
    covers: ['keyEvents'],
    prepare: async ({ addEvents }) => addEvents(230),
    act: (provider, { ours, now }) => provider.keyEvents(ours.id, now - DAY),
    // As for the listing of keys; and no event since a day is an answer, too.
    allows: (fault) => (fault.name === 'skipped-page' ? ['done', 'unavailable'] : null),
  },
  {
    name: 'guards',
    covers: ['guards'],
    prepare: async ({ setGuards }) => setGuards(),
    act: (provider) => provider.guards(),
    // What was never set is answered with "no such thing", so that is no failure; the list of alerts always is there.
    allows: ({ name }, { name: at }) => (/^(?:answer|hostile) 404/.test(name) && at !== 'GET spend_alerts' ? ['done'] : null),
  },
  {
    name: 'administrator',
    covers: ['administrator'],
    prepare: async ({ addOwners }) => addOwners(230),
    act: (provider) => provider.administrator(),
    // As for `list`; here nothing but a finding hangs on it.
    allows: ({ name }) => (name === 'skipped-page' ? ['done', 'unavailable'] : null),
  },
  {
    name: 'rate limits',
    covers: ['rateLimits'],
    prepare: async ({ addModels }) => addModels(230),
    act: (provider) => provider.rateLimits(),
    // As for `list`; after a stop they are read once more.
    allows: ({ name }) => (name === 'skipped-page' ? ['done', 'unavailable'] : null),
  },
  {
    name: 'set a rate limit',
    covers: ['setRateLimit'],
    act: (provider) => provider.setRateLimit('rl_gpt-5-nano', { max_requests_per_1_minute: 0 }),
    says: (value) => (value === 'set' ? 'done' : 'rejected'),
  },
]

/** No fault of the wire is ever an answer about a key; of refusals only those that name the key are. */
function probe(name: string, settings: Partial<Settings>): Operation<Whole, World> {
  const about = ['answer 401 invalid key', 'answer 401 missing scope', 'answer 403', 'hostile 401 invalid key', 'hostile 401 missing scope', 'hostile 403']
  return {
    name,
    covers: ['prove'],
    prepare: async (world) => void Object.assign(world.settings, settings),
    act: (provider, { live }) => provider.prove(live),
    says: (value) => PROBE_SAYS[(value as ProbeAnswer).is],
    allows: (fault) => (about.includes(fault.name) || /429|hostile names/.test(fault.name) ? null : ['cannot-tell']),
  }
}

function minting(name: string, settings: Partial<Settings>): Operation<Whole, World> {
  return {
    name,
    covers: ['mint'],
    prepare: async (world) => void Object.assign(world.settings, settings),
    act: (provider) => provider.mint(NAME, HOUR),
    again: async (provider) => {
      const { keys } = await provider.list()
      for (const { id, owner, name: found } of keys.filter((key) => key.name === NAME))
        await (owner.name === found ? provider.retireAccount(permission(id), owner.id ?? '') : provider.retire(permission(id)))
      return provider.mint(NAME, HOUR)
    },
    // After a definite no the key is born on an account of its own.
    allows: (fault, { name: at }) => (at === 'POST service_account api_keys' && refusedFor(fault) ? ['done'] : null),
  }
}

function refusedFor({ name }: Fault): boolean {
  return /^(?:answer|hostile|gateway) (?:400|403|404|422)/.test(name)
}

function removalSays(value: unknown): Said {
  return value === 'gone' ? 'done' : 'rejected'
}

/** "No such key" is what a deletion wants to hear; a definite no is told as such, whatever its number. */
function removalAllows({ name }: Fault): readonly Said[] | null {
  if (/^(?:answer|hostile) 404/.test(name)) return ['done']
  return /^(?:answer|hostile) 403/.test(name) ? ['rejected'] : null
}

function rightsSay(value: unknown): Said {
  const rights = (value as readonly Right[]).filter(({ what }) => !/^create|^move|^delete/.test(what))
  if (rights.some(({ state }) => state === 'missing')) return 'forbidden'
  return rights.some(({ state }) => state === 'untestable') ? 'cannot-tell' : 'done'
}

/** A cloud in which no time passes: what a call left behind compares from one world to the next. */
async function start(): Promise<World> {
  const now = Math.floor(Date.now() / SECOND) * SECOND
  const still = { createDelayMs: 0, deleteDelayMs: 0, listDelayMs: 0, lastUsedLagMs: 0, usageLagMs: 0 }
  const sandbox = await startSandbox({ ...still, clock: () => now })
  const project = sandbox.addProject('Team').id
  const serviceAccount = sandbox.addServiceAccount(project, 'app').id
  const account = sandbox.addServiceAccount(project, OURS).id
  const live = sandbox.addKey({ serviceAccount, name: 'app key' }).value
  const { id, value } = sandbox.addKey({ serviceAccount: account, name: OURS })
  sandbox.addCalls(id, { model: 'gpt-5-nano', agoMs: HOUR })
  const settings: Partial<Settings> = {}
  const keys = (ours: boolean) => sandbox.state().keys.filter(({ name, owner }) => ours === [name, owner.name ?? ''].some((text) => text.startsWith('keyrot.')))
  return {
    behind: sandbox.url,
    keys: { 'the admin key': sandbox.adminKey, 'the key in use': live, 'our key': value },
    settings,
    live: new Secret(live),
    ours: { id, account },
    addKeys: (count) => Array.from({ length: count }, (_, at) => sandbox.addKey({ serviceAccount, name: `other ${at}` })),
    addEvents: (count) => Array.from({ length: count }, () => sandbox.addEvent(id, { type: 'api_key.updated' })),
    now,
    setGuards: () => {
      sandbox.setSpendLimit(project, 10_000)
      sandbox.setSpendAlert(project, 5_000)
      sandbox.allowModels(project, ['gpt-5-nano'])
    },
    addOwners: (count) =>
      Array.from({ length: count }, (_, at) => {
        sandbox.addAdminKey()
        sandbox.addProject(`Other ${at}`)
      }),
    addModels: (count) => sandbox.tune({ models: ['gpt-5-nano', ...Array.from({ length: count }, (_, at) => `model-${at}`)] }),
    connect: async (url, deadlineMs) => {
      const all = declaration.schema.parse({ project, serviceAccount, adminKey: 'env:ADMIN', scopes: 'all', ...settings })
      const around = surroundings({ env: { OPENAI_BASE_URL: url }, secrets: { 'env:ADMIN': sandbox.adminKey } })
      return connectOpenai('main', all, around, deadlineMs) as Whole
    },
    state: async () => [
      ...keys(true)
        .filter(({ alive }) => alive)
        .map(({ name, owner, scopes, expiresAt }) => ({ name, owner: owner.name, scopes, life: expiresAt === null ? null : expiresAt - now })),
      ...sandbox.state().projects.map(({ rateLimits }) => rateLimits),
    ],
    others: async () => keys(false).map(({ name, owner, alive, scopes, expiresAt }) => ({ name, owner: owner.name, alive, scopes, expiresAt })),
    edit: async () => void sandbox.addKey({ serviceAccount, name: 'of somebody else' }),
    close: () => sandbox.close(),
  }
}

export const openai: Subject<Whole, World> = {
  name: 'openai',
  dialect,
  sites: SITES,
  operations: OPERATIONS,
  silent: ['isAdminKey', 'madeUp', 'refusePasted'],
  start,
}
