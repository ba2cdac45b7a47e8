/** Other writers: between our look and our write, and after our promotion. Their value stays, the old key lives, and a person is told. */
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PLACES } from '../../src/sandbox/clouds.ts'
import { fakeKey } from '../contract/targets/fake-key.ts'
import { fingerprint } from '../crash/world.ts'
import { keyrot, startTime, type Ended, type Time } from './command.ts'
import { openDoorway, type Doorway, type Passing } from './doorway.ts'
import { makeCloudWorld, type CloudWorld, type Kind } from './world.ts'

const THEIRS = fakeKey('z').secret.reveal()
const SECRET = { name: PLACES.kubernetes.secret }
/** Longer than any machine takes over one rotation, so that what happens in between is the test's choice and not the clock's. */
const POLICY = '{ overlap: 1h, quiet: 5s, verifyWindow: 10s, listDelay: 1s, revoke: auto }'
const OVERLAP = 3_600_000

interface Case {
  readonly kind: Kind
  readonly what: string
  /** The service whose request they are quicker than. */
  readonly at: Kind | 'openai'
  readonly before: (passing: Passing, world: CloudWorld) => boolean
  readonly edit: (world: CloudWorld) => void
}

const CASES: readonly Case[] = [
  {
    kind: 'aws',
    what: 'the move of AWSCURRENT',
    at: 'aws',
    before: ({ operation, body }) => operation === 'UpdateSecretVersionStage' && body.includes('AWSCURRENT'),
    edit: ({ clouds }) => void clouds.aws.hands.put(PLACES.aws.secret, JSON.stringify({ [PLACES.aws.field]: THEIRS })),
  },
  {
    kind: 'kubernetes',
    what: 'the patch that promotes',
    at: 'kubernetes',
    before: ({ method, path, body }) => method === 'PATCH' && path.includes('/secrets/') && body.includes(`"${PLACES.variable}"`),
    edit: ({ clouds }) => clouds.kubernetes.hands.editSecret(SECRET, { [PLACES.variable]: THEIRS }),
  },
  {
    // Vercel takes no condition with a write: what comes after the last look is not noticed, and its page says so.
    kind: 'vercel',
    what: 'the last look at it',
    at: 'vercel',
    before: nthListing(3),
    edit: ({ clouds }) => {
      const { project } = PLACES.vercel
      const { id = '' } = clouds.vercel.hands.variables(project).find(({ key }) => key === PLACES.variable) ?? {}
      clouds.vercel.hands.editVariable(project, id, { value: THEIRS })
    },
  },
  {
    kind: 'dotenv',
    what: 'the new key is committed',
    at: 'openai',
    before: isCommit,
    edit: ({ folder }) => {
      const file = join(folder, '.env')
      writeFileSync(file, readFileSync(file, 'utf8').replace(/(?<=OPENAI_API_KEY=).*/, THEIRS))
    },
  },
]

