/** What the Kubernetes target makes of answers, whole ones and broken ones, and that nothing of a body is ever passed on. */
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { Target } from '../../../src/ports/target.ts'
import { fakeKey } from './fake-key.ts'
import { answer, bodyOf, connect, kubeconfigOf, makeFolder, serve, surroundings, type Folder, type OwnServer, type Settings } from './kubernetes-harness.ts'

interface Seen {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

type Script = (seen: Seen) => readonly [status: number, body: unknown, headers?: Record<string, string>]

const SECRET = { kind: 'Secret', metadata: { name: 'openai', resourceVersion: '41' }, data: { OPENAI_API_KEY: 'b25l' } }
/** The connection ends where an answer should be. */
const HANG_UP = 0

const SECRET_PATH = '/api/v1/namespaces/app/secrets/openai'
const A = fakeKey('a')

let folder: Folder
let server: OwnServer
let seen: Seen[]
let script: Script
beforeEach(async () => {
  seen = []
  script = () => [200, SECRET]
  folder = await makeFolder()
  server = await serve((request, response) => {
    void bodyOf(request).then((body) => {
      const one = { method: request.method ?? '', url: new URL(request.url ?? '', 'http://x'), headers: request.headers, body }
      seen.push(one)
      const [status, said, headers] = script(one)
      if (status === HANG_UP) response.socket?.destroy()
      else answer(response, status, said, headers)
    })
  })
})
afterEach(() => Promise.all([server.close(), folder.remove()]))

async function target(settings: Settings = {}): Promise<Target> {
  const path = await folder.write('config', kubeconfigOf({ server: server.url }))
  return connect({ fallback: 'none', ...settings }, surroundings({ KUBECONFIG: path }))
}

const failure = async (act: Promise<unknown>): Promise<KeyrotError> => {
  const error: unknown = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof KeyrotError) return error
  throw new Error(`expected a KeyrotError, not ${String(error)}`)
}

describe('what is sent', () => {
  it('is one merge patch that names the revision, under a name of our own', async () => {
    await (await target()).write({ current: A }, '41')
    expect(seen).toHaveLength(1)
    const [patch] = seen
    expect([patch?.method, patch?.url.pathname, patch?.url.searchParams.get('fieldManager')]).toEqual(['PATCH', SECRET_PATH, 'keyrot:OPENAI_API_KEY'])
    expect(patch?.headers).toMatchObject({
      'content-type': 'application/merge-patch+json',
      authorization: 'Bearer token-of-a-test',
      accept: 'application/json',
    })
    expect(JSON.parse(patch?.body ?? '')).toEqual({
      metadata: { resourceVersion: '41', annotations: { 'keyrot.dev/OPENAI_API_KEY': `${A.marker} 41` } },
      data: { OPENAI_API_KEY: Buffer.from(A.secret.reveal()).toString('base64') },
    })
  })

  it('is nothing where nothing is asked', async () => {
    await (await target()).write({ fallback: null }, '41')
    await (await target()).write({}, '41')
    expect(seen).toEqual([])
  })

  it('without a revision is bound to what is there now', async () => {
    await (await target()).write({ current: A }, null)
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'PATCH'])
    expect(JSON.parse(seen[1]?.body ?? '')).toMatchObject({ metadata: { resourceVersion: '41' } })
  })

  it('keeps a path that the server address has', async () => {
    const path = await folder.write('config', kubeconfigOf({ server: `${server.url}/k8s/clusters/c-1/` }))
    await (await connect({ fallback: 'none' }, surroundings({ KUBECONFIG: path }))).observe()
    expect(seen[0]?.url.pathname).toBe(`/k8s/clusters/c-1${SECRET_PATH}`)
  })
})

