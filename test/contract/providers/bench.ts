/** What provider suites stand on: surroundings of a connect(), an OpenAI to talk to, and a permission to delete. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { connectOpenai, openai } from '../../../src/adapters/providers/openai.ts'
import type { Surroundings } from '../../../src/adapters/define.ts'
import { guardEndpoint } from '../../../src/adapters/endpoint.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { orphanWarrant, type Warrant } from '../../../src/domain/warrant.ts'
import { startSandbox, type Sandbox, type SandboxOptions } from '../../../src/sandbox/openai/openai.ts'

export interface World {
  readonly env?: Record<string, string>
  readonly secrets?: Record<string, string>
  readonly allowHosts?: readonly string[]
  readonly signal?: AbortSignal
}

export function surroundings(world: World = {}): Surroundings {
  return {
    clock: { now: () => Date.now(), sleep: (ms) => pause(ms) },
    ids: { token: (length) => Array.from(randomBytes(length), (byte) => 'abcdefghijklmnopqrstuvwxyz012345'[byte % 32]).join('') },
    root: '.',
    stateDir: '.',
    secret: (reference) => new Secret(world.secrets?.[reference] ?? ''),
    env: (name) => world.env?.[name],
    endpoint: (given, fallback) => guardEndpoint(given, fallback, world.allowHosts ?? []),
    signal: world.signal ?? new AbortController().signal,
  }
}

/** A permission to delete this key, drawn by the one rule that needs no run around it. */
export function permission(keyId: string): Warrant {
  const warrant = orphanWarrant({ keyId, ours: true, createdAt: 0, expiresAt: 2, serverTime: 2, birthLife: 2, listDelay: 0, held: false })
  if (warrant === null) throw new Error('the orphan rule should have allowed this')
  return warrant
}

/** Asks until it holds. Delays of a cloud are waited out, never measured. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return
    await pause(40)
  }
  throw new Error('it never came to hold')
}

export type Settings = Parameters<typeof openai.connect>[1]

/** An OpenAI with a project, an account and a key in use: the one the environment names, else a sandbox of our own. */
export interface OpenaiBench {
  readonly url: string
  readonly adminKey: string
  readonly project: string
  readonly serviceAccount: string
  readonly live: Secret
  /** `null` when the endpoint is not ours. */
  readonly sandbox: Sandbox | null
  connect(settings?: Partial<Settings>, deadlineMs?: number): ReturnType<typeof connectOpenai>
  close(): Promise<void>
}

const WANTED = ['OPENAI_BASE_URL', 'OPENAI_ADMIN_KEY', 'OPENAI_API_KEY', 'KEYROT_SANDBOX_PROJECT', 'KEYROT_SANDBOX_SERVICE_ACCOUNT'] as const

export async function openaiBench(options: Partial<SandboxOptions> = {}): Promise<OpenaiBench> {
  const [url = '', adminKey = '', live = '', project = '', serviceAccount = ''] = WANTED.map((name) => process.env[name])
  const given = [url, adminKey, live, project, serviceAccount].every((text) => text !== '')
  if (given) return bench({ url, adminKey, project, serviceAccount, live: new Secret(live), sandbox: null })
  return ownBench(options)
}

/** As `openaiBench`, but always a sandbox of our own: for suites that break it on purpose. */
export async function ownBench(options: Partial<SandboxOptions> = {}): Promise<OpenaiBench & { readonly sandbox: Sandbox }> {
  const sandbox = await startSandbox(options)
  const project = sandbox.addProject('Team').id
  const serviceAccount = sandbox.addServiceAccount(project, 'app').id
  const live = new Secret(sandbox.addKey({ serviceAccount, name: 'app key' }).value)
  return { ...bench({ url: sandbox.url, adminKey: sandbox.adminKey, project, serviceAccount, live, sandbox }), sandbox }
}

function bench(at: Omit<OpenaiBench, 'connect' | 'close'>): OpenaiBench {
  return {
    ...at,
    connect: (settings = {}, deadlineMs) => {
      const all = { project: at.project, serviceAccount: at.serviceAccount, adminKey: 'env:ADMIN', scopes: 'all', ...settings }
      return connectOpenai(
        'main',
        openai.schema.parse(all),
        surroundings({ env: { OPENAI_BASE_URL: at.url }, secrets: { 'env:ADMIN': at.adminKey } }),
        deadlineMs,
      )
    },
    close: async () => at.sandbox?.close(),
  }
}

let counter = 0

/** A key name that no other test of this process uses. */
export function freshName(): string {
  counter += 1
  return `keyrot.testtest.t${process.pid}-${counter}.g1.a1`
}
