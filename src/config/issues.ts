/** zod's findings in keyrot's words. What the file holds as values is never repeated, only names of keys. */
import { z } from 'zod'
import { redactKeys } from '../domain/patterns.ts'
import { printable } from '../domain/printable.ts'
import { isDataMap, type Data } from './data.ts'
import type { Path } from './places.ts'
import { quote } from './problems.ts'
import type { Report } from './report.ts'
import { hintFor, nearest } from './suggest.ts'

/** Reports every issue of one parse. `base` is where the parsed part stands; `data` is that part as read. */
export function reportIssues(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, base: Path, data: Data, report: Report): void {
  for (const issue of issues) {
    const inner = issue.path.filter((step) => typeof step !== 'symbol')
    const path = [...base, ...inner]
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, inner)
      for (const key of issue.keys) report.keyError([...path, key], 'KR_CONFIG_UNKNOWN_KEY', `${quote(key)} is not known here`, hintFor(key, known))
    } else if (valueAt(data, inner) === undefined) {
      report.keyError(path, 'KR_CONFIG_MISSING', `${labelOf(path)} is missing`, describe(schema, inner))
    } else {
      report.error(path, 'KR_CONFIG_VALUE', `${labelOf(path)}: ${wordsFor(issue)}`, nearHint(issue, valueAt(data, inner)))
    }
  }
}

function labelOf(path: Path): string {
  const last = path.at(-1)
  return typeof last === 'number' ? `item ${last + 1} of ${quote(String(path.at(-2)))}` : quote(String(last ?? 'config'))
}

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && !ownWords(issue)) return `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value' && !ownWords(issue)) return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
  if (issue.code === 'invalid_format' && !ownWords(issue)) return 'this does not have the form that is expected here'
  if (issue.code === 'invalid_union' && !ownWords(issue)) return 'this has none of the forms that are allowed here'
  return redactKeys(printable(issue.message, 160))
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}

/** Whether an author of a schema wrote the message: zod's own begin like this. */
function ownWords(issue: z.core.$ZodIssue): boolean {
  return !/^(?:Invalid |Unrecognized |Too (?:big|small))/.test(issue.message)
}

function nearHint(issue: z.core.$ZodIssue, given: Data | undefined): string | undefined {
  if (issue.code !== 'invalid_value' || typeof given !== 'string') return undefined
  const near = nearest(given, issue.values.map(String))
  return near === undefined ? undefined : `did you mean "${near}"?`
}

/** The value at a path, following own members only. */
export function valueAt(data: Data | undefined, path: Path): Data | undefined {
  let value = data
  for (const step of path) {
    if (Array.isArray(value) && typeof step === 'number') value = (value as readonly Data[])[step]
    else if (isDataMap(value) && Object.hasOwn(value, step)) value = value[step]
    else return undefined
  }
  return value
}

/** The schema of the part at a path, through optional, default and the like; `undefined` where it has no fixed form. */
function schemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  const plain = unwrap(schema)
  const [step, ...rest] = path
  if (step === undefined) return plain
  if (plain instanceof z.ZodArray) return schemaAt(plain.element as z.ZodType, rest)
  const member = plain instanceof z.ZodObject ? (plain.shape as Record<string, z.ZodType | undefined>)[step] : undefined
  return member === undefined ? undefined : schemaAt(member, rest)
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap() as z.ZodType)
  return schema instanceof z.ZodPipe ? unwrap(schema.in as z.ZodType) : schema
}

/** The keys that a map at this path may have. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const part = schemaAt(schema, path)
  return part instanceof z.ZodObject ? Object.keys(part.shape as object) : []
}

/** What a missing key is for, in the words of its schema. */
function describe(schema: z.ZodType, path: Path): string | undefined {
  const parent = schemaAt(schema, path.slice(0, -1))
  const member = parent instanceof z.ZodObject ? (parent.shape as Record<string, z.ZodType | undefined>)[String(path.at(-1))] : undefined
  return member?.description === undefined ? undefined : printable(member.description, 160)
}
