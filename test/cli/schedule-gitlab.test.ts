/** The jobs for GitLab: held against its own schema, and carried out by their script lines. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCloudWorld, type CloudWorld } from '../cloud/world.ts'
import { BIN, KEY_LIKE, type Ran } from './support/cli.ts'
import { bare, CASES, configOf, ELSEWHERE, scheduled } from './support/schedule.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyrot-gitlab-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the jobs of GitLab', { timeout: 240_000 }, () => {
  it.each(CASES)('are what its schema allows: $places, state $state, $policy', async ({ places, state, policy }) => {
    const text = await scheduled('gitlab', configOf(ELSEWHERE[places] ?? [], state, policy), folder)
    const byPerson = policy === 'an approval' ? [['revoke', 'manual']] : []
    expect(await judged(text, 'schedule')).toEqual({ code: 0, faults: [], jobs: [['rotate', 'on_success'], ...byPerson, ['leaks', 'on_success']] })
    expect(text).not.toMatch(KEY_LIKE)
  })

  it('leave a push to the leak scan', async () => {
    const text = await scheduled('gitlab', configOf(['site', 'aws', 'k8s'], 'shared', 'an approval'), folder)
    expect((await judged(text, 'push')).jobs).toEqual([['leaks', 'on_success']])
  })

  it.each([
    ['resource_group:', 'resource_groups:'],
    ['timeout: 30 minutes', 'timeout: [30]'],
    ['when: always', 'when: ever'],
    ['action: access', 'action: look'],
  ])('are held against a judge that finds faults: %s → %s', async (from, to) => {
    const text = await scheduled('gitlab', configOf(['aws'], 'shared', 'an approval'), folder)
    expect(text).toContain(from)
    const { code, faults } = await judged(text.replace(from, to), 'schedule')
    expect(code).toBe(1)
    expect(faults).not.toEqual([])
  })

  it('rotate by their script lines; two runners at once, with the state in the cluster, make one rotation', async () => {
    const world = await makeCloudWorld({ kinds: ['kubernetes'], policy: DUE_INLINE })
    const runners = await Promise.all(['one', 'other'].map((name) => makeRunner(world, name)))
    try {
      const first = await Promise.all(runners.map((runner) => runner.job('rotate')))
      const codes = first.map(({ code }) => code).toSorted((left, right) => (left ?? 0) - (right ?? 0))
      expect(codes, first.map(({ stdout, stderr }) => stdout + stderr).join('\n')).toEqual([0, 6])
      expect(first.map(({ stdout, stderr }) => stdout + stderr).join()).toContain('holds this lock')
      const isOver = (): boolean => world.clouds.openai.sandbox.state().keys.find(({ fingerprint }) => fingerprint === world.first)?.alive === false
      for (let times = 0; times < 12 && !isOver(); times++) {
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        const last = await runners[times % 2]?.job('rotate')
        expect(last?.code, (last?.stdout ?? '') + (last?.stderr ?? '')).toBe(0)
      }
      expect(isOver()).toBe(true)
      const names = world.clouds.openai.sandbox.state().keys.map(({ name }) => name ?? '')
      expect(names.filter((name) => name.startsWith('keyrot.'))).toEqual(['keyrot.testtest.prod.g1.a1'])
      expect(await readFile(join(runners[0]?.folder ?? '', 'keyrot.md'), 'utf8')).toContain('prod')
    } finally {
      await world.close()
      await Promise.all(runners.map(({ folder: made }) => rm(made, { recursive: true, force: true })))
    }
  })
})

const DUE_INLINE = '{ maxAge: 1d, warnBefore: 1h, overlap: 1s, quiet: 2s, verifyWindow: 10s, listDelay: 1s, revoke: auto }'

const JUDGE = fileURLToPath(import.meta.resolve('gitlab-ci-local'))

interface Verdict {
  readonly code: number | null
  readonly faults: readonly string[]
  /** Name and *when* of every job that a pipeline of this source would have. */
  readonly jobs: readonly (readonly string[])[]
}

/** Holds a file against the schema of GitLab's pipeline editor, which `gitlab-ci-local` carries, and expands its rules as a server would. */
async function judged(text: string, source: 'schedule' | 'push'): Promise<Verdict> {
  await writeFile(join(folder, '.gitlab-ci.yml'), text)
  const env = { PATH: '/usr/bin:/bin', HOME: folder, GCL_IGNORE_PREDEFINED_VARS: 'CI_PIPELINE_SOURCE' }
  const line = `"${process.execPath}" "${JUDGE}" --list-csv --no-color --variable CI_PIPELINE_SOURCE=${source}`
  const { code, stdout, stderr } = await bare(line, folder, env, ['/bin/sh', '-c'])
  const [, ...rows] = stdout.trim().split('\n')
  return { code, faults: stderr.match(/^\s+• .* \[#.*\]$/gm) ?? [], jobs: rows.map((row) => [row.split(';')[0] ?? '', row.split(';')[2] ?? '']) }
}

interface GitlabJob {
  readonly script: readonly string[]
  readonly before_script?: readonly string[]
  readonly after_script?: readonly string[]
}

/** A runner of its own: a fresh checkout, and nothing of npm but its name. */
async function makeRunner(world: CloudWorld, name: string) {
  const made = await mkdtemp(join(tmpdir(), `keyrot-runner-${name}-`))
  const config = await readFile(join(world.folder, 'rotation.config.yaml'), 'utf8')
  const file = parse(await scheduled('gitlab', `${config}state: { type: kubernetes, namespace: default }\n`, made)) as Readonly<Record<string, GitlabJob>>
  const stubs = join(made, 'stubs')
  const bin = join(made, '.keyrot-cli', 'bin')
  await Promise.all([mkdir(stubs), mkdir(bin, { recursive: true })])
  const executable = async (path: string, text: string): Promise<void> => {
    await writeFile(path, `#!/bin/sh\n${text}\n`)
    await chmod(path, 0o755)
  }
  await executable(join(stubs, 'npm'), 'exit 0')
  await executable(join(bin, 'keyrot'), `exec "${process.execPath}" "${BIN}" "$@"`)
  const env = { ...world.env, PATH: `${stubs}:/usr/bin:/bin`, HOME: made, CI_PROJECT_DIR: made }
  return {
    folder: made,
    job: async (job: string): Promise<Ran> => {
      const lines = [...(file['.keyrot']?.before_script ?? []), ...(file[job]?.script ?? [])]
      const ran = await bare(['set -e', ...lines].join('\n'), made, env, ['bash', '-c'])
      await bare((file[job]?.after_script ?? []).join('\n'), made, env, ['bash', '-c'])
      return ran
    },
  }
}
