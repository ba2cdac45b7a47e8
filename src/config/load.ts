/** Reads `rotation.config.yaml`: text → data → blocks → rules → a typed config, or one error with every problem in it. */
import type { Catalog, Declaration, StateDeclaration } from '../adapters/define.ts'
import { judgeBlock, judgeTargetKeys, referencesIn } from './blocks.ts'
import { HOUR } from '../domain/duration.ts'
import { CREDENTIAL_PATTERN } from '../domain/key-name.ts'
import { DEFAULT_LIMITS } from '../domain/policy.ts'
import type { ConfigFiles } from './files.ts'
import { reportIssues, valueAt } from './issues.ts'
import { isDataMap, type Data, type DataMap } from './data.ts'
import { parseYaml } from './parse.ts'
import { Places } from './places.ts'
import { ConfigError, inOrder, quote, type ProblemCode } from './problems.ts'
import type { CredentialBlock, Draft, DraftCredential, LoadedConfig, SinkBlock, StateBlock } from './model.ts'
import { envNames, toReference, type Reference } from './references.ts'
import { Report } from './report.ts'
import { RULES } from './rules.ts'
import { credentialSchema, FILES, mergePolicy, NAME_WORDS, ONCE, policySchema, TARGET_KEYS, topSchema, type WrittenPolicy } from './schema.ts'

export type { CredentialBlock, LoadedConfig } from './model.ts'

export const CONFIG_NAME = 'rotation.config.yaml'

const MOST_BYTES = 2 * 1024 * 1024

export interface LoadParts {
  readonly files: ConfigFiles
  readonly catalog: Catalog
}

/** Loads and judges the config at a path. Throws `ConfigError` (`KR_CONFIG_INVALID`) with every problem; writes nothing. */
export async function loadConfig(path: string, parts: LoadParts): Promise<LoadedConfig> {
  const { text, root } = await readText(path, parts.files)
  return { root, ...judgeConfig(path, text, parts.catalog) }
}

/** The same for a text at hand: what `init` writes is judged before it is written. `path` only names the file in messages. */
export function judgeConfig(path: string, text: string, catalog: Catalog): Omit<LoadedConfig, 'root'> {
  const places = new Places(text)
  const report = new Report(places)
  const data = parseYaml(text, places, report)
  if (data === null) throw new ConfigError(path, report.errors)
  const top = topSchema.safeParse(data, ONCE)
  if (!top.success) reportIssues(top.error.issues, topSchema, [], data, report)
  const draft = readDraft(data, catalog, report)
  const state = readState(data, catalog, report)
  for (const rule of RULES) rule(draft, report)
  const credentials = bind(draft)
  const notify = readSinks(data, catalog, report, places)
  const ns = data['ns']
  if (report.errors.length > 0 || typeof ns !== 'string') throw new ConfigError(path, report.errors)
  const references = listReferences(data, credentials, places)
  const incident = { deadman: (top.success ? top.data.incident?.deadman : undefined) ?? HOUR }
  return {
    ns,
    state,
    incident,
    credentials,
    limits: top.data?.limits ?? DEFAULT_LIMITS,
    notify,
    references,
    secretVariables: envNames(everyReference(data, places)),
    warnings: inOrder(report.warnings),
  }
}

async function readText(path: string, files: ConfigFiles): Promise<{ text: string; root: string }> {
  const reading = await files.read(path, MOST_BYTES)
  if (!reading.ok) {
    const hint = reading.why === 'missing' ? 'run keyrot init to write one, or name it with --config' : undefined
    throw wholeFile(path, 'KR_CONFIG_UNREADABLE', UNREADABLE[reading.why], hint)
  }
  if (!reading.inside)
    throw wholeFile(
      path,
      'KR_CONFIG_LINK',
      'this is a symbolic link that leads out of its folder',
      'name the real file with --config: relative paths and .keyrot/ belong to its folder',
    )
  if (reading.bytes.byteLength > MOST_BYTES) throw wholeFile(path, 'KR_CONFIG_TOO_LARGE', 'a config is at most 2 MiB')
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(reading.bytes), root: reading.folder }
  } catch {
    throw wholeFile(path, 'KR_CONFIG_NOT_TEXT', 'this is not UTF-8 text')
  }
}

const UNREADABLE = { missing: 'there is no config here', 'not-a-file': 'this is not a regular file', unreadable: 'this file may not be read' } as const

