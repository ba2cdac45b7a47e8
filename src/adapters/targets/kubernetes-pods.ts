/** Which pods may hold a key: who refers to the Secret, who started a pod, and which pods are younger than a promotion. */
import type { Promotion } from './kubernetes-secret.ts'
import type { Pod, PodSpec } from './kubernetes-shapes.ts'

/** How a pod gets at a Secret. `subPath`: a mounted file that the kubelet never refreshes. */
export type Way = 'env' | 'envFrom' | 'volume' | 'projected' | 'subPath'

/** A Secret, and the data keys of it that can hold the key: a pod that is given others only holds none. */
export interface Wanted {
  readonly secret: string
  readonly keys: readonly string[]
}

/** Every way in which a pod refers to the Secret, init and ephemeral containers included; empty when it does not. */
export function waysOf(spec: PodSpec, wanted: Wanted): readonly Way[] {
  const containers = [...spec.containers, ...spec.initContainers, ...spec.ephemeralContainers]
  const env = containers.some((one) => one.env.some(({ valueFrom }) => isWanted(valueFrom?.secretKeyRef, wanted)))
  const envFrom = containers.some((one) => one.envFrom.some(({ secretRef }) => secretRef?.name === wanted.secret))
  const secrets = spec.volumes.filter(({ secret }) => secret?.secretName === wanted.secret && gives(secret.items, wanted))
  const projected = spec.volumes.filter((one) => one.projected?.sources.some(({ secret }) => secret?.name === wanted.secret && gives(secret.items, wanted)))
  const names = new Set([...secrets, ...projected].map(({ name }) => name))
  const mounts = containers.flatMap(({ volumeMounts }) => volumeMounts).filter(({ name }) => names.has(name))
  const found: readonly (readonly [Way, boolean])[] = [
    ['env', env],
    ['envFrom', envFrom],
    ['volume', secrets.length > 0],
    ['projected', projected.length > 0],
    ['subPath', mounts.some(({ subPath, subPathExpr }) => (subPath ?? subPathExpr ?? '') !== '')],
  ]
  return found.flatMap(([way, is]) => (is ? [way] : []))
}

/** Ways in which a running process never sees another value (kubernetes.io, "Secrets": environment and subPath mounts are not updated). */
export const FIXED: readonly Way[] = ['env', 'envFrom', 'subPath']

function isWanted(ref: { readonly name?: string | undefined; readonly key: string } | undefined, { secret, keys }: Wanted): boolean {
  return ref?.name === secret && keys.includes(ref.key)
}

/** A volume without a list gives every data key. */
function gives(items: readonly { readonly key: string }[], { keys }: Wanted): boolean {
  return items.length === 0 || items.some(({ key }) => keys.includes(key))
}

/** Finished pods run nothing any more. */
export function isOver(pod: Pod): boolean {
  return ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')
}

/**
 * Whether a pod was surely created after a promotion: its template says so, or its date is later than the Secret's, both by the API
 * server's clock. Dates are whole seconds, so the same second proves nothing.
 */
export function isYounger(pod: Pod, { at, tag }: Promotion, tagName: string): boolean {
  const created = Date.parse(pod.metadata.creationTimestamp ?? '')
  if (at !== null && created > at) return true
  return tag !== null && pod.metadata.annotations[tagName] === tag
}

/** `kind/name`, kinds in lower case. */
export type Owner = `${string}/${string}`

/**
 * Who started a pod, nearest first, as far as names tell without rights to read more: a Deployment's ReplicaSet is named after it and the
 * pod's own template hash (deployment/sync.go), a CronJob's Job after it and the minute (cronjob/utils.go).
 */
export function ownersOf({ metadata }: Pod): readonly Owner[] {
  const own = metadata.ownerReferences.find(({ controller }) => controller === true) ?? metadata.ownerReferences[0]
  if (own === undefined) return []
  const first: Owner = `${own.kind.toLowerCase()}/${own.name}`
  const hash = `-${metadata.labels['pod-template-hash'] ?? ''}`
  if (own.kind === 'ReplicaSet' && hash !== '-' && own.name.endsWith(hash)) return [first, `deployment/${own.name.slice(0, -hash.length)}`]
  const scheduled = own.kind === 'Job' ? /^(.+)-\d{8,10}$/.exec(own.name)?.[1] : undefined
  return scheduled === undefined ? [first] : [first, `cronjob/${scheduled}`]
}

/** A name as it may be shown: what no server should ever send is not passed on. */
export function shownName(name: string): string {
  return /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(name) ? name : '(of an impossible name)'
}

/** Whether a pod is one that the config takes out: by a pattern of its name, or by who started it. */
export function isIgnored(pod: Pod, patterns: readonly string[]): boolean {
  const owners = ownersOf(pod)
  return patterns.some((pattern) => (pattern.includes('/') ? owners.some((owner) => matches(owner, pattern)) : matches(pod.metadata.name, pattern)))
}

/** `*` stands for any characters. */
function matches(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll('.', String.raw`\.`))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}
