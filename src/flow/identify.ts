/** Which key a slot holds: from what is in memory, else the record's fingerprints, else the provider's redacted forms. */
import { parseAdoptedMarker } from '../domain/key-name.ts'
import type { KeyNote } from '../domain/record.ts'
import type { Secret } from '../domain/secret.ts'
import type { ProviderKey } from '../ports/provider.ts'
import type { Held } from '../ports/target.ts'
import type { Keys } from './keys.ts'

/** One key as far as it is known: who it is, its value if at hand, its listing entry if there is one. */
export interface KnownKey extends KeyNote {
  readonly secret: Secret | null
  readonly listed: ProviderKey | null
}

/** What can be consulted about keys. */
export interface KeySources {
  /** Values seen in this process, with what was learnt about them at birth. */
  readonly memory: readonly { readonly secret: Secret; readonly note: KeyNote }[]
  readonly notes: readonly KeyNote[]
  /** `null` where the provider cannot be asked. */
  readonly listing: Keys | null
}

export type Identified =
  | { readonly is: 'key'; readonly key: KnownKey }
  /** Several keys of the provider fit: a person must say which. */
  | { readonly is: 'ambiguous'; readonly secret: Secret; readonly candidates: readonly ProviderKey[] }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown' }

/** Identifies what one slot holds. A fit with a redacted form counts only when it is the only one. */
export function identify(held: Held | null, sources: KeySources): Identified {
  if (held === null || held.is === 'absent') return { is: 'absent' }
  if (held.is === 'unknown') return { is: 'unknown' }
  return held.is === 'value' ? identifyValue(held.secret, sources) : { is: 'key', key: byMarker(held.marker, sources) }
}

function identifyValue(secret: Secret, sources: KeySources): Identified {
  const seen = sources.memory.find((entry) => entry.secret.equals(secret))?.note
  const noted = seen ?? sources.notes.find((note) => note.fingerprint === secret.fingerprint)
  const asNoted = (note: KeyNote): Identified => ({
    is: 'key',
    key: { ...note, fingerprint: secret.fingerprint, secret, listed: listedById(note.id, sources) },
  })
  if (noted !== undefined && noted.id !== null) return asNoted(noted)
  const fitting = sources.listing?.fitting(secret) ?? []
  if (noted !== undefined && fitting.length !== 1) return asNoted(noted)
  if (fitting.length > 1) return { is: 'ambiguous', secret, candidates: fitting }
  const only = fitting[0]
  const name = only?.name ?? noted?.name ?? null
  return { is: 'key', key: { id: only?.id ?? null, name, fingerprint: secret.fingerprint, secret, listed: only ?? null } }
}

/** A marker names its key; the record's id wins over a listing in which a stranger may bear the same name. */
function byMarker(marker: string, sources: KeySources): KnownKey {
  const adopted = parseAdoptedMarker(marker)
  if (adopted !== null) return { id: adopted.keyId, name: null, fingerprint: null, secret: null, listed: listedById(adopted.keyId, sources) }
  const noted = [...sources.memory.map((entry) => entry.note), ...sources.notes].find((note) => note.name === marker && note.id !== null)
  const named = sources.listing?.named(marker) ?? []
  const id = noted?.id ?? (named.length === 1 ? (named[0]?.id ?? null) : null)
  const value = sources.memory.find((entry) => entry.note.name === marker)?.secret ?? null
  return { id, name: marker, fingerprint: noted?.fingerprint ?? null, secret: value, listed: listedById(id, sources) }
}

function listedById(id: string | null, sources: KeySources): ProviderKey | null {
  return sources.listing?.byId(id) ?? null
}

/** Whether two descriptions mean the same key: by id, else by name, else by fingerprint. */
export function sameKey(left: KeyNote | null, right: KeyNote | null): boolean {
  if (left === null || right === null) return false
  if (left.id !== null && right.id !== null) return left.id === right.id
  if (left.fingerprint !== null && right.fingerprint !== null) return left.fingerprint === right.fingerprint
  return left.name !== null && left.name === right.name
}

/** The fullest description of one key that several slots and the record give together. */
export function merge(notes: readonly (KeyNote | KnownKey | null)[]): KnownKey | null {
  const found = notes.filter((note): note is KeyNote | KnownKey => note !== null)
  if (found.length === 0) return null
  const first = <T>(pick: (note: KeyNote | KnownKey) => T | null): T | null => found.map(pick).find((value) => value !== null) ?? null
  return {
    id: first((note) => note.id),
    name: first((note) => note.name),
    fingerprint: first((note) => note.fingerprint),
    secret: first((note) => ('secret' in note ? note.secret : null)),
    listed: first((note) => ('listed' in note ? note.listed : null)),
  }
}

/** What may be written down of a known key. */
export function noteOf(key: KeyNote): KeyNote {
  return { id: key.id, name: key.name, fingerprint: key.fingerprint }
}

/** Whether a listed key is this one: by id, else by its redacted form, else by its name. */
export function isListedAs(key: KnownKey, listed: ProviderKey): boolean {
  if (key.id !== null) return listed.id === key.id
  if (key.secret !== null) return key.secret.fits(listed.hint)
  return key.name !== null && listed.name === key.name
}

/** Whether anything is known by which a listing could show the key. */
export function isListable(key: KnownKey): boolean {
  return key.id !== null || key.secret !== null || key.name !== null
}