function wholeFile(path: string, code: ProblemCode, message: string, hint?: string): ConfigError {
  return new ConfigError(path, [{ code, severity: 'error', message, place: { line: 1, column: 1 }, ...(hint === undefined ? {} : { hint }) }])
}

function readState(data: DataMap, catalog: Catalog, report: Report): StateBlock | null {
  if (data['state'] === undefined) return null
  const judged = judgeBlock<Declaration | StateDeclaration>(data['state'], ['state'], [FILES, ...catalog.states], [], report)
  return judged !== null && 'open' in judged.declaration ? { declaration: judged.declaration, settings: judged.settings } : null
}

function readSinks(data: DataMap, catalog: Catalog, report: Report, places: Places): readonly SinkBlock[] {
  const section = data['notify']
  return Object.entries(isDataMap(section) ? section : {}).flatMap(([name, block]) => {
    const path = ['notify', name]
    if (!CREDENTIAL_PATTERN.test(name)) report.keyError(path, 'KR_CONFIG_NAME', `${quote(name)} cannot be a name`, NAME_WORDS)
    const judged = judgeBlock(block, path, catalog.sinks, [], report)
    return judged === null ? [] : [{ name, type: judged.declaration.type, ...judged, references: referencesAt(data, [path], places) }]
  })
}

function readDraft(data: DataMap, catalog: Catalog, report: Report): Draft {
  const members = (section: string): readonly (readonly [string, Data])[] => {
    const part = data[section]
    return isDataMap(part) ? Object.entries(part) : []
  }
  const shared = policySchema.safeParse(data['policy'] ?? {}, ONCE)
  return {
    providers: new Map(
      members('providers').map(([name, block]) => {
        const judged = judgeBlock(block, ['providers', name], catalog.providers, [], report)
        return [name, judged && { name, type: judged.declaration.type, ...judged }]
      }),
    ),
    targets: new Map(
      members('targets').map(([name, block]) => {
        const common = judgeTargetKeys(block, ['targets', name], report)
        const judged = judgeBlock(block, ['targets', name], catalog.targets, Object.keys(TARGET_KEYS), report)
        return [name, judged && { name, type: judged.declaration.type, ...common, ...judged }]
      }),
    ),
    credentials: new Map(members('credentials').map(([name, block]) => [name, draftCredential(name, block, shared.data ?? null, report)])),
  }
}

function draftCredential(name: string, data: Data, shared: WrittenPolicy | null, report: Report): DraftCredential {
  const judged = credentialSchema.safeParse(data, ONCE)
  if (judged.success) return { ...judged.data, policy: shared && mergePolicy(shared, judged.data.policy) }
  reportIssues(judged.error.issues, credentialSchema, ['credentials', name], data, report)
  const provider = valueAt(data, ['provider'])
  const targets = valueAt(data, ['targets'])
  return {
    provider: typeof provider === 'string' ? provider : null,
    targets: Array.isArray(targets) ? targets.filter((target) => typeof target === 'string') : [],
    policy: null,
  }
}

/** Credentials with their blocks in place of names. Where a name leads nowhere a rule has reported it. */
function bind(draft: Draft): readonly CredentialBlock[] {
  return [...draft.credentials].flatMap(([name, { provider, targets, policy }]) => {
    const block = draft.providers.get(provider ?? '')
    const bound = targets.flatMap((target) => draft.targets.get(target) ?? [])
    return block && policy ? [{ name, provider: block, targets: bound, policy }] : []
  })
}

/** Of the blocks in use: a secret that nothing needs is not asked for. */
function listReferences(data: DataMap, credentials: readonly CredentialBlock[], places: Places): readonly Reference[] {
  const paths = credentials.flatMap(({ provider, targets }) => [['providers', provider.name], ...targets.map(({ name }) => ['targets', name])])
  return referencesAt(data, paths, places)
}

function everyReference(data: DataMap, places: Places): readonly Reference[] {
  return referencesAt(data, [['providers'], ['targets'], ['notify']], places)
}

/** What is referred to at these paths and below, each text once. */
function referencesAt(data: DataMap, paths: readonly (readonly string[])[], places: Places): readonly Reference[] {
  const found = paths.flatMap((path) => referencesIn(valueAt(data, path) ?? null, path))
  const once = new Map<string, Reference>()
  for (const [path, text] of found) if (!once.has(text)) once.set(text, toReference(text, places.ofValue(path)))
  return [...once.values()]
}
