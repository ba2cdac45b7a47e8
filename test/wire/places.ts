/** Where a scene keeps its key: each store with the key in use, something of others beside it, and a line of config that leads there. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startAws } from '../../src/sandbox/aws/aws.ts'
import { startKubernetes } from '../../src/sandbox/kubernetes/kubernetes.ts'
import { startVercel } from '../../src/sandbox/vercel/vercel.ts'
import type { AnySubject } from './subject.ts'
import { aws as awsSubject } from './subjects/aws.ts'
import { kubernetes as kubernetesSubject } from './subjects/kubernetes.ts'
import { vercel as vercelSubject } from './subjects/vercel.ts'

export interface Place {
  readonly name: string
  /** The server behind, and how to tell its call sites apart; `null` where there is no wire. */
  readonly server: { readonly subject: AnySubject; readonly behind: string } | null
  /** What follows `web:` in the config. `url` is where the server seems to be. */
  target(url: string): Promise<string>
  env(url: string): Readonly<Record<string, string>>
  /** Fingerprint of what consumers would read now. */
  current(): Promise<string>
  /** What keyrot does not own. */
  others(): Promise<unknown>
  /** Credentials of this store. */
  readonly keys: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Makes the place, with this key in use, for a project in this folder; `clock` is the time of the scene. */
export type MakePlace = (key: string, folder: string, clock: () => number) => Promise<Place>

export const dotenv: MakePlace = async (key, folder) => {
  const file = join(folder, '.env')
  await writeFile(file, `PORT=1\nOPENAI_API_KEY=${key}\n`, { mode: 0o600 })
  const read = async (name: string): Promise<string> => new RegExp(`^${name}=(.*)$`, 'm').exec(await readFile(file, 'utf8'))?.[1] ?? ''
  return {
    name: 'dotenv',
    server: null,
    target: async () => '{ type: dotenv, path: .env, consumers: reread }',
    env: () => ({}),
    current: () => read('OPENAI_API_KEY'),
    others: () => read('PORT'),
    keys: {},
    close: async () => undefined,
  }
}

export const aws: MakePlace = async (key, _folder, clock) => {
  const cloud = await startAws({ clock })
  cloud.hands.create({ name: 'app', value: JSON.stringify({ port: 1, openai: key }) })
  const text = (): Record<string, unknown> => JSON.parse(cloud.hands.value('app') ?? '{}') as Record<string, unknown>
  const { accessKeyId, secretAccessKey } = cloud.credentials
  return {
    name: 'aws-secrets-manager',
    server: { subject: awsSubject, behind: cloud.url },
    target: async () => `{ type: aws-secrets-manager, secret: app, field: openai, region: ${cloud.region}, consumers: reread }`,
    env: (url) => ({ AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_EC2_METADATA_DISABLED: 'true' }),
    current: async () => String(text()['openai']),
    others: async () => text()['port'],
    keys: { 'the secret access key': secretAccessKey },
    close: () => cloud.close(),
  }
}

export const kubernetes: MakePlace = async (key, folder) => {
  const cluster = await startKubernetes({ rolloutStepMs: 2, podStartMs: 2, podReadyMs: 1, terminationMs: 5 })
  const { hands } = cluster
  hands.addSecret({ name: 'openai', data: { OPENAI_API_KEY: key, PORT: '1' } })
  hands.addWorkload({ name: 'web', secret: 'openai', replicas: 1 })
  await hands.settled()
  return {
    name: 'kubernetes',
    server: { subject: kubernetesSubject, behind: cluster.url },
    target: async (url) => {
      await writeFile(join(folder, 'kubeconfig'), cluster.kubeconfig.replace(cluster.url, url), { mode: 0o600 })
      return '{ type: kubernetes, kubeconfig: kubeconfig, namespace: default, secret: openai, workloads: [deployment/web] }'
    },
    env: () => ({}),
    current: async () => hands.secretValue({ name: 'openai' }, 'OPENAI_API_KEY') ?? '',
    others: async () => hands.secretValue({ name: 'openai' }, 'PORT'),
    keys: { 'the token of the cluster': cluster.token },
    close: () => cluster.close(),
  }
}

export const vercel: MakePlace = async (key, _folder, clock) => {
  const cloud = await startVercel({ writeMs: 0, queueMs: 1, initMs: 1, buildMs: 1, aliasMs: 1, clock })
  const { hands } = cloud
  const { id } = hands.addProject('shop')
  hands.addVariable(id, { key: 'OPENAI_API_KEY', value: key })
  hands.addVariable(id, { key: 'PORT', value: '1' })
  hands.addBuilt(id)
  const settings = `project: ${id}, team: ${cloud.team ?? ''}, environments: [production], redeploy: deployment, oldDeployments: accept`
  const entry = hands.variables(id).find((one) => one.key === 'OPENAI_API_KEY')?.id ?? ''
  const value = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${cloud.token}` }
    const answer = await fetch(`${cloud.url}/v1/projects/${id}/env/${entry}?teamId=${cloud.team ?? ''}`, { headers })
    return ((await answer.json()) as { readonly value: string }).value
  }
  return {
    name: 'vercel',
    server: { subject: vercelSubject, behind: cloud.url },
    target: async () => `{ type: vercel, ${settings}, token: 'env:VERCEL_TOKEN' }`,
    env: (url) => ({ VERCEL_API_URL: url, VERCEL_TOKEN: cloud.token }),
    current: value,
    others: async () => hands.variables(id).find((one) => one.key === 'PORT')?.fingerprint,
    keys: { 'the token': cloud.token },
    close: () => cloud.close(),
  }
}
