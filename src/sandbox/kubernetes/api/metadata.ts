/** What a server demands of names, labels and annotations (`k8s.io/apimachinery/pkg/api/validation`). */
import { type FieldError, invalidField, requiredField, tooLongField } from '../failures.ts'
import type { KubeObject } from '../objects.ts'

const ANNOTATION_BYTES = 262_144

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const NAME_PART_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

export function validateMetadata({ metadata }: KubeObject): FieldError[] {
  return [...nameErrors(metadata.name ?? ''), ...labelErrors(metadata.labels ?? {}), ...annotationErrors(metadata.annotations ?? {})]
}

function nameErrors(name: string): FieldError[] {
  if (name === '') return [requiredField('metadata.name', 'name or generateName is required')]
  if (name.length > 253) return [invalidField('metadata.name', name, 'must be no more than 253 characters')]
  return SUBDOMAIN.test(name) ? [] : [invalidField('metadata.name', name, SUBDOMAIN_RULE)]
}

function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const found = qualifiedNameErrors('metadata.labels', key)
    if (value.length > 63) found.push(invalidField('metadata.labels', value, 'must be no more than 63 characters'))
    if (!LABEL_VALUE.test(value)) found.push(invalidField('metadata.labels', value, LABEL_VALUE_RULE))
    return found
  })
}

/** Keys of annotations are judged in lower case, their values only by the size of all together. */
function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  const entries = Object.entries(annotations)
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  const found = entries.flatMap(([key]) => qualifiedNameErrors('metadata.annotations', key, key.toLowerCase()))
  return size > ANNOTATION_BYTES ? [...found, tooLongField('metadata.annotations', ANNOTATION_BYTES)] : found
}

function qualifiedNameErrors(field: string, shown: string, key = shown): FieldError[] {
  const parts = key.split('/')
  const [prefix, name = ''] = parts.length === 1 ? [undefined, key] : parts
  if (parts.length > 2)
    return [
      invalidField(field, shown, `a qualified name ${NAME_PART_RULE.slice(10)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`),
    ]
  const found: FieldError[] = []
  if (prefix === '') found.push(invalidField(field, shown, 'prefix part must be non-empty'))
  else if (prefix !== undefined && !SUBDOMAIN.test(prefix)) found.push(invalidField(field, shown, `prefix part ${SUBDOMAIN_RULE}`))
  if (name === '') found.push(invalidField(field, shown, 'name part must be non-empty'))
  else if (name.length > 63) found.push(invalidField(field, shown, 'name part must be no more than 63 characters'))
  if (!NAME_PART.test(name)) found.push(invalidField(field, shown, NAME_PART_RULE))
  return found
}
