/** Pods and revisions made from the template of a workload. */
import { createHash } from 'node:crypto'
import { apiVersionOf, PODS, type Resource } from '../api/resources.ts'
import type { Cluster } from '../cluster.ts'
import { isObject, type KubeObject, type OwnerReference } from '../objects.ts'
import type { Pod, PodTemplate } from '../workloads.ts'
import { make } from './writes.ts'

const SAFE = 'bcdfghjklmnpqrstvwxz2456789'

/** The hash by which revisions are told apart: like templates have like hashes, whatever the order of their members. The salt keeps kinds apart. */
export function hashOf(template: PodTemplate, salt = ''): string {
  const digest = createHash('sha256')
    .update(salt + JSON.stringify(ordered(template)))
    .digest()
  return Array.from(digest.subarray(0, 10), (byte) => SAFE[byte % SAFE.length]).join('')
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isObject(value)) return value
  const members = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(members.map(([name, inner]) => [name, ordered(inner)]))
}

export function ownedBy(owner: KubeObject, resource: Resource): OwnerReference {
  const { name, uid } = owner.metadata
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid, controller: true, blockOwnerDeletion: true }
}

export interface PodWish {
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly nodeName?: string
}

/** A pod of a template, owned by its workload. Without a name it gets the owner's and a random end. */
export function makePod(cluster: Cluster, owner: KubeObject, resource: Resource, template: PodTemplate, wish: PodWish = {}): Pod {
  const name = wish.name === undefined ? { generateName: `${owner.metadata.name}-` } : { name: wish.name }
  const labels = { ...template.metadata?.labels, ...wish.labels }
  const { annotations } = template.metadata ?? {}
  const metadata = { ...name, labels, ...(annotations === undefined ? {} : { annotations }), ownerReferences: [ownedBy(owner, resource)] }
  const spec = { ...template.spec, ...(wish.nodeName === undefined ? {} : { nodeName: wish.nodeName }) }
  return make<Pod>(cluster, PODS, owner.metadata.namespace ?? '', { metadata, spec })
}

/** The labels of a template with the one that tells its revision. */
export function withLabel(template: PodTemplate, name: string, value: string): PodTemplate {
  return { ...template, metadata: { ...template.metadata, labels: { ...template.metadata?.labels, [name]: value } } }
}
