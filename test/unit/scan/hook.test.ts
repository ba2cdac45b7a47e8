/** Hooks in real repositories: who keeps them, what is there already, and that everything comes back as it was. A stand-in for keyrot tells what it was asked. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { HookKeeper } from '../../../src/domain/hook.ts'
import { installHooks, uninstallHooks } from '../../../src/scan/hook/install.ts'
import { findPlace } from '../../../src/scan/hook/place.ts'
import { folders, initialised, repositoryAt, type Repository } from './repository.ts'

const open = folders()
afterEach(() => open.clear())

const NONE = { node: '/none/node', bin: '/none/run.js' } as const

interface Scene extends Repository {
  /** Runs git with the stand-in on the PATH; it refuses when `refuse` says so. */
  readonly git2: (
    args: readonly string[],
    how?: { readonly refuse?: string; readonly path?: string },
  ) => { readonly status: number | null; readonly stderr: string }
  /** What the stand-in was asked: arguments, then what stood on stdin. */
  readonly asked: () => readonly string[]
}

function scene(repository = initialised(open.make())): Scene {
  const bin = open.make()
  writeFileSync(
    join(bin, 'keyrot'),
    `#!/bin/sh\nprintf '%s\\n' "$*" >> '${bin}/asked'\n[ -t 0 ] || cat >> '${bin}/asked'\n[ -z "$REFUSE" ] || { echo "$REFUSE" >&2; exit 4; }\n`,
  )
  chmodSync(join(bin, 'keyrot'), 0o755)
  return {
    ...repository,
    git2: (args, { refuse = '', path = `${bin}:${process.env['PATH'] ?? ''}` } = {}) => {
      const { status, stderr } = spawnSync('git', [...args], {
        cwd: repository.folder,
        env: { ...repository.env, PATH: path, REFUSE: refuse },
        encoding: 'utf8',
        input: '',
      })
      return { status, stderr }
    },
    asked: () => (existsSync(join(bin, 'asked')) ? readFileSync(join(bin, 'asked'), 'utf8').trim().split('\n') : []),
  }
}

async function install({ git, folder }: Repository, more: { readonly with?: HookKeeper; readonly everywhere?: boolean } = {}): ReturnType<typeof installHooks> {
  const options = { with: more.with ?? null, everywhere: more.everywhere ?? false, fallback: NONE, parseYaml: (text: string) => parse(text) as unknown }
  return installHooks(await findPlace(git, folder), options)
}

const uninstall = async ({ git, folder }: Repository): ReturnType<typeof uninstallHooks> => uninstallHooks(await findPlace(git, folder))

/** Every file below, with its mode, bytes, or where it leads. */
function everything(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    paths.flatMap((path) => {
      const stat = lstatSync(join(folder, path))
      if (stat.isSymbolicLink()) return [[path, `-> ${readlinkSync(join(folder, path))}`]]
      return stat.isFile() ? [[path, `${(stat.mode & 0o7777).toString(8)} ${readFileSync(join(folder, path), 'latin1')}`]] : []
    }),
  )
}

function put(path: string, text: string, mode = 0o755): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, Buffer.from(text, 'latin1'))
  chmodSync(path, mode)
}

const hooksOf = ({ folder }: Repository): string => join(folder, '.git', 'hooks')

