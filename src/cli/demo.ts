/** The demo: a throw-away project against the embedded cloud, rotated by the shipped command in a process of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { Secret } from '../domain/secret.ts'
import { startCloud, type SandboxCloud } from '../sandbox/environment.ts'
import { token } from './chance.ts'
import { draftConfig } from './init/draft.ts'

/** Short times, so that a demo of a rotation that takes a day takes seconds. */
const POLICY = ['policy:', '  overlap: 3s', '  quiet: 2s', '  verifyWindow: 10s', '  listDelay: 2s', '  revoke: auto', '']

const ENV_FILE = (key: string): string =>
  ['# settings of the demo app', 'PORT=3000', `OPENAI_API_KEY=${key}`, 'GREETING="hello, world"  # left alone', ''].join('\n')

export interface Demo {
  readonly folder: string
  readonly cloud: SandboxCloud
  /** Ends the cloud and takes every file away. Safe to call twice. */
  readonly close: () => Promise<void>
}

/** Makes the project. Its folder goes away with the process, however that ends short of a kill. */
export async function makeDemo(): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-demo-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const cloud = await startCloud(join(folder, 'cloud'))
  await writeFile(join(folder, '.env'), ENV_FILE(cloud.prepared.keyValue), { mode: 0o600 })
  await writeFile(join(folder, 'admin-key'), `${cloud.sandbox.adminKey}\n`, { mode: 0o600 })
  await writeFile(join(folder, 'rotation.config.yaml'), demoConfig(cloud))
  const close = async (): Promise<void> => {
    await cloud.close()
    remove()
    process.off('exit', remove)
  }
  return { folder, cloud, close }
}

function demoConfig(cloud: SandboxCloud): string {
  const { project, serviceAccount } = cloud.prepared
  const targets = [{ name: 'app-env', path: '.env', variable: 'OPENAI_API_KEY', consumers: 'reread' as const }]
  const text = draftConfig({ ns: token(8), credential: 'demo', project, serviceAccount, adminKey: 'file:admin-key', scopes: 'all', targets, others: [] })
  return text.replace(/^# How keys are rotated\.[^]*?(?=^# Where keys are born)/m, `${POLICY.join('\n')}\n`)
}

/** A command as a user would start it; `quiet` keeps its data off stdout, `signal` interrupts it. Resolves with its exit code. */
export function runKeyrot(demo: Demo, args: readonly string[], how: { readonly quiet: boolean; readonly signal: AbortSignal }): Promise<number> {
  const bin = process.argv[1] ?? ''
  const kept = ['PATH', 'HOME', 'TERM', 'CI', 'NO_COLOR', 'FORCE_COLOR', 'LANG', 'TMPDIR', 'XDG_CACHE_HOME', 'COLUMNS']
  const env = Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: demo.folder,
    env: { ...env, OPENAI_BASE_URL: demo.cloud.urls.openai },
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

export interface Picture {
  /** Fingerprint of the key in `.env`. */
  readonly current: string | null
  readonly fallback: string | null
  /** Every key at the cloud: its name and whether it lives. */
  readonly keys: readonly { readonly name: string; readonly alive: boolean; readonly fingerprint: string }[]
  /** The rest of the file, without keys. */
  readonly rest: string
}

/** What the file and the cloud hold now, without a single value. */
export async function takePicture(demo: Demo): Promise<Picture> {
  const text = await readFile(join(demo.folder, '.env'), 'utf8')
  const values = parseEnv(text)
  const fingerprint = (value: string | undefined): string | null => (value === undefined ? null : new Secret(value).fingerprint)
  return {
    current: fingerprint(values['OPENAI_API_KEY']),
    fallback: fingerprint(values['OPENAI_API_KEY_FALLBACK']),
    keys: demo.cloud.sandbox.state().keys.map(({ name, owner, alive, fingerprint: print }) => ({
      name: owner.name?.startsWith('keyrot.') === true ? owner.name : name,
      alive,
      fingerprint: print,
    })),
    rest: text
      .split('\n')
      .filter((line) => !line.startsWith('OPENAI_API_KEY'))
      .join('\n'),
  }
}
