/** What is derived from the schemas for people and editors: the JSON Schema of the file and the settings tables of the docs. */
import { z } from 'zod'
import type { Catalog, ProviderDeclaration, TargetDeclaration } from '../adapters/define.ts'
import { wholeSchema } from './schema.ts'

export interface JsonSchema {
  readonly [key: string]: unknown
}

/** The JSON Schema (draft 2020-12) of what a person writes; durations are text there. */
export function configJsonSchema(catalog: Catalog): JsonSchema {
  return { title: 'rotation.config.yaml', ...toJson(wholeSchema(catalog)) }
}

/** The JSON Schema of one adapter's settings. */
export function settingsJsonSchema(declaration: ProviderDeclaration | TargetDeclaration): JsonSchema {
  return toJson(declaration.schema)
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema
}

/** A Markdown table of an adapter's settings: name, whether it must be there, what it takes, what it is for. */
export function settingsTable(declaration: ProviderDeclaration | TargetDeclaration): string {
  const rows = rowsOf(settingsJsonSchema(declaration), '')
  return ['| setting | needed | takes | what it is |', '| --- | --- | --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}

function rowsOf(schema: JsonSchema, prefix: string): readonly (readonly string[])[] {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>
  const required = (schema['required'] ?? []) as readonly string[]
  return Object.entries(properties).flatMap(([name, property]) => [
    [`\`${prefix}${name}\``, required.includes(name) ? 'yes' : 'no', formOf(property), cell(`${String(property['description'] ?? '')}${defaultOf(property)}`)],
    ...rowsOf(property, `${prefix}${name}.`),
  ])
}

function formOf(property: JsonSchema): string {
  if (property['const'] !== undefined) return `\`${String(property['const'])}\``
  if (Array.isArray(property['enum'])) return property['enum'].map((value) => `\`${String(value)}\``).join(', ')
  if (Array.isArray(property['anyOf'])) return (property['anyOf'] as readonly JsonSchema[]).map(formOf).join(' or ')
  if (property['type'] === 'array') return `list of ${formOf((property['items'] ?? {}) as JsonSchema)}`
  if (isReference(property)) return '`env:NAME` or `file:path`'
  return { string: 'text', object: 'map', integer: 'whole number', number: 'number', boolean: '`true` or `false`' }[String(property['type'])] ?? 'value'
}

/** Whether a setting takes references only. */
export function isReference(property: JsonSchema): boolean {
  return typeof property['pattern'] === 'string' && property['pattern'].includes('env:')
}

function defaultOf(property: JsonSchema): string {
  return property['default'] === undefined ? '' : ` Default: \`${String(property['default'])}\`.`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

const BEGIN = '<!-- settings:begin -->'
const END = '<!-- settings:end -->'

/** A docs page with its settings table renewed; throws when the page has no place for one. */
export function withSettings(page: string, declaration: ProviderDeclaration | TargetDeclaration): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (before === -1 || after < before) throw new Error(`the docs page of ${declaration.type} has no ${BEGIN} … ${END}`)
  return `${page.slice(0, before + BEGIN.length)}\n\n${settingsTable(declaration)}\n\n${page.slice(after)}`
}

