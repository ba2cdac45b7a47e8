/** What admission adds to every new pod (`ServiceAccount` and `Priority` of `plugin/pkg/admission`). */
import type { PodSpec } from '../workloads.ts'

/** A pod with its service account, whose token comes by a projected volume that holds no Secret. */
export function admitted(spec: PodSpec, suffix: string): PodSpec {
  const name = `kube-api-access-${suffix}`
  const mount = { name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
  ]
  const containers = (spec.containers ?? []).map((container) => ({ ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] }))
  const volumes = [...(spec.volumes ?? []), { name, projected: { sources, defaultMode: 420 } }] as PodSpec['volumes']
  const account = { serviceAccountName: spec.serviceAccountName ?? 'default', serviceAccount: spec.serviceAccountName ?? 'default' }
  return { ...spec, containers, volumes, ...account, enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority', priority: 0 } as unknown as PodSpec
}