describe('plain git', () => {
  it('asks keyrot before a commit and a push; what it refuses does not happen', async () => {
    const made = scene()
    const remote = open.make()
    made.run('init', '--quiet', '--bare', remote)
    made.run('remote', 'add', 'origin', remote)
    expect((await install(made)).keeper).toBe('git')
    expect(made.git2(['commit', '--allow-empty', '-m', 'x'], { refuse: 'a key' })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('a key') as string,
    })
    expect(spawnSync('git', ['rev-parse', 'HEAD'], { cwd: made.folder, env: made.env }).status).not.toBe(0)
    expect(made.git2(['commit', '--allow-empty', '-m', 'x']).status).toBe(0)
    expect(made.git2(['push', 'origin', 'main'], { refuse: 'a key' }).status).not.toBe(0)
    expect(made.git2(['push', 'origin', 'main']).status).toBe(0)
    const id = made.run('rev-parse', 'HEAD')
    const line = `refs/heads/main ${id} refs/heads/main ${'0'.repeat(40)}`
    expect(made.asked()).toEqual(['scan --staged', 'scan --staged', 'scan --push=origin', line, 'scan --push=origin', line])
  })

  it.each([
    ['a shell script', '#!/bin/sh\necho own >> ran\n'],
    ['one with settings, without a last line end', '#!/bin/sh -eu\necho "own $0 $*" >> ran'],
    ['one of bash', '#!/usr/bin/env bash\nset -euo pipefail\n[[ -n "${PATH}" ]] && echo own >> ran\n'],
    ['one whose bytes are no UTF-8', '#!/bin/sh\n# \xff\xfe\r\necho own >> ran\n'],
    ['another language', '#!/usr/bin/env node\nrequire("fs").appendFileSync("ran", `own ${require("path").basename(__filename)}\\n`)\n'],
    ['no first line at all', 'echo own >> ran\n'],
  ])('keeps %s that is there, and gives it back byte for byte', async (_, text) => {
    const made = scene()
    put(join(hooksOf(made), 'pre-commit'), text)
    put(join(hooksOf(made), 'commit-msg'), '#!/bin/sh\nexit 0\n')
    const before = everything(hooksOf(made))
    await install(made)
    const installed = everything(hooksOf(made))
    expect((await install(made)).changes.map(({ change }) => change)).toEqual(['unchanged', 'unchanged'])
    expect(everything(hooksOf(made))).toEqual(installed)
    expect(made.git2(['commit', '--allow-empty', '-m', 'x']).status).toBe(0)
    expect(made.asked()).toEqual(['scan --staged'])
    expect(readFileSync(join(made.folder, 'ran'), 'utf8')).toMatch(/^own/)
    expect(made.git2(['commit', '--allow-empty', '-m', 'x'], { refuse: 'no' }).status).toBe(1)
    await uninstall(made)
    expect(everything(hooksOf(made))).toEqual(before)
  })

  it('keeps links, relative and absolute, and does not write through them', async () => {
    const made = scene()
    put(join(made.folder, 'tools', 'check'), '#!/bin/sh\necho linked >> ran\n')
    mkdirSync(hooksOf(made), { recursive: true })
    symlinkSync('../../tools/check', join(hooksOf(made), 'pre-commit'))
    symlinkSync(join(made.folder, 'tools', 'check'), join(hooksOf(made), 'pre-push'))
    const before = everything(made.folder)
    await install(made)
    expect(readFileSync(join(made.folder, 'tools', 'check'), 'utf8')).not.toContain('keyrot')
    expect(made.git2(['commit', '--allow-empty', '-m', 'x']).status).toBe(0)
    expect(readFileSync(join(made.folder, 'ran'), 'utf8')).toBe('linked\n')
    await install(made)
    await uninstall(made)
    expect(Object.entries(everything(made.folder)).filter(([path]) => path.includes('hooks'))).toEqual(
      Object.entries(before).filter(([path]) => path.includes('hooks')),
    )
  })

  it('does not switch on a hook that was switched off', async () => {
    const made = scene()
    put(join(hooksOf(made), 'pre-commit'), '#!/bin/sh\nexit 9\n', 0o644)
    const before = everything(hooksOf(made))
    await install(made)
    expect(made.git2(['commit', '--allow-empty', '-m', 'x']).status).toBe(0)
    await uninstall(made)
    expect(everything(hooksOf(made))).toEqual(before)
  })

  it('hands a foreign pre-push what git tells it', async () => {
    const made = scene()
    const remote = open.make()
    made.run('init', '--quiet', '--bare', remote)
    made.run('remote', 'add', 'origin', remote)
    made.run('commit', '--quiet', '--allow-empty', '--message', 'x')
    made.run('branch', 'second')
    put(join(hooksOf(made), 'pre-push'), '#!/bin/sh\necho "$@" > ran\ncat >> ran\n')
    expect(made.git2(['push', 'origin', 'main', 'second']).status).toBe(0)
    const alone = readFileSync(join(made.folder, 'ran'), 'utf8')
    made.run('push', '--quiet', '--no-verify', 'origin', ':main', ':second')
    await install(made)
    expect(made.git2(['push', 'origin', 'main', 'second']).status).toBe(0)
    expect(readFileSync(join(made.folder, 'ran'), 'utf8')).toBe(alone)
    expect(alone.split('\n')).toHaveLength(4)
    // Nothing to send: no line, not an empty one.
    put(join(made.folder, 'ran'), '')
    made.git2(['push', 'origin', 'main'])
    expect(readFileSync(join(made.folder, 'ran'), 'utf8').split('\n').slice(1).join('')).toBe('')
  })

  it('keeps what a person changes around its lines', async () => {
    const made = scene()
    await install(made)
    const file = join(hooksOf(made), 'pre-commit')
    writeFileSync(file, `${readFileSync(file, 'utf8')}echo mine\n`)
    await uninstall(made)
    expect(readFileSync(file, 'utf8')).toBe('#!/bin/sh\necho mine\n')
    expect(statSync(file).mode & 0o777).toBe(0o755)
  })

  it('refuses, and says why, where keyrot is nowhere', async () => {
    const made = scene()
    await install(made)
    const { status, stderr } = made.git2(['commit', '--allow-empty', '-m', 'x'], { path: '/usr/bin:/bin' })
    expect(status).toBe(1)
    expect(stderr).toContain('keyrot is not on the PATH')
    expect(stderr).toContain('--no-verify')
    expect(made.git2(['commit', '--allow-empty', '--no-verify', '-m', 'x'], { path: '/usr/bin:/bin' }).status).toBe(0)
  })
})

