/** What `init` can find on this machine: names, never values. A file that cannot be read is passed over. */
import { lstat, readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parse } from 'yaml'

export interface EnvFile {
  /** Relative to the folder. */
  readonly path: string
  /** Names of variables that look like keys of a provider we know. */
  readonly variables: readonly string[]
}

export interface Findings {
  readonly envFiles: readonly EnvFile[]
  /** Places whose settings only a person knows: named in the config as comments. */
  readonly others: readonly string[]
}

const DEEPEST = 3
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'vendor', 'coverage', 'target'])
const LARGEST = 1024 * 1024
const MOST_FILES = 50

/** Looks through the folder, and through the home folder's own records of contexts and profiles. */
export async function findPlaces(folder: string, home: string, env: (name: string) => string | undefined): Promise<Findings> {
  const paths = await envPaths(folder, 0)
  const envFiles = await Promise.all(
    paths.slice(0, MOST_FILES).map(async (path) => ({ path: relative(folder, path), variables: keyNames(await textOf(path)) })),
  )
  const others = [
    ...(await vercelProject(folder)),
    ...(await kubeContexts(env('KUBECONFIG')?.split(':')[0] ?? join(home, '.kube', 'config'))),
    ...(await awsProfiles(home, env)),
  ]
  return { envFiles: envFiles.toSorted((left, right) => (left.path < right.path ? -1 : 1)), others }
}

async function envPaths(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile() && /^\.env(?:\..+)?$/.test(entry.name) && !/\.(?:example|sample|template|dist)$/.test(entry.name))
  const below = depth >= DEEPEST ? [] : entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.has(entry.name))
  const deeper = await Promise.all(below.map((entry) => envPaths(join(folder, entry.name), depth + 1)))
  return [...files.map((entry) => join(folder, entry.name)), ...deeper.flat()]
}

/** Variables of OpenAI keys, except fallbacks (they belong to a variable) and admin keys (they are not rotated). */
export function keyNames(text: string): readonly string[] {
  const names = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]{0,99})[ \t]*=/gm)].map((match) => match[1] ?? '')
  return [...new Set(names)].filter((name) => /OPENAI/i.test(name) && /KEY|TOKEN/i.test(name) && !/_FALLBACK$|ADMIN/i.test(name))
}

async function textOf(path: string): Promise<string> {
  const facts = await lstat(path).catch(() => null)
  if (facts === null || !facts.isFile() || facts.size > LARGEST) return ''
  return readFile(path, 'utf8').catch(() => '')
}

async function vercelProject(folder: string): Promise<string[]> {
  const data = parsed(await textOf(join(folder, '.vercel', 'project.json')))
  const name = textIn(data, 'projectName') ?? textIn(data, 'projectId')
  return name === null ? [] : [`Vercel project ${name}`]
}

async function kubeContexts(path: string): Promise<string[]> {
  const data = parsed(await textOf(path))
  const contexts = typeof data === 'object' && data !== null && 'contexts' in data && Array.isArray(data.contexts) ? data.contexts : []
  return contexts.flatMap((context: unknown) => textIn(context, 'name') ?? []).map((name) => `Kubernetes context ${name}`)
}

async function awsProfiles(home: string, env: (name: string) => string | undefined): Promise<string[]> {
  const config = await textOf(env('AWS_CONFIG_FILE') ?? join(home, '.aws', 'config'))
  const credentials = await textOf(env('AWS_SHARED_CREDENTIALS_FILE') ?? join(home, '.aws', 'credentials'))
  const names = [...`${config}\n${credentials}`.matchAll(/^\[(?:profile )?([^\]\n]{1,100})\]/gm)].map((match) => match[1] ?? '')
  return [...new Set(names)].filter((name) => !/^(?:sso-session|services) /.test(name)).map((name) => `AWS profile ${name}`)
}

/** JSON is YAML. What cannot be parsed is nothing; the parser's message, which quotes the text, goes nowhere. */
function parsed(text: string): unknown {
  try {
    return text === '' ? null : (parse(text, { maxAliasCount: 0, logLevel: 'silent' }) as unknown)
  } catch {
    return null
  }
}

function textIn(data: unknown, name: string): string | null {
  const value = typeof data === 'object' && data !== null ? Object.getOwnPropertyDescriptor(data, name)?.value : null
  return typeof value === 'string' && value !== '' ? value : null
}
