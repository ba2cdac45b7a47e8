/** An embedded Kubernetes API server on loopback, with controllers and nodes that take their time, and breakable on demand. */
import { randomBytes } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { listen } from '../loopback.ts'
import { Faults, type FaultRule, type FaultState } from '../openai/faults.ts'
import { EVERYTHING, type Rule } from './access.ts'
import { NAMESPACES } from './api/resources.ts'
import { CONTROLLER, create } from './api/writes.ts'
import { type Authority, newAuthority } from './certificates.ts'
import { Cluster } from './cluster.ts'
import { Controllers } from './controllers/controllers.ts'
import { type Hands, handsOf } from './hands/hands.ts'
import { NAMESPACE } from './hands/objects.ts'
import { kubeconfig } from './kubeconfig.ts'
import type { RequestLogEntry } from './log.ts'
import { Kubelet } from './nodes/kubelet.ts'
import type { Runtime } from './nodes/runtime.ts'
import { DEFAULTS, type KubernetesOptions } from './options.ts'
import { handler } from './server.ts'

export type { Rule } from './access.ts'
export type { Hands, PodView, RunWish, SecretWish, WorkloadWish } from './hands/hands.ts'
export type { RequestLogEntry } from './log.ts'
export type { RunningPod, Runtime } from './nodes/runtime.ts'
export { DEFAULTS, type KubernetesOptions } from './options.ts'

export interface KubernetesSandbox {
  /** `http://127.0.0.1:PORT`, or https where asked for. */
  readonly url: string
  /** The administrator's bearer token. */
  readonly token: string
  /** YAML text of a kubeconfig for the administrator, namespace `default`. */
  readonly kubeconfig: string
  /** The same for another token or namespace. */
  kubeconfigFor(token: string, namespace?: string): string
  /** The same with a client certificate for this user, who may do what the rules say. Throws without https. */
  kubeconfigCertified(user: string, rules: readonly Rule[], namespace?: string): string
  /** PEM of the sandbox's own authority; `null` without https. */
  readonly authority: string | null
  /** Every request so far, in order. */
  readonly log: readonly RequestLogEntry[]
  readonly hands: Hands
  /** Puts a fault in force; the number names it in `faults()`. Paths are whole, keys are fingerprints of tokens. */
  fault(rule: FaultRule): number
  faults(): readonly FaultState[]
  clearFaults(): void
  /** Ends every connection, watches and those left hanging by a fault included, and every pod. */
  close(): Promise<void>
}

export interface StartOptions extends Partial<KubernetesOptions> {
  /** Who attaches real consumers to the pods. */
  readonly runtime?: Runtime
}

/** Starts a cluster with one administrator and the usual namespaces. Rejects when the port is taken. */
export async function startKubernetes({ runtime, ...options }: StartOptions = {}): Promise<KubernetesSandbox> {
  const cluster = new Cluster({ ...DEFAULTS, ...options })
  const token = cluster.options.token ?? `sandbox.${randomBytes(24).toString('hex')}`
  cluster.access.grant(token, 'admin', EVERYTHING)
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    create(cluster, NAMESPACES, undefined, { metadata: { name } }, { writer: { manager: CONTROLLER, operation: 'Update', subresource: '' } })
  }
  const faults = new Faults()
  const log: RequestLogEntry[] = []
  const authority = cluster.options.tls ? newAuthority(Date.now()) : null
  const server = await listen(cluster.options.port, handler(cluster, faults, log), authority === null ? undefined : (serve) => secured(authority, serve))
  const controllers = new Controllers(cluster)
  const kubelet = new Kubelet(cluster, runtime)
  const url = `${authority === null ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  const parts = { server: url, authority: authority?.certificate ?? null }
  const kubeconfigFor = (bearer: string, namespace = NAMESPACE): string => kubeconfig({ ...parts, user: bearer, namespace })
  return {
    url,
    token,
    kubeconfig: kubeconfigFor(token),
    kubeconfigFor,
    kubeconfigCertified: (user, rules, namespace = NAMESPACE) => {
      if (authority === null) throw new Error('a client certificate needs https: start the sandbox with tls')
      cluster.access.grantCertified(user, rules)
      return kubeconfig({ ...parts, user: authority.client(user), namespace })
    },
    authority: parts.authority,
    log,
    hands: handsOf(cluster, kubelet, controllers),
    fault: (rule) => faults.add(rule),
    faults: () => faults.states(),
    clearFaults: () => faults.clear(),
    close: async () => {
      controllers.stop()
      kubelet.stop()
      await ended(server)
    },
  }
}

/** A client certificate is asked for but not demanded: tokens work as well. */
function secured(authority: Authority, serve: RequestListener): Server {
  const { certificate, key } = authority.server()
  return createSecureServer({ cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false }, serve)
}

function ended(server: Server): Promise<void> {
  return new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
