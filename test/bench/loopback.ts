/**
 * The clouds of a bench, in a process of their own: an embedded OpenAI with some keys, and stores with some records each, every record
 * holding one of the keys. Told `start`, every answer takes the latency that is asked for, on this side, and the calls so far are
 * forgotten; told `tally`, it says what was asked since.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startAws } from '../../src/sandbox/aws/aws.ts'
import { startKubernetes } from '../../src/sandbox/kubernetes/kubernetes.ts'
import { startSandbox, type Sandbox } from '../../src/sandbox/openai/openai.ts'
import { startVercel } from '../../src/sandbox/vercel/vercel.ts'
import { aloneOf, atOnceOf, chainOf } from './tally.ts'

export type StoreKind = 'dotenv' | 'aws' | 'kubernetes' | 'vercel'

export interface Wanted {
  /** Where files may be written: those of `dotenv`, and the kubeconfig. */
  readonly folder: string
  readonly stores: readonly StoreKind[]
  /** Of each store. */
  readonly records: number
  /** The first of them is in the first records of every store, and so on. */
  readonly keys: number
}

export interface Ready {
  readonly environment: Readonly<Record<string, string>>
  /** The settings of the provider, but for its admin key. */
  readonly provider: string
  /** The settings of the targets that keep their key in these records, by store. */
  readonly targets: readonly (readonly string[])[]
}

export interface Tally {
  readonly calls: number
  /** The most calls of which each began after the one before had ended: those to the provider, and to one record between them. */
  readonly chain: number
  /** The most that were under way at one moment. */
  readonly atOnce: number
  /** For how long the provider was asked and no store: its rounds that nothing can run beside. */
  readonly aloneMs: number
  /** Those that keyrot makes by the AWS SDK. */
  readonly aws: number
}

export type Order = { readonly do: 'start'; readonly latencyMs: number } | { readonly do: 'tally' }

export interface Call {
  readonly to: 'provider' | StoreKind
  /** When it was answered. */
  readonly at: number
  /** `null` where it is about no single record. */
  readonly record: string | null
}

interface Store {
  readonly environment: Readonly<Record<string, string>>
  readonly targets: readonly string[]
  readonly tune: (latencyMs: number) => void
  /** The calls so far, in the order of their answers. */
  readonly calls: () => readonly Call[]
}

const VARIABLE = 'OPENAI_API_KEY'
const nameOf = (at: number): string => `app-${at}`
/** Everything takes its latency and nothing more. */
const NO_DELAYS = { createDelayMs: 0, deleteDelayMs: 0, listDelayMs: 0, lastUsedLagMs: 0, redactedTail: 16 }

async function serve({ folder, stores, records, keys }: Wanted): Promise<void> {
  const openai = await startSandbox(NO_DELAYS)
  const project = openai.addProject('Bench').id
  const serviceAccount = openai.addServiceAccount(project, 'app').id
  const values = Array.from({ length: keys }, () => openai.addKey({ serviceAccount, name: 'app key' }).value)
  const held = Array.from({ length: records }, (_, at) => values[Math.floor((at * keys) / records)] ?? '')
  const opened = await Promise.all(stores.map((store) => OPEN[store](held, folder)))
  const environment = Object.assign(
    { OPENAI_BASE_URL: openai.url, OPENAI_ADMIN_KEY: openai.adminKey },
    ...opened.map((store) => store.environment),
  ) as Ready['environment']
  let latencyMs = 0
  let before = 0
  const calls = (): readonly Call[] => [...callsOf(openai), ...opened.flatMap((store) => store.calls())]
  process.on('message', (order: Order) => {
    if (order.do === 'tally')
      return void process.send?.(
        tally(
          calls().filter(({ at }) => at > before),
          latencyMs,
        ),
      )
    latencyMs = order.latencyMs
    before = Date.now()
    openai.tune({ latencyMs })
    for (const store of opened) store.tune(latencyMs)
    process.send?.({ started: true })
  })
  process.on('disconnect', () => process.exit())
  const provider = `type: openai, project: ${project}, serviceAccount: ${serviceAccount}, scopes: all`
  process.send?.({ environment, provider, targets: opened.map(({ targets }) => targets) } satisfies Ready)
}

