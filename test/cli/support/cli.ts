/** The shipped binary as a child process, and projects for it to work on. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCloud, type SandboxCloud } from '../../../src/sandbox/environment.ts'
import type { SandboxOptions } from '../../../src/sandbox/openai/openai.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
export const BIN = join(ROOT, 'bin', 'run.js')

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface How {
  readonly cwd?: string
  /** Another installation than this repository's own. */
  readonly bin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** A shell line with `KEYROT` in place of the binary, for redirections. */
  readonly shell?: string
  readonly onStart?: (child: ChildProcess) => void
  readonly onStderr?: (soFar: string, child: ChildProcess) => void
}

/** Runs keyrot in a clean environment without a terminal. */
export function keyrot(args: readonly string[], how: How = {}): Promise<Ran> {
  if (!existsSync(join(ROOT, 'dist', 'cli', 'main.js'))) throw new Error('there is no build: run npm run build first')
  const env = { PATH: process.env['PATH'] ?? '', HOME: how.cwd ?? tmpdir(), ...how.env }
  const bin = how.bin ?? BIN
  const line = how.shell?.replace('KEYROT', `"${process.execPath}" "${bin}" ${args.join(' ')}`)
  const child =
    line === undefined
      ? spawn(process.execPath, [bin, ...args], { cwd: how.cwd ?? tmpdir(), env })
      : spawn('bash', ['-c', line], { cwd: how.cwd ?? tmpdir(), env })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString()
    how.onStderr?.(stderr, child)
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(how.input ?? '')
  how.onStart?.(child)
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })))
}

export interface Project {
  readonly folder: string
  readonly cloud: SandboxCloud
  readonly env: Readonly<Record<string, string>>
  readonly read: (file: string) => Promise<string>
  readonly close: () => Promise<void>
}

/** Quick, but never instant: a client that assumes an instant cloud must fail. */
const QUICK: Partial<SandboxOptions> = { createDelayMs: 1, deleteDelayMs: 1, listDelayMs: 1, lastUsedLagMs: 50, lastUsedGranularityMs: 1_000 }

const POLICY = ['policy:', '  overlap: 1s', '  quiet: 1s', '  verifyWindow: 20s', '  listDelay: 1s', '  revoke: auto']

/** A folder with a config and a `.env` that holds the cloud's prepared key. */
export async function makeProject(more: { readonly policy?: readonly string[]; readonly options?: Partial<SandboxOptions> } = {}): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'keyrot-cli-'))
  const cloud = await startCloud(await mkdtemp(join(tmpdir(), 'keyrot-cloud-')), { ...QUICK, ...more.options })
  const { project, serviceAccount, keyValue } = cloud.prepared
  await writeFile(join(folder, '.env'), `# app\nPORT=3000\nOPENAI_API_KEY=${keyValue}\nLAST="x"\n`, { mode: 0o600 })
  const config = [
    'version: 1',
    'ns: testtest',
    ...(more.policy ?? POLICY),
    'providers:',
    `  main: { type: openai, project: ${project}, serviceAccount: ${serviceAccount}, adminKey: 'env:OPENAI_ADMIN_KEY', scopes: all }`,
    'targets:',
    '  web: { type: dotenv, path: .env, consumers: reread }',
    'credentials:',
    '  prod: { provider: main, targets: [web] }',
    '',
  ]
  await writeFile(join(folder, 'rotation.config.yaml'), config.join('\n'))
  return {
    folder,
    cloud,
    env: { OPENAI_BASE_URL: cloud.urls.openai, OPENAI_ADMIN_KEY: cloud.sandbox.adminKey, OPENAI_API_KEY: keyValue },
    read: (file) => readFile(join(folder, file), 'utf8'),
    close: async () => {
      await cloud.close()
      await rm(folder, { recursive: true, force: true })
      await rm(join(cloud.envFile, '..'), { recursive: true, force: true })
    },
  }
}

/** Rotates until the call no longer says "waiting"; the exit codes on the way, and the last call. */
export async function rotateToTheEnd(project: Project, args: readonly string[] = []): Promise<{ codes: (number | null)[]; last: Ran }> {
  const codes: (number | null)[] = []
  for (;;) {
    const last = await keyrot(['rotate', 'prod', '--yes', ...args], { cwd: project.folder, env: project.env })
    codes.push(last.code)
    if (last.code !== 10 || codes.length > 20) return { codes, last }
    await new Promise((resolve) => setTimeout(resolve, 400))
  }
}

/** Anything of a key's shape. */
export const KEY_LIKE = /sk-[A-Za-z0-9_-]{20,}/

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
export const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
