/** Keys on their way into git, stopped by the real command: at a commit, at a push, in CI; accepted by a comment and by a baseline. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeKeyOf } from '../unit/scan/fake.ts'
import { folders, initialised, repositoryAt, type Repository } from '../unit/scan/repository.ts'
import { keyrot, type Ran } from './support/cli.ts'

const open = folders()
afterEach(() => open.clear())

const KEY = fakeKeyOf('leaked')
const LINE = `OPENAI_API_KEY=${KEY}\n`

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Git as a person calls it: the hooks run, and find keyrot where it was installed from. */
function git({ folder, env }: Repository, ...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync('git', [...args], {
    cwd: folder,
    env: { ...env, PATH: '/usr/local/bin:/usr/bin:/bin' },
    encoding: 'utf8',
    input: '',
  })
  return { status, stdout, stderr }
}

const scan = (made: Repository, ...args: readonly string[]): Promise<Ran> => keyrot(['scan', ...args], { cwd: made.folder, env: made.env })

function put({ folder }: Repository, path: string, text: string): void {
  writeFileSync(join(folder, path), text)
}

async function guarded(made = initialised(open.make())): Promise<Repository> {
  const { code } = await keyrot(['hook', 'install'], { cwd: made.folder, env: made.env })
  expect(code).toBe(0)
  return made
}

function refusedFor(ended: Ended, place: string): void {
  expect(ended.status).not.toBe(0)
  const said = ended.stdout + ended.stderr
  expect(said).toContain(place)
  expect(said).toContain('openai-project-key')
  expect(said).not.toContain(KEY)
}

const HEADLESS = ['rev-parse', '--verify', '--quiet', 'HEAD'] as const

describe('a commit with a key', () => {
  it('is refused and says why; removed from the index, it goes through', async () => {
    const made = await guarded()
    put(made, 'config.txt', `# settings\n${LINE}`)
    git(made, 'add', '.')
    refusedFor(git(made, 'commit', '-m', 'x'), 'config.txt:2:')
    expect(git(made, ...HEADLESS).status).not.toBe(0)
    put(made, 'config.txt', '# settings\n')
    refusedFor(git(made, 'commit', '-m', 'x'), 'config.txt:2:')
    git(made, 'add', '.')
    expect(git(made, 'commit', '-m', 'x').status).toBe(0)
  })

  it('is refused with core.hooksPath, and in a linked work tree', async () => {
    const made = initialised(open.make())
    made.run('config', 'core.hooksPath', join(open.make(), 'hooks'))
    await guarded(made)
    put(made, 'a.txt', LINE)
    git(made, 'add', '.')
    refusedFor(git(made, 'commit', '-m', 'x'), 'a.txt:1:')
    made.run('commit', '--quiet', '--no-verify', '--allow-empty', '--only', '--message', 'x')
    const second = join(open.make(), 'second')
    made.run('worktree', 'add', '--quiet', '--detach', second)
    const linked = repositoryAt(second)
    put(linked, 'b.txt', LINE)
    git(linked, 'add', '.')
    refusedFor(git(linked, 'commit', '-m', 'x'), 'b.txt:1:')
    refusedFor(git(linked, 'commit', '-m', 'x', 'b.txt'), 'b.txt:1:')
  })

  it('that went around the hook is refused at the push, and caught by the job of CI', async () => {
    const made = await guarded()
    const remote = open.make()
    made.run('init', '--quiet', '--bare', remote)
    made.run('remote', 'add', 'origin', remote)
    put(made, 'a.txt', 'clean\n')
    git(made, 'add', '.')
    expect(git(made, 'commit', '-m', 'base').status).toBe(0)
    expect(git(made, 'push', 'origin', 'main').status).toBe(0)
    put(made, 'a.txt', LINE)
    expect(git(made, 'commit', '--no-verify', '-am', 'key').status).toBe(0)
    const leak = made.run('rev-parse', 'HEAD')
    put(made, 'a.txt', 'clean again\n')
    expect(git(made, 'commit', '-am', 'as if nothing was').status).toBe(0)
    // The next commit took it away; what is sent still holds it.
    refusedFor(git(made, 'push', 'origin', 'main'), 'a.txt:1:')
    expect(made.run('ls-remote', 'origin', 'main')).not.toContain(made.run('rev-parse', 'HEAD'))
    expect(git(made, 'push', '--no-verify', 'origin', 'main').status).toBe(0)
    const job = await scan(made, '--range', 'HEAD~2..HEAD', '--github')
    expect(job.code).toBe(4)
    expect(job.stdout).toMatch(/^::error file=a\.txt,line=1,col=\d+,title=keyrot%3A openai-project-key::/m)
    expect(job.stdout).toContain(`first in commit ${leak.slice(0, 12)} by Ada <ada@example.com>`)
    expect(job.stdout + job.stderr).not.toContain(KEY)
    expect((await scan(made, '--range', 'HEAD~1..HEAD')).code).toBe(0)
    const { hits } = JSON.parse((await scan(made, '--history', '--json')).stdout) as { hits: { at: Record<string, unknown> }[] }
    expect(hits).toMatchObject([{ at: { path: 'a.txt', line: 1, commit: leak } }])
  })

  it('removing the hook brings the old one back byte for byte', async () => {
    const made = initialised(open.make())
    const file = join(made.folder, '.git', 'hooks', 'pre-commit')
    const old = '#!/bin/sh\n# \u00e9\necho own >> ran\n'
    put(made, '.git/hooks/pre-commit', old)
    spawnSync('chmod', ['+x', file])
    await guarded(made)
    expect(readFileSync(file, 'utf8')).not.toBe(old)
    expect(git(made, 'commit', '--allow-empty', '-m', 'x').status).toBe(0)
    expect(readFileSync(join(made.folder, 'ran'), 'utf8')).toBe('own\n')
    const { code, stdout } = await keyrot(['hook', 'uninstall'], { cwd: made.folder, env: made.env })
    expect([code, stdout]).toEqual([
      0,
      'pre-commit: as it was before keyrot (.git/hooks/pre-commit)\npre-push: as it was before keyrot (.git/hooks/pre-push)\n',
    ])
    expect(readFileSync(file, 'utf8')).toBe(old)
    expect(existsSync(join(made.folder, '.git', 'hooks', 'pre-push'))).toBe(false)
  })
})

