/** How the target signs in, where it sends requests, and what it makes of what comes back. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TargetSurroundings } from '../../../src/adapters/define.ts'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { Target } from '../../../src/ports/target.ts'
import { startAws, type AwsSandbox, type Fate } from '../../../src/sandbox/aws/aws.ts'
import { connectAws, surroundings, useKey } from './aws-harness.ts'
import { fakeKey } from './fake-key.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const ROLE = 'arn:aws:iam::123456789012:role/rotator'
/** Everything of the shell that runs the tests that the SDK might listen to. */
const VARIABLES = Object.keys(process.env).filter((name) => name.startsWith('AWS_'))
const before = { ...process.env }

let sandbox: AwsSandbox
let folder: string
beforeEach(async () => {
  for (const name of VARIABLES) delete process.env[name]
  folder = await mkdtemp(join(tmpdir(), 'keyrot-aws-'))
  // the SDK remembers files by path: each test has its own
  Object.assign(process.env, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
  })
  sandbox = await startAws()
  sandbox.hands.create({ name: 'app', value: A.secret.reveal() })
})
afterEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, before)
  await sandbox.close()
  await rm(folder, { recursive: true, force: true })
})

const connect = (settings: Record<string, unknown> = {}, around: Partial<TargetSurroundings> = {}): Promise<Target> =>
  connectAws({ secret: 'app', ...settings }, surroundings(sandbox.url, around))

async function failureOf(act: Promise<unknown>): Promise<KeyrotError> {
  const error: unknown = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(KeyrotError)
  return error as KeyrotError
}

/** Writes the profile and a helper that runs these lines of shell. */
async function profileWith(lines: readonly string[], script?: readonly string[]): Promise<void> {
  const helper = join(folder, 'helper')
  if (script !== undefined) {
    await writeFile(helper, ['#!/bin/sh', ...script].join('\n'))
    await chmod(helper, 0o700)
  }
  await writeFile(join(folder, 'config'), ['[profile work]', ...lines.map((line) => line.replace('HELPER', helper))].join('\n'))
}

const printKey = (): string => {
  const { accessKeyId, secretAccessKey } = sandbox.credentials
  return `echo '${JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey })}'`
}
const signers = (): readonly (string | null)[] => sandbox.log.filter(({ service }) => service === 'secretsmanager').map(({ signer }) => signer)

