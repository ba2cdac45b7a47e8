/** `scan`: whose keys were found, and whether they are alive. Loaded once a key was found. */
import { existsSync } from 'node:fs'
import { catalog } from '../../adapters/catalog.ts'
import { guardEndpoint } from '../../adapters/endpoint.ts'
import { askWhetherAlive } from '../../audit/ask.ts'
import { readKeys, recognise, type CredentialKeys } from '../../audit/recognise.ts'
import { KeyrotError, toKeyrotError } from '../../domain/errors.ts'
import { withParts, type Hit, type ScanReport } from '../../domain/hit.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Verdict } from '../../domain/verdict.ts'
import type { Provider } from '../../ports/provider.ts'
import { RULES } from '../../scan/rules/rules.ts'
import { token } from '../outside/chance.ts'
import type { Interruption } from '../outside/interruption.ts'

export interface Asking {
  /** Reads the keys of the config, or `null` where there is no config. */
  readonly managed: (() => Promise<readonly CredentialKeys[]>) | null
  /** Connects a provider that can tell whether a key lives; `null` = nobody asked for it. */
  readonly prover: (() => Promise<Provider>) | null
  readonly warn: (line: string) => void
}

/** The report with what is known of each key. What cannot be found out is said, and leaves the hit as it is. */
export async function enriched(report: ScanReport, asking: Asking): Promise<ScanReport> {
  if (!report.hits.some(({ key }) => key !== null)) return report
  const managed = asking.managed === null ? [] : await attempt(asking.managed, [], 'whose keys these are cannot be told', asking.warn)
  const owned = report.hits.map((hit) => {
    const owner = hit.key === null ? null : recognise(hit.key, managed)
    return owner === null ? hit : toned(withParts(hit, { managed: owner }), owner.state)
  })
  const hits = asking.prover === null ? owned : await verified(owned, asking.prover, managed, asking.warn)
  return { ...report, hits }
}

/** A dead key is worth tidying up and no more. */
function toned(hit: Hit, state: 'live' | 'dead' | 'unknown' | 'cannot-tell'): Hit {
  return state === 'dead' ? withParts(hit, { severity: 'info' }) : hit
}

/** Rules whose keys the OpenAI provider can tell about. */
const PROVABLE = new Set(RULES.flatMap((rule) => (rule.finds === 'key' && rule.provenBy === 'openai' ? [rule.id] : [])))

async function verified(
  hits: readonly Hit[],
  connect: () => Promise<Provider>,
  managed: readonly CredentialKeys[],
  warn: (line: string) => void,
): Promise<readonly Hit[]> {
  const keys = new Map(hits.flatMap(({ rule, key, managed: owner }) => (key !== null && owner === undefined && PROVABLE.has(rule) ? [[key.digest, key]] : [])))
  if (keys.size === 0) return hits
  const ask = async (): Promise<readonly Verdict[]> => askWhetherAlive(await connect(), [...keys.values()], keyInUse(managed))
  const verdicts = await attempt(ask, [], 'whether these keys work cannot be told', warn)
  const byDigest = new Map([...keys.keys()].map((digest, at) => [digest, verdicts[at]]))
  return hits.map((hit) => {
    const verdict = byDigest.get(hit.key?.digest ?? '')
    if (verdict === undefined) return hit
    return toned(withParts(hit, { verdict: { is: verdict.is, why: verdict.is === 'live' ? verdict.notes.join(', ') : verdict.reason } }), verdict.is)
  })
}

/** A key of an OpenAI credential that a `current` slot shows: it should be alive, so it can be compared with. */
function keyInUse(managed: readonly CredentialKeys[]): Secret | null {
  const openai = managed.filter(({ reading }) => reading.credential.provider.type === 'openai')
  const currents = openai.flatMap(({ reading }) => [...reading.observations.values()].map(({ current }) => current))
  return currents.flatMap((held) => (held.is === 'value' ? [held.secret] : []))[0] ?? null
}

async function attempt<T>(work: () => Promise<T>, otherwise: T, words: string, warn: (line: string) => void): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const error = toKeyrotError(thrown)
    if (error.kind === 'interrupted' || error.kind === 'bug') throw thrown
    warn(`warning: ${words}: ${error.message} (${error.code})`)
    return otherwise
  }
}

/** Reads the keys of a config. */
export function keysOf(session: () => Promise<{ readonly ws: Parameters<typeof readKeys>[0] }>): () => Promise<readonly CredentialKeys[]> {
  return async () => readKeys((await session()).ws)
}

/** Whether a config is meant: one that is named must be there, the usual one may be. */
export function hasConfig(flag: string, usual: string): boolean {
  return flag !== usual || existsSync(flag)
}

/** OpenAI as any key of it can be tried, without a config. */
export async function bareOpenai(allowHosts: readonly string[], interruption: Interruption): Promise<Provider> {
  const declaration = catalog.providers.find(({ type }) => type === 'openai')
  if (declaration === undefined) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'the catalog has no OpenAI provider' })
  const settings = declaration.schema.parse({ project: 'proj_any', scopes: 'all' })
  return declaration.connect('scan', settings, {
    clock: { now: Date.now, sleep: interruption.sleep },
    ids: { token },
    root: '.',
    stateDir: '.',
    secret: () => {
      throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'a provider asked for a secret where there is no config' })
    },
    env: (name) => process.env[name],
    endpoint: (given, fallback) => guardEndpoint(given, fallback, allowHosts),
    signal: interruption.calls,
  })
}
