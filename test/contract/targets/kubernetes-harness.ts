/** A kubeconfig folder, and the Kubernetes target connected by it: to the sandbox, to a server of a test's own, or to the cluster of KUBECONFIG. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubernetes } from '../../../src/adapters/targets/kubernetes.ts'
import { guardEndpoint } from '../../../src/adapters/endpoint.ts'
import type { TargetSurroundings } from '../../../src/adapters/define.ts'
import type { Target } from '../../../src/ports/target.ts'

export type Settings = Record<string, unknown>

export interface Kubeconfig {
  readonly server: string
  readonly cluster?: Record<string, unknown>
  readonly user?: Record<string, unknown>
}

/** A kubeconfig with one context, as kubectl would read it. JSON is YAML. */
export function kubeconfigOf({ server, cluster = {}, user = { token: 'token-of-a-test' } }: Kubeconfig): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, ...cluster } }],
    users: [{ name: 'test', user }],
  })
}

export interface Folder {
  readonly root: string
  write(name: string, content: string, mode?: number): Promise<string>
  readonly remove: () => Promise<void>
}

export async function makeFolder(): Promise<Folder> {
  const root = await mkdtemp(join(tmpdir(), 'keyrot-kubernetes-'))
  return {
    root,
    write: async (name, content, mode = 0o600) => {
      await writeFile(join(root, name), content, { mode })
      return join(root, name)
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** What the composition would give, with the variables of the test's own and the real clock. */
export function surroundings(env: Readonly<Record<string, string>>, more: Partial<TargetSurroundings> = {}): TargetSurroundings {
  const root = more.root ?? tmpdir()
  return {
    clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    ids: { token: (length) => 'x'.repeat(length) },
    root,
    stateDir: join(root, '.keyrot'),
    secret: () => {
      throw new Error('no references here')
    },
    env: (name) => env[name],
    endpoint: (given, fallback) => guardEndpoint(given, fallback),
    signal: new AbortController().signal,
    ns: 'abcd1234',
    credential: 'prod',
    ...more,
  }
}

export function connect(settings: Settings, around: TargetSurroundings): Promise<Target> {
  const parsed = kubernetes.schema.parse({
    secret: 'openai',
    namespace: 'app',
    ...(settings['workloads'] === undefined ? { consumers: 'manual' } : {}),
    ...settings,
  })
  return kubernetes.connect('cluster', parsed, around)
}

export interface OwnServer {
  readonly url: string
  readonly close: () => Promise<void>
}

/** A server that says whatever a test wants. */
export async function serve(handle: RequestListener, make: (handle: RequestListener) => Server = createServer): Promise<OwnServer> {
  const server = make(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const protocol = make === createServer ? 'http' : 'https'
  return {
    url: `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body))
}
