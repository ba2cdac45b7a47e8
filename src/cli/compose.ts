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
import { envNames, resolveReferences } from '../config/references.ts'
import type { RunEvent } from '../domain/events.ts'
import { KeyrotError } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import type { Clock, Ids, Prompter, Records } from '../ports/system.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'
import { openLocks } from '../state/lock.ts'
import { openRecords } from '../state/record.ts'
import { token } from './chance.ts'
import { configFiles } from './config-files.ts'
import type { Interruption } from './interruption.ts'
import { stoppable } from './stoppable.ts'

/** A config and its state, nothing connected. */
export interface Site {
  readonly config: LoadedConfig
  readonly stateDir: string
  readonly records: Records
  readonly clock: Clock
  readonly ids: Ids
}

export interface SitePlace {
  readonly config: string
  readonly state: string | undefined
}

/** Opens the config and the state beside it. `warn` gets one line per warning of the config. */
export async function openSite(place: SitePlace, interruption: Interruption, warn: (line: string) => void): Promise<Site> {
  const config = await loadConfig(place.config, { files: configFiles, catalog })
  for (const problem of config.warnings) warn(`warning: ${formatProblem(place.config, problem)}`)
  const stateDir = place.state === undefined ? join(config.root, '.keyrot') : resolve(place.state)
  const clock: Clock = { now: Date.now, sleep: interruption.sleep }
  const ids: Ids = { token }
  return { config, stateDir, clock, ids, records: stoppable(await openRecords(stateDir, { clock, ids }), interruption.check) }
}

export interface Person {
  readonly prompter: Prompter | null
  readonly watch: (event: RunEvent) => void
  readonly warn: (line: string) => void
}

/** Connects every credential of the site: other credentials' slots are looked at too, before a key may die. */
export async function connectSite(site: Site, allowHosts: readonly string[], person: Person, interruption: Interruption): Promise<Workspace> {
  await sweepTemp(site.stateDir)
  const around = await surroundings(site, allowHosts, person, interruption)
  const credentials = await bindAll(site.config.credentials, around)
  return {
    ns: site.config.ns,
    credentials,
    clock: site.clock,
    ids: site.ids,
    records: site.records,
    locks: openLocks(site.stateDir, { clock: site.clock, ids: site.ids }),
    prompter: person.prompter,
    watch: person.watch,
    signal: interruption.signal,
  }
}

/** Variables that SDKs read by themselves: keyrot hands each adapter its own secrets, so these serve only to leak. */
const SDK_SECRETS = ['OPENAI_API_KEY', 'OPENAI_ADMIN_KEY', 'OPENAI_WEBHOOK_SECRET']

async function surroundings(site: Site, allowHosts: readonly string[], person: Person, interruption: Interruption): Promise<Surroundings> {
  const { config, stateDir, clock, ids } = site
  const names = [...envNames(config.references), ...SDK_SECRETS]
  const resolved = await resolveReferences(config.references, { env: (name) => process.env[name], files: configFiles, root: config.root })
  for (const problem of resolved.warnings) person.warn(`warning: ${formatProblem('config', problem)}`)
  for (const name of names) delete process.env[name]
  const env: Readonly<Record<string, string | undefined>> = { ...process.env }
  return {
    clock,
    ids,
    root: config.root,
    stateDir,
    secret: (reference) => secretOf(resolved.secrets, reference),
    env: (name) => env[name],
    endpoint: (given, fallback) => guardEndpoint(given, fallback, allowHosts),
    signal: interruption.calls,
  }
}

function secretOf(secrets: ReadonlyMap<string, Secret>, reference: string): Secret {
  const secret = secrets.get(reference)
  if (secret === undefined) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'an adapter asked for a secret that the config does not refer to' })
  return secret
}

async function bindAll(blocks: readonly CredentialBlock[], around: Surroundings): Promise<readonly BoundCredential[]> {
  return Promise.all(
    blocks.map(async ({ name, policy, provider, targets }) => ({
      name,
      policy,
      provider: await provider.declaration.connect(provider.name, provider.settings, around, policy),
      targets: await Promise.all(
        targets.map(async (target) => ({
          name: target.name,
          wave: target.wave,
          target: await target.declaration.connect(target.name, target.settings, around),
        })),
      ),
    })),
  )
}
