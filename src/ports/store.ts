/**
 * A store that several machines share, as far as state needs one: small named objects that are replaced whole and conditionally. An
 * object store with conditional writes fits as it stands: `revision` is what `If-Match` names, `null` is `If-None-Match: *`
 * (S3, GCS, Azure Blob); in Kubernetes it is `metadata.resourceVersion`. Every rule of locks and records is built on these two calls in
 * `state/`; an adapter adds none of its own. Reads must see the latest write.
 */
import type { Ms } from '../domain/duration.ts'
import type { Right } from './provider.ts'

export interface Stored<T> {
  readonly value: T
  /** Changes with every write, and never comes back. */
  readonly revision: string
}

/** Objects of one kind. Failures are KeyrotErrors: `conflict` when the condition did not hold, `ambiguous` when the answer was lost. */
export interface Shelf<T> {
  /** `null` when there is none of this name. */
  read(name: string): Promise<Stored<T> | null>
  /** Puts the value in place of what is at this revision, or where nothing is (`null`); resolves with the new revision. Never retried here. */
  put(name: string, value: T, revision: string | null): Promise<string>
}

/** Who may act under a name, and for how long after each sign of life. */
export interface Lease {
  /** A random token of one holding; empty = free. */
  readonly holder: string
  /** How often it changed hands: grows by one with every taking, for ever. */
  readonly term: number
  /** A holder silent for longer than this may be replaced. */
  readonly duration: Ms
  /** When it was taken and last renewed, by the holder's clock: for people only, nothing is decided by it. */
  readonly since: Ms
  readonly renewedAt: Ms
  /** Plain text that tells the holder's process from others. */
  readonly note: string
  /** The token of the holder that somebody asks to stop; any other token asks nobody. */
  readonly asked?: string | undefined
}

/** What is kept of one credential, and by whose leave: a write of an earlier term is refused. */
export interface Sheet {
  /** The lease that wrote last, as `term/holder`; empty = none yet. */
  readonly fence: string
  /** Named texts without keys; a few hundred kilobytes at most, all together. */
  readonly texts: Readonly<Record<string, string>>
}

export interface SharedStore {
  /** For people: which store, and where. */
  readonly place: string
  readonly leases: Shelf<Lease>
  readonly sheets: Shelf<Sheet>
  /** As for targets: what this store needs, each right asked for. */
  rights?(): Promise<readonly Right[]>
}
