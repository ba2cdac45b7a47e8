/** Defaults and demands of workloads (`pkg/apis/apps/v1/defaults.go`, `pkg/apis/core/v1/defaults.go` and the validation beside them). */
import { type FieldError, invalidField, requiredField, unsupportedField } from '../failures.ts'
import { isObject, type JsonObject, type KubeObject, sameJson } from '../objects.ts'
import type { LabelSelector } from '../workloads.ts'
import { matches } from './selectors.ts'

type Spec = Record<string, unknown>

function defaulted(given: unknown, defaults: Spec): Spec {
  return { ...defaults, ...Object.fromEntries(Object.entries(isObject(given) ? given : {}).filter(([, value]) => value !== null)) }
}

export function podSpecDefaults(given: unknown, restartPolicy = 'Always'): Spec {
  const spec = defaulted(given, {
    restartPolicy,
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  })
  for (const name of ['containers', 'initContainers']) if (Array.isArray(spec[name])) spec[name] = spec[name].map(containerDefaults)
  if (Array.isArray(spec['volumes'])) spec['volumes'] = spec['volumes'].map(volumeDefaults)
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] = spec['serviceAccountName']
  return spec
}

function containerDefaults(given: unknown): Spec {
  const named = isObject(given) ? given['image'] : ''
  const image = typeof named === 'string' ? named : ''
  const imagePullPolicy = /[:@][^/]*$/.test(image) && !image.endsWith(':latest') ? 'IfNotPresent' : 'Always'
  return defaulted(given, { resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', imagePullPolicy })
}

function volumeDefaults(given: unknown): unknown {
  if (!isObject(given)) return given
  const withMode = (source: unknown): Spec => defaulted(source, { defaultMode: 420 })
  return {
    ...given,
    ...(isObject(given['secret']) ? { secret: withMode(given['secret']) } : {}),
    ...(isObject(given['projected']) ? { projected: withMode(given['projected']) } : {}),
  }
}

function templateDefaults(given: unknown, restartPolicy?: string): Spec {
  const template = defaulted(given, {})
  return { ...template, metadata: template['metadata'] ?? {}, spec: podSpecDefaults(template['spec'], restartPolicy) }
}

function rolling(given: unknown, defaults: Spec): Spec {
  const strategy = defaulted(given, { type: 'RollingUpdate' })
  return strategy['type'] === 'RollingUpdate' ? { ...strategy, rollingUpdate: defaulted(strategy['rollingUpdate'], defaults) } : strategy
}

export function deploymentDefaults(given: unknown): Spec {
  const spec = defaulted(given, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
  return { ...spec, template: templateDefaults(spec['template']), strategy: rolling(spec['strategy'], { maxUnavailable: '25%', maxSurge: '25%' }) }
}

export function replicaSetDefaults(given: unknown): Spec {
  const spec = defaulted(given, { replicas: 1 })
  return { ...spec, template: templateDefaults(spec['template']) }
}

export function statefulSetDefaults(given: unknown): Spec {
  const spec = defaulted(given, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10, serviceName: '' })
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Retain' }
  return {
    ...spec,
    template: templateDefaults(spec['template']),
    updateStrategy: rolling(spec['updateStrategy'], { partition: 0 }),
    persistentVolumeClaimRetentionPolicy,
  }
}

export function daemonSetDefaults(given: unknown): Spec {
  const spec = defaulted(given, { revisionHistoryLimit: 10 })
  return { ...spec, template: templateDefaults(spec['template']), updateStrategy: rolling(spec['updateStrategy'], { maxUnavailable: 1, maxSurge: 0 }) }
}

/** A Job that names no selector gets the one of its own uid, and its template the label; its pods restart by no rule of ours. */
export function jobDefaults(given: unknown, uid: string): Spec {
  const spec = defaulted(given, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  })
  const template = templateDefaults(spec['template'])
  const label = { 'batch.kubernetes.io/controller-uid': uid }
  const metadata = template['metadata'] as JsonObject
  return {
    selector: { matchLabels: label },
    ...spec,
    template: { ...template, metadata: { ...metadata, labels: { ...(metadata['labels'] as JsonObject | undefined), ...label } } },
  }
}

export function cronJobDefaults(given: unknown): Spec {
  const spec = defaulted(given, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 })
  const job = defaulted(spec['jobTemplate'], {})
  const inner = defaulted(job['spec'], {})
  return { ...spec, jobTemplate: { ...job, metadata: job['metadata'] ?? {}, spec: { ...inner, template: templateDefaults(inner['template']) } } }
}

