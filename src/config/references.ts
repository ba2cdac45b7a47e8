/**
 * Secrets by reference: `env:NAME` or `file:path`. The config holds where a secret is, never what it is.
 *
 * A relative `file:` path starts at the config's folder and may not leave it. An absolute one is taken as written: mounted
 * secrets (`/run/secrets/…`) live outside every project, and writing the whole path is deliberate.
 */
import { KeyrotError } from '../domain/errors.ts'
import { Secret } from '../domain/secret.ts'
import type { ConfigFiles } from './files.ts'
import { quote, type Place, type Problem } from './problems.ts'

export interface Reference {
  /** As written: `env:NAME` or `file:path`. What adapters ask for by `Surroundings.secret`. */
  readonly text: string
  readonly kind: 'env' | 'file'
  /** The variable's name or the path. */
  readonly name: string
  readonly place: Place
}

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
/** Larger than any key or token, smaller than any accident. */
const MOST_SECRET_BYTES = 16 * 1024

/** Whether a text means to be a reference, valid or not. */
export function looksLikeReference(text: string): boolean {
  return /^(?:env|file):/.test(text)
}

/** Why a reference cannot be right, whatever the machine, or `null`. The name itself is not repeated: it may be a pasted key. */
export function refuseReference(text: string): { readonly message: string; readonly hint: string } | null {
  const [kind, name] = split(text)
  if (kind === 'env')
    return ENV_NAME.test(name)
      ? null
      : { message: 'what follows env: is not the name of a variable', hint: 'letters, digits and _ only, such as env:OPENAI_ADMIN_KEY' }
  if (name.trim() !== name || name === '')
    return { message: 'what follows file: is not a path', hint: 'such as file:secrets/admin-key or file:/run/secrets/admin-key' }
  if (name.startsWith('~')) return { message: '~ is not unfolded here', hint: 'write the whole path' }
  const leaves = name.split(/[\\/]/).includes('..')
  return leaves ? { message: 'a file: path may not climb out of its folder with ..', hint: 'write the whole path' } : null
}

/** A reference in its parts. */
export function toReference(text: string, place: Place): Reference {
  const [kind, name] = split(text)
  return { text, kind, name, place }
}

/** The variables that hold secrets: removed from the environment once they are read, before any adapter connects. */
export function envNames(references: readonly Reference[]): readonly string[] {
  return [...new Set(references.filter(({ kind }) => kind === 'env').map(({ name }) => name))]
}

export interface Resolved {
  /** By reference text. */
  readonly secrets: ReadonlyMap<string, Secret>
  readonly warnings: readonly Problem[]
}

export interface ReferenceReaders {
  readonly env: (name: string) => string | undefined
  readonly files: ConfigFiles
  /** Folder of the config file. */
  readonly root: string
}

/** Reads every reference once. Throws one `KR_SECRET_UNAVAILABLE` naming all that could not be read, and why; never a value. */
export async function resolveReferences(references: readonly Reference[], readers: ReferenceReaders): Promise<Resolved> {
  const secrets = new Map<string, Secret>()
  const warnings: Problem[] = []
  const refusals: string[] = []
  for (const reference of new Map(references.map((each) => [each.text, each])).values()) {
    const read = reference.kind === 'env' ? readVariable(reference, readers) : await readFile(reference, readers)
    const refusal = 'refusal' in read ? read.refusal : refuseValue(read.value)
    if (refusal !== null) refusals.push(`${quote(reference.text)} ${refusal}`)
    if ('value' in read && refusal === null) secrets.set(reference.text, new Secret(read.value))
    if ('value' in read && read.open) warnings.push(openWarning(reference))
  }
  if (refusals.length === 0) return { secrets, warnings }
  const message = `${refusals.length === 1 ? 'a secret' : `${refusals.length} secrets`} that the config refers to cannot be used`
  throw new KeyrotError({ code: 'KR_SECRET_UNAVAILABLE', kind: 'config', message, hints: refusals })
}

type Read = { readonly value: string; readonly open: boolean } | { readonly refusal: string }

function readVariable(reference: Reference, readers: ReferenceReaders): Read {
  const text = readers.env(reference.name)
  return text === undefined ? { refusal: 'is not set' } : { value: trimEnd(text), open: false }
}

async function readFile(reference: Reference, readers: ReferenceReaders): Promise<Read> {
  const read = await readers.files.read(reference.name, MOST_SECRET_BYTES, readers.root)
  if (!read.ok) return { refusal: WHY[read.why] }
  if (!reference.name.startsWith('/') && !read.inside) return { refusal: 'leads out of the folder of the config by a symbolic link' }
  if (read.bytes.byteLength > MOST_SECRET_BYTES) return { refusal: 'is too large to be a secret' }
  return { value: trimEnd(new TextDecoder('utf-8').decode(read.bytes)), open: (read.mode & 0o077) !== 0 }
}

const WHY = { missing: 'does not exist', 'not-a-file': 'is not a regular file', unreadable: 'may not be read' } as const

function refuseValue(value: string): string | null {
  if (value === '') return 'is empty'
  // oxlint-disable-next-line no-control-regex -- a key with one of these is cut, padded or not text
  return /[\s\u0000-\u001f\u007f\ufeff\ufffd]/.test(value) ? 'holds blanks or line breaks inside, or is not text' : null
}

/** Editors and `echo` leave one line end. */
function trimEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}

function openWarning(reference: Reference): Problem {
  return {
    code: 'KR_CONFIG_OPEN_FILE',
    severity: 'warning',
    message: `${quote(reference.text)} can be read by others on this machine`,
    place: reference.place,
    hint: 'chmod 600',
  }
}

function split(text: string): readonly ['env' | 'file', string] {
  return text.startsWith('env:') ? ['env', text.slice(4)] : ['file', text.slice(5)]
}
