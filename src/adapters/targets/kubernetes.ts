/** A key in one data key of a Kubernetes Secret, down to the pods that run with it. */
import { defineTarget } from '../define.ts'
import { roleSheets } from './kubernetes-rights.ts'
import { clusterOf, schema, usualFallback } from './kubernetes-settings.ts'

export const kubernetes = defineTarget({
  type: 'kubernetes',
  title: 'A Kubernetes Secret',
  schema,
  slots: (settings) => {
    const { key, fallback = usualFallback(key), secret, namespace } = settings
    return (fallback === 'none' ? [key] : [key, fallback]).map((name) => `${clusterOf(settings)} ${namespace}/${secret} ${name}`)
  },
  reach: ({ context = null, kubeconfig = null }) => ({ by: 'cluster', context, kubeconfig }),
  permissions: (blocks) => roleSheets(blocks.map(({ settings }) => ({ ...settings, workloads: settings.workloads ?? [], cluster: clusterOf(settings) }))),
  connect: async (name, settings, around) => (await import('./kubernetes-target.ts')).openTarget(name, settings, around),
})