describe('signing in', () => {
  it('takes the environment, and prints nothing of its own', async () => {
    useKey(sandbox.credentials)
    const streams = [process.stdout, process.stderr]
    const originals = streams.map((stream) => stream.write.bind(stream))
    const printed: string[] = []
    for (const stream of streams)
      stream.write = (chunk: Uint8Array | string) => {
        printed.push(String(chunk))
        return true
      }
    try {
      const target = await connect()
      await target.write({ current: B, fallback: A }, (await target.observe()).revision)
    } finally {
      for (const [at, stream] of streams.entries()) Object.assign(stream, { write: originals[at] })
    }
    expect(printed).toEqual([])
  })

  it('takes a profile, its credential_process among its ways', async () => {
    await profileWith(['credential_process = HELPER'], [printKey()])
    expect((await (await connect({ profile: 'work' })).observe()).current.is).toBe('value')
  })

  it('prefers the profile that is named over the environment, without a word on the console', async () => {
    useKey({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' })
    await profileWith(['credential_process = HELPER'], [printKey()])
    expect((await (await connect({ profile: 'work' })).observe()).current.is).toBe('value')
  })

  it('assumes the role, once for all blocks that share the invocation', async () => {
    useKey(sandbox.credentials)
    sandbox.hands.addRole(ROLE)
    const things = new Map<string, unknown>()
    const shared = <T>(name: string, make: () => T): T => {
      if (!things.has(name)) things.set(name, make())
      return things.get(name) as T
    }
    for (let block = 0; block < 3; block += 1) await (await connect({ role: ROLE }, { shared })).observe()
    expect(new Set(signers())).toEqual(new Set(['arn:aws:sts::123456789012:assumed-role/rotator/keyrot-abcd1234']))
    expect(sandbox.log.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(1)
    await (await connect({}, { shared })).observe()
    expect(signers().at(-1)).toBe('arn:aws:iam::123456789012:user/sandbox')
  })

  it('says which role AWS does not let it take', async () => {
    useKey(sandbox.credentials)
    const error = await failureOf((await connect({ role: ROLE })).observe())
    expect(error).toMatchObject({ code: 'KR_AWS_FORBIDDEN', kind: 'forbidden', facts: { status: 403 } })
    expect(error.message).toContain(ROLE)
  })

  it('says that there are no credentials, and finds them when they are there', async () => {
    const target = await connect()
    expect(await failureOf(target.observe())).toMatchObject({ code: 'KR_AWS_CREDENTIALS', kind: 'unauthorized' })
    useKey(sandbox.credentials)
    expect((await target.observe()).current.is).toBe('value')
  })

  it('keeps to itself what a helper that fails has printed', async () => {
    const canary = A.secret.reveal()
    await profileWith(['credential_process = HELPER'], [`echo ${canary}`, `echo ${canary} >&2`, 'exit 3'])
    const error = await failureOf((await connect({ profile: 'work' })).observe())
    expect(error).toMatchObject({ code: 'KR_AWS_CREDENTIALS', kind: 'unauthorized' })
    expect(`${inspect(error, { depth: 9, showHidden: true })}${error.stack}${JSON.stringify(error)}`).not.toContain(canary)
  })

  it('does not wait for a helper for ever', async () => {
    await profileWith(['credential_process = HELPER'], ['sleep 5'])
    expect(await failureOf((await connect({ profile: 'work' }, { deadlineMs: 300 })).observe())).toMatchObject({
      code: 'KR_AWS_CREDENTIALS',
      kind: 'unavailable',
    })
  })

  it('tells a service that cannot be reached from credentials that are none', async () => {
    useKey(sandbox.credentials)
    const closed = await freePort()
    const env = (name: string): string | undefined =>
      name === 'AWS_ENDPOINT_URL_STS' ? `http://127.0.0.1:${closed}` : name.endsWith('MANAGER') ? sandbox.url : undefined
    expect(await failureOf((await connect({ role: ROLE }, { env })).observe())).toMatchObject({ code: 'KR_HTTP_UNREACHABLE', kind: 'unavailable' })
  })
})

describe('where requests go', () => {
  it('refuses an endpoint of the environment that is neither AWS nor this machine', async () => {
    const env = (name: string): string | undefined => (name === 'AWS_ENDPOINT_URL' ? 'https://aws.example.com' : undefined)
    await expect(Promise.resolve().then(() => connect({}, { env }))).rejects.toMatchObject({ code: 'KR_HOST_NOT_ALLOWED', kind: 'refused' })
  })

  it.each([
    'https://aws.example.com',
    'https://secretsmanager.us-east-1.amazonaws.com.example.com',
    'https://mine.s3.us-east-1.amazonaws.com',
    'http://10.0.0.1',
  ])('refuses %s in a profile: a file must not name where keys go', async (url) => {
    await profileWith(['credential_process = HELPER', `endpoint_url = ${url}`], [printKey()])
    process.env['AWS_PROFILE'] = 'work'
    const error = await failureOf((await connect({}, { env: () => undefined })).observe())
    expect(['KR_HOST_NOT_ALLOWED', 'KR_ENDPOINT_PLAIN']).toContain(error.code)
  })
})

const REFUSALS: readonly (readonly [Exclude<Fate, string | { body: string }>, string, string, string])[] = [
  [{ type: 'AccessDeniedException' }, 'KR_AWS_FORBIDDEN', 'forbidden', 'forbidden'],
  [{ type: 'UnrecognizedClientException' }, 'KR_AWS_UNAUTHORIZED', 'unauthorized', 'unauthorized'],
  [{ type: 'InvalidSignatureException' }, 'KR_AWS_UNAUTHORIZED', 'unauthorized', 'unauthorized'],
  [{ type: 'ExpiredTokenException' }, 'KR_AWS_EXPIRED', 'unauthorized', 'unauthorized'],
  [{ type: 'ThrottlingException' }, 'KR_AWS_RATE_LIMITED', 'rate-limited', 'rate-limited'],
  [{ type: 'Whatever', status: 429 }, 'KR_AWS_RATE_LIMITED', 'rate-limited', 'rate-limited'],
  [{ type: 'InvalidRequestException' }, 'KR_AWS_REJECTED', 'rejected', 'rejected'],
  [{ type: 'EncryptionFailure' }, 'KR_AWS_KMS', 'rejected', 'rejected'],
  [{ type: 'DecryptionFailure' }, 'KR_AWS_KMS', 'rejected', 'rejected'],
  [{ type: 'LimitExceededException' }, 'KR_AWS_LIMIT', 'rejected', 'rejected'],
  [{ type: 'ValidationException' }, 'KR_AWS_REJECTED', 'rejected', 'rejected'],
  [{ type: 'toString', status: 400 }, 'KR_AWS_REJECTED', 'rejected', 'rejected'],
  [{ type: 'InternalServiceError', status: 500 }, '', 'unavailable', 'ambiguous'],
  [{ type: 'ServiceUnavailable', status: 503 }, '', 'unavailable', 'ambiguous'],
  [{ type: 'Whatever', status: 408 }, '', 'unavailable', 'ambiguous'],
]

describe('what a failure means', () => {
  it.each(REFUSALS)('%o is %s', async (fate, code, reading, writing) => {
    useKey(sandbox.credentials)
    const target = await connect()
    const { revision } = await target.observe()
    const said = { ...fate, message: `no: ${A.secret.reveal()}` }
    sandbox.hands.meddle(() => said)
    const read = await failureOf(target.observe())
    sandbox.hands.meddle(({ operation }) => (operation === 'PutSecretValue' ? said : 'answer'))
    const written = await failureOf(target.write({ current: B }, revision))
    expect([read.kind, written.kind]).toEqual([reading, writing])
    expect([read.code, written.code]).toEqual(code === '' ? ['KR_AWS_UNAVAILABLE', 'KR_AWS_AMBIGUOUS'] : [code, code])
    for (const error of [read, written]) {
      expect(error.facts.requestId).toMatch(/^[0-9a-f-]{36}$/)
      expect(`${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}`).not.toContain(A.secret.reveal())
    }
    expect(
      sandbox.log.filter(({ failure }) => failure === fate.type),
      'no retry',
    ).toHaveLength(2)
  })

  it.each(['', '{', '[]', '{"ARN": 1}', '{"ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf", "VersionIdsToStages": []}', 'null'])(
    'an answer of %j instead of what was promised is no answer',
    async (body) => {
      useKey(sandbox.credentials)
      const target = await connect()
      const { revision } = await target.observe()
      sandbox.hands.meddle(({ operation }) => (operation === 'DescribeSecret' ? { body } : 'answer'))
      expect((await failureOf(target.observe())).kind).toBe('unavailable')
      sandbox.hands.meddle(({ operation }) => (operation === 'PutSecretValue' ? { body } : 'answer'))
      expect((await failureOf(target.write({ current: B }, revision))).kind).toBe('ambiguous')
    },
  )

  it.each(['', '{}', '<html>please log in</html>', '{"__type": "InternalServiceError"}'])(
    'an answer of %j to the move of a label is no word that it moved',
    async (body) => {
      useKey(sandbox.credentials)
      const target = await connect()
      const { revision } = await target.observe()
      sandbox.hands.meddle(({ operation }) => (operation === 'UpdateSecretVersionStage' ? { body } : 'answer'))
      expect((await failureOf(target.write({ current: B, fallback: A }, revision))).kind).toBe('ambiguous')
    },
  )

  it.each(['', '{}', '<html>please log in</html>'])('an answer of %j to a sign-in is no verdict on the credentials', async (body) => {
    useKey(sandbox.credentials)
    sandbox.hands.addRole(ROLE)
    sandbox.hands.meddle(({ service }) => (service === 'sts' ? { body } : 'answer'))
    expect((await failureOf((await connect({ role: ROLE })).observe())).kind).toBe('unavailable')
  })

  it('a secret that is not there, or is another than the ARN says, is named as such', async () => {
    useKey(sandbox.credentials)
    expect(await failureOf((await connect({ secret: 'nope' })).observe())).toMatchObject({ code: 'KR_AWS_NOT_FOUND', kind: 'not-found' })
    const arn = sandbox.hands.create({ name: 'app-secret', value: 'x' })
    expect((await (await connect({ secret: arn })).observe()).current.is).toBe('value')
    // a partial ARN: what looks like the random suffix is the end of the name
    const partial = arn.slice(0, -7)
    expect(await failureOf((await connect({ secret: partial })).observe())).toMatchObject({ code: 'KR_AWS_OTHER_SECRET', kind: 'refused' })
  })
})

describe('what keyrot cannot keep a key in', () => {
  it.each([
    ['KR_AWS_DELETION_SCHEDULED', () => sandbox.hands.scheduleDeletion('app', 7)],
    ['KR_AWS_BINARY', () => sandbox.hands.put('app', Buffer.from([0, 255]))],
    ['KR_AWS_FIELD_WANTED', () => sandbox.hands.put('app', '{"KEY": "x"}')],
  ])('is refused: %s', async (code, happen) => {
    useKey(sandbox.credentials)
    const target = await connect()
    const { revision } = await target.observe()
    happen()
    expect(await failureOf(target.observe())).toMatchObject({ code, kind: 'refused' })
    await failureOf(target.write({ current: B }, revision))
    expect(sandbox.log.filter(({ effect }) => effect !== null)).toEqual([])
  })
})

describe('what stands against writing', () => {
  const remarks = async (): Promise<readonly string[]> => {
    const found = (await (await connect()).remarks?.()) ?? []
    return found.map(({ severity, code, managedElsewhere }) => `${severity} ${code}${managedElsewhere === true ? ' (lifted by name)' : ''}`)
  }

  it('is told, each by its name; nothing is said of a plain secret', async () => {
    useKey(sandbox.credentials)
    expect(await remarks()).toEqual([])
    sandbox.hands.put('app', 'pending', ['AWSPENDING'])
    sandbox.hands.set('app', { rotation: true, owningService: 'rds' })
    sandbox.hands.scheduleDeletion('app', 7)
    expect(await remarks()).toEqual([
      'obstacle native-rotation (lifted by name)',
      'obstacle managed-secret',
      'obstacle pending-version',
      'obstacle deletion-scheduled',
    ])
  })

  it('AWSPENDING on the version in use is a rotation that has ended', async () => {
    useKey(sandbox.credentials)
    sandbox.hands.put('app', 'current', ['AWSCURRENT', 'AWSPENDING'])
    expect(await remarks()).toEqual([])
  })

  it('a binary value, and labels that run out', async () => {
    useKey(sandbox.credentials)
    sandbox.hands.put('app', Buffer.from([1]))
    const { id = '' } = sandbox.hands.view('app').versions[0] ?? {}
    for (let label = 0; label < 17; label += 1) sandbox.hands.label('app', `TEAM-${label}`, id)
    expect(await remarks()).toEqual(['obstacle binary-secret', 'warning few-labels-left'])
  })

  it('a replica that is behind', async () => {
    useKey(sandbox.credentials)
    sandbox.hands.create({ name: 'far', value: 'x', replicas: ['eu-west-1', 'eu-north-1'] })
    sandbox.hands.advance(1_000)
    sandbox.hands.replica('far', 'eu-north-1', 'Failed')
    const found = (await (await connect({ secret: 'far' })).remarks?.()) ?? []
    expect(found.map(({ code, message }) => [code, /in (\S+) is/.exec(message)?.[1]])).toEqual([['replica-behind', 'eu-north-1']])
  })
})

describe('rights', () => {
  const rights = async (): Promise<readonly string[]> => ((await (await connect()).rights?.()) ?? []).map(({ what, state }) => `${what}: ${state}`)

  it('are proven by reading, and not claimed for writes that were not made', async () => {
    useKey(sandbox.credentials)
    const writes = ['secretsmanager:PutSecretValue on app: untestable', 'secretsmanager:UpdateSecretVersionStage on app: untestable']
    expect(await rights()).toEqual(['secretsmanager:DescribeSecret on app: proven', 'secretsmanager:GetSecretValue on app: proven', ...writes])
    sandbox.hands.deny('secretsmanager:GetSecretValue')
    expect(await rights()).toContain('secretsmanager:GetSecretValue on app: missing')
    sandbox.hands.deny('secretsmanager:DescribeSecret')
    expect(await rights()).toEqual(['secretsmanager:DescribeSecret on app: missing', 'secretsmanager:GetSecretValue on app: untestable', ...writes])
    expect(sandbox.log.filter(({ effect }) => effect !== null)).toEqual([])
  })

  it('are not called missing because AWS was not to be asked', async () => {
    useKey(sandbox.credentials)
    sandbox.hands.meddle(() => ({ type: 'ThrottlingException' }))
    expect(await failureOf(rights())).toMatchObject({ kind: 'rate-limited' })
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
