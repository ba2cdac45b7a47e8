/**
 * A Secrets Manager to keep keys in: the sandbox, or the server that `AWS_ENDPOINT_URL_SECRETS_MANAGER` names (with credentials
 * from the environment). Secrets are made and looked at through a client of the tests' own.
 */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { TargetSurroundings } from '../../../src/adapters/define.ts'
import { guardEndpoint } from '../../../src/adapters/endpoint.ts'
import { awsSecretsManager } from '../../../src/adapters/targets/aws-secrets-manager.ts'
import { startAws, type AccessKey, type AwsOptions, type AwsSandbox } from '../../../src/sandbox/aws/aws.ts'
import type { Target } from '../../../src/ports/target.ts'

export const REGION = process.env['AWS_REGION'] ?? 'us-east-1'

export interface Bench {
  /** `null` where another server stands in. */
  readonly sandbox: AwsSandbox | null
  readonly url: string
  /** Makes a secret of a fresh name; without a value it has no version. */
  create(value?: string | Buffer): Promise<string>
  /** Somebody else's new version. */
  put(secret: string, value: string, labels?: readonly string[]): Promise<string>
  text(secret: string, versionId?: string): Promise<string | null>
  /** Labels by version id. */
  labels(secret: string): Promise<Readonly<Record<string, readonly string[]>>>
  connect(secret: string, settings?: Record<string, unknown>, around?: Partial<TargetSurroundings>): Promise<Target>
  close(): Promise<void>
}

export async function startBench(options: Partial<AwsOptions> = {}): Promise<Bench> {
  const given = process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] ?? process.env['AWS_ENDPOINT_URL']
  const sandbox = given === undefined ? await startAws(options) : null
  const url = given ?? sandbox?.url ?? ''
  const own = sandbox?.credentials
  if (own !== undefined) useKey(own)
  const client = new SecretsManagerClient({ region: REGION, endpoint: url, maxAttempts: 1, ...(own === undefined ? {} : { credentials: own }) })
  const names: string[] = []
  return {
    sandbox,
    url,
    async create(value) {
      const Name = `keyrot/test-${randomUUID()}`
      names.push(Name)
      const content = value === undefined ? {} : typeof value === 'string' ? { SecretString: value } : { SecretBinary: value }
      await client.send(new CreateSecretCommand({ Name, ...content }))
      return Name
    },
    async put(SecretId, SecretString, labels) {
      const stages = labels === undefined ? {} : { VersionStages: [...labels] }
      return (await client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken: randomUUID(), ...stages }))).VersionId ?? ''
    },
    async text(SecretId, VersionId) {
      const which = VersionId === undefined ? { VersionStage: 'AWSCURRENT' } : { VersionId }
      const found = await client.send(new GetSecretValueCommand({ SecretId, ...which })).catch(() => null)
      return found?.SecretString ?? null
    },
    labels: async (SecretId) => (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {},
    connect: (secret, settings = {}, around = {}) => connectAws({ secret, ...settings }, surroundings(url, around)),
    async close() {
      if (sandbox === null) await Promise.all(names.map((SecretId) => client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))))
      client.destroy()
      await sandbox?.close()
    },
  }
}

/** Credentials reach the adapter as they reach a person's shell: through the environment, here of this test's own process. */
export function useKey({ accessKeyId, secretAccessKey }: AccessKey): void {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
}

export function connectAws(settings: Record<string, unknown>, around: TargetSurroundings): Promise<Target> {
  const region = String(settings['secret']).startsWith('arn:') ? {} : { region: REGION }
  return awsSecretsManager.connect('cloud', awsSecretsManager.schema.parse({ consumers: 'reread', ...region, ...settings }), around)
}

/** What the composition would give, with the endpoint of the server under test in the environment. */
export function surroundings(url: string, more: Partial<TargetSurroundings> = {}): TargetSurroundings {
  let count = 0
  return {
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    ids: { token: (length) => String((count += 1)).padStart(length, '0') },
    root: tmpdir(),
    stateDir: tmpdir(),
    secret: () => {
      throw new Error('no references here')
    },
    env: (name) => ({ AWS_ENDPOINT_URL_SECRETS_MANAGER: url, AWS_ENDPOINT_URL_STS: url })[name] ?? process.env[name],
    endpoint: (given, fallback) => guardEndpoint(given, fallback, process.env['KEYROT_ALLOW_HOSTS']?.split(',')),
    signal: new AbortController().signal,
    ns: 'abcd1234',
    credential: 'prod',
    ...more,
  }
}
