/** What is derived from the schemas for people and editors: the JSON Schema of the file and the settings tables of the docs. */
import { z } from 'zod'
import type { Catalog, Declaration } from '../adapters/define.ts'
import { wholeSchema } from './schema.ts'

type Plain = string | number | boolean | null

/** The part of JSON Schema that zod writes and we read. */
export interface JsonSchema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly const?: Plain
  readonly default?: Plain
  readonly enum?: readonly Plain[]
  readonly pattern?: string
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
}

/** The JSON Schema (draft 2020-12) of what a person writes; durations are text there. */
export function configJsonSchema(catalog: Catalog): JsonSchema {
  return { title: 'rotation.config.yaml', ...toJson(wholeSchema(catalog)) }
}

/** The JSON Schema of one adapter's settings. */
export function settingsJsonSchema(declaration: Declaration): JsonSchema {
  return toJson(declaration.schema)
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema
}

/** A Markdown table of an adapter's settings: name, whether it must be there, what it takes, what it is for. */
export function settingsTable(declaration: Declaration): string {
  const rows = rowsOf(settingsJsonSchema(declaration), '')
  return ['| setting | needed | takes | what it is |', '| --- | --- | --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}

function rowsOf(schema: JsonSchema, prefix: string): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => [
    [
      `\`${prefix}${name}\``,
      schema.required?.includes(name) && property.default === undefined ? 'yes' : 'no',
      formOf(property),
      cell(`${property.description ?? ''}${defaultOf(property)}`),
    ],
    ...rowsOf(property, `${prefix}${name}.`),
  ])
}

function formOf(property: JsonSchema): string {
  if (property.const !== undefined) return `\`${property.const}\``
  if (property.enum !== undefined) return property.enum.map((value) => `\`${value}\``).join(', ')
  if (property.anyOf !== undefined) return property.anyOf.map(formOf).join(' or ')
  if (property.type === 'array') return `list of ${formOf(property.items ?? {})}`
  if (isReference(property)) return '`env:NAME` or `file:path`'
  return { string: 'text', object: 'map', integer: 'whole number', number: 'number', boolean: '`true` or `false`' }[property.type ?? ''] ?? 'value'
}

/** Whether a setting takes references only. */
export function isReference(property: JsonSchema): boolean {
  return property.pattern?.includes('env:') ?? false
}

function defaultOf(property: JsonSchema): string {
  return property.default === undefined ? '' : ` Default: \`${property.default}\`.`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

const BEGIN = '<!-- settings:begin -->'
const END = '<!-- settings:end -->'

/** A docs page with its settings table renewed; throws when the page has no place for one. */
export function withSettings(page: string, declaration: Declaration): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (before === -1 || after < before) throw new Error(`the docs page of ${declaration.type} has no ${BEGIN} … ${END}`)
  return `${page.slice(0, before + BEGIN.length)}\n\n${settingsTable(declaration)}\n\n${page.slice(after)}`
}
