/** Callers asking what they may do. Nothing is stored. */
import { allows, type Attributes, type Caller, refusal, rulesIn } from '../access.ts'
import { invalid, requiredField } from '../failures.ts'
import { isObject, type JsonObject } from '../objects.ts'
import { ACCESS_REVIEWS, byKind } from './resources.ts'

function textOf(attributes: JsonObject, name: string): string {
  const value = attributes[name]
  return typeof value === 'string' ? value : ''
}

/** The answer to a SelfSubjectAccessReview: the question with its verdict. */
export function accessReview(caller: Caller, body: JsonObject): JsonObject {
  const spec = isObject(body['spec']) ? body['spec'] : {}
  const asked = spec['resourceAttributes']
  const envelope = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec }
  if (isObject(spec['nonResourceAttributes'])) return { ...envelope, status: { allowed: allows(caller, { ...NOWHERE, verb: '*', resource: '*', group: '*' }) } }
  if (!isObject(asked)) {
    throw invalid(byKind(ACCESS_REVIEWS), '', [
      requiredField('spec.resourceAttributes', 'exactly one of nonResourceAttributes or resourceAttributes must be specified'),
    ])
  }
  const attributes = attributesOf(asked)
  const allowed = allows(caller, attributes)
  return { ...envelope, status: allowed ? { allowed, reason: `RBAC: allowed to User "${caller.user}"` } : { allowed, reason: refusal(caller, attributes) } }
}

const NOWHERE: Attributes = { verb: '', group: '', resource: '', subresource: '', namespace: undefined, name: undefined }

function attributesOf(asked: JsonObject): Attributes {
  const text = (name: string): string => textOf(asked, name)
  const optional = (name: string): string | undefined => (text(name) === '' ? undefined : text(name))
  return {
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: optional('namespace'),
    name: optional('name'),
  }
}

/** The answer to a SelfSubjectRulesReview: every rule that holds in the namespace. */
export function rulesReview(caller: Caller, body: JsonObject): JsonObject {
  const spec = isObject(body['spec']) ? body['spec'] : {}
  const resourceRules = rulesIn(caller, textOf(spec, 'namespace')) as unknown as JsonObject[]
  const status = { resourceRules, nonResourceRules: [], incomplete: false }
  return { kind: 'SelfSubjectRulesReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec: {}, status }
}
