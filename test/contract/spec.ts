/**
 * The published contract as a referee: OpenAI's specification (a cut of it, with an overlay for what is newer) judges every request keyrot
 * sends and every answer the sandbox gives. The files lie beside the repository; where they are absent, `openaiSpec()` is `null` and tests say so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { OpenAPIBackend, type Document } from 'openapi-backend'

/** Operations that keyrot uses and the specification's cut does not hold: the SDK's types judge these. */
export const OPERATIONS_ABSENT_FROM_SPEC: readonly string[] = [
  'POST /responses',
  'GET /organization/projects/{project_id}/spend_alerts',
  'GET /organization/usage/images',
  'GET /organization/usage/moderations',
  'GET /organization/usage/audio_speeches',
  'GET /organization/usage/audio_transcriptions',
]

export interface SpecVerdict {
  /** `GET /models/{model}`; `null` when the specification has no such operation. */
  readonly operation: string | null
  /** One line for each breach; empty when all is well or the operation is absent. */
  readonly problems: readonly string[]
}

export type QueryInput = URLSearchParams | readonly (readonly [string, string])[]

export interface OpenAiSpec {
  /** `path` is below `/v1`. Members and parameters that the specification does not know are problems too. */
  checkRequest(method: string, path: string, query: QueryInput, body: unknown): SpecVerdict
  /** Statuses that the specification leaves out (401, 404, 429, …) must carry its `ErrorResponse`. */
  checkResponse(method: string, path: string, status: number, body: unknown): SpecVerdict
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema?: { readonly type?: string }
}

const SPECS = new URL('../../../shared/specs/', import.meta.url)

/** Why a suite that needs the specification is skipped, for the suite's title; empty when it runs. */
export const specMissing = existsSync(new URL('openai-admin.json', SPECS)) ? '' : ' (skipped: ../shared/specs is absent)'

/** The referee, or `null` where the specification is not at hand. */
export function openaiSpec(): OpenAiSpec | null {
  if (specMissing !== '') return null
  const merged = closed(overlaid(read('openai-admin.json'), read('openai-admin.overlay.json')))
  const api = new OpenAPIBackend({
    definition: withErrorProbe(merged) as unknown as Document,
    quick: true,
    ajvOpts: { strict: false, validateFormats: false, allErrors: true },
  })
  // with `quick` and an object, init() has done all its work when it returns
  void api.init()
  const match = (method: string, path: string) => api.matchOperation({ method, path, headers: {} })
  return {
    checkRequest(method, path, query, body) {
      const operation = match(method, path)
      if (operation?.operationId === undefined) return { operation: null, problems: [] }
      const asked = queryFor([...query], operation.parameters as readonly Parameter[] | undefined)
      const request = { method, path, query: asked as never, headers: body === undefined ? {} : { 'content-type': 'application/json' }, body: body as never }
      return { operation: `${method} ${operation.path}`, problems: problemsOf(api.validateRequest(request, operation).errors) }
    },
    checkResponse(method, path, status, body) {
      const operation = match(method, path)
      if (operation?.operationId === undefined) return { operation: null, problems: [] }
      const responses = operation.responses as Record<string, { content?: unknown }> | undefined
      const declared = responses?.[String(status)]?.content !== undefined
      const name = `${method} ${operation.path}`
      if (declared) return { operation: name, problems: problemsOf(api.validateResponse(body, operation, status).errors) }
      if (status < 400) return { operation: name, problems: [`status ${status} is not declared`] }
      return { operation: name, problems: problemsOf(api.validateResponse(body, 'errorProbe', 400).errors) }
    },
  }
}

function read(name: string): JsonObject {
  return JSON.parse(readFileSync(new URL(name, SPECS), 'utf8')) as JsonObject
}

/** Applies an OpenAPI Overlay whose targets are made of `.name` and `['name']` steps only. A target that leads nowhere is an error. */
export function overlaid(document: JsonObject, overlay: JsonObject): JsonObject {
  const result = structuredClone(document)
  for (const action of overlay['actions'] as { target: string; update: JsonObject }[]) {
    let node: Json = result
    for (const [, plain, quoted] of action.target.matchAll(/\.([A-Za-z0-9_]+)|\['([^']+)'\]/g)) {
      node = (node as JsonObject)[plain ?? quoted ?? ''] ?? null
      if (node === null) throw new Error(`the overlay's target ${action.target} leads nowhere`)
    }
    mergeInto(node as JsonObject, action.update)
  }
  return result
}

function mergeInto(node: JsonObject, update: JsonObject): void {
  for (const [name, value] of Object.entries(update)) {
    const there = node[name]
    if (isObject(there) && isObject(value)) mergeInto(there, value)
    else node[name] = structuredClone(value)
  }
}

/** Closes every object schema, so that an invented member is found. The parts of an `allOf` stay open: each sees the whole. */
function closed(node: JsonObject): JsonObject {
  for (const [name, value] of Object.entries(node)) {
    if (name === 'allOf' || name === 'example') continue
    for (const inner of Array.isArray(value) ? value : [value]) if (isObject(inner)) closed(inner)
  }
  if (isObject(node['properties'] ?? null) && node['additionalProperties'] === undefined && node['type'] === 'object') node['additionalProperties'] = false
  return openWhereCombined(node)
}

function openWhereCombined(node: JsonObject): JsonObject {
  const schemas = (node['components'] as JsonObject | undefined)?.['schemas'] as JsonObject | undefined
  for (const schema of Object.values(schemas ?? {})) {
    for (const part of ((schema as JsonObject)['allOf'] as { $ref?: string }[] | undefined) ?? []) {
      const base = schemas?.[part.$ref?.split('/').at(-1) ?? '']
      if (isObject(base ?? null)) delete (base as JsonObject)['additionalProperties']
    }
  }
  return node
}

/** One more operation, which nobody calls, so that `ErrorResponse` can be asked for by itself. */
function withErrorProbe(document: JsonObject): JsonObject {
  const error = { description: 'error', content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorResponse' } } } }
  ;(document['paths'] as JsonObject)['/__error_probe'] = { get: { operationId: 'errorProbe', responses: { '400': error } } }
  return document
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The query as the specification names and types it: `name[]` and repeated names are lists, `name[gte]` an object, digits an integer. */
function queryFor(pairs: readonly (readonly [string, string])[], parameters: readonly Parameter[] = []): Record<string, unknown> {
  const query: Record<string, unknown> = {}
  for (const [sent, value] of pairs) {
    const [, base = sent, inner] = /^([^[]+)\[([^\]]*)\]$/.exec(sent) ?? []
    const parameter = parameters.find((known) => known.in === 'query' && (known.name === sent || known.name === base || known.name === `${sent}[]`))
    const name = parameter?.name ?? sent
    if (parameter?.schema?.type === 'array') query[name] = [...((query[name] as string[] | undefined) ?? []), value]
    else if (parameter?.schema?.type === 'object') query[name] = { ...(query[name] as object | undefined), [inner ?? '']: plain(value) }
    else query[name] = parameter?.schema?.type === 'string' ? value : plain(value)
  }
  return query
}

function plain(value: string): unknown {
  if (/^\d{1,15}$/.test(value)) return Number(value)
  return value === 'true' ? true : value === 'false' ? false : value
}

function problemsOf(errors: readonly { instancePath: string; message?: string | undefined; params?: unknown }[] | null | undefined): string[] {
  return (errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message ?? 'is wrong'} ${JSON.stringify(error.params ?? {})}`)
}