describe('core.hooksPath and work trees', () => {
  it('uses the folder that git uses: in the work tree, and in linked ones', async () => {
    const made = scene()
    made.run('config', 'core.hooksPath', '.githooks')
    put(join(made.folder, '.githooks', 'pre-commit'), '#!/bin/sh\necho own >> ran\n')
    const before = everything(join(made.folder, '.githooks'))
    expect((await install(made)).changes.map(({ file }) => file)).toEqual(['.githooks/pre-commit', '.githooks/pre-push'])
    expect(made.git2(['commit', '--allow-empty', '-m', 'x']).status).toBe(0)
    expect(made.asked()).toEqual(['scan --staged'])
    // It may be committed: nothing of this machine is in it.
    expect(readFileSync(join(made.folder, '.githooks', 'pre-commit'), 'utf8')).not.toContain(NONE.node)
    await uninstall(made)
    expect(everything(join(made.folder, '.githooks'))).toEqual(before)
  })

  it('guards every work tree of a repository, installed from any', async () => {
    const made = scene()
    made.run('commit', '--quiet', '--allow-empty', '--message', 'x')
    const second = join(open.make(), 'second')
    made.run('worktree', 'add', '--quiet', second)
    const linked = scene(repositoryAt(second))
    await install(linked)
    expect(existsSync(join(hooksOf(made), 'pre-commit'))).toBe(true)
    for (const each of [made, linked]) expect(each.git2(['commit', '--allow-empty', '-m', 'x'], { refuse: 'no' }).status).toBe(1)
    expect(linked.asked()).toEqual(['scan --staged'])
    await uninstall(made)
    expect(existsSync(join(hooksOf(made), 'pre-commit'))).toBe(false)
  })

  it('puts nothing into a folder of all repositories unasked', async () => {
    const shared = open.make()
    const settings = join(open.make(), 'gitconfig')
    writeFileSync(settings, `[core]\n\thooksPath = ${shared}\n`)
    const made = repositoryAt(initialised(open.make()).folder, { GIT_CONFIG_GLOBAL: settings })
    await expect(install(made)).rejects.toMatchObject({ code: 'KR_HOOK_EVERYWHERE' })
    expect(readdirSync(shared)).toEqual([])
    await install(made, { everywhere: true })
    expect(readdirSync(shared).toSorted()).toEqual(['pre-commit', 'pre-push'])
    await uninstall(made)
    expect(readdirSync(shared)).toEqual([])
  })

  it('refuses a bare repository and a place without one', async () => {
    await expect(install(initialised(open.make(), '--bare'))).rejects.toMatchObject({ code: 'KR_HOOK_BARE' })
    await expect(install(repositoryAt(open.make()))).rejects.toMatchObject({ code: 'KR_GIT_NONE' })
  })
})

