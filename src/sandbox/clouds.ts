/**
 * All clouds of the sandbox together: one key at the embedded OpenAI, kept in a secret of AWS, a Secret of Kubernetes and a variable
 * of Vercel, and consumers in each of them that call with what they were handed.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startAws, type AwsSandbox } from './aws/aws.ts'
import type { AwsOptions } from './aws/options.ts'
import { Consumers } from './consumers/consumers.ts'
import { startCloud, type SandboxCloud, writeEnvironment } from './environment.ts'
import { startKubernetes, type KubernetesSandbox, type Runtime as Nodes, type StartOptions } from './kubernetes/kubernetes.ts'
import type { SandboxOptions } from './openai/openai.ts'
import type { Runtime as Traffic, VercelOptions } from './vercel/options.ts'
import { startVercel, type VercelSandbox } from './vercel/vercel.ts'

export type Place = 'aws' | 'kubernetes' | 'vercel'

export interface CloudsOptions {
  readonly openai: Partial<SandboxOptions>
  readonly aws: Partial<AwsOptions>
  readonly kubernetes: Omit<StartOptions, 'runtime'>
  readonly vercel: Partial<Omit<VercelOptions, 'runtime'>>
  /** Where the key is put. */
  readonly places: readonly Place[]
  /** Calls a second of each consumer; 0 starts none. */
  readonly callsPerSecond: number
  /** Consumers of each place that is not a workload with replicas of its own. */
  readonly consumersEach: number
  /** How long consumers that read anew go on with what they have (ms). */
  readonly rereadMs: number
}

export const CLOUDS_DEFAULTS: CloudsOptions = {
  openai: {},
  aws: {},
  kubernetes: {},
  vercel: {},
  places: ['aws', 'kubernetes', 'vercel'],
  callsPerSecond: 0,
  consumersEach: 2,
  rereadMs: 200,
}

/** Where the key was put. */
export const PLACES = {
  variable: 'OPENAI_API_KEY',
  aws: { secret: 'app/keys', field: 'OPENAI_API_KEY' },
  kubernetes: { namespace: 'default', secret: 'app-keys', workload: 'deployment/api' },
  vercel: { project: 'web' },
} as const

export interface Clouds {
  readonly openai: SandboxCloud
  readonly aws: AwsSandbox
  readonly kubernetes: KubernetesSandbox
  readonly vercel: VercelSandbox
  readonly consumers: Consumers
  /** The lines of `sandbox.env` as names and values: endpoints, and credentials that open nothing else. */
  readonly environment: Readonly<Record<string, string>>
  readonly envFile: string
  /** Starts consumers of a `.env` file that read it anew. Resolves when they have called. */
  watchFile(path: string): Promise<void>
  close(): Promise<void>
}

/** Starts everything and writes `sandbox.env` and `kubeconfig` into `dir`. Rejects with the system's error when it cannot. */
export async function startClouds(dir: string, given: Partial<CloudsOptions> = {}): Promise<Clouds> {
  const options = { ...CLOUDS_DEFAULTS, ...given }
  const openai = await startCloud(dir, options.openai)
  const consumers = new Consumers(openai.urls.openai, options.callsPerSecond)
  const wanted = options.callsPerSecond > 0
  const aws = await startAws(options.aws)
  const kubernetes = await startKubernetes({ ...options.kubernetes, ...(wanted ? { runtime: nodes(consumers) } : {}) })
  const vercel = await startVercel({ ...options.vercel, runtime: wanted ? traffic(consumers, options.consumersEach) : null })
  const kubeconfig = join(dir, 'kubeconfig')
  await writeFile(kubeconfig, kubernetes.kubeconfig, { mode: 0o600 })
  const environment = {
    ...openai.environment,
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    KUBECONFIG: kubeconfig,
    VERCEL_API_URL: vercel.url,
    VERCEL_TOKEN: vercel.token,
    ...(vercel.team === null ? {} : { KEYROT_SANDBOX_VERCEL_TEAM: vercel.team }),
  }
  const clouds = { openai, aws, kubernetes, vercel, consumers, environment }
  const envFile = await writeEnvironment(dir, environment)
  await furnish(clouds, options)
  return {
    ...clouds,
    envFile,
    watchFile: async (path) => {
      const source = { kind: 'file', path, name: PLACES.variable, everyMs: options.rereadMs } as const
      await several(options, (at) => consumers.start({ name: `dotenv/${at}`, source, env: {} }))
    },
    close: async () => {
      await consumers.close()
      await Promise.all([aws.close(), kubernetes.close(), vercel.close()])
      await openai.close()
      await rm(kubeconfig, { force: true })
    },
  }
}

type Parts = Omit<Clouds, 'envFile' | 'watchFile' | 'close'>

/** Puts the one key where each platform's people would have put it, and starts what runs there. */
async function furnish(parts: Parts, options: CloudsOptions): Promise<void> {
  const ways: Record<Place, () => Promise<void> | void> = {
    aws: () => furnishAws(parts, options),
    kubernetes: () => furnishKubernetes(parts, options),
    vercel: () => furnishVercel(parts),
  }
  for (const place of options.places) await ways[place]()
}

async function furnishAws({ openai, aws, consumers }: Parts, options: CloudsOptions): Promise<void> {
  const { secret, field } = PLACES.aws
  aws.hands.create({ name: secret, value: `{\n  "DATABASE_URL": "postgres://db/app",\n  "${field}": "${openai.prepared.keyValue}"\n}` })
  const { url, region, credentials } = aws
  const source = { kind: 'aws', url, region, secret, field, everyMs: options.rereadMs } as const
  const env = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }
  await several(options, (at) => consumers.start({ name: `aws/${at}`, source, env }))
}

function furnishKubernetes({ openai, kubernetes }: Parts, options: CloudsOptions): void {
  const { secret } = PLACES.kubernetes
  kubernetes.hands.addSecret({ name: secret, data: { [PLACES.variable]: openai.prepared.keyValue, LEFT_ALONE: 'as it was' } })
  kubernetes.hands.addWorkload({ name: 'api', secret, replicas: options.consumersEach })
}

function furnishVercel({ openai, vercel }: Parts): void {
  const { project } = PLACES.vercel
  vercel.hands.addProject(project)
  vercel.hands.addVariable(project, { key: PLACES.variable, value: openai.prepared.keyValue, comment: 'for the web app' })
  vercel.hands.addBuilt(project)
}

async function several({ consumersEach, callsPerSecond }: CloudsOptions, start: (at: number) => Promise<void>): Promise<void> {
  if (callsPerSecond > 0) await Promise.all(Array.from({ length: consumersEach }, (_, at) => start(at + 1)))
}

/** Pods: ready when their process has called, gone when the node says so. */
function nodes(consumers: Consumers): Nodes {
  return {
    started: ({ name, env }) => consumers.start({ name: `kubernetes/${name}`, source: { kind: 'variable', name: PLACES.variable }, env }),
    stopped: (name) => consumers.stop(`kubernetes/${name}`),
  }
}

/** Deployments: some instances for each that takes traffic. */
function traffic(consumers: Consumers, each: number): Traffic {
  const names = (deployment: string): string[] => Array.from({ length: each }, (_, at) => `vercel/${deployment}/${at + 1}`)
  return {
    serving: ({ deployment, env }) => {
      for (const name of names(deployment)) void consumers.start({ name, source: { kind: 'variable', name: PLACES.variable }, env })
    },
    stopped: (deployment) => {
      for (const name of names(deployment)) void consumers.stop(name)
    },
  }
}
