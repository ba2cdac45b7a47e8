/** Which lists of the API are maps by a key, sets, or one value: the `x-kubernetes-patch-*` and `x-kubernetes-list-*` marks of its description. */
import { isObject, type Json } from '../objects.ts'

/** Lists of objects told apart by these members, by the name under which they stand. */
const KEYED: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'protocol'],
  imagePullSecrets: ['name'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  hostAliases: ['ip'],
  podIPs: ['ip'],
}

/** Lists of plain values in which each stands for itself. */
const SETS = new Set(['finalizers'])

/** Maps and structs that are owned and replaced as one. */
const ATOMIC = new Set(['selector', 'secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef', 'nodeSelector'])

export function keysOf(name: string): readonly string[] | undefined {
  return KEYED[name]
}

/** The member by which a strategic merge patch finds its items: the first of the keys. */
export function mergeKeyOf(name: string): string | undefined {
  return KEYED[name]?.[0]
}

export function isSet(name: string): boolean {
  return SETS.has(name)
}

export function isAtomic(name: string): boolean {
  return ATOMIC.has(name)
}

/** The key of one item as managed fields write it, for example `k:{"name":"c"}`. */
export function itemKey(keys: readonly string[], item: Json): string {
  const defaults: Readonly<Record<string, Json>> = { protocol: 'TCP' }
  const value = (key: string): Json => (isObject(item) ? (item[key] ?? defaults[key] ?? null) : null)
  return `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, value(key)])))}`
}
