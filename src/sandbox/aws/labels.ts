/** How staging labels move. A label is on one version at most, and AWSCURRENT drags AWSPREVIOUS behind it. */
import { invalidParameter, limitExceeded } from './errors.ts'
import type { Secret, Version } from './secrets.ts'

export const CURRENT = 'AWSCURRENT'
export const PREVIOUS = 'AWSPREVIOUS'

/** Puts the label on this version and takes it from wherever it was. Moving AWSCURRENT leaves AWSPREVIOUS where it came from. */
export function attach(secret: Secret, version: Version, label: string, now: number): void {
  const holder = secret.labelled(label)
  if (holder === version) return
  holder?.labels.delete(label)
  version.labels.add(label)
  if (label !== CURRENT) return
  secret.past.push({ at: now, id: version.id })
  if (holder !== undefined) attach(secret, holder, PREVIOUS, now)
}

/** Refuses a set of labels that would take the secret over its quota. */
export function checkQuota(secret: Secret, added: readonly string[], max: number): void {
  const labels = new Set([...secret.versions.values()].flatMap((version) => [...version.labels]))
  for (const label of added) labels.add(label)
  if (labels.size > max) throw limitExceeded('staging labels attached across all versions of a secret')
}

export interface Move {
  readonly label: string
  readonly to: string | undefined
  readonly from: string | undefined
}

/** `UpdateSecretVersionStage`: nothing changes unless every part of the request holds. */
export function moveLabel(secret: Secret, move: Move, maxLabels: number, now: number): void {
  const { label, to, from } = move
  if (to === undefined && from === undefined) throw invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId, or both.')
  const target = to === undefined ? undefined : secret.version(to)
  const holder = secret.labelled(label)
  if (from !== undefined && holder?.id !== from)
    throw invalidParameter(`The staging label ${label} isn't attached to version ${from}, which RemoveFromVersionId names.`)
  if (target === undefined) return removeLabel(secret, holder, label)
  if (holder !== undefined && holder !== target && from === undefined)
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  checkQuota(secret, [label], maxLabels)
  attach(secret, target, label, now)
}

function removeLabel(secret: Secret, holder: Version | undefined, label: string): void {
  if (label === CURRENT)
    throw invalidParameter(`You can't remove the staging label ${CURRENT} from version ${holder?.id}. You can only move it to another version.`)
  holder?.labels.delete(label)
}
