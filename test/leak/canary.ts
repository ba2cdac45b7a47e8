/** A project full of keys: in the environment, in files, in pipes, where they belong and where a person put them by mistake. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCloud, type SandboxCloud } from '../../src/sandbox/environment.ts'
import { newKeyValue } from '../../src/sandbox/openai/keys.ts'
import { BIN } from '../cli/support/cli.ts'
import { makeObserver, type Observed, type Watched } from './observer.ts'
import { makeScanner, scanFolder, type FileSighting } from './scanner.ts'

const LAPSE = fileURLToPath(new URL('../crash/lapse.mjs', import.meta.url))

/** Everything that makes libraries talk. NODE_DEBUG comes in a test of its own: keyrot does not start with it. */
export const NOISE = { DEBUG: '*', OPENAI_LOG: 'debug', CLI_FLAGS_DEBUG: '1', OCLIF_DEBUG: '1', KEYROT_LOG: 'debug', NODE_PENDING_DEPRECATION: '1' }

export interface Canary {
  readonly cloud: SandboxCloud
  /** Every key of this world that keyrot may ever have in hand, by what it is. */
  readonly keys: () => Readonly<Record<string, string>>
  /** A live key of nobody's: to be pasted. */
  readonly pasted: string
  readonly project: string
  readonly run: (args: readonly string[], how?: Partial<Watched>) => Promise<Observed>
  /** Where a key was found after that run; empty = nowhere. */
  readonly hits: (ran: Observed) => readonly string[]
  /** Lets the times of the policy pass. */
  readonly pass: (ms: number) => void
  readonly close: () => Promise<void>
}

/** Files that hold keys by their purpose. */
const RIGHTFUL = new Set(['project/.env', 'project/.env.hand', 'project/.env.filed', 'project/fresh/.env', 'project/admin-key', 'project/literal.yaml'])

export async function makeCanary(home?: string): Promise<Canary> {
  const root = mkdtempSync(join(tmpdir(), 'keyrot-canary-'))
  const outside = mkdtempSync(join(tmpdir(), 'keyrot-outside-'))
  const clockFile = join(outside, 'clock')
  writeFileSync(clockFile, '')
  const clock = (): number => Date.now() + readFileSync(clockFile).length
  const cloud = await startCloud(join(outside, 'cloud'), { createDelayMs: 20, deleteDelayMs: 20, listDelayMs: 20, lastUsedLagMs: 50, clock })
  const { sandbox, prepared } = cloud
  const [filed, handed, pasted] = ['filed', 'hand', 'pasted'].map((name) => sandbox.addKey({ serviceAccount: prepared.serviceAccount, name }).value) as [
    string,
    string,
    string,
  ]
  const other = newKeyValue('proj')
  const project = join(root, 'project')
  for (const folder of ['project/fresh', 'home', 'tmp']) mkdirSync(join(root, folder), { recursive: true, mode: 0o700 })
  const write = (file: string, text: string): void => writeFileSync(join(project, file), text, { mode: 0o600 })
  write('.env', `PORT=1\nOTHER_KEY=${other}\nOPENAI_API_KEY=${prepared.keyValue}\n`)
  write('.env.hand', `OPENAI_API_KEY=${handed}\n`)
  write('.env.filed', `OPENAI_API_KEY="${filed}"\n`)
  write('fresh/.env', `OPENAI_API_KEY=${other}\n`)
  write('admin-key', `${sandbox.adminKey}\n`)
  write('.gitignore', '.env*\nadmin-key\n')
  write('rotation.config.yaml', config(cloud))
  write('literal.yaml', config(cloud).replace("'env:OPENAI_ADMIN_KEY'", sandbox.adminKey))
  execFileSync('git', ['init', '--quiet', project])
  const seen = new Set([prepared.keyValue, filed, handed, pasted, other])
  const observer = makeObserver(join(outside, 'observer'))
  const env = {
    HOME: home ?? join(root, 'home'),
    TMPDIR: join(root, 'tmp'),
    ...NOISE,
    OPENAI_BASE_URL: sandbox.url,
    OPENAI_ADMIN_KEY: sandbox.adminKey,
    OPENAI_API_KEY: prepared.keyValue,
    OPENAI_WEBHOOK_SECRET: other,
    KEYROT_LAPSE_CLOCK: clockFile,
    KEYROT_LAPSE_DEADLINES: '1',
  }
  const keys = (): Readonly<Record<string, string>> => {
    for (const file of RIGHTFUL) for (const value of valuesIn(join(root, file))) seen.add(value)
    const named = [...seen].map((value, index) => [value === prepared.keyValue ? 'the old key' : `key ${index}`, value] as const)
    return { 'the admin key': sandbox.adminKey, ...Object.fromEntries(named) }
  }
  return {
    cloud,
    keys,
    pasted,
    project,
    run: (args, how = {}) => observer.observe([process.execPath, '--import', LAPSE, BIN, ...args], { cwd: project, ...how, env: { ...env, ...how.env } }),
    hits: (ran) => {
      const scan = makeScanner(keys())
      const channels = { stdout: ran.stdout, stderr: ran.stderr, argv: ran.argv, 'child env': ran.childEnv }
      const said = Object.entries(channels).flatMap(([channel, bytes]) => scan(bytes).map(({ key, encoding }) => `${channel}: ${key} (${encoding})`))
      const left = scanFolder(root, scan, (file) => RIGHTFUL.has(file))
        .filter((hit) => !isOwnPattern(hit))
        .map(({ file, key, encoding }) => `file ${file}: ${key} (${encoding})`)
      return [...said, ...left]
    },
    pass: (ms) => writeFileSync(clockFile, '.'.repeat(ms), { flag: 'a' }),
    close: async () => {
      await cloud.close()
      for (const folder of [root, outside]) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Node's cache of keyrot's compiled code, and the expressions for `git filter-repo`, hold the patterns by which keys are known. */
function isOwnPattern({ file, key }: FileSighting): boolean {
  return key === 'any key' && (file.startsWith('home/.cache/keyrot/compiled/') || file === 'purge.txt')
}

function valuesIn(file: string): readonly string[] {
  return existsSync(file) ? (readFileSync(file, 'utf8').match(/sk-[A-Za-z0-9_-]{100,}/g) ?? []) : []
}

function config({ prepared: { project, serviceAccount } }: SandboxCloud): string {
  const common = `type: openai, project: ${project}, serviceAccount: ${serviceAccount}, scopes: all`
  return [
    'version: 1',
    'ns: testtest',
    'policy: { overlap: 0s, quiet: 3s, verifyWindow: 5s, listDelay: 1s, revoke: auto }',
    'providers:',
    `  main: { ${common}, adminKey: 'env:OPENAI_ADMIN_KEY', probe: { models: [gpt-5-nano] } }`,
    `  filed: { ${common}, adminKey: 'file:admin-key' }`,
    `  bare: { ${common} }`,
    'targets:',
    '  web: { type: dotenv, path: .env, consumers: reread }',
    '  filed: { type: dotenv, path: .env.filed, consumers: reread }',
    '  hand: { type: dotenv, path: .env.hand, consumers: manual }',
    'credentials:',
    '  prod: { provider: main, targets: [web] }',
    '  filed: { provider: filed, targets: [filed] }',
    '  hand: { provider: bare, targets: [hand] }',
    '',
  ].join('\n')
}
