/** All clouds, consumers in each, one config over some of them, and what became of it by the clouds' own memory. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { CLOUDS_DEFAULTS, PLACES, startClouds, type Clouds, type Place } from '../../src/sandbox/clouds.ts'
import type { KubernetesOptions } from '../../src/sandbox/kubernetes/kubernetes.ts'
import type { SandboxOptions } from '../../src/sandbox/openai/openai.ts'
import { fingerprint } from '../crash/world.ts'

export const KINDS = ['dotenv', 'aws', 'kubernetes', 'vercel'] as const
export type Kind = (typeof KINDS)[number]

export interface CloudWorld {
  readonly folder: string
  readonly kinds: readonly Kind[]
  readonly clouds: Clouds
  readonly env: Readonly<Record<string, string>>
  /** Fingerprint of the key with which the world began. */
  readonly first: string
  /** What is kept there now, by fingerprint; `null` = nothing. */
  readonly held: (kind: Kind) => string | null
  readonly close: () => Promise<void>
}

export interface Wishes {
  readonly kinds?: readonly Kind[]
  readonly callsPerSecond?: number
  readonly policy?: string
  /** The clock of every cloud: Unix ms. */
  readonly clock?: () => number
  /** How long consumers that read anew go on with what they have (ms). */
  readonly rereadMs?: number
  readonly openai?: Partial<SandboxOptions>
  readonly kubernetes?: Partial<KubernetesOptions>
  /** Extra time before every answer of every cloud (ms). */
  readonly latencyMs?: number
}

/** Deletes take effect at once: whoever still has the old key then is refused. */
const OPENAI = { createDelayMs: 100, deleteDelayMs: 0, listDelayMs: 50, lastUsedLagMs: 100, lastUsedGranularityMs: 1_000 }
const POLICY = '{ overlap: 1s, quiet: 2s, verifyWindow: 10s, listDelay: 1s, revoke: auto }'
const OTHERS = ['# app', 'PORT=3000', 'LAST="x"', '']

export async function makeCloudWorld(wishes: Wishes = {}): Promise<CloudWorld> {
  const { kinds = KINDS, callsPerSecond = 50, policy = POLICY, clock = Date.now, rereadMs = CLOUDS_DEFAULTS.rereadMs, openai = {}, kubernetes = {} } = wishes
  const everywhere = { clock, latencyMs: wishes.latencyMs ?? 0 }
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-clouds-'))
  const places = kinds.filter((kind): kind is Place => kind !== 'dotenv')
  const clouds = await startClouds(join(folder, 'cloud'), {
    openai: { ...OPENAI, ...everywhere, ...openai },
    aws: everywhere,
    kubernetes: { ...everywhere, ...kubernetes },
    vercel: everywhere,
    places,
    callsPerSecond,
    rereadMs,
  })
  const { keyValue } = clouds.openai.prepared
  const file = join(folder, '.env')
  await writeFile(file, [...OTHERS.slice(0, 2), `${PLACES.variable}=${keyValue}`, ...OTHERS.slice(2)].join('\n'), { mode: 0o600 })
  if (kinds.includes('dotenv')) await clouds.watchFile(file)
  await writeFile(join(folder, 'rotation.config.yaml'), configOver(clouds, kinds, policy))
  return {
    folder,
    kinds,
    clouds,
    env: clouds.environment,
    first: fingerprint(keyValue),
    held: (kind) => heldIn(clouds, file, kind),
    close: async () => {
      await clouds.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configOver({ openai, aws, vercel }: Clouds, kinds: readonly Kind[], policy: string): string {
  const { project, serviceAccount } = openai.prepared
  const blocks: Record<Kind, string> = {
    dotenv: '{ type: dotenv, path: .env, consumers: reread }',
    aws: `{ type: aws-secrets-manager, secret: ${PLACES.aws.secret}, field: ${PLACES.aws.field}, region: ${aws.region}, consumers: reread }`,
    kubernetes: `{ type: kubernetes, namespace: default, secret: ${PLACES.kubernetes.secret}, workloads: [${PLACES.kubernetes.workload}] }`,
    vercel: `{ type: vercel, project: ${PLACES.vercel.project}, team: ${vercel.team ?? 'none'}, variable: ${PLACES.variable}, environments: [production], token: 'env:VERCEL_TOKEN', redeploy: deployment }`,
  }
  return [
    'version: 1',
    'ns: testtest',
    `policy: ${policy}`,
    'providers:',
    `  main: { type: openai, project: ${project}, serviceAccount: ${serviceAccount}, adminKey: 'env:OPENAI_ADMIN_KEY', scopes: all }`,
    'targets:',
    ...kinds.map((kind) => `  ${kind}: ${blocks[kind]}`),
    'credentials:',
    `  prod: { provider: main, targets: [${kinds.join(', ')}] }`,
    '',
  ].join('\n')
}

function heldIn({ aws, kubernetes, vercel }: Clouds, file: string, kind: Kind): string | null {
  switch (kind) {
    case 'dotenv':
      return print(parseEnv(readFileSync(file, 'utf8'))[PLACES.variable])
    case 'aws':
      return print((JSON.parse(aws.hands.value(PLACES.aws.secret) ?? '{}') as Record<string, string>)[PLACES.aws.field])
    case 'kubernetes':
      return print(kubernetes.hands.secretValue({ name: PLACES.kubernetes.secret }, PLACES.variable))
    default:
      return vercel.hands.variables(PLACES.vercel.project).find((variable) => variable.key === PLACES.variable)?.fingerprint ?? null
  }
}

const print = (value: string | null | undefined): string | null => (value == null ? null : fingerprint(value))

/** Calls that were refused, named; empty = every consumer was served all the time. */
export function refusedIn({ clouds }: CloudWorld): string[] {
  return clouds.consumers.calls().flatMap(({ consumer, fingerprint: key, refused }) => (refused > 0 ? [`${consumer}: ${refused} calls with ${key}`] : []))
}

/** What is wrong with a rotation that says it is done; empty = nothing. */
export function judgeEnd(world: CloudWorld): string[] {
  const { consumers, openai } = world.clouds
  const now = world.held(world.kinds[0] ?? 'dotenv')
  const last = Date.now() - 1_000
  const stale = consumers.calls().filter((calls) => consumers.running().includes(calls.consumer) && calls.fingerprint !== now && calls.lastAt > last)
  const isDead = openai.sandbox.state().keys.find((key) => key.fingerprint === world.first)?.alive === false
  const wrong = [...judgeTargets(world, world.first), ...(isDead ? [] : ['the old key lives'])]
  return [...wrong, ...stale.map(({ consumer, fingerprint: key }) => `${consumer} still calls with ${key}`)]
}

/** What is wrong with the targets, when a rotation that began with the key of this fingerprint says it is done. */
export function judgeTargets({ clouds, kinds, held }: CloudWorld, first: string): string[] {
  const found = new Set(kinds.map((kind) => held(kind)))
  const [now] = found
  const wrong: string[] = []
  if (found.size !== 1 || now == null || now === first) wrong.push(`the targets hold ${kinds.map((kind) => `${kind} ${held(kind)}`).join(', ')}`)
  if (!clouds.openai.sandbox.state().keys.some((key) => key.fingerprint === now && key.alive)) wrong.push('the key in use does not live')
  return wrong
}
