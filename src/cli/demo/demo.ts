/** The demo: a throw-away project against the embedded clouds, rotated by the shipped command in a process of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { Secret } from '../../domain/secret.ts'
import { PLACES, startClouds, type Clouds, type Place as Cloud } from '../../sandbox/clouds.ts'
import { token } from '../outside/chance.ts'

/** Short times, so that a demo of a rotation that takes a day takes seconds. */
const POLICY = '{ overlap: 2s, quiet: 2s, verifyWindow: 10s, listDelay: 2s, revoke: auto }'
const CALLS_PER_SECOND = 10

const ENV_FILE = (key: string): string =>
  ['# settings of the demo app', 'PORT=3000', `${PLACES.variable}=${key}`, 'GREETING="hello, world"  # left alone', ''].join('\n')

/** What the project is to be: a credential and its targets, one of a kind. */
export interface DemoShape {
  readonly credential: string
  readonly targets: readonly { readonly name: string; readonly type: string }[]
}

const DEMO_SHAPE: DemoShape = {
  credential: 'demo',
  targets: [
    { name: 'app-env', type: 'dotenv' },
    { name: 'app-secret', type: 'aws-secrets-manager' },
    { name: 'pods', type: 'kubernetes' },
    { name: 'web', type: 'vercel' },
  ],
}

/** Where the embedded clouds keep the key of a target of this type; only those get consumers. */
const CLOUDS: Readonly<Record<string, Cloud>> = { 'aws-secrets-manager': 'aws', kubernetes: 'kubernetes', vercel: 'vercel' }

export interface Demo {
  readonly folder: string
  readonly shape: DemoShape
  readonly clouds: Clouds
  /** Ends the clouds and their consumers, and takes every file away. Safe to call twice. */
  readonly close: () => Promise<void>
}

/** Makes the project. Its folder goes away with the process, however that ends short of a kill. */
export async function makeDemo(shape = DEMO_SHAPE): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-demo-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const places = shape.targets.flatMap(({ type }) => CLOUDS[type] ?? [])
  const clouds = await startClouds(join(folder, 'cloud'), { callsPerSecond: CALLS_PER_SECOND, places })
  const file = join(folder, '.env')
  await writeFile(file, ENV_FILE(clouds.openai.prepared.keyValue), { mode: 0o600 })
  await writeFile(join(folder, 'admin-key'), clouds.openai.sandbox.adminKey, { mode: 0o600 })
  await writeFile(join(folder, 'vercel-token'), clouds.vercel.token, { mode: 0o600 })
  await writeFile(join(folder, 'aws-credentials'), awsCredentials(clouds), { mode: 0o600 })
  await writeFile(join(folder, 'rotation.config.yaml'), demoConfig(clouds, shape))
  if (shape.targets.some(({ type }) => type === 'dotenv')) await clouds.watchFile(file)
  const close = async (): Promise<void> => {
    await clouds.close()
    remove()
    process.off('exit', remove)
  }
  return { folder, shape, clouds, close }
}

/** The file that every AWS client reads by itself. */
function awsCredentials({ aws: { credentials } }: Clouds): string {
  return ['[default]', `aws_access_key_id = ${credentials.accessKeyId}`, `aws_secret_access_key = ${credentials.secretAccessKey}`, ''].join('\n')
}

/** The settings of one target of each type that a demo has; the keys are the types that can be played. */
function demoTargets({ aws, vercel }: Clouds): Readonly<Record<string, string>> {
  const { secret, field } = PLACES.aws
  const { kubernetes } = PLACES
  return {
    dotenv: 'path: .env, consumers: reread',
    'aws-secrets-manager': `secret: ${secret}, field: ${field}, region: ${aws.region}, consumers: reread`,
    kubernetes: `namespace: ${kubernetes.namespace}, secret: ${kubernetes.secret}, workloads: [${kubernetes.workload}]`,
    vercel: `project: ${PLACES.vercel.project}, team: ${vercel.team ?? ''}, environments: [production], token: 'file:vercel-token', redeploy: deployment, oldDeployments: accept`,
  }
}

function demoConfig(clouds: Clouds, { credential, targets }: DemoShape): string {
  const { openai } = clouds
  const settings = demoTargets(clouds)
  const { project, serviceAccount } = openai.prepared
  return [
    'version: 1',
    `ns: ${token(8)}`,
    `policy: ${POLICY}`,
    'providers:',
    `  openai: { type: openai, project: ${project}, serviceAccount: ${serviceAccount}, adminKey: 'file:admin-key', scopes: all }`,
    'targets:',
    ...targets.map(({ name, type }) => `  ${name}: { type: ${type}, ${settings[type] ?? ''} }`),
    'credentials:',
    `  ${credential}: { provider: openai, targets: [${targets.map(({ name }) => name).join(', ')}] }`,
    '',
  ].join('\n')
}

