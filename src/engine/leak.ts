/** Whose key a leaked value is: by its digest against every slot, by its fingerprint against every record. Changes nothing. */
import type { CredentialRecord, KeyNote } from '../domain/record.ts'
import type { Secret } from '../domain/secret.ts'
import type { ProviderKey } from '../ports/provider.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'

export interface Owners {
  /** Credentials that hold the value, or whose record knows it. */
  readonly credentials: readonly string[]
  /** Ids at the providers whose redacted form fits: candidates, and never more than that. */
  readonly lookalikes: readonly string[]
  /** Targets and providers that could not be asked. */
  readonly unseen: readonly string[]
}

/** Who holds a value. What cannot be asked is named: it may be the one. */
export async function ownersOf(ws: Workspace, value: Secret): Promise<Owners> {
  const unseen: string[] = []
  const held = await Promise.all(ws.credentials.map((credential) => holds(ws, credential, value, unseen)))
  const providers = [...new Set(ws.credentials.map(({ provider }) => provider))]
  const listed = await Promise.all(providers.map((provider) => asked(() => provider.list?.().then(({ keys }) => keys), [], 'the provider', unseen)))
  return {
    credentials: ws.credentials.filter((_, at) => held[at]).map(({ name }) => name),
    lookalikes: listed.flatMap((keys: readonly ProviderKey[]) => keys.filter((key) => value.fits(key.hint)).map(({ id }) => id)),
    unseen,
  }
}

async function holds(ws: Workspace, credential: BoundCredential, value: Secret, unseen: string[]): Promise<boolean> {
  const { record } = await ws.records.load(credential.name)
  const seen = await Promise.all(credential.targets.map(({ name, target }) => asked(async () => target.observe(), null, `${credential.name}/${name}`, unseen)))
  const inSlot = seen.some((one) => [one?.current, one?.fallback].some((slot) => slot?.is === 'value' && slot.secret.equals(value)))
  return inSlot || notesOf(record).some((note) => note.fingerprint === value.fingerprint)
}

async function asked<T>(ask: () => Promise<T> | undefined, otherwise: T, who: string, unseen: string[]): Promise<T> {
  try {
    return (await ask()) ?? otherwise
  } catch {
    unseen.push(who)
    return otherwise
  }
}

/** Every key that a record knows. */
export function notesOf(record: CredentialRecord | null): readonly KeyNote[] {
  if (record === null) return []
  const { run, current, outstanding } = record
  const notes = [current, run?.predecessor, ...(run?.attempts ?? []).map(({ key }) => key), ...outstanding.map(({ key }) => key)]
  return notes.filter((note): note is KeyNote => note != null)
}
