/**
 * A namespace of a test's own in a cluster: the sandbox, or whatever KUBECONFIG names. Objects are made and looked at through the official
 * client, which shares nothing with the adapter's requests. Everything made goes away with the namespace.
 */
import { randomBytes } from 'node:crypto'
import { rm, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppsV1Api, CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions, type V1Deployment, type V1PodSpec, type V1Secret } from '@kubernetes/client-node'
import type { TargetSurroundings } from '../../../src/adapters/define.ts'
import type { Target } from '../../../src/ports/target.ts'
import { startKubernetes, type KubernetesSandbox, type StartOptions } from '../../../src/sandbox/kubernetes/kubernetes.ts'
import { connect, surroundings, type Settings } from './kubernetes-harness.ts'

export const SECRET = 'openai'
export const KEY = 'OPENAI_API_KEY'
export const FALLBACK = `${KEY}_FALLBACK`

const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
export const encoded = (text: string): string => Buffer.from(text).toString('base64')

export interface Cluster {
  readonly core: CoreV1Api
  readonly apps: AppsV1Api
  readonly kubeconfig: string
  /** A namespace of random name. */
  namespace(): Promise<Namespace>
  close(): Promise<void>
}

export interface SecretWish {
  /** Base64 by data key. */
  readonly data?: Record<string, string>
  readonly immutable?: boolean
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> }
}

export interface Namespace {
  readonly name: string
  readonly close: () => Promise<void>
  secret(): Promise<V1Secret>
  addSecret(wish: SecretWish, fieldManager?: string): Promise<void>
  /** Somebody else changes the Secret. */
  patchSecret(body: object, fieldManager?: string): Promise<V1Secret>
  addDeployment(name: string, more?: { readonly annotations?: Record<string, string>; readonly spec?: Partial<V1PodSpec> }): Promise<void>
  deployment(name: string): Promise<V1Deployment>
  addPod(name: string, spec: Partial<V1PodSpec>): Promise<void>
  connect(settings?: Settings, around?: Partial<TargetSurroundings>): Promise<Target>
}

/** The cluster of KUBECONFIG, or an embedded one. */
export async function openCluster(): Promise<Cluster> {
  const given = process.env['KUBECONFIG'] ?? ''
  if (given !== '') return clusterOf(given, () => Promise.resolve())
  const { path, close } = await startEmbedded()
  return clusterOf(path, close)
}

export interface Embedded {
  readonly sandbox: KubernetesSandbox
  readonly path: string
  readonly close: () => Promise<void>
}

/** An embedded cluster, and its kubeconfig as a file. */
export async function startEmbedded(options: StartOptions = {}): Promise<Embedded> {
  const sandbox = await startKubernetes(options)
  const folder = await mkdtemp(join(tmpdir(), 'keyrot-cluster-'))
  const path = join(folder, 'config')
  await writeFile(path, sandbox.kubeconfig, { mode: 0o600 })
  return { sandbox, path, close: () => Promise.all([sandbox.close(), rm(folder, { recursive: true })]).then(() => undefined) }
}

function clusterOf(kubeconfig: string, close: () => Promise<void>): Cluster {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)]
  return {
    core,
    apps,
    kubeconfig,
    close,
    namespace: async () => {
      const name = `keyrot-test-${randomBytes(4).toString('hex')}`
      await core.createNamespace({ body: { metadata: { name } } })
      return namespaceOf({ core, apps }, kubeconfig, name)
    },
  }
}

/** Pods are refused until a controller has made the account that they run as; a server without such a controller needs none. */
async function untilAccount(core: CoreV1Api, namespace: string): Promise<void> {
  const has = (where: string): Promise<boolean> =>
    core.readNamespacedServiceAccount({ namespace: where, name: 'default' }).then(
      () => true,
      () => false,
    )
  if (!(await has('default'))) return
  while (!(await has(namespace))) await new Promise((resolve) => setTimeout(resolve, 100))
}

function namespaceOf({ core, apps }: Pick<Cluster, 'core' | 'apps'>, kubeconfig: string, namespace: string): Namespace {
  const at = { namespace, name: SECRET }
  return {
    name: namespace,
    close: async () => {
      await core.deleteNamespace({ name: namespace })
    },
    secret: () => core.readNamespacedSecret(at),
    addSecret: async ({ metadata, ...wish }, fieldManager = 'kubectl-create') => {
      await core.createNamespacedSecret({ namespace, fieldManager, body: { ...wish, metadata: { name: SECRET, ...metadata } } })
    },
    patchSecret: (body, fieldManager = 'kubectl-edit') => core.patchNamespacedSecret({ ...at, fieldManager, body }, MERGE),
    addDeployment: async (name, { annotations = {}, spec = {} } = {}) => {
      const app = { app: name }
      const body: V1Deployment = {
        metadata: { name, annotations },
        spec: { replicas: 1, selector: { matchLabels: app }, template: { metadata: { labels: app }, spec: podSpec(spec) } },
      }
      await apps.createNamespacedDeployment({ namespace, body })
    },
    deployment: (name) => apps.readNamespacedDeployment({ namespace, name }),
    addPod: async (name, spec) => {
      await untilAccount(core, namespace)
      await core.createNamespacedPod({ namespace, body: { metadata: { name }, spec: podSpec(spec) } })
    },
    connect: (settings = {}, around = {}) => connect({ namespace, ...settings }, surroundings({ KUBECONFIG: kubeconfig }, around)),
  }
}

/** A pod that takes the key by its environment, unless a test wants otherwise. */
function podSpec(spec: Partial<V1PodSpec>): V1PodSpec {
  return {
    containers: [{ name: 'c', image: 'busybox', env: [{ name: 'K', valueFrom: { secretKeyRef: { name: SECRET, key: KEY, optional: true } } }] }],
    ...spec,
  }
}
