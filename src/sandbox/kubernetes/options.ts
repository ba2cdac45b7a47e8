/** What the embedded cluster can be told to be. Every delay has a non-zero default: a client that assumes an instant cluster fails here first. */

export interface KubernetesOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** The administrator's bearer token; one is drawn when absent. */
  readonly token: string | null
  /** Serves HTTPS with an authority of its own, made at start. */
  readonly tls: boolean
  /** A controller looks at a workload this long (ms) after something about it changed. */
  readonly rolloutStepMs: number
  /** From a pod's creation until its containers run (ms). */
  readonly podStartMs: number
  /** From running until ready (ms). */
  readonly podReadyMs: number
  /** From the request to end until the pod is gone (ms). Until then it works on with what it has. */
  readonly terminationMs: number
  /** Mounted Secrets follow a change after this long (ms); `subPath` mounts never do. */
  readonly volumeRefreshMs: number
  /** What one second of `progressDeadlineSeconds` and `minReadySeconds` lasts (ms). */
  readonly secondMs: number
  /** Whether nodes start pods at all. */
  readonly podsStart: boolean
  /** Nodes of the cluster: a DaemonSet runs once on each. */
  readonly nodes: number
  /** Whether workloads report `status.terminatingReplicas`, as servers do since 1.35. */
  readonly terminatingReplicas: boolean
  /** Extra time before every answer (ms). */
  readonly latencyMs: number
  /** Unix ms. Tests may hold it still; delays run on real timers. */
  readonly clock: () => number
}

export const DEFAULTS: KubernetesOptions = {
  port: 0,
  token: null,
  tls: false,
  rolloutStepMs: 150,
  podStartMs: 150,
  podReadyMs: 50,
  terminationMs: 400,
  volumeRefreshMs: 600,
  secondMs: 1_000,
  podsStart: true,
  nodes: 2,
  terminatingReplicas: true,
  latencyMs: 0,
  clock: Date.now,
}

/** The options that may be changed while the cluster runs. */
export type Tunable = Partial<Omit<KubernetesOptions, 'port' | 'token' | 'tls' | 'clock'>>

const FIXED = new Set<string>(['port', 'token', 'tls', 'clock'])

/** Keeps what is a tunable option of the right type; everything else a caller sent is dropped. */
export function tunable(given: Record<string, unknown>): Tunable {
  const known = Object.entries(DEFAULTS).filter(([name]) => !FIXED.has(name))
  return Object.fromEntries(known.filter(([name, value]) => typeof given[name] === typeof value).map(([name]) => [name, given[name]])) as Tunable
}
