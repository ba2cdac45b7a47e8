/** The tests' own hands in the cloud: what a person at the dashboard, a consumer or the passing of time would do. */
import { accepts } from './access.ts'
import { newId, newKeyValue, scrub, scrubDeep } from './keys.ts'
import { type NewKey, addKey, addProject, addServiceAccount, deleteKey, projectOf, updateKey } from './lifecycle.ts'
import { type Tunable, tunable } from './options.ts'
import { lastUsed } from './render.ts'
import { type Call, type Cloud, type CloudKey, type Project, type ServiceAccount, type Session, isAlive, latest } from './state.ts'

/** A key as tests see it: the truth, ahead of every list and cache, and never the value. */
export interface KeyView {
  readonly id: string
  readonly project: string
  readonly owner: { readonly kind: 'user' | 'service_account'; readonly id: string; readonly name: string | null }
  readonly name: string
  readonly fingerprint: string
  readonly redacted: string
  /** Unix ms. */
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly deletedAt: number | null
  readonly scopes: readonly string[] | null
  /** Neither deleted nor past its end. */
  readonly alive: boolean
  /** Accepted calls, models listings included. */
  readonly uses: number
  /** As lists would show it: Unix seconds. */
  readonly lastUsedAt: number | null
}

export interface CloudState {
  readonly now: number
  readonly projects: readonly Project[]
  readonly serviceAccounts: readonly ServiceAccount[]
  readonly keys: readonly KeyView[]
}

/** A key to add by hand. Unless told otherwise it is 30 days old: accepted and listed at once. */
export interface KeyWish extends Partial<Omit<NewKey, 'owner'>> {
  /** The owning account; without one the key belongs to a person. */
  readonly serviceAccount?: string
}

/** Use to add by hand: one call now unless told otherwise. */
export interface CallWish extends Partial<Pick<Call, 'kind' | 'times' | 'inputTokens' | 'outputTokens'>> {
  readonly model: string
  /** How long ago (ms). */
  readonly agoMs?: number
}

export interface EventWish {
  readonly type: string
  readonly agoMs?: number
  /** Without one the owner's admin key did it. */
  readonly session?: Session
  readonly details?: Record<string, unknown>
}

export interface Hands {
  now(): number
  /** Moves the sandbox's clock forward (ms). */
  advance(ms: number): void
  /** Changes behaviour while it runs. */
  tune(change: Tunable): void
  state(): CloudState
  addProject(name: string): Project
  addServiceAccount(project: string, name: string, more?: { role?: 'member' | 'none' }): ServiceAccount
  addKey(wish?: KeyWish): { id: string; value: string }
  key(id: string): KeyView
  /** A consumer's call with this key; whether it was let in. Counts as use and, with a model, as usage. */
  useKey(id: string, model?: string): boolean
  /** Use that was counted, at any time: a history to look back on. */
  addCalls(id: string, wish: CallWish): void
  /** What the audit log says of the key, by whoever did it. */
  addEvent(id: string, wish: EventWish): void
  deleteKey(id: string): void
  /** Archives a project: its keys are refused, its keys and accounts cannot be changed. */
  archive(project: string): void
  /** A hard limit in US cents, or none. */
  setSpendLimit(project: string, cents: number | null): void
  /** A sum in US cents at which somebody is told, or none. */
  setSpendAlert(project: string, cents: number | null): void
  /** One more admin key: old, ending or held to some projects, as wished. */
  addAdminKey(wish?: Parameters<Cloud['addAdminKey']>[1]): { id: string; value: string }
  /** The models the project may use; `null` = all. */
  allowModels(project: string, models: readonly string[] | null): void
  /** Moves the key's end to so many seconds from now, as a person could. */
  expireKey(id: string, seconds: number): void
}

const MONTH_MS = 30 * 86_400_000

