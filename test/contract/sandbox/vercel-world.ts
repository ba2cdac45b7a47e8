/** An embedded Vercel with one project, a clock that moves only when told, and a client so plain that it hides nothing. Every answer is judged. */
import { afterEach, expect } from 'vitest'
import { startVercel, type VercelOptions, type VercelSandbox } from '../../../src/sandbox/vercel/vercel.ts'
import { sdkProblems, vercelSpec } from './vercel-judge.ts'

export const START = Date.UTC(2026, 10, 20, 12)

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** `any`: tests look into JSON of every shape, and what is not there must fail their expectations, not the compiler. */
  readonly json: any
}

export interface VercelWorld {
  readonly sandbox: VercelSandbox
  readonly project: { readonly id: string; readonly name: string }
  /** A call with the token and the team. */
  call(method: string, path: string, body?: unknown): Promise<Answer>
  /** The same, as anybody. */
  as(token: string | null, method: string, path: string, body?: unknown): Promise<Answer>
}

const open: VercelSandbox[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()))
})

export async function startVercelWorld(options: Partial<VercelOptions> = {}): Promise<VercelWorld> {
  const sandbox = await startVercel({ clock: () => START, ...options })
  open.push(sandbox)
  const project = sandbox.hands.addProject('shop', { domains: ['shop.example'] })
  const as = (token: string | null, method: string, path: string, body?: unknown) => request(sandbox.url, token, method, path, body)
  const scoped = (path: string): string => (sandbox.team === null ? path : `${path}${path.includes('?') ? '&' : '?'}teamId=${sandbox.team}`)
  return { sandbox, project, as, call: (method, path, body) => as(sandbox.token, method, scoped(path), body) }
}

const spec = vercelSpec()

/** One request by `fetch`; an answer that a judge cannot accept fails the test. */
async function request(url: string, token: string | null, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    redirect: 'error',
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const json: unknown = await response.json()
  const bare = path.split('?')[0] ?? path
  if (response.ok) expect(sdkProblems(method, bare, json) ?? [], `${method} ${bare} read by the SDK`).toEqual([])
  expect(spec?.response(method, bare, response.status, json) ?? [], `${method} ${bare} against the specification`).toEqual([])
  return { status: response.status, headers: response.headers, json }
}
