/** Kubernetes' Swagger 2.0 turned into OpenAPI 3.1 for `openapi-backend`, so that each definition is compiled once and not with every operation. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** What an operation takes and gives, by the names of definitions. */
export interface Shapes {
  readonly takes: string | null
  readonly gives: Readonly<Record<string, string>>
  readonly mediaTypes: readonly string[]
}

export interface Description {
  readonly document: JsonObject
  /** By operation id. */
  readonly shapes: ReadonlyMap<string, Shapes>
  /** Definitions by kind: `apps/v1 Deployment`. */
  readonly kinds: ReadonlyMap<string, string>
  /** What a list is a list of, by the names of definitions. */
  readonly items: ReadonlyMap<string, string>
}

/** The id of an operation whose answer is a definition and nothing else. */
export function probeOf(definition: string): string {
  return `probe:${definition}`
}

export function describeApi(swagger: JsonObject): Description {
  const definitions = swagger['definitions'] as Record<string, JsonObject>
  const shared = swagger['parameters'] as Record<string, JsonObject>
  const shapes = new Map<string, Shapes>()
  const paths = Object.entries(swagger['paths'] as Record<string, JsonObject>).map(([path, item]) => [path.replace(/\/$/, ''), pathItem(item, shared, shapes)])
  const probes = Object.keys(definitions).map((name) => [`/__probe/${name}`, { get: { operationId: probeOf(name), responses: answer(name) } }])
  const schemas = Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, schemaOf(schema)]))
  const document = {
    openapi: '3.1.0',
    info: { title: 'kubernetes', version: '1.36' },
    paths: Object.fromEntries([...paths, ...probes]) as JsonObject,
    components: { schemas },
  }
  return { document, shapes, kinds: kindsOf(definitions), items: itemsOf(definitions) }
}

function pathItem(item: JsonObject, shared: Record<string, JsonObject>, shapes: Map<string, Shapes>): JsonObject {
  const resolved = (list: Json | undefined): JsonObject[] => ((list ?? []) as JsonObject[]).map((entry) => shared[last(entry['$ref'])] ?? entry)
  const verbs = Object.entries(item).filter(([verb]) => verb !== 'parameters') as [string, JsonObject][]
  return Object.fromEntries(
    verbs.map(([verb, operation]) => {
      const parameters = [...resolved(item['parameters']), ...resolved(operation['parameters'])]
      const operationId = operation['operationId'] as string
      shapes.set(operationId, shapesOf(operation, parameters))
      const others = parameters.filter((parameter) => parameter['in'] !== 'body')
      const typed = others.map(({ name, in: where, required, type }) => ({ name, in: where, required: required ?? false, schema: { type } }))
      return [verb, { operationId, parameters: typed as unknown as Json[], responses: {} }]
    }),
  )
}

function shapesOf(operation: JsonObject, parameters: readonly JsonObject[]): Shapes {
  const body = parameters.find((parameter) => parameter['in'] === 'body')
  const takes = last((body?.['schema'] as JsonObject | undefined)?.['$ref'])
  const responses = Object.entries(operation['responses'] as Record<string, { schema?: JsonObject }>)
  const gives = Object.fromEntries(responses.flatMap(([status, { schema }]) => (schema === undefined ? [] : [[status, last(schema['$ref'])]])))
  // a patch is a piece of its object: no definition fits it
  return { takes: takes === '' || takes.endsWith('.Patch') ? null : takes, gives, mediaTypes: (operation['consumes'] as string[] | undefined) ?? ['*/*'] }
}

function last(reference: Json | undefined): string {
  return typeof reference === 'string' ? (reference.split('/').at(-1) ?? '') : ''
}

function answer(definition: string): JsonObject {
  return { 200: { description: '', content: { 'application/json': { schema: { $ref: `#/components/schemas/${definition}` } } } } }
}

/** Closed, so that an invented member is found; a list without its items, which are judged one by one. */
function schemaOf(schema: JsonObject): JsonObject {
  const properties = schema['properties'] as JsonObject | undefined
  if (properties === undefined) return renamed(schema) as JsonObject
  const own = itemOf(schema) === '' ? properties : { ...properties, items: { type: 'array' } }
  return { ...(renamed({ ...schema, properties: own }) as JsonObject), additionalProperties: false }
}

function itemOf(schema: JsonObject): string {
  const { items, metadata } = (schema['properties'] ?? {}) as { items?: { items?: JsonObject }; metadata?: JsonObject }
  return last(metadata?.['$ref']).endsWith('.ListMeta') ? last(items?.items?.['$ref']) : ''
}

function itemsOf(definitions: Record<string, JsonObject>): ReadonlyMap<string, string> {
  const lists = Object.entries(definitions).map(([name, schema]) => [name, itemOf(schema)] as const)
  return new Map(lists.filter(([, item]) => item !== ''))
}

function kindsOf(definitions: Record<string, JsonObject>): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, kind, version } of (schema['x-kubernetes-group-version-kind'] ?? []) as { group: string; kind: string; version: string }[]) {
      found.set(`${group === '' ? version : `${group}/${version}`} ${kind}`, name)
    }
  }
  return found
}

/** References as OpenAPI 3 writes them; what may be a number or a text says so as JSON Schema does. */
function renamed(node: Json): Json {
  if (Array.isArray(node)) return node.map(renamed)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([name, value]) => [name, name === '$ref' ? `#/components/schemas/${last(value)}` : renamed(value)])
  const result = Object.fromEntries(entries) as JsonObject
  return result['format'] === 'int-or-string' ? { ...result, type: ['string', 'integer'] } : result
}
