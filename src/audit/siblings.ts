/** Which other credentials lie in the same place as one: who saw that place may have seen them too. */
import type { BoundCredential } from '../ports/workspace.ts'

export interface Sibling {
  readonly credential: string
  /** Targets of the leaked credential that share their record with one of the sibling's. */
  readonly through: readonly string[]
}

/** Credentials that keep a key in the same record (a file, a JSON secret, a Kubernetes Secret) as `name` does. */
export function siblingsOf(credentials: readonly BoundCredential[], name: string): readonly Sibling[] {
  const own = credentials.find((credential) => credential.name === name)?.targets ?? []
  return credentials
    .filter((credential) => credential.name !== name)
    .map((credential) => {
      const records = new Set(credential.targets.map(({ target }) => target.traits.record))
      return { credential: credential.name, through: own.filter(({ target }) => records.has(target.traits.record)).map((bound) => bound.name) }
    })
    .filter(({ through }) => through.length > 0)
}