export function handsOf(cloud: Cloud): Hands {
  const find = (id: string): CloudKey => {
    const key = cloud.keys.find((candidate) => candidate.id === id)
    if (key === undefined) throw new Error('the sandbox has no key of this id')
    return key
  }
  return {
    now: () => cloud.now(),
    advance: (ms) => {
      if (!Number.isFinite(ms)) throw new Error('time moves by a number of milliseconds')
      cloud.offset += ms
    },
    tune: (change) => {
      cloud.options = { ...cloud.options, ...tunable(change) }
    },
    state: () => {
      const keys = cloud.keys.map((key) => viewOf(cloud, key))
      // names are the client's own words, and a client may be wrong enough to put a key there
      return scrubDeep({ now: cloud.now(), projects: cloud.projects, serviceAccounts: cloud.accounts, keys }) as CloudState
    },
    addProject: (name) => addProject(cloud, name, MONTH_MS),
    addServiceAccount: (project, name, more = {}) => addServiceAccount(cloud, project, name, { ageMs: MONTH_MS, ...more }),
    addKey: (wish = {}) => addByHand(cloud, wish),
    key: (id) => viewOf(cloud, find(id)),
    useKey: (id, model) => {
      const key = find(id)
      if (!accepts(cloud, key)) return false
      key.uses.push(cloud.now())
      if (model !== undefined) countCalls(cloud, key, { model })
      return true
    },
    addCalls: (id, wish) => addCalls(cloud, find(id), wish),
    addEvent: (id, wish) => addEvent(cloud, find(id), wish),
    deleteKey: (id) => {
      const key = find(id)
      if (key.deletedAt === null) deleteKey(cloud, key)
    },
    archive: (project) => {
      projectOf(cloud, project).archivedAt = cloud.now()
    },
    setSpendLimit: (project, cents) => {
      projectOf(cloud, project).spendLimitCents = cents
    },
    setSpendAlert: (project, cents) => {
      projectOf(cloud, project).spendAlerts = cents === null ? [] : [{ id: newId('alert_'), cents }]
    },
    addAdminKey: (wish) => {
      const value = newKeyValue('admin')
      return { id: cloud.addAdminKey(value, wish).id, value }
    },
    allowModels: (project, models) => {
      projectOf(cloud, project).models = models
    },
    expireKey: (id, seconds) => updateKey(cloud, find(id), { expiresInSeconds: seconds }),
  }
}

function addByHand(cloud: Cloud, wish: KeyWish): { id: string; value: string } {
  const { serviceAccount, ...rest } = wish
  const owner = serviceAccount === undefined ? ({ kind: 'user', id: cloud.person.id } as const) : ({ kind: 'service_account', id: serviceAccount } as const)
  const account = cloud.accounts.find((candidate) => candidate.id === serviceAccount)
  if (serviceAccount !== undefined && account === undefined) throw new Error('the sandbox has no service account of this id')
  const project = wish.project ?? account?.project ?? cloud.projects[0]?.id
  if (project === undefined) throw new Error('the sandbox has no project yet')
  const { key, value } = addKey(cloud, { name: 'Existing key', ageMs: MONTH_MS, ...rest, project, owner })
  return { id: key.id, value }
}

/** Calls that were let in, as a use of the key and as usage. */
function addCalls(cloud: Cloud, key: CloudKey, wish: CallWish): void {
  const { at } = countCalls(cloud, key, wish)
  key.uses.splice(key.uses.findLastIndex((use) => use <= at) + 1, 0, at)
}

function countCalls(cloud: Cloud, key: CloudKey, { agoMs = 0, times = 1, kind = 'completions', ...rest }: CallWish): Call {
  const call = { at: cloud.now() - agoMs, key: key.id, project: key.project, kind, times, inputTokens: 8 * times, outputTokens: times, ...rest }
  cloud.calls.push(call)
  return call
}

function addEvent(cloud: Cloud, key: CloudKey, { type, agoMs = 0, session, details = {} }: EventWish): void {
  cloud.audit(type, key.id, key.project, details, cloud.now() - agoMs, session)
}

function viewOf(cloud: Cloud, key: CloudKey): KeyView {
  const { name, expiresAt, scopes } = latest(key)
  const account = cloud.accounts.find((candidate) => candidate.id === key.owner.id)
  const { id, project, fingerprint, redacted, createdAt, deletedAt } = key
  const owner = { ...key.owner, name: account === undefined ? null : scrub(account.name) }
  const use = { alive: isAlive(key, cloud.now()), uses: key.uses.length, lastUsedAt: lastUsed(cloud, key) }
  return { id, project, owner, name: scrub(name), fingerprint, redacted, createdAt, expiresAt, deletedAt, scopes, ...use }
}
