/** An embedded AWS whose clock stands still, and the SDK's client on it. Every request and answer is held against the Smithy model. */
import { randomUUID } from 'node:crypto'
import * as sdk from '@aws-sdk/client-secrets-manager'
import { afterEach, expect } from 'vitest'
import { startAws, type AwsOptions, type AwsSandbox } from '../../../src/sandbox/aws/aws.ts'
import { awsSpec } from '../aws-spec.ts'

export const START = Date.UTC(2026, 10, 20, 12)

/** What the front of every AWS service answers, and no operation declares. */
const OF_THE_FRONT = ['ValidationException', 'AccessDeniedException', 'InvalidNextTokenException']
/** Operations of the sandbox that the model's cut leaves out: their answers are judged by the SDK's types alone. */
export const ABSENT_FROM_SPEC = ['DeleteSecret', 'RestoreSecret']

const spec = awsSpec()
const open: AwsSandbox[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()))
})

interface Secret {
  readonly name: string
  readonly arn: string
  /** Version ids in the order in which they were made. */
  readonly ids: readonly string[]
}

export interface AwsWorld {
  readonly sandbox: AwsSandbox
  /** Calls an operation by name; throws what the SDK throws. `any`: what is not there must fail an expectation, not the compiler. */
  call(operation: string, input: Record<string, unknown>): Promise<any>
  /** The name of the error that the call meets, or `none`. */
  failure(operation: string, input: Record<string, unknown>): Promise<string>
  /** A fresh secret: v0 is current, v1 … vN bear the labels L1 … LN. */
  secret(versions?: number): Promise<Secret>
  /** Labels by place of their version: `{ 0: 'AWSPREVIOUS', 1: 'AWSCURRENT' }`. */
  labels(secret: Secret): Promise<Record<number, string>>
}

export async function startAwsWorld(options: Partial<AwsOptions> = {}): Promise<AwsWorld> {
  const sandbox = await startAws({ clock: () => START, ...options })
  open.push(sandbox)
  const client = clientOf(sandbox)
  const commands = sdk as unknown as Record<string, new (input: Record<string, unknown>) => Parameters<typeof client.send>[0]>
  const call: AwsWorld['call'] = async (operation, input) => {
    const Command = commands[`${operation}Command`]
    if (Command === undefined) throw new Error(`the SDK has no ${operation}`)
    return client.send(new Command(input))
  }
  return {
    sandbox,
    call,
    failure: (operation, input) =>
      call(operation, input).then(
        () => 'none',
        (error: Error) => error.name,
      ),
    secret: async (versions = 0) => {
      const name = `app/${randomUUID()}`
      const ids = Array.from({ length: versions + 1 }, () => randomUUID())
      const { ARN } = await call('CreateSecret', { Name: name, SecretString: 'v0', ClientRequestToken: ids[0] })
      for (let at = 1; at <= versions; at += 1)
        await call('PutSecretValue', { SecretId: name, SecretString: `v${at}`, ClientRequestToken: ids[at], VersionStages: [`L${at}`] })
      return { name, arn: ARN, ids }
    },
    labels: async ({ name, ids }) => {
      const { VersionIdsToStages: found } = (await call('DescribeSecret', { SecretId: name })) as { VersionIdsToStages?: Record<string, string[]> }
      return Object.fromEntries(Object.entries(found ?? {}).map(([id, labels]) => [ids.indexOf(id), labels.join(' ')]))
    },
  }
}

interface Sent {
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** The SDK over plain `fetch`, with the model looking at what comes back. */
function clientOf({ url, region, credentials: { accessKeyId, secretAccessKey } }: AwsSandbox): sdk.SecretsManagerClient {
  const handle = async ({ headers, body }: Sent): Promise<unknown> => {
    const operation = headers['x-amz-target']?.split('.')[1] ?? ''
    const { host: _host, 'content-length': _length, ...rest } = headers
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
    const response = await fetch(url, { method: 'POST', headers: rest, body: text })
    const answer = Buffer.from(await response.arrayBuffer())
    if (spec !== null && !ABSENT_FROM_SPEC.includes(operation)) judge(spec, operation, response.status, JSON.parse(answer.toString()))
    return { response: { statusCode: response.status, headers: Object.fromEntries(response.headers), body: answer } }
  }
  return new sdk.SecretsManagerClient({ region, endpoint: url, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1, requestHandler: { handle } })
}

function judge(referee: NonNullable<typeof spec>, operation: string, status: number, answer: unknown): void {
  if (status === 200) expect(referee.checkOutput(operation, answer), operation).toEqual([])
  else expect([...referee.errorsOf(operation), ...OF_THE_FRONT]).toContain((answer as { __type?: string }).__type)
}
