/** The templates that a StatefulSet or DaemonSet has had, kept as ControllerRevisions (`pkg/controller/history`). */
import { CONTROLLER_REVISIONS, type Resource } from '../api/resources.ts'
import type { Cluster } from '../cluster.ts'
import type { KubeObject } from '../objects.ts'
import type { ControllerRevision, PodTemplate } from '../workloads.ts'
import { hashOf, ownedBy } from './templates.ts'
import { controlled, end, make } from './writes.ts'

export const REVISION_LABEL = 'controller-revision-hash'

interface Templated extends KubeObject {
  spec: { template: PodTemplate; revisionHistoryLimit: number }
}

function revisionsOf(cluster: Cluster, owner: KubeObject): ControllerRevision[] {
  return controlled<ControllerRevision>(cluster, CONTROLLER_REVISIONS, owner).toSorted((left, right) => left.revision - right.revision)
}

/** The revision of the present template; it is made, or made the newest again, when it is not. */
export function presentRevision(cluster: Cluster, owner: Templated, resource: Resource): ControllerRevision {
  const hash = hashOf(owner.spec.template, owner.kind)
  const name = `${owner.metadata.name}-${hash}`
  const all = revisionsOf(cluster, owner)
  const newest = all.at(-1)
  if (newest?.metadata.name === name) return newest
  const again = all.find((revision) => revision.metadata.name === name)
  if (again !== undefined) end(cluster, CONTROLLER_REVISIONS, again)
  const labels = { ...owner.spec.template.metadata?.labels, [REVISION_LABEL]: hash }
  const metadata = { name, labels, ownerReferences: [ownedBy(owner, resource)] }
  const data = { spec: { template: owner.spec.template } }
  return make<ControllerRevision>(cluster, CONTROLLER_REVISIONS, owner.metadata.namespace ?? '', { metadata, data, revision: (newest?.revision ?? 0) + 1 })
}

/** The template of a revision by name, or the present one when it is forgotten. */
export function templateOf(cluster: Cluster, owner: Templated, name: string | undefined): PodTemplate {
  return revisionsOf(cluster, owner).find(({ metadata }) => metadata.name === name)?.data.spec.template ?? owner.spec.template
}

/** Forgets the oldest revisions beyond the limit, but none that is in use. */
export function tidyRevisions(cluster: Cluster, owner: Templated, inUse: ReadonlySet<string>): void {
  const idle = revisionsOf(cluster, owner).filter(({ metadata }) => !inUse.has(metadata.name))
  for (const revision of idle.slice(0, Math.max(0, idle.length - owner.spec.revisionHistoryLimit))) end(cluster, CONTROLLER_REVISIONS, revision)
}
