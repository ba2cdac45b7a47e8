/** Finding a credential of the config, and the locks that a change to it needs. */
import { KeyrotError } from '../domain/errors.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'

/** The credential of this name; throws `KR_UNKNOWN_CREDENTIAL` (usage). */
export function credentialOf(ws: Workspace, name: string): BoundCredential {
  const found = ws.credentials.find((credential) => credential.name === name)
  if (found !== undefined) return found
  throw new KeyrotError({
    code: 'KR_UNKNOWN_CREDENTIAL',
    kind: 'usage',
    message: 'the config has no credential of this name',
    hints: [`it has: ${ws.credentials.map((one) => one.name).join(', ')}`],
  })
}

/** The locks of a credential: its own, and one for each record it shares with others (I6). */
export function lockNames(credential: BoundCredential): string[] {
  return [`credential:${credential.name}`, ...new Set(credential.targets.map((bound) => `record:${bound.target.traits.record}`))].toSorted()
}
