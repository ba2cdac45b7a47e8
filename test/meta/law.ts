/** The import table of the design (section 5) and the words that some folders may not say, as data; and how to judge one file by it. */
import { dirname, join, normalize } from 'node:path'

interface Article {
  /** Folders of `src` whose files it may import, besides its own. */
  readonly folders: readonly string[]
  /** Packages and built-ins; `node:*` means every built-in. */
  readonly packages: readonly string[]
}

export const TABLE: Readonly<Record<string, Article>> = {
  domain: { folders: [], packages: ['node:crypto', 'node:util'] },
  ports: { folders: ['domain'], packages: [] },
  flow: { folders: ['domain', 'ports'], packages: [] },
  audit: { folders: ['domain', 'ports', 'flow'], packages: [] },
  engine: { folders: ['domain', 'ports', 'flow', 'audit'], packages: [] },
  config: { folders: ['domain', 'ports', 'adapters/define.ts', 'adapters/catalog.ts'], packages: ['zod', 'yaml', 'js-yaml'] },
  state: { folders: ['domain', 'ports'], packages: ['node:*'] },
  schedule: { folders: ['domain'], packages: [] },
  scan: { folders: ['domain', 'ports'], packages: ['node:*'] },
  adapters: { folders: ['domain', 'ports'], packages: ['zod', 'node:*'] },
  sandbox: { folders: [], packages: ['node:*'] },
  ui: { folders: ['domain', 'ports'], packages: ['listr2', 'inquirer', 'node:*'] },
  cli: { folders: ['domain', 'ports', 'flow', 'audit', 'engine', 'config', 'state', 'scan', 'schedule', 'adapters', 'sandbox', 'ui'], packages: ['*'] },
  commands: {
    folders: ['domain', 'ports', 'flow', 'audit', 'engine', 'config', 'state', 'scan', 'schedule', 'adapters', 'sandbox', 'ui', 'cli'],
    packages: ['*'],
  },
}

/** What an adapter may share with others: its declaration and the way out to the network. */
const SHARED_BY_ADAPTERS = /^adapters\/(?:http\/\w+|define|endpoint|post)\.ts$/

interface Word {
  readonly name: string
  readonly pattern: RegExp
  /** Whether a file of `src`, by its path under it, may say it. */
  readonly allowed: (path: string) => boolean
}

const PURE = ['domain', 'ports', 'flow', 'engine', 'audit']
const folderOf = (path: string): string => path.split('/')[0] ?? ''
const outside = (folders: readonly string[]) => (path: string) => !folders.includes(folderOf(path))
const inside = (folders: readonly string[]) => (path: string) => folders.includes(folderOf(path))

export const WORDS: readonly Word[] = [
  { name: 'the wall clock', pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, allowed: outside([...PURE, 'config']) },
  { name: 'chance', pattern: /\bMath\.random\b|\brandom(?:Bytes|UUID|Int)\(/, allowed: outside([...PURE, 'config']) },
  { name: 'the process', pattern: /\bprocess\.\w|\bglobalThis\.process\b/, allowed: outside([...PURE, 'config']) },
  { name: 'the environment', pattern: /\bprocess\.env\b/, allowed: inside(['cli', 'commands']) },
  { name: 'timers', pattern: /\bset(?:Timeout|Interval|Immediate)\(/, allowed: outside([...PURE, 'config']) },
  { name: 'the network', pattern: /(?<![.\w])fetch\(/, allowed: outside([...PURE, 'config', 'ui', 'state']) },
  { name: 'console', pattern: /\bconsole\.\w/, allowed: inside(['ui', 'cli']) },
  { name: 'reveal()', pattern: /\.reveal\(/, allowed: inside(['adapters']) },
  { name: 'require', pattern: /(?<![.\w])require\(|\bcreateRequire\b/, allowed: () => false },
  { name: 'module state', pattern: /^(?:export )?let /m, allowed: () => false },
  { name: 'a suppressed type error', pattern: /@ts-(?:ignore|expect-error|nocheck)/, allowed: () => false },
]

export interface Import {
  readonly from: string
  /** Loaded when the file is: neither a type nor `await import()`. */
  readonly eager: boolean
}

/** Every import of a file, types and `import()` included. */
export function importsOf(text: string): readonly Import[] {
  const code = withoutComments(text)
  const statements = [...code.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)]
  const calls = [...code.matchAll(/\bimport\(\s*['"`]([^'"`]+)['"`]/g)]
  return [...statements.map(([, type, from = '']) => ({ from, eager: type === undefined })), ...calls.map(([, from = '']) => ({ from, eager: false }))]
}

/** What is wrong with a file of `src`, by its path under it: one line per breach. */
export function breaches(path: string, text: string): readonly string[] {
  return [...importsOf(text).flatMap((each) => refuseImport(path, each) ?? []), ...saidWords(path, text)]
}

function saidWords(path: string, text: string): readonly string[] {
  const code = withoutComments(text)
  return WORDS.filter(({ pattern, allowed }) => !allowed(path) && pattern.test(code)).map(({ name }) => `${path} may not use ${name}`)
}

function refuseImport(path: string, { from, eager }: Import): string | null {
  const article = TABLE[folderOf(path)]
  if (article === undefined) return `${path} lies in a folder that the table does not know`
  if (from.startsWith('.')) return refuseFile(path, normalize(join(dirname(path), from)), article)
  return refusePackage(path, from, eager, article)
}

function refuseFile(path: string, to: string, article: Article): string | null {
  const refused = `${path} may not import ${to}`
  if (folderOf(path) === 'adapters' && folderOf(to) === 'adapters') return adapterMay(path, to) ? null : refused
  if (folderOf(to) === folderOf(path)) return null
  return article.folders.some((allowed) => to === allowed || to.startsWith(`${allowed}/`)) ? null : refused
}

/** The catalog sees every adapter; an adapter sees what is shared, and files of its own type (`openai.ts`, `openai-admin.ts`), also where one service is a target and a store of state. */
function adapterMay(path: string, to: string): boolean {
  if (SHARED_BY_ADAPTERS.test(to) || path === 'adapters/catalog.ts') return true
  const type = (file: string): string => /^adapters\/(?:providers|targets|states)\/([a-z0-9]+)[a-z0-9-]*\.ts$/.exec(file)?.[1] ?? file
  return type(path) === type(to)
}

function refusePackage(path: string, from: string, eager: boolean, article: Article): string | null {
  const name = from.startsWith('node:')
    ? from
    : from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/')
  if (article.packages.includes('*') || article.packages.includes(name)) return null
  if (name.startsWith('node:') && article.packages.includes('node:*')) return null
  const ownSdk = /^adapters\/(?:providers|targets|states)\//.test(path) && !name.startsWith('node:')
  if (ownSdk) return eager ? `${path} loads ${from} at start: an SDK is loaded inside connect()` : null
  return `${path} may not import ${from}`
}

/** The text without comments, as far as lines tell: strings that hold `//` stay. */
function withoutComments(text: string): string {
  const lines = text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').split('\n')
  return lines.map((line) => (/^\s*\/\/(?! ?@ts-)/.test(line) ? '' : line.replace(/\s\/\/ (?!@ts-).*$/, ''))).join('\n')
}