describe('husky', () => {
  /** As husky 9 leaves it: git starts files in `_`, which start those beside it. */
  function husky(made: Repository): void {
    made.run('config', 'core.hooksPath', '.husky/_')
    for (const hook of ['pre-commit', 'pre-push'])
      put(join(made.folder, '.husky', '_', hook), `#!/bin/sh\ns=$(dirname "$(dirname "$0")")/${hook}\n[ ! -f "$s" ] && exit 0\nsh -e "$s" "$@"\n`)
    put(join(made.folder, '.husky', 'pre-commit'), 'echo own >> ran\n', 0o644)
  }

  it('gets its lines into the files beside, and keeps those of others', async () => {
    const made = scene()
    husky(made)
    const before = everything(join(made.folder, '.husky'))
    expect(await install(made)).toMatchObject({ keeper: 'husky', changes: [{ file: '.husky/pre-commit' }, { file: '.husky/pre-push' }] })
    expect(made.git2(['commit', '--allow-empty', '-m', 'x']).status).toBe(0)
    expect(made.asked()).toEqual(['scan --staged'])
    expect(readFileSync(join(made.folder, 'ran'), 'utf8')).toBe('own\n')
    expect(made.git2(['commit', '--allow-empty', '-m', 'x'], { refuse: 'no' }).status).not.toBe(0)
    await uninstall(made)
    expect(everything(join(made.folder, '.husky'))).toEqual(before)
  })

  it('of a version before 9 starts a script twice: ours is asked once', async () => {
    const made = scene()
    made.run('config', 'core.hooksPath', '.husky')
    put(join(made.folder, '.husky', '_', 'husky.sh'), 'if [ -z "$husky_skip_init" ]; then\n  export husky_skip_init=1\n  sh -e "$0" "$@"\n  exit $?\nfi\n')
    put(join(made.folder, '.husky', 'pre-commit'), '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\necho own >> ran\n')
    await install(made)
    expect(made.git2(['commit', '--allow-empty', '-m', 'x']).status).toBe(0)
    expect(made.asked()).toEqual(['scan --staged'])
    expect(readFileSync(join(made.folder, 'ran'), 'utf8')).toBe('own\n')
  })
})

