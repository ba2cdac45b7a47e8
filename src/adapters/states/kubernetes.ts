/** State in a Kubernetes namespace: one ConfigMap per credential, and a Lease for each lock. */
import { z } from 'zod'
import { defineState } from '../define.ts'
import { roleSheet } from './kubernetes-rights.ts'
import { clusterOf, clusterSettings } from '../targets/kubernetes-settings.ts'

const schema = z.strictObject({
  namespace: clusterSettings.namespace.describe('Namespace of the ConfigMaps and Leases. It must exist; one that nothing else uses is best.'),
  context: clusterSettings.context,
  kubeconfig: clusterSettings.kubeconfig,
})

export type StateSettings = z.output<typeof schema>

export const kubernetesState = defineState({
  type: 'kubernetes',
  title: 'ConfigMaps and Leases in a Kubernetes namespace',
  schema,
  permissions: (settings, sheets) => [roleSheet(settings.namespace, clusterOf(settings), sheets)],
  open: async (settings, around) => (await import('./kubernetes-store.ts')).openStore(settings, around),
})
