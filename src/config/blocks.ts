/** Judges one named block of the config by the schema of its adapter. */
import type { Declaration } from '../adapters/define.ts'
import { reportIssues } from './issues.ts'
import { isDataMap, type Data, type DataMap } from './data.ts'
import type { Path } from './places.ts'
import { quote } from './problems.ts'
import { looksLikeReference, refuseReference } from './references.ts'
import type { Report } from './report.ts'
import { environmentSchema, NAME_WORDS, ONCE, shapeOf, waveSchema } from './schema.ts'
import { hintFor, nearest } from './suggest.ts'

export interface Judged<D> {
  readonly declaration: D
  readonly settings: unknown
}

/** The block's declaration and validated settings, or `null` after reporting why not. `common` names keys that are not the adapter's. */
export function judgeBlock<D extends Declaration>(
  data: Data,
  path: Path,
  declarations: readonly D[],
  common: readonly string[],
  report: Report,
): Judged<D> | null {
  if (!isDataMap(data)) {
    report.error(path, 'KR_CONFIG_VALUE', `${quote(String(path.at(-1)))}: expected a map with a type`)
    return null
  }
  const types = declarations.map(({ type }) => type)
  const { type } = data
  const declaration = declarations.find((candidate) => candidate.type === type)
  if (type === undefined) report.keyError([...path, 'type'], 'KR_CONFIG_MISSING', '"type" is missing', `known: ${types.join(', ')}`)
  else if (declaration === undefined)
    report.error([...path, 'type'], 'KR_CONFIG_TYPE', 'this type is not known', typeof type === 'string' ? hintFor(type, types) : undefined)
  if (declaration === undefined) return null
  return judgeSettings(data, path, declaration, ['type', ...common], report)
}

function judgeSettings<D extends Declaration>(data: DataMap, path: Path, declaration: D, common: readonly string[], report: Report): Judged<D> | null {
  const own = Object.keys(shapeOf(declaration))
  const known = new Set([...common, ...own])
  for (const key of Object.keys(data)) {
    if (known.has(key)) continue
    report.keyError(
      [...path, key],
      'KR_CONFIG_UNKNOWN_KEY',
      `${quote(key)} is not known here`,
      nearest(key, [...known]) === undefined ? `settings of ${declaration.type}: ${own.join(', ')}` : hintFor(key, [...known]),
    )
  }
  const settings: DataMap = Object.fromEntries(Object.entries(data).filter(([key]) => own.includes(key)))
  const broken = reportReferences(settings, path, report)
  const judged = declaration.schema.safeParse(settings, ONCE)
  if (judged.success) return broken ? null : { declaration, settings: judged.data }
  reportIssues(judged.error.issues, declaration.schema, path, settings, report)
  return null
}

/** Reports references that cannot be right; `true` when there was one. */
function reportReferences(data: Data, path: Path, report: Report): boolean {
  let broken = false
  for (const [at, text] of referencesIn(data, path)) {
    const refusal = refuseReference(text)
    if (refusal === null) continue
    broken = true
    report.error(at, 'KR_CONFIG_REFERENCE', refusal.message, refusal.hint)
  }
  return broken
}

/** Every text in a block that is, or means to be, a reference. */
export function referencesIn(data: Data, path: Path): readonly (readonly [Path, string])[] {
  const found: [Path, string][] = []
  const walk = (part: Data, at: (string | number)[]): void => {
    if (typeof part === 'string') {
      if (looksLikeReference(part)) found.push([[...at], part])
    } else if (typeof part === 'object' && part !== null) {
      // one path for the whole walk: a thousand credentials have forty thousand parts, and few of them are references
      for (const [step, item] of Array.isArray(part) ? part.entries() : Object.entries(part)) {
        at.push(step)
        walk(item as Data, at)
        at.pop()
      }
    }
  }
  walk(data, [...path])
  return found
}

/** What a target block says besides its adapter's settings. Nonsense is reported, and read as nothing said. */
export function judgeTargetKeys(data: Data, path: Path, report: Report): { readonly wave: number; readonly environment?: string } {
  const given = isDataMap(data) ? data : {}
  const wave = waveSchema.safeParse(given['wave'], ONCE)
  if (!wave.success) report.error([...path, 'wave'], 'KR_CONFIG_VALUE', '"wave": expected a whole number from 1 to 99')
  const environment = environmentSchema.safeParse(given['environment'], ONCE)
  if (!environment.success) report.error([...path, 'environment'], 'KR_CONFIG_VALUE', `"environment": ${NAME_WORDS}`)
  return { wave: wave.data ?? 1, ...(environment.data === undefined ? {} : { environment: environment.data }) }
}
