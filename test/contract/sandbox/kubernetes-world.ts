/** An embedded cluster with short delays, and a client so plain that it hides nothing. Every answer is held against the description of the API. */
import { afterEach, expect } from 'vitest'
import { type KubernetesSandbox, type StartOptions, startKubernetes } from '../../../src/sandbox/kubernetes/kubernetes.ts'
import { kubernetesSpec } from './kubernetes-referee.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** `any`: tests look into JSON of every shape, and what is not there must fail their expectations, not the compiler. */
  readonly json: any
  readonly text: string
}

export interface Asking {
  readonly as?: string | null
  readonly type?: string
  readonly agent?: string
}

export interface World {
  readonly cluster: KubernetesSandbox
  readonly hands: KubernetesSandbox['hands']
  call(method: string, path: string, body?: unknown, asking?: Asking): Promise<Answer>
  /** A patch of `namespaces/default/PATH` below `/api/v1` or of a workload below `/apis/apps/v1`. */
  merge(path: string, body: unknown, asking?: Asking): Promise<Answer>
  get(path: string): Promise<any>
}

export const MERGE = 'application/merge-patch+json'
export const JSON_PATCH = 'application/json-patch+json'
export const STRATEGIC = 'application/strategic-merge-patch+json'
export const APPLY = 'application/apply-patch+yaml'

export const SECRETS = '/api/v1/namespaces/default/secrets'
export const PODS = '/api/v1/namespaces/default/pods'
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
export const APPS = '/apis/apps/v1/namespaces/default'

/** Short delays, but none that is zero. */
export const QUICK = { rolloutStepMs: 10, podStartMs: 15, podReadyMs: 10, terminationMs: 60, volumeRefreshMs: 40 } as const

export function base64(plain: string): string {
  return Buffer.from(plain).toString('base64')
}

const open: KubernetesSandbox[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster.close()))
})

const spec = kubernetesSpec()

/** Starts a cluster, ended after the test. */
export async function startWorld(options: StartOptions = {}): Promise<World> {
  const cluster = await startKubernetes({ ...QUICK, ...options })
  open.push(cluster)
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    { as = cluster.token, type = 'application/json', agent = 'tests/1.0' }: Asking = {},
  ): Promise<Answer> => {
    const response = await fetch(cluster.url + path, {
      method,
      redirect: 'error',
      headers: { 'user-agent': agent, ...(as === null ? {} : { authorization: `Bearer ${as}` }), ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json: unknown = JSON.parse(text)
    const verdict = spec?.checkResponse(method, path.split('?')[0] ?? path, response.status, json)
    expect(verdict?.problems ?? [], `${method} ${path} against the description`).toEqual([])
    return { status: response.status, headers: response.headers, json, text }
  }
  return {
    cluster,
    hands: cluster.hands,
    call,
    merge: (path, body, asking = {}) => call('PATCH', path, body, { type: MERGE, ...asking }),
    get: async (path) => (await call('GET', path)).json,
  }
}

/** Waits until something holds, looking often. The time limit is that of a stuck test, not of the subject. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 15_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not seen in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