describe('tools with a YAML file', () => {
  const LEFTHOOK = [
    ['empty', ''],
    ['other hooks only', '# ours\ncommit-msg:\n  commands:\n    lint:\n      run: echo "x"   # kept\n'],
    [
      'commands',
      'pre-commit:\n  parallel: true\n  commands:\n    # first\n    lint:\n      run: npm run lint\npre-push:\n  commands:\n    t: { run: npm test }\n',
    ],
    ['odd indents, quoted keys', '---\n"pre-commit":\n    commands:\n          lint:\n              run: x\n'],
    ['jobs', 'pre-commit:\n  jobs:\n  - name: lint\n    run: x\n\n  - run: y\n'],
    ['scripts only', 'pre-commit:\n  scripts:\n    "a.sh":\n      runner: bash\noutput: false\n'],
    ['no last line end', 'output: false\npre-commit:\n  commands:\n    lint:\n      run: x'],
    ['an empty hook', 'pre-commit:\n  commands:\npre-push:\n'],
  ] as const

  it.each(LEFTHOOK)('lefthook.yml: %s', async (_, text) => {
    const made = scene()
    put(join(made.folder, 'lefthook.yml'), text, 0o640)
    const before = everything(made.folder)
    expect(await install(made)).toMatchObject({ keeper: 'lefthook', next: ['lefthook install'], changes: [{ change: 'added' }] })
    const after = readFileSync(join(made.folder, 'lefthook.yml'), 'utf8')
    const read = parse(after) as Record<string, { commands?: Record<string, unknown>; jobs?: { name?: string; run: string }[] }>
    const ours = (hook: string): unknown => read[hook]?.commands?.['keyrot'] ?? read[hook]?.jobs?.find(({ name }) => name === 'keyrot')
    expect(ours('pre-commit')).toMatchObject({ run: expect.stringMatching(/ keyrot scan --staged$/) as string })
    expect(ours('pre-push')).toMatchObject({ run: expect.stringMatching(/ keyrot scan --push=\{1\}$/) as string, use_stdin: true })
    expect((await install(made)).changes).toMatchObject([{ change: 'unchanged' }])
    await uninstall(made)
    expect(everything(made.folder)).toEqual(before)
  })

  it.each([
    ['a comment', '# see pre-commit.com\nrepos:\n  # the first\n  - repo: https://example.com/a\n    rev: v1\n    hooks:\n      - id: x\n'],
    ['no indent', 'default_stages: [pre-commit]\nrepos:\n- repo: local\n  hooks: []\nci: {}\n'],
  ])('.pre-commit-config.yaml: %s', async (_, text) => {
    const made = scene()
    put(join(made.folder, '.pre-commit-config.yaml'), text, 0o644)
    const before = everything(made.folder)
    expect(await install(made)).toMatchObject({ keeper: 'pre-commit', changes: [{ change: 'added' }] })
    const { repos } = parse(readFileSync(join(made.folder, '.pre-commit-config.yaml'), 'utf8')) as {
      repos: { repo: string; hooks: { id: string; entry: string; stages: string[] }[] }[]
    }
    expect(repos).toHaveLength(2)
    expect(repos[0]?.hooks.map(({ id, stages }) => [id, ...stages])).toEqual([
      ['keyrot-pre-commit', 'pre-commit'],
      ['keyrot-pre-push', 'pre-push'],
    ])
    await uninstall(made)
    expect(everything(made.folder)).toEqual(before)
  })

  it.each([
    [
      'lefthook.yml',
      'output: false\n',
      (file: string) => (parse(file) as { 'pre-commit': { commands: { keyrot: { run: string } } } })['pre-commit'].commands.keyrot.run,
    ],
    [
      '.pre-commit-config.yaml',
      'repos:\n- repo: local\n  hooks: []\n',
      (file: string) => (parse(file) as { repos: { hooks: { entry: string }[] }[] }).repos[0]?.hooks[0]?.entry ?? '',
    ],
  ])("%s finds the project's own keyrot where none is on the PATH, and refuses without one", async (name, text, commandOf) => {
    const made = scene()
    put(join(made.folder, name), text, 0o644)
    await install(made)
    const command = commandOf(readFileSync(join(made.folder, name), 'utf8'))
    const run = (): number | null => spawnSync('sh', ['-c', command], { cwd: made.folder, env: { PATH: '/usr/bin:/bin' } }).status
    expect(run()).toBe(127)
    put(join(made.folder, 'node_modules', '.bin', 'keyrot'), '#!/bin/sh\n[ "$*" = "scan --staged" ] && exit 4\n')
    expect(run()).toBe(4)
  })

  it.each([
    ['lefthook.yml', 'pre-commit: { commands: { lint: { run: x } } }\n'],
    ['lefthook.yml', 'pre-commit: *shared\n'],
    ['lefthook.yml', 'pre-commit:\r\n  commands:\r\n    a:\r\n      run: x\r\n'],
    ['lefthook.yml', 'pre-commit:\n  commands: { lint: { run: x } }\n'],
    ['.pre-commit-config.yaml', 'repos: []\n'],
    ['.pre-commit-config.yaml', 'repos: [{repo: local}]\n'],
    ['.pre-commit-config.yaml', 'x: |\n  text\nrepos:\n - a: [\n'],
  ])('writes nothing into %s where lines would change the rest: %j', async (file, text) => {
    const made = scene()
    put(join(made.folder, file), text, 0o644)
    await expect(install(made)).rejects.toMatchObject({ code: 'KR_HOOK_BY_HAND' })
    expect(readFileSync(join(made.folder, file), 'utf8')).toBe(text)
  })

  it('asks which, where two tools keep hooks', async () => {
    const made = scene()
    put(join(made.folder, 'lefthook.yml'), '', 0o644)
    mkdirSync(join(made.folder, '.husky'))
    await expect(install(made)).rejects.toMatchObject({ code: 'KR_HOOK_WHICH' })
    expect((await install(made, { with: 'lefthook' })).keeper).toBe('lefthook')
  })
})