function callsOf({ log }: Sandbox): readonly Call[] {
  return log.map(({ at }) => ({ to: 'provider', at, record: null }))
}

function tally(calls: readonly Call[], latencyMs: number): Tally {
  const aws = calls.filter(({ to }) => to === 'aws').length
  return { calls: calls.length, chain: chainOf(calls, latencyMs), atOnce: atOnceOf(calls, latencyMs), aloneMs: aloneOf(calls, latencyMs), aws }
}

type Open = (held: readonly string[], folder: string) => Promise<Store>

const OPEN: Readonly<Record<StoreKind, Open>> = { dotenv: inFiles, aws: inAws, kubernetes: inKubernetes, vercel: inVercel }

async function inFiles(held: readonly string[], folder: string): Promise<Store> {
  for (const [at, value] of held.entries()) writeFileSync(join(folder, `.env.${nameOf(at)}`), `${VARIABLE}=${value}\n`, { mode: 0o600 })
  const targets = held.map((_, at) => `type: dotenv, path: .env.${nameOf(at)}, consumers: reread`)
  return { environment: {}, targets, tune: () => {}, calls: () => [] }
}

async function inAws(held: readonly string[]): Promise<Store> {
  const { url, region, credentials, hands, log } = await startAws()
  for (const [at, value] of held.entries()) hands.create({ name: nameOf(at), value })
  return {
    environment: { AWS_ENDPOINT_URL: url, AWS_REGION: region, AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    targets: held.map((_, at) => `type: aws-secrets-manager, secret: ${nameOf(at)}, region: ${region}, consumers: reread`),
    tune: (latencyMs) => hands.tune({ latencyMs }),
    calls: () => log.map(({ at, input }) => ({ to: 'aws', at, record: `aws ${String(input['SecretId'])}` })),
  }
}

async function inKubernetes(held: readonly string[], folder: string): Promise<Store> {
  const { kubeconfig, hands, log } = await startKubernetes()
  for (const [at, value] of held.entries()) hands.addSecret({ name: nameOf(at), data: { [VARIABLE]: value } })
  const path = join(folder, 'kubeconfig')
  writeFileSync(path, kubeconfig, { mode: 0o600 })
  return {
    environment: { KUBECONFIG: path },
    targets: held.map((_, at) => `type: kubernetes, namespace: default, secret: ${nameOf(at)}, consumers: reread`),
    tune: (latencyMs) => hands.tune({ latencyMs }),
    calls: () => log.map((entry) => ({ to: 'kubernetes', at: entry.at, record: recordIn(/\/secrets\/([^/]+)$/, entry.path) })),
  }
}

/** A project each: changes of one project take turns. */
async function inVercel(held: readonly string[]): Promise<Store> {
  const { url, team, token, hands, log } = await startVercel({ writeMs: 0 })
  for (const [at, value] of held.entries()) {
    hands.addProject(nameOf(at))
    hands.addVariable(nameOf(at), { key: VARIABLE, value, target: ['preview'] })
  }
  const fixed = `team: ${team ?? ''}, environments: [preview], token: 'env:VERCEL_TOKEN', redeploy: none`
  return {
    environment: { VERCEL_API_URL: url, VERCEL_TOKEN: token },
    targets: held.map((_, at) => `type: vercel, project: ${nameOf(at)}, ${fixed}`),
    tune: (latencyMs) => hands.tune({ latencyMs }),
    calls: () => log.map(({ at, path }) => ({ to: 'vercel', at, record: recordIn(/\/projects\/([^/]+)/, path) })),
  }
}

function recordIn(pattern: RegExp, path: string): string | null {
  const name = pattern.exec(path)?.[1]
  return name === undefined ? null : `${pattern.source} ${name}`
}

await serve(JSON.parse(process.argv[2] ?? '{}') as Wanted)
