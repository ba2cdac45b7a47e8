/**
 * The only place where the real clock, chance, environment, files, locks, person and adapters are put together. Order
 * matters: secrets are read and taken out of the environment before any adapter connects, because SDKs start children
 * (credential helpers, exec plugins) that inherit it.
 */
import { join, resolve } from 'node:path'
import { guardEndpoint } from '../adapters/endpoint.ts'
import { catalog } from '../adapters/catalog.ts'
import type { Surroundings } from '../adapters/define.ts'
import { sweepTemp } from '../adapters/targets/dotenv-temp.ts'
import { loadConfig, type CredentialBlock, type LoadedConfig } from '../config/load.ts'
import { formatProblem } from '../config/problems.ts'
import { resolveReferences } from '../config/references.ts'
import type { RunEvent } from '../domain/events.ts'
import { KeyrotError } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import type { Provider, Right } from '../ports/provider.ts'
import type { Clock, Ids, Locks, Prompter, Records } from '../ports/system.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'
import { openStateOf } from './outside/state.ts'
import { token } from './outside/chance.ts'
import { configFiles } from './outside/config-files.ts'
import { CALLS_AT_ONCE, gateOf, takingTurns } from '../engine/turns.ts'
import type { Interruption } from './outside/interruption.ts'
import { connectSink, readSinkSecrets } from './outside/sinks.ts'
import { stoppable } from './outside/stoppable.ts'
import { boundHeap, readingConfig } from './outside/heap.ts'

/** A config and its state, nothing connected. */
export interface Site {
  readonly config: LoadedConfig
  readonly stateDir: string
  readonly records: Records
  readonly locks: Locks
  /** Of a shared store; `null` where state is files. */
  readonly stateRights: (() => Promise<readonly Right[]>) | null
  readonly clock: Clock
  readonly ids: Ids
}

export interface SitePlace {
  readonly config: string
  readonly state: string | undefined
}

/** Opens the config and the state beside it. `warn` gets one line per warning of the config. */
export async function openSite(place: SitePlace, interruption: Interruption, warn: (line: string) => void): Promise<Site> {
  const config = await readingConfig(place.config, () => loadConfig(place.config, { files: configFiles, catalog }))
  for (const problem of config.warnings) warn(`warning: ${formatProblem(place.config, problem)}`)
  const stateDir = place.state === undefined ? join(config.root, '.keyrot') : resolve(place.state)
  const clock: Clock = { now: Date.now, sleep: interruption.sleep }
  const ids: Ids = { token }
  const state = await openStateOf({ config, stateDir, clock, ids, signal: interruption.calls, say: warn })
  return { config, stateDir, clock, ids, locks: state.locks, stateRights: state.rights ?? null, records: stoppable(state.records, interruption.check) }
}

export interface Person {
  readonly prompter: Prompter | null
  readonly watch: (event: RunEvent) => void
  readonly warn: (line: string) => void
}

/** Connects every credential of the site: other credentials' slots are looked at too, before a key may die. */
export async function connectSite(site: Site, allowHosts: readonly string[], person: Person, interruption: Interruption): Promise<Workspace> {
  boundHeap()
  await sweepTemp(site.stateDir)
  // Read before the variables are taken out of the environment.
  const secrets = await readSinkSecrets(site.config)
  const around = await surroundings(site, allowHosts, person, interruption)
  const sinks = site.config.notify.map((block) => connectSink(block, secrets.get(block.name), around))
  const credentials = await bindAll(site.config.credentials, site.config.ns, around)
  return takingTurns({
    ns: site.config.ns,
    credentials,
    limits: site.config.limits,
    sinks,
    clock: site.clock,
    ids: site.ids,
    records: site.records,
    locks: site.locks,
    prompter: person.prompter,
    watch: person.watch,
    signal: interruption.signal,
    giveWay: () => {
      person.warn('an incident asks for what this run holds; it goes on from where this one stops')
      interruption.leave()
    },
  })
}

/** Variables that SDKs read by themselves: keyrot hands each adapter its own secrets, so these serve only to leak. */
const SDK_SECRETS = ['OPENAI_API_KEY', 'OPENAI_ADMIN_KEY', 'OPENAI_WEBHOOK_SECRET']

async function surroundings(site: Site, allowHosts: readonly string[], person: Person, interruption: Interruption): Promise<Surroundings> {
  const { config, stateDir, clock, ids } = site
  const names = [...config.secretVariables, ...SDK_SECRETS]
  const resolved = await resolveReferences(config.references, { env: (name) => process.env[name], files: configFiles, root: config.root })
  for (const problem of resolved.warnings) person.warn(`warning: ${formatProblem('config', problem)}`)
  for (const name of names) delete process.env[name]
  const env: Readonly<Record<string, string | undefined>> = { ...process.env }
  const made = new Map<string, unknown>()
  return {
    clock,
    ids,
    root: config.root,
    stateDir,
    secret: (reference) => secretOf(resolved.secrets, reference),
    env: (name) => env[name],
    endpoint: (given, fallback) => guardEndpoint(given, fallback, allowHosts),
    shared: <T>(name: string, make: () => T): T => {
      if (!made.has(name)) made.set(name, make())
      return made.get(name) as T
    },
    signal: interruption.calls,
    turn: gateOf(CALLS_AT_ONCE),
  }
}

function secretOf(secrets: ReadonlyMap<string, Secret>, reference: string): Secret {
  const secret = secrets.get(reference)
  if (secret === undefined) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'an adapter asked for a secret that the config does not refer to' })
  return secret
}

/** Providers are connected once each, however many credentials have their keys there: connections and listings are shared. */
async function bindAll(blocks: readonly CredentialBlock[], ns: string, around: Surroundings): Promise<readonly BoundCredential[]> {
  const providers = new Map<string, Promise<Provider>>()
  const connected = ({ name, declaration, settings }: CredentialBlock['provider']): Promise<Provider> => {
    const provider = providers.get(name) ?? declaration.connect(name, settings, around)
    providers.set(name, provider)
    return provider
  }
  return Promise.all(
    blocks.map(async ({ name, policy, provider, targets }) => ({
      name,
      policy,
      provider: await connected(provider),
      providerName: provider.name,
      targets: await Promise.all(
        targets.map(async (target) => ({
          name: target.name,
          wave: target.wave,
          ...(target.environment === undefined ? {} : { environment: target.environment }),
          target: await target.declaration.connect(target.name, target.settings, { ...around, ns, credential: name }),
        })),
      ),
    })),
  )
}
