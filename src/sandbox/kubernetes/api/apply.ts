/** Server-side apply: what a manager claims is merged in, what it no longer claims and nobody else does is taken out. */
import { isObject, type Json, type JsonObject, type KubeObject } from '../objects.ts'
import { claimOf, type FieldSet } from './field-set.ts'
import { itemKey, keysOf } from './lists.ts'
import { claimBefore, ownedByOthers, refuseConflicts, type Writer } from './managed-fields.ts'
import { strategicPatch } from './strategic.ts'

/** The object that an apply wants. Fields that others own and the claim would change are a conflict, unless forced. */
export function applyClaim(old: KubeObject | null, claim: JsonObject, writer: Writer, force: boolean): JsonObject {
  if (old === null) return claim
  if (!force) refuseConflicts(claim, old, writer, old.apiVersion)
  const before = claimBefore(old, writer, old.apiVersion)
  const kept = ownedByOthers(old, writer, old.apiVersion)
  const now = claimOf(claim)
  const dropped = new Set([...before].filter((path) => !now.has(path) && !kept.has(path)))
  const rest = without(structuredClone(old) as unknown as JsonObject, [], dropped)
  const { resourceVersion } = (claim['metadata'] ?? {}) as { resourceVersion?: string }
  const merged = strategicPatch(rest as JsonObject, claim)
  const metadata = { ...(merged['metadata'] as JsonObject), resourceVersion: resourceVersion ?? old.metadata.resourceVersion }
  return { ...merged, metadata }
}

function without(node: Json, path: readonly string[], dropped: FieldSet, name = ''): Json {
  const stays = (step: string): boolean => !dropped.has(JSON.stringify([...path, step]))
  if (Array.isArray(node)) {
    const keys = keysOf(name)
    const stepOf = (item: Json): string => (keys === undefined ? `v:${JSON.stringify(item)}` : itemKey(keys, item))
    return node.filter((item) => stays(stepOf(item))).map((item) => without(item, [...path, stepOf(item)], dropped))
  }
  if (!isObject(node)) return node
  const members = Object.entries(node).filter(([inner]) => stays(`f:${inner}`))
  return Object.fromEntries(members.map(([inner, value]) => [inner, without(value, [...path, `f:${inner}`], dropped, inner)]))
}
