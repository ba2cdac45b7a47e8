/** The settings of the Kubernetes target, as a config has them. */
import { isAbsolute, normalize } from 'node:path'
import { z } from 'zod'

/** Data keys of a Secret (apimachinery, IsConfigMapKey), and nothing that looks like an OpenAI key. */
const DATA_KEY = /^(?!sk-)[-._A-Za-z0-9]{1,253}$/
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
const WORKLOAD = /^(?:deployment|statefulset|daemonset)\/[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/
const CONSUMER = /^(?:(?:deployment|replicaset|statefulset|daemonset|cronjob|job|[a-z0-9]{1,63})\/)?[-a-z0-9.*]{1,253}$/
// eslint-disable-next-line no-control-regex -- control characters are what this refuses
const PLAIN = /^[^\u0000-\u001f\u007f]{1,1024}$/

const staysInside = (path: string): boolean => isAbsolute(path) || !normalize(path).split(/[/\\]/).includes('..')

/** How a cluster and a namespace in it are named, for a Secret and for state alike. */
export const clusterSettings = {
  namespace: z.string().regex(NAMESPACE, 'must be the name of a namespace'),
  context: z
    .string()
    .regex(PLAIN, 'must be the name of a context')
    .optional()
    .describe('Context of the kubeconfig. Default: the current one, which `kubectl config use-context` moves.'),
  kubeconfig: z
    .string()
    .regex(PLAIN, 'must be a path')
    .refine(staysInside, 'a relative path must stay under the folder of the config')
    .optional()
    .describe('The kubeconfig, relative to the folder of the config, or an absolute path. Default: as kubectl finds it, else the account of the pod.'),
}

export const schema = z
  .strictObject({
    secret: z.string().regex(NAME, 'must be the name of a Secret').describe('Name of the Secret. It must exist: keyrot creates none.'),
    key: z
      .string()
      .regex(DATA_KEY, 'must be the name of a data key: letters, digits, `-`, `_` and `.`')
      .default('OPENAI_API_KEY')
      .describe('Name of the data key that holds the key in use.'),
    fallback: z
      .string()
      .regex(DATA_KEY, 'must be the name of a data key, or `none`')
      .optional()
      .describe(
        'The data key that holds the other key during a rotation, or `none`. Default: the data key with `_FALLBACK` behind it; `none` where a reloader is seen to watch the Secret.',
      ),
    namespace: clusterSettings.namespace.describe('Namespace of the Secret and of its workloads.'),
    context: clusterSettings.context,
    kubeconfig: clusterSettings.kubeconfig,
    workloads: z
      .array(z.string().regex(WORKLOAD, 'must be deployment/NAME, statefulset/NAME or daemonset/NAME'))
      .optional()
      .describe('What runs with the key and is restarted to take it: `deployment/NAME`, `statefulset/NAME`, `daemonset/NAME`.'),
    consumers: z
      .enum(['reload', 'reread', 'manual'])
      .optional()
      .describe(
        'How pods get the new key: `reload` if keyrot restarts the `workloads` (the default where some are named), `reread` if they read a mounted file again by themselves, `manual` if a person restarts them (keyrot asks).',
      ),
    ignoreConsumers: z
      .array(z.string().regex(CONSUMER, 'must be a pattern of pod names, or kind/name such as cronjob/NAME'))
      .optional()
      .describe('Pods that may keep an old key: patterns of their names (`*` for any characters), or who started them (`cronjob/NAME`).'),
  })
  .refine((settings) => settings.fallback !== settings.key, { path: ['fallback'], message: 'must differ from `key`' })
  .refine((settings) => consumersOf(settings) !== null, {
    path: ['consumers'],
    message: 'is needed: `reread` or `manual`, or name the `workloads` that keyrot restarts',
  })
  .refine((settings) => consumersOf(settings) === 'reload' || (settings.workloads ?? []).length === 0, {
    path: ['workloads'],
    message: 'are restarted with `consumers: reload` only',
  })

export type Settings = z.output<typeof schema>

interface Intent {
  readonly consumers?: 'reload' | 'reread' | 'manual' | undefined
  readonly workloads?: readonly string[] | undefined
}

/** How consumers get the key; `null` where the settings do not say. */
export function consumersOf({ consumers, workloads = [] }: Intent): NonNullable<Intent['consumers']> | null {
  if (consumers === undefined || consumers === 'reload') return workloads.length > 0 ? 'reload' : null
  return consumers
}

/** The data key of the fallback slot where the settings name none. */
export const usualFallback = (key: string): string => `${key}_FALLBACK`

/** The cluster that settings mean, in words; empty for the one of the environment. */
export function clusterOf({ kubeconfig, context }: Pick<Settings, 'kubeconfig' | 'context'>): string {
  const parts = [context === undefined ? '' : `context ${context}`, kubeconfig === undefined ? '' : `kubeconfig ${kubeconfig}`]
  return parts.filter((part) => part !== '').join(', ')
}
