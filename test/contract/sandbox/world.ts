/** A sandbox with a clock that stands still, and a client so plain that it hides nothing. Every answer is held against the specification. */
import { afterEach, expect } from 'vitest'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/openai/openai.ts'
import { openaiSpec } from '../spec.ts'

export const START = Date.UTC(2026, 10, 20, 12)

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** `any`: tests look into JSON of every shape, and what is not there must fail their expectations, not the compiler. */
  readonly json: any
  readonly text: string
}

export interface World {
  readonly sandbox: Sandbox
  readonly project: string
  readonly account: string
  /** A live key of the account, a month old. */
  readonly old: { readonly id: string; readonly value: string }
  /** Calls with the admin key. */
  admin(method: string, path: string, body?: unknown): Promise<Answer>
  /** Calls with any key, or with none. */
  as(key: string | null, method: string, path: string, body?: unknown): Promise<Answer>
  /** Mints on the account, through the API. */
  mint(body?: Record<string, unknown>): Promise<{ id: string; value: string; expires_at: number | null }>
  /** Whether the key is let in. */
  works(key: string): Promise<boolean>
  /** Ids as the complete listing shows them. */
  listed(): Promise<string[]>
}

const open: Sandbox[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()))
})

export async function startWorld(options: Partial<SandboxOptions> = {}): Promise<World> {
  const sandbox = await startSandbox({ clock: () => START, ...options })
  open.push(sandbox)
  const project = sandbox.addProject('Project').id
  const account = sandbox.addServiceAccount(project, 'app').id
  const old = sandbox.addKey({ serviceAccount: account, name: 'old' })
  const as = (key: string | null, method: string, path: string, body?: unknown) => call(sandbox.url, key, method, path, body)
  const admin = (method: string, path: string, body?: unknown) => as(sandbox.adminKey, method, path, body)
  return {
    sandbox,
    project,
    account,
    old,
    as,
    admin,
    mint: async (body = { name: 'new' }) => (await admin('POST', `/organization/projects/${project}/service_accounts/${account}/api_keys`, body)).json,
    works: async (key) => (await as(key, 'GET', '/models')).status === 200,
    listed: async () =>
      (await admin('GET', `/organization/projects/${project}/api_keys?owner_project_access=any&limit=100`)).json.data.map((key: { id: string }) => key.id),
  }
}

const spec = openaiSpec()

/** One request by `fetch`; a breach of the specification by the answer fails the test. */
async function call(url: string, key: string | null, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    redirect: 'error',
    headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const json: unknown = JSON.parse(text)
  const verdict = spec?.checkResponse(method, path.split('?')[0] ?? path, response.status, json)
  expect(verdict?.problems ?? [], `${method} ${path} against the specification`).toEqual([])
  return { status: response.status, headers: response.headers, json, text }
}