describe('what is accepted', () => {
  it('beside its line with a reason, and told once it is stale', async () => {
    const made = await guarded()
    const mark = ['keyrot', 'allow'].join(':')
    put(made, 'a.txt', `${LINE.trim()} # ${mark} revoked in May\n`)
    git(made, 'add', '.')
    expect(git(made, 'commit', '-m', 'x').status).toBe(0)
    const ran = await scan(made)
    expect([ran.code, ran.stdout.includes('revoked in May'), ran.stdout.includes(KEY)]).toEqual([0, true, false])
    put(made, 'a.txt', `OPENAI_API_KEY=elsewhere # ${mark} revoked in May\n`)
    expect(await scan(made)).toMatchObject({ code: 4, stdout: expect.stringContaining('allow-stale') as string })
  })

  it('in a baseline: what was there, not what is new; told once it is stale', async () => {
    const made = initialised(open.make())
    put(made, 'a.txt', LINE)
    git(made, 'add', '.')
    expect((await scan(made)).code).toBe(4)
    expect((await scan(made, '--update-baseline')).code).toBe(0)
    const baseline = readFileSync(join(made.folder, '.keyrot-baseline.json'), 'utf8')
    expect(baseline).not.toContain(KEY.slice(8, 20))
    git(made, 'add', '.')
    expect((await scan(made, '--staged')).code).toBe(0)
    put(made, 'b.txt', `OPENAI_API_KEY=${fakeKeyOf('another')}\n`)
    git(made, 'add', '.')
    expect((await scan(made, '--staged')).code).toBe(4)
    rmSync(join(made.folder, 'a.txt'))
    put(made, 'b.txt', '\n')
    git(made, 'add', '.')
    expect((await scan(made, '--staged')).code).toBe(0)
    expect(await scan(made)).toMatchObject({ code: 4, stdout: expect.stringContaining('.keyrot-baseline.json:5:1: warning') as string })
    expect((await scan(made, '--update-baseline')).code).toBe(0)
    expect(readFileSync(join(made.folder, '.keyrot-baseline.json'), 'utf8')).not.toContain('"id"')
    expect((await scan(made, '--baseline', 'none.json')).code).toBe(3)
  })
})

describe('the command line', () => {
  it('takes one thing to look through', async () => {
    const made = initialised(open.make())
    for (const args of [
      ['--staged', '--history'],
      ['--range', 'a..b', 'src'],
      ['--stdin', '--no-ignore'],
      ['--sarif', '--json'],
    ])
      expect((await scan(made, ...args)).code).toBe(2)
    expect((await keyrot(['scan', '--staged'], { cwd: open.make() })).stderr).toContain('git could not read the repository')
  })

  it('writes SARIF', async () => {
    const made = initialised(open.make())
    put(made, 'a.txt', LINE)
    const ran = await scan(made, 'a.txt', '--sarif')
    const log = JSON.parse(ran.stdout) as { version: string; runs: { results: { ruleId: string }[] }[] }
    expect([ran.code, log.version, log.runs[0]?.results.map(({ ruleId }) => ruleId)]).toEqual([4, '2.1.0', ['openai-project-key']])
    expect(ran.stdout).not.toContain(KEY)
  })
})
