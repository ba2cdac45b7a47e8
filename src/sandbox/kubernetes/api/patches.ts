/** JSON merge patch (RFC 7386) and JSON patch (RFC 6902). */
import { badRequest, Failure, unprocessable } from '../failures.ts'
import { isObject, type Json, type JsonObject, sameJson } from '../objects.ts'

/** Operations of one JSON patch, as `maxJSONPatchOperations` in the server's `patch.go`. */
const MOST_OPERATIONS = 10_000

export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result: JsonObject = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = mergePatch(result[name], value)
  }
  return result
}

interface Operation {
  readonly op: string
  readonly path: string
  readonly from?: string
  readonly value?: Json
}

/** Applies every operation or none. What does not fit, a failed `test` among it, is a 422 without a reason of its own. */
export function jsonPatch(target: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  if (patch.length > MOST_OPERATIONS) {
    throw new Failure(413, 'RequestEntityTooLarge', `The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${patch.length}`, {})
  }
  const document = { root: structuredClone(target) as Json }
  for (const operation of patch) apply(document, operation as unknown as Operation)
  if (!isObject(document.root)) throw unprocessable()
  return document.root
}

function apply(document: { root: Json }, { op, path, from = '', value = null }: Operation): void {
  if (typeof path !== 'string') throw unprocessable()
  switch (op) {
    case 'test':
      if (!sameJson(read(document.root, path) ?? null, value)) throw unprocessable()
      return
    case 'add':
      write(document, path, value, 'add')
      return
    case 'replace':
      write(document, path, value, 'replace')
      return
    case 'remove':
      remove(document, path)
      return
    case 'move':
    case 'copy': {
      const moved = read(document.root, from)
      if (moved === undefined) throw unprocessable()
      if (op === 'move') remove(document, from)
      write(document, path, structuredClone(moved), 'add')
      return
    }
    default:
      throw unprocessable()
  }
}

function steps(path: string): string[] {
  if (path === '') return []
  if (!path.startsWith('/')) throw unprocessable()
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function read(root: Json, path: string): Json | undefined {
  return steps(path).reduce<Json | undefined>((node, step) => child(node, step), root)
}

function child(node: Json | undefined, step: string): Json | undefined {
  if (Array.isArray(node)) return /^\d+$/.test(step) ? node[Number(step)] : undefined
  return isObject(node) && Object.hasOwn(node, step) ? node[step] : undefined
}

/** The container of a path and the last step into it. */
function parentOf(root: Json, path: string): { parent: Json[] | JsonObject; last: string } {
  const all = steps(path)
  const last = all.pop() ?? ''
  const parent = all.reduce<Json | undefined>((node, step) => child(node, step), root)
  if (!Array.isArray(parent) && !isObject(parent)) throw unprocessable()
  return { parent, last }
}

function write(document: { root: Json }, path: string, value: Json, how: 'add' | 'replace'): void {
  if (path === '') {
    document.root = value
    return
  }
  const { parent, last } = parentOf(document.root, path)
  if (how === 'replace' && child(parent, last) === undefined) throw unprocessable()
  if (!Array.isArray(parent)) parent[last] = value
  else if (how === 'replace') parent[Number(last)] = value
  else parent.splice(indexOf(parent, last), 0, value)
}

function indexOf(list: readonly Json[], step: string): number {
  if (step === '-') return list.length
  if (!/^\d+$/.test(step) || Number(step) > list.length) throw unprocessable()
  return Number(step)
}

function remove(document: { root: Json }, path: string): void {
  const { parent, last } = parentOf(document.root, path)
  if (child(parent, last) === undefined) throw unprocessable()
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else delete parent[last]
}
