/** A key in one data key of a Secret: what its slots hold, since when, and the one patch that brings them to an assignment. */
import { createHash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import type { Ms } from '../../domain/duration.ts'
import { Secret } from '../../domain/secret.ts'
import type { Assignment, Held, Observation, SlotContent } from '../../ports/target.ts'
import { refused } from './kubernetes-errors.ts'
import type { SecretObject } from './kubernetes-shapes.ts'

/** Data keys of the two slots; `null` where there is no fallback slot. */
export interface SlotNames {
  readonly key: string
  readonly fallback: string | null
}

/** What is written of a promotion: which key, and since when by the API server's clock. Names the pods that were started for it. */
export interface Promotion {
  readonly at: Ms | null
  readonly tag: string | null
}

/** The slots of a Secret, and the revision that a patch must name. An empty value counts as absent. */
export function observed(secret: SecretObject, { key, fallback }: SlotNames): Observation {
  const [, marker = '', predecessor = ''] = LINEAGE.exec(secret.metadata.annotations[markOf(key)] ?? '') ?? []
  return {
    current: held(secret, key),
    fallback: fallback === null ? null : held(secret, fallback),
    since: writtenAt(secret, key),
    revision: secret.metadata.resourceVersion,
    ...(predecessor === '' ? {} : { marked: true, lineage: { marker, predecessor } }),
  }
}

/** A value as people make them: `echo KEY | base64` leaves a line end, which is no part of the key. */
function held(secret: SecretObject, name: string): Held {
  const bytes = Buffer.from(secret.data[name] ?? '', 'base64')
  if (bytes.length === 0) return { is: 'absent' }
  if (!isUtf8(bytes))
    throw refused('KR_KUBERNETES_BINARY', `the data key ${name} of the Secret holds bytes that are no text`, 'name the data key that holds the key')
  const text = bytes.toString('utf8').replace(/\r?\n$/, '')
  return text === '' ? { is: 'absent' } : { is: 'value', secret: new Secret(text) }
}

/** Whether the value of a data key ends with a line end: programs that take it as it is send that along. */
export function endsWithLineEnd(secret: SecretObject, name: string): boolean {
  return Buffer.from(secret.data[name] ?? '', 'base64').at(-1) === 0x0a
}

/**
 * When the value of a data key last changed, by the API server's clock (whole seconds). The server moves a field to the manager that
 * changes its value, and dates that manager's entry; ours are named after one data key each, so that nothing else moves them.
 */
export function writtenAt(secret: SecretObject, key: string): Ms | null {
  const entries = secret.metadata.managedFields.filter(({ subresource }) => subresource === undefined)
  const owners = entries.filter(({ fieldsV1 }) => fieldsV1?.['f:data']?.[`f:${key}`] !== undefined)
  const own = owners.filter(({ manager }) => manager === managerOf(key))
  const writers = entries.filter(({ fieldsV1 }) => fieldsV1?.['f:data'] !== undefined)
  const dated = [own, owners, writers].find((some) => some.length > 0) ?? []
  const times = dated.map(({ time }) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time))
  return times.length === 0 ? null : Math.max(...times)
}

/** The name under which the server records our writes of a data key; at most 128 characters are allowed (FieldManager validation). */
export function managerOf(key: string): string {
  return `keyrot:${fitting(key, 100)}`
}

/** The annotation of a Secret that carries the marker of one data key. */
export function markOf(key: string): string {
  return `keyrot.dev/${fitting(key, 63)}`
}

/** The annotation of a pod template that says for which promotion its pods were started; `_` is in no Secret's name. */
export function tagNameOf(secret: string, key: string): string {
  return `keyrot.dev/${fitting(`restarted-for.${secret}_${key}`, 63)}`
}

/** The promotion of the key that this marker names, as the Secret's own mark and date have it. Without a marker, of the one that the mark names. */
export function promotionOf(secret: SecretObject, key: string, marker?: string): Promotion {
  const at = writtenAt(secret, key)
  const mark = secret.metadata.annotations[markOf(key)] ?? null
  const named = marker === undefined || mark?.startsWith(`${marker} `) === true ? mark : marker
  return { at, tag: named === null ? null : at === null ? named : `${named} ${new Date(at).toISOString()}` }
}

/** A name that may stand behind the prefix of an annotation: itself where it fits, else a part of it and a digest. */
function fitting(name: string, most: number): string {
  if (name.length <= most && /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name)) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16)
  return `${name.replace(/^[^A-Za-z0-9]+/, '').slice(0, most - 17)}-${digest}`.replace(/^-/, 'x-')
}

/** A merge patch, and whose it is to be in managed fields. */
export interface SlotPatch {
  readonly owner: string
  readonly body: object
}

/** The one patch for an assignment, valid at this revision only, or `null` where nothing is asked. `null` clears in a merge patch; what is not named stays. */
export function slotPatch(assignment: Assignment, { key, fallback }: SlotNames, revision: string): SlotPatch | null {
  const changes: [string, SlotContent | null][] = []
  if (assignment.current !== undefined) changes.push([key, assignment.current])
  if (assignment.fallback !== undefined && fallback !== null) changes.push([fallback, assignment.fallback])
  const [first] = changes
  if (first === undefined) return null
  const data = changes.map(([name, content]) => [name, content === null ? null : Buffer.from(content.secret.reveal()).toString('base64')])
  const marks = changes.map(([name, content]) => [markOf(name), content === null ? null : markFor(content, revision, fallback !== null)])
  return {
    owner: managerOf(first[0]),
    body: { metadata: { resourceVersion: revision, annotations: Object.fromEntries(marks) as object }, data: Object.fromEntries(data) as object },
  }
}

/**
 * With the revision that the write replaces: dates are whole seconds, and one key may have to be promoted twice in one. Without a fallback
 * slot, with the key that was there before, too.
 */
function markFor({ marker, predecessor }: SlotContent, revision: string, hasFallback: boolean): string {
  return `${marker} ${revision}${hasFallback || predecessor === undefined ? '' : ` after ${predecessor}`}`
}

const LINEAGE = /^(\S{1,200}) \S{1,64} after (\S{1,200})$/

/** The patch that takes our annotations off and leaves the values. */
export function unmarkPatch({ key, fallback }: SlotNames, revision: string): SlotPatch {
  const marks = [key, ...(fallback === null ? [] : [fallback])].map((name) => [markOf(name), null])
  // under another name than the values, whose date stays
  return { owner: 'keyrot', body: { metadata: { resourceVersion: revision, annotations: Object.fromEntries(marks) as object } } }
}
