/** One rotation in each of its faces: words, JSON, events, pipes that break. */
import { afterEach, describe, expect, it } from 'vitest'
import { CONTROL, KEY_LIKE, keyrot, makeProject, rotateToTheEnd, type Project } from './support/cli.ts'

const open: Project[] = []

async function project(more?: Parameters<typeof makeProject>[0]): Promise<Project> {
  const made = await makeProject(more)
  open.push(made)
  return made
}

afterEach(async () => {
  for (const made of open.splice(0)) await made.close()
})

interface RunJson {
  readonly credential: string
  readonly runId: string | null
  readonly generation: number
  readonly status: string
  readonly phase: string
  readonly targets: readonly { readonly name: string; readonly current: string; readonly fallback: string }[]
  readonly next: { readonly command: string; readonly at: string | null } | null
}

describe('rotate', () => {
  it('moves the key, leaves the rest of the file alone, and shows no key', async () => {
    const made = await project()
    const { codes, last } = await rotateToTheEnd(made)
    expect(codes.at(-1)).toBe(0)
    const file = await made.read('.env')
    const old = made.cloud.prepared
    expect(file).not.toContain(old.keyValue)
    expect(file).toMatch(/^# app\nPORT=3000\nOPENAI_API_KEY=sk-[\w-]+\nLAST="x"\n$/)
    expect(made.cloud.sandbox.key(old.keyId).alive).toBe(false)
    expect(last.stdout).toContain('prod: done')
    expect(last.stdout + last.stderr).not.toMatch(KEY_LIKE)
  })

  it('gives one JSON object, with words on stderr only', async () => {
    const made = await project({ policy: ['policy: { overlap: 1h, verifyWindow: 20s, listDelay: 1s }'] })
    const ran = await keyrot(['rotate', '--yes', '--json', '--reason', 'test'], { cwd: made.folder, env: made.env })
    expect(ran.code).toBe(10)
    const { runs } = JSON.parse(ran.stdout) as { runs: RunJson[] }
    expect(runs).toHaveLength(1)
    expect(runs[0]).toMatchObject({
      credential: 'prod',
      generation: 1,
      status: 'waiting',
      phase: 'promoted',
      targets: [{ name: 'web', type: 'dotenv', current: 'b', fallback: 'a' }],
    })
    expect(runs[0]?.next?.command).toContain('prod')
    expect(runs[0]?.next?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
  })

  it('gives one JSON line per event and one per result', async () => {
    const made = await project({ policy: ['policy: { overlap: 1h, verifyWindow: 20s, listDelay: 1s }'] })
    const ran = await keyrot(['rotate', 'prod', '--yes', '--events'], { cwd: made.folder, env: made.env })
    const lines = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map((line) => line['type'])).toEqual(expect.arrayContaining(['run.started', 'key.minted', 'step.done', 'run.waiting', 'result']))
    expect(lines.at(-1)).toMatchObject({ type: 'result', status: 'waiting', exit: 10 })
    for (const line of lines.slice(0, -1)) expect(Object.keys(line)).toEqual(['type', 'at', 'credential', 'run', 'step', 'code', 'data'])
    expect(ran.stderr).toBe('')
  })

  it.each([{}, { CI: 'true', NO_COLOR: '1', TERM: 'dumb' }])('prints plain lines into a pipe (%j)', async (env) => {
    const made = await project({ policy: ['policy: { overlap: 1h, verifyWindow: 20s, listDelay: 1s }'] })
    const ran = await keyrot(['rotate', 'prod', '--yes'], { cwd: made.folder, env: { ...made.env, ...env } })
    expect(ran.code).toBe(10)
    expect(ran.stdout + ran.stderr).not.toMatch(CONTROL)
    expect(ran.stderr).toMatch(/^\d\d:\d\d:\d\d prod {2}promote web: done$/m)
    expect(ran.stdout).toMatch(/^next: keyrot rotate prod {2}after /m)
  })

  it('does nothing without an approval that nobody can give: exit 5', async () => {
    const made = await project()
    const ran = await keyrot(['rotate'], { cwd: made.folder, env: made.env })
    expect(ran.code).toBe(5)
    expect(ran.stderr).toContain('--yes')
    expect(made.cloud.sandbox.log.filter((entry) => entry.method !== 'GET')).toEqual([])
  })

  it('reports a network that is not there as a failure that changed nothing', async () => {
    const made = await project()
    const before = await made.read('.env')
    const ran = await keyrot(['rotate', '--yes'], { cwd: made.folder, env: { ...made.env, OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' } })
    expect(ran.code).toBe(7)
    expect(await made.read('.env')).toBe(before)
  })
})

describe('a stdout that breaks', () => {
  const policy = ['policy: { overlap: 1h, verifyWindow: 20s, listDelay: 1s }']

  it.each([
    ['a reader that went away', 'KEYROT 2>/dev/null | true; exit ${PIPESTATUS[0]}'],
    ['a full disk', 'KEYROT >/dev/full 2>/dev/full'],
    ['closed streams', 'KEYROT >&- 2>&-'],
  ])('%s changes neither what is done nor the exit code', async (_, shell) => {
    const made = await project({ policy })
    const ran = await keyrot(['rotate', 'prod', '--yes', '--events'], { cwd: made.folder, env: made.env, shell })
    expect(ran.code).toBe(10)
    expect(await made.read('.env')).toContain('OPENAI_API_KEY_FALLBACK=')
  })
})

describe('read-only commands', () => {
  it.each([['check'], ['plan'], ['status', '--fail-on', 'never'], ['runs'], ['plan', '--json'], ['status', '--fail-on', 'never', '--json']])(
    '%s %s sends nothing that changes anything',
    async (...args) => {
      const made = await project()
      const before = await made.read('.env')
      const ran = await keyrot(args, { cwd: made.folder, env: made.env })
      expect(ran.code).toBe(0)
      expect(made.cloud.sandbox.log.filter((entry) => entry.method !== 'GET')).toEqual([])
      expect(await made.read('.env')).toBe(before)
      expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
      expect(ran.stdout).not.toMatch(CONTROL)
    },
  )

  it('status --json has the promised fields', async () => {
    const made = await project()
    const ran = await keyrot(['status', '--json'], { cwd: made.folder, env: made.env })
    const report = JSON.parse(ran.stdout) as { credentials: Record<string, unknown>[] }
    expect(Object.keys(report)).toEqual(expect.arrayContaining(['credentials', 'orphans']))
    expect(Object.keys(report.credentials[0] ?? {})).toEqual(
      expect.arrayContaining([
        'name',
        'generation',
        'keyId',
        'fingerprint',
        'createdAt',
        'expiresAt',
        'ageDays',
        'lastUsedAt',
        'phase',
        'openRun',
        'targets',
        'findings',
      ]),
    )
    expect(report.credentials[0]).toMatchObject({ name: 'prod', openRun: null, targets: [{ name: 'web', type: 'dotenv' }] })
  })

  it('runs lists a run and shows its timeline', async () => {
    const made = await project({ policy: ['policy: { overlap: 1h, verifyWindow: 20s, listDelay: 1s }'] })
    await keyrot(['rotate', 'prod', '--yes'], { cwd: made.folder, env: made.env })
    const list = JSON.parse((await keyrot(['runs', '--json'], { cwd: made.folder, env: made.env })).stdout) as { runs: { run: string }[] }
    expect(list.runs).toHaveLength(1)
    const timeline = await keyrot(['runs', list.runs[0]?.run ?? ''], { cwd: made.folder, env: made.env })
    expect(timeline.stdout).toContain('rotation begins')
    expect(timeline.stdout).toContain('promote web: done')
  })
})
