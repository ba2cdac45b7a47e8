/** Reading a body as Go's decoder does: types are checked, members that the kind does not know are dropped. */
import { isObject, type Json, type JsonObject } from '../objects.ts'
import { canonical, corruptAt } from './base64.ts'

/** What Go's decoder says when a body does not fit its kind. Where it is said (400 or 422) depends on the verb. */
export class DecodeError extends Error {}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'array'
  return value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value
}

function mismatch(value: Json, place: string, wanted: string): DecodeError {
  return new DecodeError(`json: cannot unmarshal ${kindOf(value)} into Go struct field ${place} of type ${wanted}`)
}

function stringMap(value: Json | undefined, place: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw mismatch(value, place, 'map[string]string')
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (text !== null && typeof text !== 'string') throw mismatch(text, place, 'string')
      return [name, text ?? '']
    }),
  )
}

/** `data` of a Secret: base64 in, canonical base64 out. */
function byteMap(value: Json | undefined, place: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw mismatch(value, place, 'map[string][]uint8')
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (text !== null && typeof text !== 'string') throw mismatch(text, place, '[]uint8')
      const offset = corruptAt(text ?? '')
      if (offset !== null) throw new DecodeError(`illegal base64 data at input byte ${offset}`)
      return [name, canonical(text ?? '')]
    }),
  )
}

function scalar(value: Json | undefined, type: 'string' | 'boolean', place: string): Json | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== type) throw mismatch(value, place, type === 'boolean' ? 'bool' : 'string')
  return value
}

function present(members: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject
}

function metadataOf(value: Json | undefined): JsonObject {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw mismatch(value, 'ObjectMeta.metadata', 'v1.ObjectMeta')
  const text = (name: string): Json | undefined => scalar(value[name], 'string', `ObjectMeta.metadata.${name}`)
  return present({
    ...value,
    ...Object.fromEntries(['name', 'generateName', 'namespace', 'uid', 'resourceVersion'].map((name) => [name, text(name)])),
    labels: stringMap(value['labels'], 'ObjectMeta.metadata.labels'),
    annotations: stringMap(value['annotations'], 'ObjectMeta.metadata.annotations'),
  })
}

/** The body of a Secret, with `stringData` turned into `data` as the conversion to the internal version does. */
export function decodeSecret(body: JsonObject): JsonObject {
  const { apiVersion, kind } = body
  const data = byteMap(body['data'], 'Secret.data')
  const plain = stringMap(body['stringData'], 'Secret.stringData')
  const added = Object.entries(plain ?? {}).map(([name, text]) => [name, Buffer.from(text, 'utf8').toString('base64')])
  const merged = data === undefined && plain === undefined ? undefined : { ...data, ...Object.fromEntries(added) }
  return present({
    kind,
    apiVersion,
    metadata: metadataOf(body['metadata']),
    immutable: scalar(body['immutable'], 'boolean', 'Secret.immutable'),
    data: merged,
    type: scalar(body['type'], 'string', 'Secret.type'),
  })
}

/** Any other kind: metadata is checked, `spec` and `status` must be objects. */
export function decodeOther(body: JsonObject): JsonObject {
  for (const name of ['spec', 'status']) {
    const value = body[name]
    if (value !== undefined && value !== null && !isObject(value)) throw mismatch(value, name, 'object')
  }
  return { ...body, metadata: metadataOf(body['metadata']) }
}
