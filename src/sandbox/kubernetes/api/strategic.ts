/** Strategic merge patch: merge patch that knows the lists of the API (`k8s.io/apimachinery/pkg/util/strategicpatch`). */
import { badRequest } from '../failures.ts'
import { isObject, type Json, type JsonObject } from '../objects.ts'
import { isSet, mergeKeyOf } from './lists.ts'

const DIRECTIVE = '$patch'
const RETAIN = '$retainKeys'
const ORDER = '$setElementOrder/'
const REMOVE = '$deleteFromPrimitiveList/'

/** The document with the patch merged in. An unknown directive is a 400. */
export function strategicPatch(target: JsonObject, patch: JsonObject): JsonObject {
  const directive = directiveOf(patch)
  const said = Object.fromEntries(Object.entries(patch).filter(([name]) => name !== DIRECTIVE && name !== RETAIN)) as JsonObject
  if (directive === 'replace') return said
  if (directive === 'delete') return {}
  const result = retained(target, patch[RETAIN])
  for (const [name, value] of Object.entries(said)) {
    if (name.startsWith(ORDER)) continue
    if (name.startsWith(REMOVE)) removeFrom(result, name.slice(REMOVE.length), value)
    else if (value === null) delete result[name]
    else result[name] = merged(name, result[name], value, said[ORDER + name])
  }
  return result
}

function directiveOf(patch: JsonObject): string | undefined {
  const said = patch[DIRECTIVE]
  if (said === undefined || said === 'replace' || said === 'delete' || said === 'merge') return said
  throw badRequest(`Unknown patch type found: ${JSON.stringify(said)}`)
}

function retained(target: JsonObject, keys: Json | undefined): JsonObject {
  if (!Array.isArray(keys)) return { ...target }
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)))
}

function removeFrom(result: JsonObject, name: string, values: Json): void {
  const list = result[name]
  if (Array.isArray(list) && Array.isArray(values)) result[name] = list.filter((item) => !values.includes(item))
}

function merged(name: string, target: Json | undefined, patch: Json, order: Json | undefined): Json {
  if (isObject(patch)) return strategicPatch(isObject(target) ? target : {}, patch)
  if (!Array.isArray(patch)) return patch
  const list = Array.isArray(target) ? target : []
  if (isSet(name)) return [...list, ...patch.filter((item) => !list.includes(item))]
  const key = mergeKeyOf(name)
  return key === undefined ? patch : mergeItems(list, patch, key, order)
}

function mergeItems(target: readonly Json[], patch: readonly Json[], key: string, order: Json | undefined): Json[] {
  const keyOf = (item: Json): Json | undefined => (isObject(item) ? item[key] : undefined)
  const told = (wish: string | undefined): JsonObject[] => patch.filter((item): item is JsonObject => isObject(item) && directiveOf(item) === wish)
  const wanted = [...told(undefined), ...told('merge')]
  if (told('replace').length > 0) return wanted
  const lost = new Set(told('delete').map(keyOf))
  if (wanted.some((item) => keyOf(item) === undefined)) throw badRequest(`map: map[] does not contain declared merge key: ${key}`)
  const changed = wanted.map((item) => strategicPatch((target.find((there) => keyOf(there) === keyOf(item)) ?? {}) as JsonObject, item))
  const kept = target.filter((item) => !lost.has(keyOf(item)) && !wanted.some((patched) => keyOf(patched) === keyOf(item)))
  const items = interleaved(kept, changed, (item) => target.findIndex((there) => keyOf(there) === keyOf(item)))
  return Array.isArray(order) ? items.toSorted((left, right) => rank(order, left, key) - rank(order, right, key)) : items
}

function rank(order: readonly Json[], item: Json, key: string): number {
  const at = order.findIndex((wanted) => isObject(wanted) && isObject(item) && wanted[key] === item[key])
  return at === -1 ? order.length : at
}

/** Both lists keep their own order; an item of `kept` goes first only if both were there before and it stood in front (`mergeSortedSlice`). */
function interleaved(kept: readonly Json[], changed: readonly Json[], indexOf: (item: Json) => number): Json[] {
  const result: Json[] = []
  let left = 0
  let right = 0
  while (left < kept.length || right < changed.length) {
    const mine = kept[left]
    const theirs = changed[right]
    const first = theirs === undefined || (mine !== undefined && indexOf(mine) >= 0 && indexOf(theirs) >= 0 && indexOf(mine) < indexOf(theirs))
    result.push((first ? mine : theirs) as Json)
    if (first) left += 1
    else right += 1
  }
  return result
}