/** The request that prolongs the life of the new key: nothing is promoted before it. */
function isCommit({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === 'POST' && /\/api_keys\/key_\w+$/.test(path) && !path.includes('service_accounts')
}

/** After the commit a variable is listed by each look: of the plan, of the promotion, and once more right before it writes. */
function nthListing(nth: number): Case['before'] {
  let seen = 0
  return ({ method, path }, { clouds }) =>
    method === 'GET' && /\/v10\/projects\/[^/]+\/env(?:\?|$)/.test(path) && clouds.openai.sandbox.log.some(isCommit) && (seen += 1) === nth
}

describe('somebody else', { timeout: 480_000 }, () => {
  let home: string
  let time: Time
  let world: CloudWorld | null = null
  let doorway: Doorway | null = null
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'keyrot-home-'))
    time = startTime()
  })
  afterEach(async () => {
    await doorway?.close()
    await world?.close()
    doorway = world = null
    time.close()
    await rm(home, { recursive: true, force: true })
  })

  const make = async (kinds: readonly Kind[]): Promise<CloudWorld> =>
    (world = await makeCloudWorld({ kinds, callsPerSecond: 0, policy: POLICY, clock: time.now }))
  const rotate = ({ folder }: CloudWorld, env: CloudWorld['env']): Promise<Ended> =>
    keyrot(['rotate', 'prod', '--yes', '--waive', 'revivable', '--json'], { cwd: folder, env, time, home })

  it.each(CASES)('who writes to $kind just before $what is not overwritten: exit 8, both sides named', async ({ kind, at, before, edit }) => {
    const made = await make([kind])
    doorway = await openDoorway(
      addressOf(made, at),
      (passing) => before(passing, made),
      () => edit(made),
    )
    const ran = await rotate(made, through(made, at, doorway))
    expect([doorway.times(), ran.code]).toEqual([1, 8])
    expect(made.held(kind)).toBe(fingerprint(THEIRS))
    const run = runIn(ran.stdout)
    expect(run?.code).toBe('KR_DRIFT')
    for (const side of [fingerprint(THEIRS), made.first]) expect(run?.message).toContain(side)
    expect(isAlive(made)).toBe(true)
    expect(ran.stdout + ran.stderr).not.toContain(THEIRS)
  })

  it('that puts the old value back after the promotion is met at the second look: nothing is retired', async () => {
    const made = await make(['dotenv', 'kubernetes'])
    const putBack = puttingBack(made)
    const codes = [(await rotate(made, made.env)).code]
    putBack()
    time.pass(2 * OVERLAP)
    const { code, stdout } = await rotate(made, made.env)
    expect([...codes, code]).toEqual([10, 10])
    expect(runIn(stdout)?.findings.map((finding) => finding.code)).toContain('fell-back')
    expect(isAlive(made)).toBe(true)
    expect(made.clouds.openai.sandbox.log.filter(({ method }) => method === 'DELETE')).toEqual([])
  })

  it('that puts the old value back whenever the consumers restart is met there, not after the patience for restarts', async () => {
    const made = await make(['kubernetes'])
    const isRestart = ({ method, path }: Passing): boolean => method === 'PATCH' && path.includes('/deployments/')
    doorway = await openDoorway(addressOf(made, 'kubernetes'), isRestart, puttingBack(made))
    const { code, stdout } = await rotate(made, through(made, 'kubernetes', doorway))
    expect([code, runIn(stdout)?.code]).toEqual([8, 'KR_UNSETTLED'])
    expect(runIn(stdout)?.findings.map((finding) => finding.code)).toContain('fell-back')
    expect(doorway.times()).toBeGreaterThan(1)
    expect(isAlive(made)).toBe(true)
  })
})

/** What puts back what the Secret holds now. */
function puttingBack({ clouds }: CloudWorld): () => void {
  const old = clouds.kubernetes.hands.secretValue(SECRET, PLACES.variable)
  return () => clouds.kubernetes.hands.editSecret(SECRET, { [PLACES.variable]: old }, 'a-script-of-theirs')
}

interface Run {
  readonly code: string
  readonly message: string
  readonly findings: readonly { readonly code: string }[]
}

function runIn(stdout: string): Run | undefined {
  return (JSON.parse(stdout) as { runs: Run[] }).runs[0]
}

function isAlive({ clouds, first }: CloudWorld): boolean {
  return clouds.openai.sandbox.state().keys.some((key) => key.fingerprint === first && key.alive)
}

const VARIABLES: Readonly<Partial<Record<Case['at'], string>>> = { openai: 'OPENAI_BASE_URL', aws: 'AWS_ENDPOINT_URL', vercel: 'VERCEL_API_URL' }

function addressOf({ env, clouds }: CloudWorld, at: Case['at']): string {
  return at === 'kubernetes' ? clouds.kubernetes.url : (env[VARIABLES[at] ?? ''] ?? '')
}

/** The environment with the doorway in the place of the service. */
function through({ env, folder }: CloudWorld, at: Case['at'], { url }: Doorway): Readonly<Record<string, string>> {
  if (at !== 'kubernetes') return { ...env, [VARIABLES[at] ?? '']: url + new URL(env[VARIABLES[at] ?? ''] ?? '').pathname.replace(/\/$/, '') }
  const file = join(folder, 'kubeconfig-through')
  writeFileSync(file, readFileSync(env['KUBECONFIG'] ?? '', 'utf8').replace(/http:\/\/127\.0\.0\.1:\d+/, url), { mode: 0o600 })
  return { ...env, KUBECONFIG: file }
}
