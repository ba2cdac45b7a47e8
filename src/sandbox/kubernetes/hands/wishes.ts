/** Objects as tests wish for them: workloads that take a key of a Secret in one of the ways there are. */
import type { JsonObject } from '../objects.ts'

/** How a pod takes the key: one variable, all of a Secret as variables, files of a volume, files of a projected volume, one file that never follows. */
export type Way = 'env' | 'envFrom' | 'volume' | 'projected' | 'subPath'

export interface Consumption {
  readonly secret: string
  /** The key in the Secret (default `OPENAI_API_KEY`). */
  readonly key?: string
  readonly via?: Way
  /** Name of the variable, for `env` (default the key). */
  readonly variable?: string
  /** Before every name, for `envFrom`. */
  readonly prefix?: string
  readonly optional?: boolean
}

export const KEY = 'OPENAI_API_KEY'
export const MOUNT = '/etc/keys'

/** The spec of a pod that consumes; what it runs is nobody's business here. */
export function podSpec({ secret, key = KEY, via = 'env', variable = key, prefix, optional }: Consumption): JsonObject {
  const maybe = optional === undefined ? {} : { optional }
  const container = (own: JsonObject): JsonObject[] => [{ name: 'app', image: 'app:1', ...own }]
  const mounted = (volume: JsonObject, mount: JsonObject = {}): JsonObject => ({
    containers: container({ volumeMounts: [{ name: 'keys', mountPath: MOUNT, readOnly: true, ...mount }] }),
    volumes: [{ name: 'keys', ...volume }],
  })
  switch (via) {
    case 'env':
      return { containers: container({ env: [{ name: variable, valueFrom: { secretKeyRef: { name: secret, key, ...maybe } } }] }) }
    case 'envFrom':
      return { containers: container({ envFrom: [{ ...(prefix === undefined ? {} : { prefix }), secretRef: { name: secret, ...maybe } }] }) }
    case 'volume':
      return mounted({ secret: { secretName: secret, ...maybe } })
    case 'projected':
      return mounted({ projected: { sources: [{ secret: { name: secret, items: [{ key, path: key }], ...maybe } }] } })
    default:
      return mounted({ secret: { secretName: secret, ...maybe } }, { mountPath: `${MOUNT}/${key}`, subPath: key })
  }
}

export interface WorkloadWish extends Consumption {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet'
  readonly namespace?: string
  readonly name: string
  readonly replicas?: number
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  /** Further members of `spec`, for example `progressDeadlineSeconds`, `strategy`, `updateStrategy`, `paused`. */
  readonly spec?: JsonObject
}

export function workload(wish: WorkloadWish): JsonObject {
  const { kind = 'Deployment', name, replicas = 2, labels = {}, annotations = {}, spec = {} } = wish
  const app = { app: name }
  const count = kind === 'DaemonSet' ? {} : { replicas }
  const extra = kind === 'StatefulSet' ? { serviceName: name } : {}
  const template = { metadata: { labels: app }, spec: podSpec(wish) }
  return { metadata: { name, labels: { ...app, ...labels }, annotations }, spec: { ...count, ...extra, selector: { matchLabels: app }, template, ...spec } }
}

export interface RunWish extends Consumption {
  readonly namespace?: string
  readonly name: string
  readonly labels?: Record<string, string>
}

export function barePod(wish: RunWish): JsonObject {
  return { metadata: { name: wish.name, labels: { app: wish.name, ...wish.labels } }, spec: podSpec(wish) }
}

export function job(wish: RunWish): JsonObject {
  return {
    metadata: { name: wish.name, labels: { ...wish.labels } },
    spec: { template: { metadata: { labels: { app: wish.name } }, spec: { ...podSpec(wish), restartPolicy: 'Never' } } },
  }
}

export interface CronWish extends RunWish {
  /** Default: every night. It never runs by itself. */
  readonly schedule?: string
}

export function cronJob(wish: CronWish): JsonObject {
  const { metadata, spec } = job(wish)
  return { metadata: metadata ?? {}, spec: { schedule: wish.schedule ?? '0 3 * * *', jobTemplate: { spec: spec ?? {} } } }
}
