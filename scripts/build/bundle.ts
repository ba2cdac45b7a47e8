/** The bundle: what is shipped, as files of `dist`. Split so that a command loads what it uses, and little else. */
import { globSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { rolldown, type OutputChunk, type OutputOptions, type PreRenderedChunk } from 'rolldown'
import { builtins, isBuiltin } from './builtins.ts'
import { leftOut } from './left-out.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** The commands of oclif's completion plugin: bundled with ours, they need neither the plugin's package nor oclif's search for plugins. */
const COMPLETION = 'node_modules/@oclif/plugin-autocomplete/lib/commands/autocomplete'

function entries(): Record<string, string> {
  const own = globSync('src/commands/**/*.ts', { cwd: ROOT }).map((file) => [file.replace(/^src\/(.+)\.ts$/, '$1'), file] as const)
  const completion = globSync(`${COMPLETION}/*.js`, { cwd: ROOT }).map((file) => [`commands/autocomplete/${basename(file, '.js')}`, file] as const)
  // Started as a process, and as a thread, of its own.
  const apart = ['sandbox/consumers/program', 'scan/tree/worker'].map((name) => [name, `src/${name}.ts`] as const)
  return Object.fromEntries([['cli/main', 'src/cli/main.ts'], ...apart, ...own, ...completion])
}

/**
 * One chunk for what every command needs, one for what commands with a config need and say, one for those that run something: each
 * file costs half a millisecond to find and read. Everything else is split by who uses it; an SDK behind an `await import()` is a chunk of its own.
 */
const GROUPS = [
  {
    name: 'boot',
    test: (id: string) => isBuiltin(id) || /\/src\/cli\/(?:main|base-command|flags|outside\/chance)\.ts$|\/wsl-utils\/|rolldown.runtime/.test(id),
    priority: 2,
  },
  { name: 'config', test: /\/src\/(?:cli\/config-command\.ts$|(?:domain|audit|ui\/text)\/)/, priority: 1 },
  { name: 'run', test: /\/src\/cli\/run-command\.ts$/, priority: 0 },
]

/** A chunk that holds packages only is named after the one it is loaded for: file names and stack traces then say what they are. */
function chunkName({ name, facadeModuleId, moduleIds }: PreRenderedChunk): string {
  const packages = moduleIds.map(packageOf)
  const own = packages.some((found) => found === null)
  return own ? name : (packageOf(facadeModuleId ?? moduleIds.at(-1) ?? '') ?? name).replace('@', '').replace('/', '-')
}

/** Name of the package that a module belongs to, or `null`: it is ours. */
export function packageOf(module: string): string | null {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1] ?? null
}

const OUTPUT: OutputOptions = {
  format: 'esm',
  entryFileNames: '[name].js',
  // The hash keeps a running keyrot from loading half of another version when the package is replaced beneath it.
  chunkFileNames: (chunk) => `chunks/${chunkName(chunk)}-[hash].js`,
  codeSplitting: { groups: GROUPS },
  // Error classes are told apart, and named to people, by their names.
  keepNames: true,
  minify: { codegen: { asciiOnly: true } },
  comments: false,
}

/** Which modules each file holds, by its path in `dist`, as paths in the repository. Written beside the bundle for tests; not shipped. */
export function contentsOf(chunks: readonly OutputChunk[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(chunks.map(({ fileName, moduleIds }) => [fileName, moduleIds.map((id) => (id.startsWith('/') ? relative(ROOT, id) : id.slice(1)))]))
}

/**
 * Writes the bundle into `dir` and resolves with its chunks; with `maps`, source maps beside them, and the same code. Rejects when
 * something cannot be resolved.
 */
export async function writeBundle(dir: string, maps: boolean): Promise<readonly OutputChunk[]> {
  const bundle = await rolldown({
    cwd: ROOT,
    input: entries(),
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    // oclif looks for these where a command is TypeScript; ours never are.
    external: ['typescript', 'tsx'],
    plugins: [builtins(), leftOut()],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  try {
    const { output } = await bundle.write({ dir, ...OUTPUT, sourcemap: maps ? 'hidden' : false })
    return output.filter((file) => file.type === 'chunk')
  } finally {
    await bundle.close()
  }
}
