/** The ReplicaSets of a Deployment: one for each template it has had (`pkg/controller/deployment/sync.go`). */
import { REPLICASETS } from '../api/resources.ts'
import { sameJson } from '../objects.ts'
import type { Deployment, PodTemplate, ReplicaSet } from '../workloads.ts'
import type { Control } from './control.ts'
import { resolved } from './fenceposts.ts'
import { hashOf, ownedBy, withLabel } from './templates.ts'
import { controlled, make, writeSpec } from './writes.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
const DESIRED = 'deployment.kubernetes.io/desired-replicas'
const MOST = 'deployment.kubernetes.io/max-replicas'
const HASH = 'pod-template-hash'

export interface Sets {
  /** The one of the present template, if it is there. */
  readonly current: ReplicaSet | undefined
  /** Oldest first. */
  readonly old: readonly ReplicaSet[]
  readonly all: readonly ReplicaSet[]
}

export function setsOf({ cluster }: Control, deployment: Deployment): Sets {
  const age = (set: ReplicaSet): number => Number(set.metadata.annotations?.[REVISION] ?? 0)
  const all = controlled<ReplicaSet>(cluster, REPLICASETS, deployment).toSorted((left, right) => age(left) - age(right))
  const current = all.find((set) => sameJson(unlabelled(set.spec.template), unlabelled(deployment.spec.template)))
  return { current, old: all.filter((set) => set !== current), all }
}

function unlabelled({ metadata, spec }: PodTemplate): PodTemplate {
  const { [HASH]: _hash, ...labels } = metadata?.labels ?? {}
  return { metadata: { ...metadata, labels }, spec }
}

/** The revision that the present template has, or gets when it is new or comes back. */
export function nextRevision({ current, old }: Sets): string {
  const number = (set: ReplicaSet): number => Number(set.metadata.annotations?.[REVISION] ?? 0)
  const newest = Math.max(0, ...old.map(number))
  return String(current !== undefined && number(current) > newest ? number(current) : newest + 1)
}

function annotationsFor(deployment: Deployment, revision: string): Record<string, string> {
  const { replicas, strategy } = deployment.spec
  const surge = strategy.type === 'RollingUpdate' ? resolved(deployment).maxSurge : 0
  const { 'kubectl.kubernetes.io/last-applied-configuration': _copy, ...own } = deployment.metadata.annotations ?? {}
  return { ...own, [DESIRED]: String(replicas), [MOST]: String(replicas + surge), [REVISION]: revision }
}

/** Makes the ReplicaSet of the present template. */
export function addSet({ cluster }: Control, deployment: Deployment, sets: Sets, replicas: number): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec
  const hash = hashOf(template)
  const metadata = {
    name: `${deployment.metadata.name}-${hash}`,
    labels: { ...template.metadata?.labels, [HASH]: hash },
    annotations: annotationsFor(deployment, nextRevision(sets)),
    ownerReferences: [ownedBy(deployment, { ...REPLICASETS, plural: 'deployments', kind: 'Deployment' })],
  }
  const labelled = { ...selector, matchLabels: { ...selector.matchLabels, [HASH]: hash } }
  const spec = { replicas, ...(minReadySeconds === undefined ? {} : { minReadySeconds }), selector: labelled, template: withLabel(template, HASH, hash) }
  return make<ReplicaSet>(cluster, REPLICASETS, deployment.metadata.namespace ?? '', { metadata, spec })
}

/** Sets how many pods a ReplicaSet wants. Whether that changed anything. */
export function scale({ cluster }: Control, deployment: Deployment, set: ReplicaSet, replicas: number): boolean {
  const annotations = annotationsFor(deployment, set.metadata.annotations?.[REVISION] ?? '1')
  if (set.spec.replicas === replicas && sameJson(annotations, set.metadata.annotations)) return false
  writeSpec(cluster, REPLICASETS, set, { replicas }, annotations)
  return set.spec.replicas !== replicas
}

/** A template that comes back gets a new revision number, and its ReplicaSet with it. */
export function renumber({ cluster }: Control, deployment: Deployment, set: ReplicaSet, revision: string): void {
  if (set.metadata.annotations?.[REVISION] !== revision) writeSpec(cluster, REPLICASETS, set, {}, annotationsFor(deployment, revision))
}

/** Whether `spec.replicas` of the Deployment moved since its sets were last scaled. */
export function isScaling(deployment: Deployment, { all }: Sets): boolean {
  return all.some((set) => set.spec.replicas > 0 && set.metadata.annotations?.[DESIRED] !== String(deployment.spec.replicas))
}