describe('an answer other than 2xx', () => {
  const cases: [number, string, string, string][] = [
    [400, 'BadRequest', 'rejected', 'rejected'],
    [401, 'Unauthorized', 'unauthorized', 'unauthorized'],
    [403, 'Forbidden', 'forbidden', 'forbidden'],
    [404, 'NotFound', 'not-found', 'not-found'],
    [408, 'Timeout', 'unavailable', 'ambiguous'],
    [409, 'Conflict', 'conflict', 'conflict'],
    [410, 'Expired', 'unavailable', 'unavailable'],
    [413, 'RequestEntityTooLarge', 'rejected', 'rejected'],
    [422, 'Invalid', 'rejected', 'rejected'],
    [429, 'TooManyRequests', 'rate-limited', 'rate-limited'],
    [500, 'InternalError', 'unavailable', 'ambiguous'],
    [503, 'ServiceUnavailable', 'unavailable', 'ambiguous'],
    [504, 'Timeout', 'unavailable', 'ambiguous'],
  ]
  it.each(cases)('%i %s: reading %s, writing %s', async (status, reason, reading, writing) => {
    script = () => [
      status,
      { kind: 'Status', status: 'Failure', reason, message: 'quoted', code: status },
      { 'audit-id': '0b3f0c9e-1d2a-4b5c-8d6e-7f8a9b0c1d2e', 'retry-after': '3' },
    ]
    const one = await target()
    const facts = { status, providerCode: reason, requestId: '0b3f0c9e-1d2a-4b5c-8d6e-7f8a9b0c1d2e', retryAfterMs: 3_000 }
    expect(await failure(one.observe())).toMatchObject({ kind: reading, facts })
    const lost = await failure(one.write({ current: A }, '41'))
    expect(lost).toMatchObject({ kind: writing })
    expect(lost.message).not.toContain('quoted')
  })

  it('of a missing Secret says how one is made', async () => {
    script = () => [404, { reason: 'NotFound' }]
    expect(await failure((await target()).observe())).toMatchObject({
      code: 'KR_KUBERNETES_NO_SECRET',
      kind: 'not-found',
      message: 'there is no Secret app/openai',
      hints: [expect.stringContaining('kubectl -n app create secret generic openai')],
    })
  })

  it('for an immutable Secret tells the way out, from the object and not from the words', async () => {
    script = ({ method }) => (method === 'GET' ? [200, { ...SECRET, immutable: true }] : [422, { reason: 'Invalid', message: 'whatever' }])
    expect(await failure((await target()).write({ current: A }, '41'))).toMatchObject({ code: 'KR_KUBERNETES_IMMUTABLE', kind: 'refused' })
  })
})

describe('a body that echoes the Secret', () => {
  const canary = ['sk', 'proj', 'canary'].join('-') + 'T3Blbk' + 'FJ'.repeat(10)
  const encoded = Buffer.from(canary).toString('base64')
  const bodies: [string, unknown][] = [
    [
      'as the API server writes it',
      { kind: 'Status', reason: 'Invalid', message: `"" is invalid: ${encoded}`, details: { causes: [{ message: canary }] }, code: 422 },
    ],
    ['in the reason', { kind: 'Status', reason: canary, message: canary }],
    ['as plain text', canary],
    ['as HTML', `<html>${canary}</html>`],
  ]
  it.each(bodies)('leaves no trace: %s', async (_words, body) => {
    for (const status of [400, 403, 409, 422, 500]) {
      script = () => [status, body, { 'audit-id': canary, 'retry-after': canary }]
      const one = await target({ workloads: ['deployment/web'] })
      const errors = [await failure(one.write({ current: A }, '41')), await failure(one.observe())]
      const printed = [
        inspect([one, errors], { depth: 12, showHidden: true }),
        JSON.stringify([one, errors]),
        ...errors.map((error) => `${error.stack}${String(error.cause)}`),
      ]
      for (const text of printed) for (const form of [canary, encoded, 'canary']) expect(text).not.toContain(form)
    }
  })
})

