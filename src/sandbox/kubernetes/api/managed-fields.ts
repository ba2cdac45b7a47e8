/** Who set which field, and when: kept on every write, as the server's field manager does. */
import { Failure } from '../failures.ts'
import type { JsonObject, KubeObject, ManagedFields } from '../objects.ts'
import { claimOf, type FieldSet, fieldsV1, pathsOf, setOf, shownPath } from './field-set.ts'

export interface Writer {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly subresource: '' | 'status'
}

interface Share {
  readonly entry: ManagedFields
  readonly set: FieldSet
}

function isOf(entry: ManagedFields, writer: Writer, apiVersion: string): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    (entry.subresource ?? '') === writer.subresource &&
    entry.apiVersion === apiVersion
  )
}

function sharesOf(object: KubeObject | null): Share[] {
  return (object?.metadata.managedFields ?? []).map((entry) => ({ entry, set: setOf(entry.fieldsV1) }))
}

/** What a write added or changed, and what it took away. */
function difference(object: KubeObject, old: KubeObject | null): { taken: Set<string>; removed: Set<string> } {
  const now = pathsOf(object as unknown as JsonObject)
  const before = old === null ? new Map<string, string>() : pathsOf(old as unknown as JsonObject)
  const taken = new Set([...now].filter(([path, value]) => before.get(path) !== value).map(([path]) => path))
  return { taken, removed: new Set([...before.keys()].filter((path) => !now.has(path))) }
}

/** The entries after a write: the writer takes what it changed, the others lose that and what is gone. */
export function afterWrite(object: KubeObject, old: KubeObject | null, writer: Writer, time: string): ManagedFields[] {
  const { taken, removed } = difference(object, old)
  const shares = sharesOf(old)
  const mine = shares.find(({ entry }) => isOf(entry, writer, object.apiVersion))
  const others = shares.filter((share) => share !== mine).map(({ entry, set }) => ({ entry, set: without(without(set, taken), removed) }))
  const own = without(new Set([...(mine?.set ?? []), ...taken]), removed)
  return assembled([...others, { entry: entryOf(writer, object.apiVersion, taken.size > 0 ? time : (mine?.entry.time ?? time)), set: own }])
}

/** The entries after an apply: the writer owns what it claims, all of it and nothing else. */
export function afterApply(object: KubeObject, old: KubeObject | null, claim: JsonObject, writer: Writer, time: string): ManagedFields[] {
  const { taken, removed } = difference(object, old)
  const claimed = claimOf(claim)
  const shares = sharesOf(old)
  const mine = shares.find(({ entry }) => isOf(entry, writer, object.apiVersion))
  const others = shares.filter((share) => share !== mine).map(({ entry, set }) => ({ entry, set: without(without(set, taken), removed) }))
  const same = taken.size === 0 && mine !== undefined && without(claimed, mine.set).size === 0 && without(mine.set, claimed).size === 0
  return assembled([...others, { entry: entryOf(writer, object.apiVersion, same ? mine.entry.time : time), set: claimed }])
}

/** What the writer claimed by its last apply. */
export function claimBefore(old: KubeObject | null, writer: Writer, apiVersion: string): FieldSet {
  return sharesOf(old).find(({ entry }) => isOf(entry, writer, apiVersion))?.set ?? new Set()
}

/** The paths that some other manager owns. */
export function ownedByOthers(old: KubeObject | null, writer: Writer, apiVersion: string): FieldSet {
  return new Set(sharesOf(old).flatMap(({ entry, set }) => (isOf(entry, writer, apiVersion) ? [] : [...set])))
}

/** Refuses an apply that would change what others own (409, one cause for each field). */
export function refuseConflicts(claim: JsonObject, old: KubeObject | null, writer: Writer, apiVersion: string): void {
  if (old === null) return
  const before = pathsOf(old as unknown as JsonObject)
  const wanted = pathsOf(claim)
  const changed = [...claimOf(claim)].filter((path) => before.has(path) && before.get(path) !== wanted.get(path))
  const held = sharesOf(old).filter(({ entry }) => !isOf(entry, writer, apiVersion))
  const clashes = held.flatMap(({ entry, set }) => changed.filter((path) => set.has(path)).map((path) => ({ who: ownerText(entry), field: shownPath(path) })))
  if (clashes.length === 0) return
  const lines: Iterable<string> = clashes.length === 1 ? clashes.map(({ who, field }) => `conflict with ${who}: ${field}`) : groupedText(clashes)
  const causes = clashes.map(({ who, field }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field }))
  throw new Failure(409, 'Conflict', `Apply failed with ${clashes.length} conflict${clashes.length === 1 ? '' : 's'}: ${[...lines].join('\n')}`, { causes })
}

interface Clash {
  readonly who: string
  readonly field: string
}

function* groupedText(clashes: readonly Clash[]): Generator<string> {
  for (const who of new Set(clashes.map((clash) => clash.who))) {
    yield `conflicts with ${who}:`
    for (const clash of clashes) if (clash.who === who) yield `- ${clash.field}`
  }
}

function ownerText({ manager, operation, apiVersion, subresource }: ManagedFields): string {
  const part = subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`
  return `${JSON.stringify(manager)}${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}

function entryOf({ manager, operation, subresource }: Writer, apiVersion: string, time: string): ManagedFields {
  return { manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: {}, ...(subresource === '' ? {} : { subresource }) }
}

/** Applied shares first, then by time and name; shares without a field are dropped. */
function assembled(shares: readonly Share[]): ManagedFields[] {
  const entries = shares.filter(({ set }) => set.size > 0).map(({ entry, set }) => ({ ...entry, fieldsV1: fieldsV1(set) }))
  const rankOf = ({ operation, time, manager, apiVersion, subresource }: ManagedFields): string =>
    [operation, time, manager, apiVersion, subresource ?? ''].join('\0')
  return entries.toSorted((left, right) => (rankOf(left) < rankOf(right) ? -1 : 1))
}

function without(set: FieldSet, gone: FieldSet): Set<string> {
  return new Set([...set].filter((path) => !gone.has(path)))
}
