/** Restarting the named workloads, and how far that is: every pod that is older than the promotion gone, ending ones included. */
import type { Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import type { Progress } from '../../ports/target.ts'
import type { ClusterApi } from './kubernetes-api.ts'
import { refused } from './kubernetes-errors.ts'
import { isOver, isYounger, ownersOf } from './kubernetes-pods.ts'
import { hindrance, rollout, type Kind } from './kubernetes-rollout.ts'
import type { Promotion } from './kubernetes-secret.ts'
import { podPage, workloadShape, type Pod, type WorkloadObject } from './kubernetes-shapes.ts'

/** A workload as the config names it: `deployment/web`. */
export type WorkloadName = `${Kind}/${string}`

/** A named workload as it is now; `null` where there is none of this name. */
export interface Workload {
  readonly name: WorkloadName
  readonly kind: Kind
  readonly found: WorkloadObject | null
}

export interface Workloads {
  look(): Promise<readonly Workload[]>
  /** Restarts those whose pods are not started for this promotion yet. Refuses, and changes none, where a restart could not reach every pod. */
  restart(reading: Promise<Promotion>, now: Ms): Promise<void>
  restarted(reading: Promise<Promotion>): Promise<Progress>
}

/** The workloads of one namespace. `tagName`: the annotation of their pods that says for which promotion they were started. */
export function openWorkloads(api: ClusterApi, namespace: string, names: readonly WorkloadName[], tagName: string): Workloads {
  const lookAt = async (name: WorkloadName): Promise<Workload> => {
    const found = await api.read(workloadShape, pathOf(namespace, name), `reading ${name}`).catch(nothingThere)
    return { name, kind: partsOf(name)[0], found }
  }
  const look = (): Promise<readonly Workload[]> => Promise.all(names.map(lookAt))
  const podsOf = podLists(api, namespace)
  const withPods = async (name: WorkloadName): Promise<readonly [Workload, readonly Pod[]]> => {
    const reading = lookAt(name)
    return Promise.all([reading, podsOf(name, reading)])
  }
  return {
    look,
    restart: async (reading, now) => {
      const [promotion, all] = await Promise.all([reading, look()])
      const stuck = all.flatMap((workload) => stuckWords(workload) ?? [])
      if (stuck.length > 0) throw refused('KR_KUBERNETES_WORKLOAD', stuck.join('; '), 'put that right, or replace the pods yourself; then go on')
      const due = all.filter(({ found }) => promotion.tag === null || found?.spec.template.metadata?.annotations[tagName] !== promotion.tag)
      const body = restartPatch(promotion, tagName, now)
      const sent = await Promise.allSettled(due.map(({ name }) => api.patch(pathOf(namespace, name), 'keyrot', body, `restarting ${name}`)))
      for (const one of sent) if (one.status === 'rejected') throw one.reason
    },
    restarted: async (reading) => {
      const [promotion, all] = await Promise.all([reading, Promise.all(names.map(withPods))])
      const isOld = (pod: Pod): boolean => !isOver(pod) && !isYounger(pod, promotion, tagName)
      return worst(all.map(([workload, pods]) => progressOf(workload, pods.filter(isOld))))
    },
  }
}

/**
 * The pods of a workload, asked for beside the workload itself where its selector is known from the last look, and once more in the rare
 * case that it has another one now.
 */
function podLists(api: ClusterApi, namespace: string): (name: WorkloadName, reading: Promise<Workload>) => Promise<readonly Pod[]> {
  const selectors = new Map<WorkloadName, string>()
  const list = (name: WorkloadName, labelSelector: string): Promise<readonly Pod[]> =>
    api.list(podPage, `/api/v1/namespaces/${namespace}/pods`, { labelSelector }, `listing the pods of ${name}`)
  return async (name, reading) => {
    const known = selectors.get(name)
    const early = known === undefined ? null : list(name, known)
    early?.catch(() => undefined)
    const { found } = await reading
    if (found === null) return []
    const selector = selectorOf(found)
    selectors.set(name, selector)
    const pods = await (early === null || selector !== known ? list(name, selector) : early)
    return pods.filter((pod) => ownersOf(pod).includes(name))
  }
}

/** The controller's word and our own count. Where a restart cannot reach every pod, somebody may have replaced them all the same. */
function progressOf(workload: Workload, old: readonly Pod[]): Progress {
  const { name, kind, found } = workload
  const stuck = stuckWords(workload)
  if (found === null || (stuck !== null && old.length > 0)) return { state: 'failed', why: stuck ?? '' }
  const { state, why } = stuck === null ? rollout(kind, found) : { state: 'yes' as const }
  if (state !== 'yes') return { state, why: `${name}: ${why ?? ''}` }
  return old.length === 0 ? { state } : { state: 'no', why: `${name}: ${describe(old)}` }
}

/** Why a restart of this workload does not reach every pod, or `null`. */
function stuckWords({ name, kind, found }: Workload): string | null {
  if (found === null) return `${name} does not exist`
  const words = hindrance(kind, found)
  return words === null ? null : `${name} ${words}`
}

function pathOf(namespace: string, name: WorkloadName): string {
  const [kind, own] = partsOf(name)
  return `/apis/apps/v1/namespaces/${namespace}/${kind}s/${own}`
}

function partsOf(name: WorkloadName): readonly [Kind, string] {
  const [kind = '', own = ''] = name.split('/')
  return [kind as Kind, own]
}

function nothingThere(error: unknown): null {
  if (error instanceof KeyrotError && error.kind === 'not-found') return null
  throw error
}

/** kubectl's restart (objectrestarter.go), and for which promotion: the second mark makes repeating it harmless. */
function restartPatch({ tag }: Promotion, tagName: string, now: Ms): object {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date(now).toISOString(), ...(tag === null ? {} : { [tagName]: tag }) }
  return { spec: { template: { metadata: { annotations } } } }
}

/** A label selector as a query has it (labels.Selector.String). */
function selectorOf({ spec }: WorkloadObject): string {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector ?? {}
  const equal = Object.entries(matchLabels).map(([label, value]) => `${label}=${value}`)
  const other = matchExpressions.map(({ key, operator, values }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${values.join(',')})`
  })
  return [...equal, ...other].join(',')
}

function describe(old: readonly Pod[]): string {
  const ending = old.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length
  const pods = old.length === 1 ? '1 pod with the older key is' : `${old.length} pods with the older key are`
  return ending === old.length ? `${pods} still ending` : `${pods} left`
}

const ORDER = ['failed', 'no', 'unknown', 'yes'] as const

/** The state of the one that is furthest behind; the words of all in that state. */
function worst(all: readonly Progress[]): Progress {
  const state = ORDER.find((one) => all.some((progress) => progress.state === one)) ?? 'yes'
  const why = all.flatMap((progress) => (progress.state === state && progress.why !== undefined ? [progress.why] : []))
  return why.length === 0 ? { state } : { state, why: why.join('; ') }
}
