/** The shipped binary in a project whose servers all stand behind proxies, with time in lapse. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSandbox, type Sandbox } from '../../src/sandbox/openai/openai.ts'
import { BIN, type Ran } from '../cli/support/cli.ts'
import type { MakePlace, Place } from './places.ts'
import { startProxy, type Proxy } from './proxy.ts'
import type { AnySubject } from './subject.ts'
import { openai } from './subjects/openai.ts'

const LAPSE = fileURLToPath(new URL('../crash/lapse.mjs', import.meta.url))
/** Nothing may last longer: a command that does is a hang. */
const HANG = 120_000
const DELAYS = { createDelayMs: 5, deleteDelayMs: 5, listDelayMs: 5, lastUsedLagMs: 50, lastUsedGranularityMs: 1_000 }
/** Longer than every time of the policy. */
const WAIT = 4_000
const MOST_CALLS = 12

export interface Scene {
  readonly cloud: Sandbox
  readonly place: Place
  /** Every key and token of this scene that exists by now and whose value a test can know. */
  readonly keys: () => Readonly<Record<string, string>>
  /** By the name of its subject: `openai`, `kubernetes`, … */
  readonly proxies: Readonly<Record<string, Proxy>>
  readonly keyrot: (...args: readonly string[]) => Promise<Ran>
  /** Rotates until it is done, or for a dozen calls; their exit codes. */
  readonly toTheEnd: () => Promise<readonly (number | null)[]>
  readonly folder: string
  readonly close: () => Promise<void>
}

export interface More {
  /** Something will only be ended by a deadline, so these are short; elsewhere a busy machine must not look like a dead wire. */
  readonly hangs?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Providers besides the one that is rotated; lines of the config. */
  readonly providers?: (project: string) => readonly string[]
}

export async function makeScene(makePlace: MakePlace, more: More = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'keyrot-scene-'))
  const clockFile = join(folder, '.clock')
  writeFileSync(clockFile, '')
  const clock = (): number => Date.now() + statSync(clockFile).size
  const cloud = await startSandbox({ ...DELAYS, clock })
  const project = cloud.addProject('Scene').id
  const serviceAccount = cloud.addServiceAccount(project, 'app').id
  const { value: old } = cloud.addKey({ serviceAccount, name: 'app key' })
  const place = await makePlace(old, folder, clock)
  const seen = new Set<string>()
  const keys = (): Readonly<Record<string, string>> => ({ 'the admin key': cloud.adminKey, 'the old key': old, ...place.keys, ...numbered(seen) })
  const front = ({ subject, behind }: { readonly subject: AnySubject; readonly behind: string }): Promise<Proxy> =>
    startProxy({ behind, sites: subject.sites, dialect: subject.dialect, keys: () => Object.values(keys()) })
  const provider = await front({ subject: openai, behind: cloud.url })
  const store = place.server === null ? null : await front(place.server)
  await writeFile(
    join(folder, 'rotation.config.yaml'),
    config({ project, serviceAccount, target: await place.target(store?.url ?? ''), providers: more.providers?.(project) ?? [] }),
  )
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    OPENAI_BASE_URL: provider.url,
    OPENAI_ADMIN_KEY: cloud.adminKey,
    KEYROT_LAPSE_CLOCK: clockFile,
    ...(more.hangs === true ? { KEYROT_LAPSE_DEADLINES: '1' } : {}),
    ...place.env(store?.url ?? ''),
    ...more.env,
  }
  const keyrot = async (...args: readonly string[]): Promise<Ran> => {
    const ran = await run(args, folder, env)
    seen.add(await place.current())
    return ran
  }
  return {
    cloud,
    place,
    keys,
    folder,
    proxies: { openai: provider, ...(store === null || place.server === null ? {} : { [place.server.subject.name]: store }) },
    keyrot,
    toTheEnd: async () => {
      const codes: (number | null)[] = []
      while (codes.length < MOST_CALLS && codes.at(-1) !== 0) {
        writeFileSync(clockFile, '.'.repeat(WAIT), { flag: 'a' })
        codes.push((await keyrot('rotate', 'prod', '--yes')).code)
      }
      return codes
    },
    close: async () => {
      await Promise.all([provider.close(), store?.close()])
      await place.close()
      await cloud.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12)
}

function numbered(values: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries([...values].filter((value) => value.length > 40).map((value, at) => [`key ${at}`, value]))
}

interface Blocks {
  readonly project: string
  readonly serviceAccount: string
  readonly target: string
  readonly providers: readonly string[]
}

function config({ project, serviceAccount, target, providers }: Blocks): string {
  return [
    'version: 1',
    'ns: testtest',
    'policy: { overlap: 0s, quiet: 1s, verifyWindow: 5s, listDelay: 1s, revoke: auto }',
    'providers:',
    `  main: { type: openai, project: ${project}, serviceAccount: ${serviceAccount}, adminKey: 'env:OPENAI_ADMIN_KEY', scopes: all }`,
    ...providers.map((line) => `  ${line}`),
    'targets:',
    `  web: ${target}`,
    'credentials:',
    '  prod: { provider: main, targets: [web] }',
    '',
  ].join('\n')
}

function run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const child = spawn(process.execPath, ['--import', LAPSE, BIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const late = setTimeout(() => child.kill('SIGKILL'), HANG)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(late)
      resolve({ code, signal, stdout, stderr })
    }),
  )
}
