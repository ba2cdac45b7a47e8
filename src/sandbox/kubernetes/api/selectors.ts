/** Which objects a list or a controller means: label selectors, written or as objects, and field selectors. */
import { badRequest } from '../failures.ts'
import type { KubeObject } from '../objects.ts'
import type { LabelSelector } from '../workloads.ts'

type Labels = Readonly<Record<string, string>>

interface Requirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values: readonly string[]
}

/** Whether labels fit the selector of a workload. */
export function matches(selector: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => holds({ key, operator: operator as Requirement['operator'], values }, labels))
  )
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels[key]
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  const inside = value !== undefined && values.includes(value)
  return operator === 'In' ? inside : !inside
}

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function parseLabels(text: string): (labels: Labels) => boolean {
  const parts = text.match(/(?:[^,(]|\([^)]*\))+/g) ?? []
  const requirements = parts.map((part) => requirementOf(part.trim(), text))
  return (labels) => requirements.every((requirement) => holds(requirement, labels))
}

function requirementOf(part: string, whole: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part)
  if (set !== null) return { key: set[1] ?? '', operator: set[2] === 'in' ? 'In' : 'NotIn', values: (set[3] ?? '').split(',').map((value) => value.trim()) }
  const equality = /^([^!=\s]+)\s*(==|=|!=)\s*([^!=\s]*)$/.exec(part)
  if (equality !== null) return { key: equality[1] ?? '', operator: equality[2] === '!=' ? 'NotIn' : 'In', values: [equality[3] ?? ''] }
  const presence = /^(!?)\s*([^!=\s()]+)$/.exec(part)
  if (presence !== null) return { key: presence[2] ?? '', operator: presence[1] === '!' ? 'DoesNotExist' : 'Exists', values: [] }
  throw badRequest(`unable to parse requirement: found '${part}', expected: identifier in selector "${whole}"`)
}

/** Fields that every kind can be chosen by, and those of single kinds. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  secrets: ['type'],
}

/** `metadata.name=x,status.phase!=Running`: what a kind does not index is refused, as it is. */
export function parseFields(text: string, plural: string): (object: KubeObject) => boolean {
  const terms = text.split(',').filter((term) => term !== '')
  const checks = terms.map((term) => {
    const [, field = '', operator = '', value = ''] = /^([^!=]+)(==|=|!=)(.*)$/.exec(term) ?? []
    if (operator === '') throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
    if (!['metadata.name', 'metadata.namespace', ...(FIELDS[plural] ?? [])].includes(field)) throw badRequest(`field label not supported: ${field}`)
    return (object: KubeObject): boolean => (fieldOf(object, field) === value) === (operator !== '!=')
  })
  return (object) => checks.every((check) => check(object))
}

/** The one name a field selector asks for; authorisation then is for that name, also of lists and watches. */
export function nameSelected(text: string | null): string | undefined {
  return /(?:^|,)metadata\.name={1,2}([^,]+)/.exec(text ?? '')?.[1]
}

function fieldOf(object: KubeObject, field: string): string {
  const value = field.split('.').reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], object)
  return typeof value === 'string' ? value : ''
}
