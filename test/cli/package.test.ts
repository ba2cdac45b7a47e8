/** What is published: complete, alone, quiet about where it was built, and working where it is installed. */
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { keyrot, type How, type Ran } from './support/cli.ts'
import { installInto, type Installed } from './support/installed.ts'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
const EXPECTED =
  /^(?:bin\/[a-z-]+\.js|dist\/(?:[\w-]+\/)+[\w-]+\.js|dist\/THIRD-PARTY\.md|oclif\.manifest\.json|package\.json|rotation\.(?:schema\.json|config\.example\.yaml)|(?:README|CHANGELOG)\.md|LICENSE)$/
const MB = 1024 * 1024
const FAKE = ['sk', '-proj-', 'Pk1'.repeat(24), 'T3Blbk', 'FJ', 'Gd2'.repeat(24)].join('')

let place: string
let installed: Installed

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'keyrot-package-'))
  installed = await installInto(place)
})

afterAll(() => rm(place, { recursive: true, force: true }))

const scripts = (): string[] => installed.files.filter((file) => file.endsWith('.js'))
const read = (file: string): Promise<string> => readFile(join(installed.root, file), 'utf8')
const run = (args: readonly string[], how: How = {}): Promise<Ran> => keyrot(args, { cwd: place, bin: installed.bin, ...how })

describe('the package', () => {
  it('holds what it needs and nothing else, in few and small files', () => {
    expect(installed.files.filter((file) => !EXPECTED.test(file))).toEqual([])
    for (const file of ['bin/run.js', 'dist/cli/main.js', 'dist/commands/status.js', 'dist/THIRD-PARTY.md', 'LICENSE']) expect(installed.files).toContain(file)
    expect(installed.files.length).toBeLessThan(100)
    expect(installed.size.unpacked).toBeLessThan(10 * MB)
  })

  it('brings no other package and runs nothing when it is installed', async () => {
    const pjson = JSON.parse(await read('package.json')) as Record<string, object | undefined>
    expect(installed.dependencies).toEqual([])
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies']) expect(pjson[kind]).toBeUndefined()
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) expect(pjson['scripts']).not.toHaveProperty(script)
  })

  it('imports what it holds, or what Node brings', async () => {
    const foreign = await Promise.all(
      scripts().map(async (file) => (await importsOf(file)).filter((from) => !isHeld(file, from)).map((from) => `${file}: ${from}`)),
    )
    expect(foreign.flat()).toEqual([])
    expect(isHeld('dist/cli/main.js', 'openai')).toBe(false)
    expect(isHeld('dist/cli/main.js', '../chunks/gone.js')).toBe(false)
  })

  it('names no place of the machine it was built on, and leads to no source map', async () => {
    for (const file of installed.files) {
      const text = await read(file)
      expect(text, file).not.toContain(REPOSITORY.replace(/\/$/, ''))
      expect(text, file).not.toMatch(/\/\.build-|[#@] ?sourceMappingURL=[^"'`\s]+\.map/)
    }
  })

  it('tells whose code it holds, by name, version and licence', async () => {
    const contents = JSON.parse(await readFile(join(REPOSITORY, 'dist', 'contents.json'), 'utf8')) as Record<string, string[]>
    const modules = Object.values(contents).flat()
    const names = new Set(modules.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))
    const notices = await read('dist/THIRD-PARTY.md')
    expect(names.size).toBeGreaterThan(20)
    for (const name of names) expect(notices, name).toMatch(new RegExp(`^\\| ${name} \\| \\d+\\.\\d+\\.\\d+\\S* \\| [\\w.-]+ \\|$`, 'm'))
    for (const words of ['Apache License', 'Permission is hereby granted', 'Copyright']) expect(notices).toContain(words)
  })
})

describe('installed', () => {
  it('answers --version and --help', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^keyrot \d+\.\d+\.\d+\n$/) })
    expect(await run(['--help'])).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^ {2}status /m) })
  })

  it('tells the status of a key in a .env', async () => {
    const project = await makeProject()
    const ran = await run(['status'], { cwd: project })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(new RegExp(`^prod +0 +${new Secret(FAKE).fingerprint} `, 'm'))
  })

  it('says with --verbose where in it an error arose, by names that a reader knows', async () => {
    const { stderr } = await run(['status', '--config', 'none.yaml', '--verbose'])
    expect(stderr).toMatch(/^ {2}at loadConfig dist\/chunks\/config-[\w-]+\.js:\d+:\d+$/m)
    expect(stderr).not.toContain(place)
  })

  it('prepares completion for a shell', async () => {
    const home = join(place, 'home')
    const ran = await run(['autocomplete', 'bash'], { env: { HOME: home } })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('keyrot autocomplete script bash') })
    expect(await readFile(join(home, '.cache/keyrot/autocomplete/functions/bash/keyrot.bash'), 'utf8')).toMatch(/^status .*--fail-on/m)
  })
})

