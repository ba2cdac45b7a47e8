/** What a server demands of a Secret (`ValidateSecret` and `ValidateSecretUpdate` of kubernetes/kubernetes `pkg/apis/core/validation`). */
import { type FieldError, forbiddenField, invalidField, requiredField, tooLongField } from '../failures.ts'
import { type KubeObject, sameJson } from '../objects.ts'

export interface Secret extends KubeObject {
  type: string
  data?: Record<string, string>
  immutable?: boolean
}

export const LIMIT = 1_048_576

const KEY = /^[-._a-zA-Z0-9]+$/
const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

export const IMMUTABLE = 'field is immutable when `immutable` is set'

/** Keys that a type requires, all of them; of `basic-auth` one is enough. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/basic-auth': ['username', 'password'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
}

export function validateSecret(secret: Secret, old: Secret | null): FieldError[] {
  return [...(old === null ? [] : changeErrors(secret, old)), ...dataErrors(secret.data ?? {}), ...typeErrors(secret)]
}

function changeErrors(secret: Secret, old: Secret): FieldError[] {
  const found: FieldError[] = []
  if (secret.type !== old.type) found.push(invalidField('type', secret.type, 'field is immutable'))
  if (old.immutable !== true) return found
  if (secret.immutable !== true) found.push(forbiddenField('immutable', IMMUTABLE))
  if (!sameJson(secret.data ?? {}, old.data ?? {})) found.push(forbiddenField('data', IMMUTABLE))
  return found
}

function dataErrors(data: Readonly<Record<string, string>>): FieldError[] {
  const size = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text, 'base64'), 0)
  const found = Object.keys(data).flatMap((key) => keyErrors(key))
  return size > LIMIT ? [...found, tooLongField('data', LIMIT)] : found
}

export function keyErrors(key: string): FieldError[] {
  const field = `data[${key}]`
  if (key.length > 253) return [invalidField(field, key, 'must be no more than 253 characters')]
  if (!KEY.test(key)) return [invalidField(field, key, KEY_RULE)]
  if (key === '.') return [invalidField(field, key, "must not be '.'")]
  if (key === '..') return [invalidField(field, key, "must not be '..'")]
  return key.startsWith('..') ? [invalidField(field, key, "must not start with '..'")] : []
}

function typeErrors({ type, data = {} }: Secret): FieldError[] {
  const required = REQUIRED[type] ?? []
  const missing = required.filter((key) => !(key in data))
  if (type === 'kubernetes.io/basic-auth' && missing.length < required.length) return []
  return missing.map((key) => requiredField(`data[${key}]`))
}