interface Templated {
  readonly selector?: LabelSelector
  readonly template?: {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
    readonly spec?: { readonly containers?: unknown; readonly restartPolicy?: string }
  }
}

/** What holds for every workload with a selector and a pod template. */
export function validateTemplated(object: KubeObject, old: KubeObject | null): FieldError[] {
  const spec = object['spec'] as Templated
  const found: FieldError[] = []
  if (spec.selector === undefined || Object.keys(spec.selector).length === 0) found.push(requiredField('spec.selector'))
  else if (!matches(spec.selector, spec.template?.metadata?.labels ?? {})) {
    found.push(invalidField('spec.template.metadata.labels', spec.template?.metadata?.labels ?? {}, '`selector` does not match template `labels`'))
  }
  if (old !== null && !sameJson(spec.selector, (old['spec'] as Templated).selector))
    found.push(invalidField('spec.selector', spec.selector, 'field is immutable'))
  return [...found, ...containerErrors(spec.template?.spec?.containers, 'spec.template.spec.containers')]
}

function containerErrors(containers: unknown, field: string): FieldError[] {
  if (!Array.isArray(containers) || containers.length === 0) return [requiredField(field)]
  return containers.flatMap((container: unknown, index) => {
    const { name, image } = container as { name?: string; image?: string }
    return [...(name ? [] : [requiredField(`${field}[${index}].name`)]), ...(image ? [] : [requiredField(`${field}[${index}].image`)])]
  })
}

export function validatePod(object: KubeObject): FieldError[] {
  return containerErrors((object['spec'] as { containers?: unknown }).containers, 'spec.containers')
}

function restartErrors(policy: string | undefined, field: string): FieldError[] {
  return policy === 'OnFailure' || policy === 'Never' ? [] : [unsupportedField(field, policy ?? 'Always', ['OnFailure', 'Never'])]
}

export function validateJob(object: KubeObject): FieldError[] {
  const { template } = object['spec'] as Templated
  return [
    ...containerErrors(template?.spec?.containers, 'spec.template.spec.containers'),
    ...restartErrors(template?.spec?.restartPolicy, 'spec.template.spec.restartPolicy'),
  ]
}

const CRON_FIELD = /^(\*|[0-9A-Za-z?]+(-[0-9A-Za-z]+)?)(\/\d+)?(,(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(\/\d+)?)*$/

/** The words of `robfig/cron` v3, which the server repeats. */
export function validateCronJob(object: KubeObject): FieldError[] {
  const { schedule = '', jobTemplate } = object['spec'] as { schedule?: string; jobTemplate?: { spec?: Templated } }
  const found = jobTemplate?.spec?.template?.spec
  const field = 'spec.jobTemplate.spec.template.spec'
  return [
    ...scheduleErrors(schedule),
    ...containerErrors(found?.containers, `${field}.containers`),
    ...restartErrors(found?.restartPolicy, `${field}.restartPolicy`),
  ]
}

function scheduleErrors(schedule: string): FieldError[] {
  if (schedule === '') return [requiredField('spec.schedule')]
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/.test(schedule)) return []
  const fields = schedule.split(/\s+/).filter((part) => part !== '')
  if (fields.length !== 5) return [invalidField('spec.schedule', schedule, `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`)]
  const odd = fields.find((part) => !CRON_FIELD.test(part))
  return odd === undefined ? [] : [invalidField('spec.schedule', schedule, `failed to parse int from ${odd}: strconv.Atoi: parsing "${odd}": invalid syntax`)]
}
