/** The kinds that this server knows, and what is particular to each. */
import type { FieldError, Named } from '../failures.ts'
import { type JsonObject, type KubeObject, sameJson } from '../objects.ts'
import { type ConfigMap, validateConfigMap } from './config-map-rules.ts'
import { decodeOther, decodeSecret } from './decode.ts'
import { validateLease } from './lease-rules.ts'
import { type Secret, validateSecret } from './secret-rules.ts'
import {
  cronJobDefaults,
  daemonSetDefaults,
  deploymentDefaults,
  jobDefaults,
  podSpecDefaults,
  replicaSetDefaults,
  statefulSetDefaults,
  validateCronJob,
  validateJob,
  validatePod,
  validateTemplated,
} from './workload-rules.ts'

export interface Resource {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  /** Whether `…/status` exists; then the main endpoint leaves `status` alone. */
  readonly status: boolean
  /** Members that callers of the main endpoint never own, even where creation fills them in. */
  readonly serverOwned: readonly string[]
  /** PUT makes what is not there. */
  readonly createOnUpdate: boolean
  /** PUT without a resource version overwrites. */
  readonly unconditionalUpdate: boolean
  decode(body: JsonObject): JsonObject
  /** Fills in what was left unsaid; `old` is `null` at creation. */
  defaults(object: KubeObject, old: KubeObject | null): KubeObject
  validate(object: KubeObject, old: KubeObject | null): readonly FieldError[]
  /** Whether a change is one of the wanted state; `null` where the kind counts no generations. */
  readonly changes: ((object: KubeObject, old: KubeObject) => boolean) | null
}

const ALL = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

const specChanges = (object: KubeObject, old: KubeObject): boolean => !sameJson(object['spec'], old['spec'])

function resource(group: string, plural: string, kind: string, own: Partial<Resource>): Resource {
  const plain: Omit<Resource, 'group' | 'plural' | 'kind'> = {
    version: 'v1',
    namespaced: true,
    verbs: ALL,
    status: false,
    serverOwned: ['status'],
    createOnUpdate: false,
    unconditionalUpdate: true,
    decode: decodeOther,
    defaults: (object) => object,
    validate: () => [],
    changes: null,
  }
  return { ...plain, ...own, group, plural, kind }
}

type Members = Record<string, unknown>

/** A kind with `spec` and `status`. `status` is what stands there before a controller has looked. */
function workload(
  group: string,
  plural: string,
  kind: string,
  spec: (given: unknown, object: KubeObject) => Members,
  status: Members,
  own: Partial<Resource> = {},
): Resource {
  return resource(group, plural, kind, {
    status: true,
    defaults: (object) => ({ ...object, spec: spec(object['spec'], object), status: object['status'] ?? status }),
    validate: validateTemplated,
    changes: specChanges,
    ...own,
  })
}

export const SECRETS = resource('', 'secrets', 'Secret', {
  decode: decodeSecret,
  defaults: ({ data, type, ...rest }) => {
    const held = typeof data === 'object' && data !== null && Object.keys(data).length > 0 ? { data } : {}
    return { ...rest, ...held, type: type === undefined || type === '' ? 'Opaque' : type } as KubeObject
  },
  validate: (object, old) => validateSecret(object as Secret, old as Secret | null),
})

export const CONFIG_MAPS = resource('', 'configmaps', 'ConfigMap', {
  validate: (object, old) => validateConfigMap(object as ConfigMap, old as ConfigMap | null),
})

export const NAMESPACES = resource('', 'namespaces', 'Namespace', {
  namespaced: false,
  status: true,
  serverOwned: ['spec', 'status'],
  defaults: (object) => {
    const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
    return {
      ...object,
      metadata: { ...object.metadata, labels },
      spec: object['spec'] ?? { finalizers: ['kubernetes'] },
      status: object['status'] ?? { phase: 'Active' },
    }
  },
})

export const PODS = resource('', 'pods', 'Pod', {
  status: true,
  defaults: (object) => ({ ...object, spec: podSpecDefaults(object['spec']), status: object['status'] ?? { phase: 'Pending', qosClass: 'BestEffort' } }),
  validate: validatePod,
})

/** Of a Deployment, annotations count as wanted state too: `deployment/strategy.go` copies them to its ReplicaSets. */
export const DEPLOYMENTS = workload(
  'apps',
  'deployments',
  'Deployment',
  deploymentDefaults,
  {},
  {
    changes: (object, old) => specChanges(object, old) || !sameJson(object.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
  },
)
export const REPLICASETS = workload('apps', 'replicasets', 'ReplicaSet', replicaSetDefaults, { replicas: 0 })
export const STATEFULSETS = workload('apps', 'statefulsets', 'StatefulSet', statefulSetDefaults, { replicas: 0, availableReplicas: 0 })
const NO_NODE = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
export const DAEMONSETS = workload('apps', 'daemonsets', 'DaemonSet', daemonSetDefaults, NO_NODE)
export const CONTROLLER_REVISIONS = resource('apps', 'controllerrevisions', 'ControllerRevision', {})
export const JOBS = workload('batch', 'jobs', 'Job', (spec, object) => jobDefaults(spec, object.metadata.uid), {}, { validate: validateJob })
export const CRONJOBS = workload('batch', 'cronjobs', 'CronJob', cronJobDefaults, {}, { validate: validateCronJob })
export const LEASES = resource('coordination.k8s.io', 'leases', 'Lease', { createOnUpdate: true, unconditionalUpdate: false, validate: validateLease })

const REVIEWS = { namespaced: false, verbs: ['create'] }
export const ACCESS_REVIEWS = resource('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', REVIEWS)
export const RULES_REVIEWS = resource('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', REVIEWS)

export const RESOURCES: readonly Resource[] = [
  NAMESPACES,
  SECRETS,
  CONFIG_MAPS,
  PODS,
  DEPLOYMENTS,
  REPLICASETS,
  STATEFULSETS,
  DAEMONSETS,
  CONTROLLER_REVISIONS,
  JOBS,
  CRONJOBS,
  LEASES,
  ACCESS_REVIEWS,
  RULES_REVIEWS,
]

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`
}

/** The name of a kind's rows in the store: `secrets`, `deployments.apps`. */
export function rowsOf({ group, plural }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`
}

/** As errors name it by resource … */
export function byResource({ group, plural }: Resource): Named {
  return { group, kind: plural }
}

/** … and by kind. */
export function byKind({ group, kind }: Resource): Named {
  return { group, kind }
}
