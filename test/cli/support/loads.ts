/** What the shipped command loads: packages, its own modules, and Node's. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BIN, keyrot, type How } from './cli.ts'

const PRELOAD = new URL('./trace-loads.mjs', import.meta.url).href
const DIST = join(BIN, '..', '..', 'dist')

export interface Loads {
  /** Names of packages. */
  readonly packages: ReadonlySet<string>
  /** Files of `src`, by their path under it. */
  readonly own: ReadonlySet<string>
  /** Built-in modules as `node:https`, internal ones too. */
  readonly builtins: ReadonlySet<string>
}

/** Runs keyrot in `folder` and tells what that loaded. Throws when it loads a file that the build does not know. */
export async function loadsOf(args: readonly string[], folder: string, env: How['env'] = {}): Promise<Loads> {
  const file = join(folder, 'loads.txt')
  await rm(file, { force: true })
  await keyrot(args, { cwd: folder, env: { ...env, NODE_OPTIONS: `--import=${PRELOAD}`, KEYROT_TEST_LOADS: file } })
  const urls = (await readFile(file, 'utf8')).trim().split('\n')
  const contents = JSON.parse(await readFile(join(DIST, 'contents.json'), 'utf8')) as Readonly<Record<string, readonly string[]>>
  const modules = urls.filter((url) => url.startsWith('file:')).flatMap((url) => modulesOf(fileURLToPath(url), contents))
  return {
    packages: new Set(modules.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])),
    own: new Set(modules.flatMap((path) => (path.startsWith('src/') ? [path.slice('src/'.length)] : []))),
    builtins: new Set(urls.filter((url) => url.startsWith('node:'))),
  }
}

function modulesOf(path: string, contents: Readonly<Record<string, readonly string[]>>): readonly string[] {
  if (!path.startsWith(`${DIST}/`)) return [path]
  const held = contents[path.slice(DIST.length + 1)]
  if (held === undefined) throw new Error(`${path} is of another build: run npm run build`)
  return held
}
