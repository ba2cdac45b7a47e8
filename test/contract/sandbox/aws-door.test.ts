/** The door of the embedded AWS: signatures, sessions, roles, and requests that are none. */
import { createHash, createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAws, type AccessKey, type AwsSandbox } from '../../../src/sandbox/aws/aws.ts'

let sandbox: AwsSandbox
beforeEach(async () => {
  sandbox = await startAws()
  sandbox.hands.create({ name: 'app', value: 'x' })
})
afterEach(() => sandbox.close())

interface Extra {
  readonly headers?: Record<string, string>
  readonly unsigned?: Record<string, string>
  readonly service?: string
  readonly token?: string
}

const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest()
const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex')

/** A request signed by hand, as the documentation of Signature Version 4 writes it. */
async function ask(body: string, { accessKeyId, secretAccessKey }: AccessKey, extra: Extra = {}) {
  const { service = 'secretsmanager', token, headers = {}, unsigned = {} } = extra
  const time = '20261120T120000Z'
  const signed: Record<string, string> = {
    host: new URL(sandbox.url).host,
    'x-amz-date': time,
    ...(token === undefined ? {} : { 'x-amz-security-token': token }),
    ...headers,
  }
  const names = Object.keys(signed).toSorted()
  const canonical = ['POST', '/', '', ...names.map((name) => `${name}:${signed[name]}`), '', names.join(';'), sha256(body)].join('\n')
  const scope = ['20261120', sandbox.region, service, 'aws4_request']
  const key = scope.reduce<Buffer | string>((parent, part) => hmac(parent, part), `AWS4${secretAccessKey}`)
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n')).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const { host: _, ...sent } = signed
  const response = await fetch(sandbox.url, { method: 'POST', headers: { ...sent, ...unsigned, authorization }, body })
  const text = await response.text()
  return { status: response.status, text, json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : null }
}

const describing = { headers: { 'x-amz-target': 'secretsmanager.DescribeSecret' } }
const body = JSON.stringify({ SecretId: 'app' })

describe('a signature', () => {
  it('opens the door', async () => {
    expect(await ask(body, sandbox.credentials, describing)).toMatchObject({ status: 200, json: { Name: 'app' } })
  })

  it.each([
    ['of nobody', () => ask(body, { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }, describing), 'UnrecognizedClientException'],
    ['with the wrong secret', () => ask(body, { ...sandbox.credentials, secretAccessKey: 'x' }, describing), 'InvalidSignatureException'],
    ['that does not cover the operation', () => ask(body, sandbox.credentials, { unsigned: describing.headers }), 'InvalidSignatureException'],
    ['with a session token that is none', () => ask(body, sandbox.credentials, { ...describing, token: 'x' }), 'UnrecognizedClientException'],
  ])('%s does not', async (_title, act, type) => {
    expect(await act()).toMatchObject({ status: 400, json: { __type: type } })
    expect(sandbox.log.at(-1)).toMatchObject({ failure: type, effect: null })
  })

  it('is needed', async () => {
    for (const [authorization, type] of [
      [{}, 'MissingAuthenticationTokenException'],
      [{ authorization: 'Bearer x' }, 'IncompleteSignatureException'],
    ] as const) {
      const response = await fetch(sandbox.url, { method: 'POST', headers: { ...describing.headers, ...authorization }, body })
      expect(await response.json()).toMatchObject({ __type: type })
    }
  })
})

describe('a request that is none', () => {
  it.each([
    ['[]', 'DescribeSecret', 'SerializationException'],
    ['{', 'DescribeSecret', 'SerializationException'],
    ['{"SecretId": 1}', 'DescribeSecret', 'SerializationException'],
    ['{}', 'DescribeSecret', 'ValidationException'],
    ['{}', 'Invented', 'UnknownOperationException'],
    ['{"SecretId": "app", "SecretString": "x"}', 'PutSecretValue', 'InvalidRequestException'],
  ])('%s to %s is %s', async (given, operation, type) => {
    expect(await ask(given, sandbox.credentials, { headers: { 'x-amz-target': `secretsmanager.${operation}` } })).toMatchObject({ json: { __type: type } })
  })

  it('is refused by whoever may not make it, in AWS’s words', async () => {
    sandbox.hands.deny('secretsmanager:DescribeSecret')
    const { json } = await ask(body, sandbox.credentials, describing)
    expect(json).toMatchObject({
      __type: 'AccessDeniedException',
      Message: expect.stringContaining('is not authorized to perform: secretsmanager:DescribeSecret'),
    })
    sandbox.hands.permit('secretsmanager:DescribeSecret')
    expect((await ask(body, sandbox.credentials, describing)).status).toBe(200)
  })
})

const ROLE = 'arn:aws:iam::123456789012:role/team/rotator'
const element = (text: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? ''

describe('STS', () => {
  const sts = { service: 'sts' }
  const assume = (role: string, name = 'keyrot'): string =>
    String(new URLSearchParams({ Action: 'AssumeRole', RoleArn: role, RoleSessionName: name, DurationSeconds: '900' }))

  it('says who is calling', async () => {
    const { status, text } = await ask('Action=GetCallerIdentity&Version=2011-06-15', sandbox.credentials, sts)
    expect([status, element(text, 'Arn'), element(text, 'Account')]).toEqual([200, 'arn:aws:iam::123456789012:user/sandbox', '123456789012'])
  })

  it('gives a session of a role that there is, which ends', async () => {
    sandbox.hands.addRole(ROLE)
    const { text } = await ask(assume(ROLE), sandbox.credentials, sts)
    const key = { accessKeyId: element(text, 'AccessKeyId'), secretAccessKey: element(text, 'SecretAccessKey') }
    const session = { ...describing, token: element(text, 'SessionToken') }
    expect((await ask(body, key, session)).status).toBe(200)
    expect(sandbox.log.at(-1)?.signer).toBe('arn:aws:sts::123456789012:assumed-role/team/rotator/keyrot')
    expect((await ask(body, key, describing)).json).toMatchObject({ __type: 'UnrecognizedClientException' })
    sandbox.hands.advance(900_000)
    expect((await ask(body, key, session)).json).toMatchObject({ __type: 'ExpiredTokenException' })
  })

  it('refuses a role that there is not, a name that is none, and what it does not know', async () => {
    const codes = await Promise.all([
      ask(assume(ROLE), sandbox.credentials, sts),
      ask(assume(ROLE, 'a b'), sandbox.credentials, sts),
      ask('Action=Invented', sandbox.credentials, sts),
      ask(assume(ROLE), { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }, sts),
      ask(assume(ROLE), { ...sandbox.credentials, secretAccessKey: 'x' }, sts),
    ])
    expect(codes.map(({ status, text }) => [status, element(text, 'Code')])).toEqual([
      [403, 'AccessDenied'],
      [400, 'ValidationError'],
      [400, 'InvalidAction'],
      [403, 'InvalidClientTokenId'],
      [403, 'SignatureDoesNotMatch'],
    ])
  })
})