describe('a 2xx that is not what the contract says', () => {
  it.each<[string, unknown]>([
    ['no JSON', 'hello'],
    ['another thing', { kind: 'Status' }],
    ['data that is no text', { ...SECRET, data: { OPENAI_API_KEY: 1 } }],
    ['no revision', { ...SECRET, metadata: { name: 'openai' } }],
  ])('%s: nothing is known', async (_words, body) => {
    script = () => [200, body]
    expect(await failure((await target()).observe())).toMatchObject({ code: 'KR_KUBERNETES_MALFORMED', kind: 'unavailable' })
  })

  it.each<[string, unknown]>([
    ['no JSON', '<html>please log in</html>'],
    ['another thing', { kind: 'Status' }],
    ['no revision', { ...SECRET, metadata: { name: 'openai' } }],
  ])('to a patch, %s: nobody knows whether it was done', async (_words, body) => {
    script = () => [200, body]
    expect(await failure((await target()).write({ current: A }, '41'))).toMatchObject({ code: 'KR_KUBERNETES_MALFORMED', kind: 'ambiguous' })
  })
})

describe('a long list', () => {
  const podNamed = (name: string): object => ({
    metadata: { name, creationTimestamp: '2020-01-01T00:00:00Z' },
    spec: { containers: [{ name: 'c', envFrom: [{ secretRef: { name: 'openai' } }] }] },
  })
  const page = (url: URL): object => {
    const from = Number(url.searchParams.get('continue') ?? 0)
    return { metadata: from < 2 ? { continue: String(from + 1) } : {}, items: [podNamed(`p${from}`)] }
  }

  it('is read to its last page', async () => {
    script = ({ url }) => [200, url.pathname.endsWith('/pods') ? page(url) : SECRET]
    expect(await (await target()).stragglers?.()).toEqual(['p0', 'p1', 'p2'].map((name) => `pod ${name} (envFrom, older than the new key)`))
    expect(seen.filter(({ url }) => url.pathname.endsWith('/pods')).map(({ url }) => url.searchParams.get('limit'))).toEqual(['250', '250', '250'])
  })

  it('that ends in the middle is no list', async () => {
    script = ({ url }) => {
      if (!url.pathname.endsWith('/pods')) return [200, SECRET]
      return url.searchParams.has('continue') ? [410, { reason: 'Expired' }] : [200, page(url)]
    }
    expect(await failure((await target()).stragglers?.() ?? Promise.resolve())).toMatchObject({ kind: 'unavailable' })
  })

  it('that never ends is given up', async () => {
    script = ({ url }) => [200, url.pathname.endsWith('/pods') ? { metadata: { continue: 'again' }, items: [] } : SECRET]
    expect(await failure((await target()).stragglers?.() ?? Promise.resolve())).toMatchObject({ code: 'KR_KUBERNETES_MALFORMED' })
  })

  it('shows no name that could do something to a terminal', async () => {
    script = ({ url }) => [200, url.pathname.endsWith('/pods') ? { metadata: {}, items: [podNamed('\u001B[2J::error::')] } : SECRET]
    expect(await (await target()).stragglers?.()).toEqual(['pod (of an impossible name) (envFrom, older than the new key)'])
  })
})

describe('access reviews', () => {
  it('ask for each right and tell what is proven, missing and untestable', async () => {
    script = ({ body }) => {
      const { spec } = JSON.parse(body) as { spec: { resourceAttributes: { verb: string; resource: string } } }
      const { verb, resource } = spec.resourceAttributes
      if (resource === 'pods') return [403, { reason: 'Forbidden' }]
      return [201, { status: { allowed: verb === 'get' } }]
    }
    expect((await (await target({ workloads: ['deployment/web'] })).rights?.())?.map(({ what, state }) => `${what}: ${state}`)).toEqual([
      'get secrets openai in namespace app: proven',
      'patch secrets openai in namespace app: missing',
      'get deployments web in namespace app: proven',
      'patch deployments web in namespace app: missing',
      'list pods in namespace app: untestable',
    ])
    expect(seen.every(({ method, url }) => method === 'POST' && url.pathname === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).toBe(true)
  })

  it.each([503, HANG_UP])('that are lost changed nothing: %i', async (status) => {
    script = () => [status, {}]
    const one = await target()
    expect(await failure(one.rights?.() ?? Promise.resolve())).toMatchObject({ kind: 'unavailable' })
    expect(await failure(one.write({ current: A }, '41'))).toMatchObject({ kind: 'ambiguous' })
  })
})
