/** What a container finds of Secrets: variables, taken when it starts, and files, which follow later. */
import { decoded } from '../api/base64.ts'
import { rowsOf, SECRETS } from '../api/resources.ts'
import type { Secret } from '../api/secret-rules.ts'
import type { Cluster } from '../cluster.ts'
import type { Container, KeyToPath, Pod, SecretProjection, Volume, VolumeMount } from '../workloads.ts'

/** Why a pod cannot start: the words of the kubelet. */
export class NotStartable extends Error {
  readonly reason: 'CreateContainerConfigError' | 'ContainerCreating'

  constructor(reason: 'CreateContainerConfigError' | 'ContainerCreating', message: string) {
    super(message)
    this.reason = reason
  }
}

export function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers]
}

function dataOf(cluster: Cluster, namespace: string | undefined, name: string): Readonly<Record<string, string>> | undefined {
  const secret = cluster.store.get(rowsOf(SECRETS), namespace, name) as Secret | undefined
  return secret === undefined ? undefined : (secret.data ?? {})
}

/** The variables of all containers of a pod; of one name in two containers the later wins. `env` overrides `envFrom`. */
export function environmentOf(cluster: Cluster, pod: Pod): Record<string, string> {
  const { namespace } = pod.metadata
  const found: Record<string, string> = {}
  for (const container of containersOf(pod)) {
    for (const { prefix = '', secretRef } of container.envFrom ?? []) {
      if (secretRef?.name === undefined) continue
      const data = dataOf(cluster, namespace, secretRef.name)
      if (data === undefined && secretRef.optional !== true) throw new NotStartable('CreateContainerConfigError', `secret "${secretRef.name}" not found`)
      for (const [key, text] of Object.entries(data ?? {})) found[prefix + key] = decoded(text)
    }
    for (const { name, value, valueFrom } of container.env ?? []) {
      const ref = valueFrom?.secretKeyRef
      if (ref === undefined) {
        if (valueFrom === undefined) found[name] = value ?? ''
        continue
      }
      const data = dataOf(cluster, namespace, ref.name ?? '')
      const text = data?.[ref.key]
      if (text !== undefined) found[name] = decoded(text)
      else if (ref.optional !== true) {
        const why = data === undefined ? `secret "${ref.name ?? ''}" not found` : `couldn't find key ${ref.key} in Secret ${namespace ?? ''}/${ref.name ?? ''}`
        throw new NotStartable('CreateContainerConfigError', why)
      }
    }
  }
  return found
}

/** Every Secret that a volume shows, with the keys it picks. */
function sourcesOf({ secret, projected }: Volume): SecretProjection[] {
  const own = secret?.secretName === undefined ? [] : [{ ...secret, name: secret.secretName }]
  return [...own, ...(projected?.sources ?? []).flatMap((source) => source.secret ?? [])]
}

/** Files by full path, as the volumes of a pod show them now. */
export function filesOf(cluster: Cluster, pod: Pod): Record<string, string> {
  const found: Record<string, string> = {}
  for (const container of containersOf(pod)) {
    for (const mount of container.volumeMounts ?? []) Object.assign(found, mounted(cluster, pod, mount))
  }
  return found
}

function mounted(cluster: Cluster, pod: Pod, mount: VolumeMount): Record<string, string> {
  const volume = pod.spec.volumes?.find(({ name }) => name === mount.name)
  const shown = volume === undefined ? {} : filesIn(cluster, pod.metadata.namespace, volume)
  const base = mount.mountPath.replace(/\/$/, '')
  if (mount.subPath === undefined) return Object.fromEntries(Object.entries(shown).map(([path, text]) => [`${base}/${path}`, text]))
  const single = shown[mount.subPath]
  return single === undefined ? {} : { [mount.mountPath]: single }
}

function filesIn(cluster: Cluster, namespace: string | undefined, volume: Volume): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { name = '', items, optional } of sourcesOf(volume)) {
    const data = dataOf(cluster, namespace, name)
    if (data === undefined && optional !== true)
      throw new NotStartable('ContainerCreating', `MountVolume.SetUp failed for volume "${volume.name}" : secret "${name}" not found`)
    const wanted: readonly KeyToPath[] = items ?? Object.keys(data ?? {}).map((key) => ({ key, path: key }))
    for (const { key, path } of wanted) {
      const text = data?.[key]
      if (text !== undefined) found[path] = decoded(text)
      else if (optional !== true)
        throw new NotStartable('ContainerCreating', `MountVolume.SetUp failed for volume "${volume.name}" : references non-existent secret key: ${key}`)
    }
  }
  return found
}

/** The paths that stay as they were at start whatever happens to the Secret. */
export function fixedPaths(pod: Pod): ReadonlySet<string> {
  const mounts = containersOf(pod).flatMap(({ volumeMounts }) => volumeMounts ?? [])
  return new Set(mounts.filter(({ subPath }) => subPath !== undefined).map(({ mountPath }) => mountPath))
}

/** Names of the Secrets that a pod mounts. */
export function mountedSecrets(pod: Pod): ReadonlySet<string> {
  return new Set((pod.spec.volumes ?? []).flatMap(sourcesOf).flatMap(({ name }) => name ?? []))
}
