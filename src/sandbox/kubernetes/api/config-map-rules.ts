/** What a server demands of a ConfigMap (`ValidateConfigMap` and `ValidateConfigMapUpdate` of kubernetes/kubernetes `pkg/apis/core/validation`). */
import { type FieldError, forbiddenField, invalidField, tooLongField } from '../failures.ts'
import { type KubeObject, sameJson } from '../objects.ts'
import { IMMUTABLE, keyErrors, LIMIT } from './secret-rules.ts'

export interface ConfigMap extends KubeObject {
  data?: Record<string, unknown>
  immutable?: boolean
}

export function validateConfigMap(map: ConfigMap, old: ConfigMap | null): FieldError[] {
  const { data = {} } = map
  const texts = Object.entries(data)
  const wrong = texts.flatMap(([key, value]) => (typeof value === 'string' ? keyErrors(key) : [invalidField(`data[${key}]`, value, 'must be a string')]))
  const size = texts.reduce((sum, [, value]) => sum + Buffer.byteLength(String(value)), 0)
  return [...changeErrors(map, old), ...wrong, ...(size > LIMIT ? [tooLongField('', LIMIT)] : [])]
}

function changeErrors(map: ConfigMap, old: ConfigMap | null): FieldError[] {
  if (old?.immutable !== true) return []
  const found: FieldError[] = []
  if (map.immutable !== true) found.push(forbiddenField('immutable', IMMUTABLE))
  if (!sameJson(map.data ?? {}, old.data ?? {})) found.push(forbiddenField('data', IMMUTABLE))
  return found
}
