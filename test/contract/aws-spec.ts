/**
 * AWS's published Smithy model of Secrets Manager as a referee: members, types, lengths and declared errors. The file lies beside the
 * repository; where it is absent, `awsSpec()` is `null` and tests say so.
 */
import { existsSync, readFileSync } from 'node:fs'

interface Traits {
  readonly 'smithy.api#length'?: { readonly min?: number; readonly max?: number }
  readonly 'smithy.api#range'?: { readonly min?: number; readonly max?: number }
  readonly 'smithy.api#required'?: object
}

interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, { readonly target: string; readonly traits?: Traits }>>
  readonly member?: { readonly target: string }
  readonly value?: { readonly target: string }
  readonly input?: { readonly target: string }
  readonly output?: { readonly target: string }
  readonly errors?: readonly { readonly target: string }[]
  readonly traits?: Traits
}

/** A member of an input, with what it must be. */
export interface MemberRule {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly min: number | null
  readonly max: number | null
}

export interface AwsSpec {
  readonly operations: readonly string[]
  /** One line for each breach; members that the model does not know are breaches too. */
  checkInput(operation: string, input: unknown): readonly string[]
  checkOutput(operation: string, output: unknown): readonly string[]
  errorsOf(operation: string): readonly string[]
  membersOf(operation: string): readonly MemberRule[]
}

const FILE = new URL('../../../shared/specs/aws-secrets-manager.json', import.meta.url)
const SERVICE = 'com.amazonaws.secretsmanager#'

/** Why a suite that needs the model is skipped, for the suite's title; empty when it runs. */
export const awsSpecMissing = existsSync(FILE) ? '' : ' (skipped: ../shared/specs is absent)'

/** The referee, or `null` where the model is not at hand. */
export function awsSpec(): AwsSpec | null {
  if (awsSpecMissing !== '') return null
  const { shapes } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly shapes: Readonly<Record<string, Shape>> }
  const shapeOf = (target: string): Shape => shapes[target] ?? { type: target.replace('smithy.api#', '').toLowerCase() }
  const operationOf = (name: string): Shape => shapes[SERVICE + name] ?? { type: 'none' }
  const check = (target: string, value: unknown, path: string): readonly string[] => judge(shapeOf(target), value, path, check)
  return {
    operations: Object.keys(shapes).flatMap((name) => (shapes[name]?.type === 'operation' ? [name.slice(SERVICE.length)] : [])),
    checkInput: (name, input) => check(operationOf(name).input?.target ?? 'none', input, name),
    checkOutput: (name, output) => check(operationOf(name).output?.target ?? 'none', output, name),
    errorsOf: (name) => (operationOf(name).errors ?? []).map(({ target }) => target.slice(SERVICE.length)),
    membersOf: (name) =>
      Object.entries(shapeOf(operationOf(name).input?.target ?? '').members ?? {}).map(([member, { target, traits }]) => {
        const shape = shapeOf(target)
        const { min = null, max = null } = boundsOf(shape)
        return { name: member, type: shape.type, required: traits?.['smithy.api#required'] !== undefined, min, max }
      }),
  }
}

function boundsOf({ traits }: Shape): { readonly min?: number; readonly max?: number } {
  return traits?.['smithy.api#length'] ?? traits?.['smithy.api#range'] ?? {}
}

const JSON_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  enum: 'string',
  blob: 'string',
  boolean: 'boolean',
  integer: 'number',
  long: 'number',
  timestamp: 'number',
}

function judge(shape: Shape, value: unknown, path: string, check: (target: string, value: unknown, path: string) => readonly string[]): readonly string[] {
  if (shape.type === 'structure' || shape.type === 'unit') return judgeStructure(shape, value, path, check)
  if (shape.type === 'list') {
    if (!Array.isArray(value)) return [`${path} is not a list`]
    return [...bounds(shape, value.length, path), ...value.flatMap((each, at) => check(shape.member?.target ?? '', each, `${path}[${at}]`))]
  }
  if (shape.type === 'map') {
    if (typeof value !== 'object' || value === null) return [`${path} is not a map`]
    return Object.entries(value).flatMap(([name, each]) => check(shape.value?.target ?? '', each, `${path}.${name}`))
  }
  const wanted = JSON_TYPES[shape.type]
  if (wanted === undefined || typeof value !== wanted) return [`${path} is not ${shape.type}`]
  if (shape.type === 'blob') return bounds(shape, Buffer.from(String(value), 'base64').length, path)
  return typeof value === 'string' ? bounds(shape, value.length, path) : typeof value === 'number' ? bounds(shape, value, path) : []
}

function judgeStructure(
  shape: Shape,
  value: unknown,
  path: string,
  check: (target: string, value: unknown, path: string) => readonly string[],
): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is not a structure`]
  const members = shape.members ?? {}
  const given = value as Readonly<Record<string, unknown>>
  const missing = Object.entries(members).filter(([name, { traits }]) => traits?.['smithy.api#required'] !== undefined && given[name] === undefined)
  const problems = Object.entries(given).flatMap(([name, each]) => {
    const member = members[name]
    return member === undefined ? [`${path}.${name} is unknown`] : check(member.target, each, `${path}.${name}`)
  })
  return [...missing.map(([name]) => `${path}.${name} is missing`), ...problems]
}

function bounds(shape: Shape, size: number, path: string): readonly string[] {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = boundsOf(shape)
  return size < min || size > max ? [`${path} is not within ${min}..${max}`] : []
}
