/** Values as Go prints them: what a real server repeats of a patch that it could not read. */
import { isObject, type Json, type JsonObject } from '../objects.ts'

/** `fmt.Sprintf("%+v", …)` of a decoded patch. */
export function goMap(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`
  if (value === null) return '<nil>'
  if (typeof value !== 'object') return String(value)
  const names = Object.keys(value).toSorted()
  return `map[${names.map((name) => `${name}:${goMap(value[name] ?? null)}`).join(' ')}]`
}

/** The patched document: maps that the patch went through have their members sorted, the others stand as they were stored. */
export function patchedText(document: JsonObject, patch: Json): string {
  return escaped(JSON.stringify(sortedAlong(document, patch, true)))
}

function sortedAlong(node: Json, patch: Json, touched: boolean): Json {
  if (!isObject(node) || !touched) return node
  const inner = (name: string): Json => (isObject(patch) ? (patch[name] ?? null) : null)
  const names = Object.keys(node).toSorted()
  return Object.fromEntries(names.map((name) => [name, sortedAlong(node[name] ?? null, inner(name), isObject(inner(name)))]))
}

/** Go's JSON encoder escapes what HTML would read. */
function escaped(text: string): string {
  return text.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026')
}
