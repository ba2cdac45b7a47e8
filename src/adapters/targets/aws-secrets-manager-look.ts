/** What a secret holds now: which versions bear which labels, and the texts of those that matter. */
import { createHash } from 'node:crypto'
import type { Ms } from '../../domain/duration.ts'
import type { Secret } from '../../domain/secret.ts'
import { changed, refused } from './aws-secrets-manager-errors.ts'
import type { Described, Store } from './aws-secrets-manager-store.ts'
import { SECRET_ARN } from './aws-secrets-manager-address.ts'

export const CURRENT = 'AWSCURRENT'

/** The two labels that are ours. AWSPENDING and AWSPREVIOUS belong to AWS's own rotation and are neither read nor cleared. */
export interface OwnLabels {
  readonly next: string
  readonly prev: string
}

export function ownLabels(ns: string, credential: string): OwnLabels {
  return { next: `keyrot.${ns}.${credential}.next`, prev: `keyrot.${ns}.${credential}.prev` }
}

export interface Version {
  readonly id: string
  readonly text: Secret
}

export interface Look {
  readonly arn: string
  /** `null` where the secret has no version in use. */
  readonly current: Version | null
  /** The versions that bear our labels, the current one included. */
  readonly next: Version | null
  readonly prev: Version | null
  /** No earlier than the moment AWSCURRENT came to where it is; see `sinceOf`. */
  readonly since: Ms | null
  readonly revision: string
}

/** The versions in the fallback slot, the visible one first: `.next`, then `.prev`; the current version and one without a key are not in it. */
export function slotsIn({ current, next, prev }: Look, holds: (version: Version) => string | null): readonly Version[] {
  return [next, prev].filter((version) => version !== null && version.id !== current?.id && holds(version) !== null) as Version[]
}

/** Looks, by version id only. Refuses what keyrot cannot keep a key in; `conflict` where a version went away between two calls. */
export async function lookAt(store: Store, given: string, own: OwnLabels): Promise<Look> {
  const described = await store.describe()
  refuseUnfit(store.name, given, described)
  const holders = holdersOf(described)
  const ids = [holders.get(CURRENT), holders.get(own.next), holders.get(own.prev)]
  const found = await Promise.all([...new Set(ids)].flatMap((id) => (id === undefined ? [] : [versionOf(store, id)])))
  const [current = null, next = null, prev = null] = ids.map((id) => found.find((version) => version.id === id) ?? null)
  return { arn: described.ARN, current, next, prev, since: sinceOf(described, found, current), revision: ids.map((id) => id ?? '-').join(' ') }
}

/** Each label with the version that bears it. */
export function holdersOf({ VersionIdsToStages: versions }: Described): ReadonlyMap<string, string> {
  return new Map(Object.entries(versions).flatMap(([id, labels]) => labels.map((label): [string, string] => [label, id])))
}

function refuseUnfit(name: string, given: string, described: Described): void {
  if (SECRET_ARN.test(given) && described.ARN !== given)
    throw refused('KR_AWS_OTHER_SECRET', name, 'has another ARN than the config gives', 'write the complete ARN, six random characters included, or the name')
  if (described.DeletedDate !== undefined)
    throw refused('KR_AWS_DELETION_SCHEDULED', name, 'is scheduled for deletion', `to keep it: aws secretsmanager restore-secret --secret-id ${name}`)
}

interface Dated extends Version {
  readonly createdAt: Ms | null
}

async function versionOf(store: Store, id: string): Promise<Dated> {
  const { text, createdAt } = await store.get(id).catch((error: unknown) => {
    throw isGone(error) ? changed(store.name) : error
  })
  if (text === null) throw refused('KR_AWS_BINARY', store.name, 'holds a binary value', 'keyrot keeps keys in text: store the value as SecretString')
  return { id, text, createdAt }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'kind' in error && error.kind === 'not-found'
}

/**
 * A version's own date is when it was staged, or, after a move back, long before; both lie before it came into use. `LastChangedDate`
 * moves with "any" modification (API reference, DescribeSecret), label moves among them: in recorded answers it is the moment
 * in which rotation moved AWSCURRENT. So it is never too early; a later tag or staging makes it later, which only waits longer.
 */
function sinceOf(described: Described, found: readonly Dated[], current: Version | null): Ms | null {
  const created = found.find((version) => version.id === current?.id)?.createdAt ?? null
  if (current === null || described.LastChangedDate === undefined) return null
  return Math.max(described.LastChangedDate, created ?? 0)
}

/**
 * The id of the version that holds this key on this base: the same on every try, so that a lost answer is found again and not made
 * twice (the request token of PutSecretValue becomes the version id). `again` counts ids that were taken by other texts: a deleted run
 * may leave a version without labels under a marker that is used once more.
 */
export function versionIdFor(marker: string, arn: string, field: string | null, base: string | null, again: number): string {
  const parts = [marker, arn, field ?? '', base ?? '', ...(again === 0 ? [] : [String(again)])]
  const digest = createHash('sha256').update(parts.join('\n')).digest()
  // version 8 of RFC 9562: a UUID whose other bits are the application's own
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const hex = digest.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
