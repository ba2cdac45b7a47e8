/** The whole way of a leak: committed, found alive in the repository, answered by an incident, found dead. Real command, real git, embedded cloud. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { keyrot, makeProject, type Project, type Ran } from './support/cli.ts'

let project: Project | null = null
afterEach(() => project?.close())

const run = ({ folder, env }: Project, ...args: readonly string[]): Promise<Ran> => keyrot(args, { cwd: folder, env })

function git({ folder }: Project, ...args: readonly string[]): void {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'init.defaultBranch=main']
  const { status, stderr } = spawnSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`git ${args[0] ?? ''}: ${stderr}`)
}

interface Told {
  readonly severity: string
  readonly at: { readonly path: string; readonly commit?: string }
  readonly managed?: { readonly credential: string; readonly slots: readonly string[]; readonly state: string }
}

async function found(made: Project, ...args: readonly string[]): Promise<{ readonly code: number | null; readonly hits: readonly Told[] }> {
  const { code, stdout } = await run(made, 'scan', ...args, '--json')
  return { code, hits: (JSON.parse(stdout) as { readonly hits: readonly Told[] }).hits }
}

it('a key that is found alive is replaced by an incident, and then found dead', async () => {
  const made = (project = await makeProject())
  const leaked = made.cloud.prepared.keyValue
  writeFileSync(join(made.folder, '.gitignore'), '.env\n.keyrot/\n')
  writeFileSync(join(made.folder, 'deploy.sh'), `#!/bin/sh\ncurl -u "${leaked}:" https://api.example\n`)
  git(made, 'init', '--quiet')
  git(made, 'add', '.')
  git(made, 'commit', '--quiet', '--message', 'deploy')

  const alive = await run(made, 'scan')
  expect(alive.code, alive.stderr).toBe(4)
  expect(alive.stdout.replace(/\s+/g, ' ')).toContain('a live key of prod (web current)')
  expect(alive.stdout).toContain('it is in use: keyrot incident prod')
  expect(await found(made, '--history')).toMatchObject({ code: 4, hits: [{ at: { path: 'deploy.sh' }, managed: { credential: 'prod', state: 'live' } }] })

  const answered = await run(made, 'incident', 'prod', '--yes', '--confirm', 'prod')
  expect(answered.code, answered.stderr + answered.stdout).toBe(0)
  expect(await made.read('.env')).not.toContain(leaked)

  const dead = { severity: 'info', at: { path: 'deploy.sh' }, managed: { credential: 'prod', state: 'dead' } }
  expect(await found(made)).toMatchObject({ code: 0, hits: [dead] })
  expect(await found(made, '--history')).toMatchObject({ code: 0, hits: [dead] })
  for (const { stdout, stderr } of [alive, answered, await run(made, 'scan')]) expect(stdout + stderr).not.toContain(leaked)
})
