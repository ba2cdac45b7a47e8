/**
 * Names of keys at the provider, which are also the markers left in targets:
 * `keyrot.<ns>.<credential>.g<generation>.a<attempt>`.
 *
 * A name is derived from the run, never from time or chance, so a lost answer is resolved by looking the name up.
 */
export interface KeyName {
  readonly ns: string
  readonly credential: string
  readonly generation: number
  readonly attempt: number
}

/** What a namespace looks like: eight characters that `init` draws and writes into the config. */
export const NS_PATTERN = /^[a-z0-9]{8}$/

/** What a credential may be called: it becomes part of names at the provider, of file names and of markers. */
export const CREDENTIAL_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

const NAME_PATTERN = /^keyrot\.([a-z0-9]{8})\.([a-z0-9-]{1,40})\.g(\d{1,6})\.a(\d{1,4})$/
const ADOPTED_PATTERN = /^keyrot\.([a-z0-9]{8})\.([a-z0-9-]{1,40})\.g(\d{1,6})\.id\.([A-Za-z0-9_-]{1,120})$/

/** The provider-side name and marker of one key. */
export function formatKeyName(name: KeyName): string {
  return `keyrot.${name.ns}.${name.credential}.g${name.generation}.a${name.attempt}`
}

/** The parts of a name, or `null` when keyrot did not write it. */
export function parseKeyName(text: string | null | undefined): KeyName | null {
  const match = NAME_PATTERN.exec(text ?? '')
  if (match === null) return null
  const [, ns = '', credential = '', generation = '', attempt = ''] = match
  return { ns, credential, generation: Number(generation), attempt: Number(attempt) }
}

/** The marker of a key that keyrot adopted rather than created: it has no name of ours, so its id stands in. */
export function adoptedMarker(ns: string, credential: string, generation: number, keyId: string): string {
  return `keyrot.${ns}.${credential}.g${generation}.id.${keyId}`
}

/** The key id inside an adopted key's marker, or `null` for any other text. */
export function parseAdoptedMarker(text: string): { ns: string; credential: string; generation: number; keyId: string } | null {
  const match = ADOPTED_PATTERN.exec(text)
  if (match === null) return null
  const [, ns = '', credential = '', generation = '', keyId = ''] = match
  return { ns, credential, generation: Number(generation), keyId }
}

/** Whether a parsed name belongs to this credential of this config. */
export function isOurs(name: KeyName | null, ns: string, credential: string): name is KeyName {
  return name !== null && name.ns === ns && name.credential === credential
}

/** The name, if it belongs to this credential of this config. To be asked of a whole listing for each of a thousand credentials. */
export function parseOwnName(text: string | null | undefined, ns: string, credential: string): KeyName | null {
  return text?.startsWith(`keyrot.${ns}.${credential}.`) === true ? parseKeyName(text) : null
}

/** Newest first: by generation, then by attempt. */
export function byNewest(left: KeyName, right: KeyName): number {
  return right.generation - left.generation || right.attempt - left.attempt
}