/** A command as a user would start it; `quiet` keeps its data off stdout, `signal` interrupts it. Resolves with its exit code. */
export function runKeyrot(demo: Demo, args: readonly string[], how: { readonly quiet: boolean; readonly signal: AbortSignal }): Promise<number> {
  const bin = process.argv[1] ?? ''
  const kept = ['PATH', 'HOME', 'TERM', 'CI', 'NO_COLOR', 'FORCE_COLOR', 'LANG', 'TMPDIR', 'XDG_CACHE_HOME', 'COLUMNS']
  const env = Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: demo.folder,
    env: { ...env, ...whereabouts(demo) },
    stdio: ['ignore', how.quiet ? process.stderr : 'inherit', 'inherit'],
  })
  const interrupt = (): void => void child.kill('SIGINT')
  const end = (): void => void child.kill('SIGKILL')
  how.signal.addEventListener('abort', interrupt, { once: true })
  // Before the folder goes: whatever still runs would write into it.
  process.prependOnceListener('exit', end)
  return new Promise((resolve, reject) => {
    child.once('error', () => reject(new TypeError('the demo could not start keyrot')))
    child.once('exit', (code) => {
      how.signal.removeEventListener('abort', interrupt)
      process.off('exit', end)
      resolve(code ?? 130)
    })
  })
}

/** One place as it stands: what is kept there, and what its consumers have met. */
export interface Place {
  readonly name: string
  /** Fingerprint of the key in use there. */
  readonly holds: string | null
  /** Calls of its consumers so far, by key. */
  readonly calls: readonly { readonly fingerprint: string; readonly accepted: number; readonly refused: number }[]
}

/** Where the clouds are, and the files that hold what opens them: an environment can be read by neighbours. */
function whereabouts({ folder, clouds: { environment } }: Demo): Record<string, string> {
  const names = ['OPENAI_BASE_URL', 'AWS_ENDPOINT_URL', 'KUBECONFIG', 'VERCEL_API_URL']
  const places = Object.fromEntries(names.map((name) => [name, environment[name] ?? '']))
  return { ...places, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'aws-credentials') }
}

export interface Picture {
  readonly places: readonly Place[]
  /** Every key at the cloud: its name and whether it lives. */
  readonly keys: readonly { readonly name: string; readonly alive: boolean; readonly fingerprint: string }[]
  /** What stands beside the key in the file, without keys. */
  readonly rest: string
}

/** What the places and the cloud hold now, without a single value. */
export async function takePicture({ folder, shape, clouds }: Demo): Promise<Picture> {
  const text = await readFile(join(folder, '.env'), 'utf8')
  const holds = heldIn(clouds, text)
  return {
    places: shape.targets.map(({ type }) => {
      const name = CLOUDS[type] ?? 'dotenv'
      return { name, holds: holds[name](), calls: callsOf(clouds, name) }
    }),
    keys: clouds.openai.sandbox.state().keys.map(({ name, owner, alive, fingerprint }) => ({
      name: owner.name?.startsWith('keyrot.') === true ? owner.name : name,
      alive,
      fingerprint,
    })),
    rest: text
      .split('\n')
      .filter((line) => !line.startsWith(PLACES.variable))
      .join('\n'),
  }
}

function heldIn({ aws, kubernetes, vercel }: Clouds, file: string): Readonly<Record<Cloud | 'dotenv', () => string | null>> {
  const { variable } = PLACES
  return {
    dotenv: () => print(parseEnv(file)[variable]),
    aws: () => print((JSON.parse(aws.hands.value(PLACES.aws.secret) ?? '{}') as Record<string, string>)[PLACES.aws.field]),
    kubernetes: () => print(kubernetes.hands.secretValue({ name: PLACES.kubernetes.secret }, variable)),
    vercel: () => vercel.hands.variables(PLACES.vercel.project).find(({ key }) => key === variable)?.fingerprint ?? null,
  }
}

const print = (value: string | null | undefined): string | null => (value == null ? null : new Secret(value).fingerprint)

function callsOf({ consumers }: Clouds, place: string): Place['calls'] {
  const mine = consumers.calls().filter(({ consumer }) => consumer.startsWith(`${place}/`))
  return [...Map.groupBy(mine, ({ fingerprint }) => fingerprint)].map(([fingerprint, all]) => ({
    fingerprint,
    accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
    refused: all.reduce((sum, { refused }) => sum + refused, 0),
  }))
}
