/** Sets of field paths: what managed fields are made of (`structured-merge-diff/fieldpath`, format `FieldsV1`). */
import { isObject, type Json, type JsonObject } from '../objects.ts'
import { isAtomic, isSet, itemKey, keysOf } from './lists.ts'

/** Paths, each the JSON text of its steps: `["f:data","f:KEY"]`. */
export type FieldSet = ReadonlySet<string>

/** Structs that are always there, even before anything is said in them: no manager owns them as such. */
const STRUCTS = /^(?:metadata|spec|status|strategy|updateStrategy|template|jobTemplate)$/

/** Members of metadata that belong to the server alone. */
const UNMANAGED = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'generateName',
])

/** Every path of an object that can be owned, with its value as text; what has parts of its own has an empty one. */
export function pathsOf(object: JsonObject): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(object)) {
    if (name !== 'apiVersion' && name !== 'kind') walk(name, value, [`f:${name}`], found, name === 'metadata')
  }
  return found
}

function walk(name: string, value: Json, path: readonly string[], found: Map<string, string>, root = false): void {
  if (value === null || value === undefined) return
  const text = JSON.stringify(path)
  const isStruct = STRUCTS.test(name)
  const keys = Array.isArray(value) ? keysOf(name) : undefined
  const hasParts = Array.isArray(value)
    ? value.length > 0 && (keys !== undefined || isSet(name))
    : isObject(value) && Object.keys(value).length > 0 && !isAtomic(name)
  if (!hasParts) {
    if (!(isStruct && isObject(value))) found.set(text, JSON.stringify(value))
    return
  }
  if (!isStruct && name !== 'containers') found.set(text, '')
  if (!Array.isArray(value)) {
    for (const [inner, part] of Object.entries(value as JsonObject)) if (!(root && UNMANAGED.has(inner))) walk(inner, part, [...path, `f:${inner}`], found)
    return
  }
  for (const item of value) {
    const step = keys === undefined ? `v:${JSON.stringify(item)}` : itemKey(keys, item)
    if (keys === undefined || name === 'ownerReferences') found.set(JSON.stringify([...path, step]), JSON.stringify(item))
    else walk(step, item, [...path, step], found)
  }
}

/** What an applied object claims: its leaves and list items, not the maps around them. */
export function claimOf(object: JsonObject): FieldSet {
  const claimed = [...pathsOf(object)].filter(([path, value]) => value !== '' || (JSON.parse(path) as string[]).at(-1)?.startsWith('k:') === true)
  return new Set(claimed.map(([path]) => path))
}

export function fieldsV1(set: FieldSet): JsonObject {
  const root: JsonObject = {}
  for (const text of [...set].toSorted()) {
    let node = root
    for (const step of JSON.parse(text) as string[]) {
      const inner = node[step]
      node = isObject(inner) ? inner : (node[step] = {})
    }
  }
  for (const text of set) mark(root, JSON.parse(text) as string[])
  return root
}

/** A path that is owned itself and has owned parts says so by a dot. */
function mark(root: JsonObject, steps: readonly string[]): void {
  const node = steps.reduce<JsonObject>((inner, step) => inner[step] as JsonObject, root)
  if (Object.keys(node).length === 0) return
  const parts = { ...node }
  for (const name of Object.keys(node)) delete node[name]
  Object.assign(node, { '.': {}, ...parts })
}

export function setOf(fields: JsonObject): FieldSet {
  const found = new Set<string>()
  const visit = (node: JsonObject, path: readonly string[]): void => {
    const names = Object.keys(node)
    if (names.length === 0 || names.includes('.')) found.add(JSON.stringify(path))
    for (const name of names) if (name !== '.') visit(node[name] as JsonObject, [...path, name])
  }
  for (const [name, value] of Object.entries(fields)) visit(value as JsonObject, [name])
  return found
}

/** A path as conflicts name it: `.data.KEY`, `.spec.containers[name="c"].image`. */
export function shownPath(text: string): string {
  const steps = JSON.parse(text) as string[]
  return steps.map((step) => (step.startsWith('f:') ? `.${step.slice(2)}` : `[${keyText(step)}]`)).join('')
}

function keyText(step: string): string {
  if (step.startsWith('v:')) return `=${step.slice(2)}`
  const members = Object.entries(JSON.parse(step.slice(2)) as JsonObject)
  return members.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')
}