describe('code of others', () => {
  it('does not run in it: a plugin linked in the user’s data folder stays outside', async () => {
    const [data, plugin, sign] = [join(place, 'data'), join(place, 'plugin'), join(place, 'has-run')]
    await mkdir(join(data, 'keyrot'), { recursive: true })
    await mkdir(plugin)
    await writeFile(join(data, 'keyrot', 'package.json'), JSON.stringify({ oclif: { schema: 1, plugins: [{ type: 'link', name: 'foreign', root: plugin }] } }))
    await writeFile(
      join(plugin, 'package.json'),
      JSON.stringify({ name: 'foreign', version: '1.0.0', type: 'module', oclif: { hooks: { init: './init.js' } } }),
    )
    await writeFile(join(plugin, 'init.js'), `import { writeFileSync } from 'node:fs'\nexport default () => writeFileSync(${JSON.stringify(sign)}, '')\n`)
    expect(await run(['--help'], { env: { XDG_DATA_HOME: data } })).toMatchObject({ code: 0, stderr: '' })
    await expect(lstat(sign)).rejects.toThrow('ENOENT')
  })
})

describe('compiled code kept between runs', () => {
  it('lies in a folder that its owner alone can open', async () => {
    const cache = join(place, 'cache')
    await run(['--help'], { env: { XDG_CACHE_HOME: cache } })
    expect((await lstat(join(cache, 'keyrot'))).mode & 0o777).toBe(0o700)
    expect(await readdir(join(cache, 'keyrot', 'compiled'))).not.toEqual([])
  })

  it('is not taken from a folder that others can write to', async () => {
    const cache = join(place, 'open')
    await mkdir(join(cache, 'keyrot'), { recursive: true })
    await chmod(join(cache, 'keyrot'), 0o777)
    expect(await run(['--help'], { env: { XDG_CACHE_HOME: cache } })).toMatchObject({ code: 0, stderr: '' })
    expect(await readdir(join(cache, 'keyrot'))).toEqual([])
  })

  it('is done without where there is no home to write to', async () => {
    expect(await run(['--help'], { env: { HOME: '/dev/null' } })).toMatchObject({ code: 0, stderr: '' })
  })
})

/** Every address that a script imports, now or later. Those that are computed are not seen: these are commands, by their path in the manifest. */
async function importsOf(file: string): Promise<string[]> {
  const found: string[] = []
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (typeof node !== 'object' || node === null) return
    const { type = '', source } = node as { type?: string; source?: Address | null }
    const address = source?.value ?? (source?.quasis?.length === 1 ? source.quasis[0]?.value.cooked : undefined)
    if (/^(?:Import|Export)/.test(type) && address !== undefined) found.push(address)
    Object.values(node).forEach(visit)
  }
  visit(parseAst((await read(file)).replace(/^#!.*/, '')))
  return found
}

/** Plain quotes, or backquotes with nothing to fill in. */
interface Address {
  readonly value?: string
  readonly quasis?: readonly { readonly value: { readonly cooked: string } }[]
}

function isHeld(file: string, from: string): boolean {
  return from.startsWith('.') ? installed.files.includes(join(dirname(file), from)) : isBuiltin(from)
}

async function makeProject(): Promise<string> {
  const folder = join(place, 'project')
  await mkdir(folder)
  await writeFile(join(folder, '.env'), `OPENAI_API_KEY=${FAKE}\n`, { mode: 0o600 })
  const config = [
    'version: 1',
    'ns: testtest',
    'providers: { main: { type: openai, project: proj_none, scopes: all } }',
    'targets: { web: { type: dotenv, path: .env, consumers: reread } }',
    'credentials: { prod: { provider: main, targets: [web] } }',
  ]
  await writeFile(join(folder, 'rotation.config.yaml'), `${config.join('\n')}\n`)
  return folder
}
