/** The workspace of a dry run: everything can be read, nothing can be written, nobody is asked, no time passes. */
import { KeyrotError } from '../domain/errors.ts'
import type { Held } from '../ports/system.ts'
import type { Workspace } from '../ports/workspace.ts'

/** A workspace whose writing halves throw `KR_BUG`: a look that writes is a mistake of ours, and must not pass for one of the world. */
export function standStill(ws: Workspace): Workspace {
  const { records, clock } = ws
  return {
    ...ws,
    prompter: null,
    watch: () => undefined,
    clock: { now: () => clock.now(), sleep: async () => undefined },
    locks: { acquire: () => forbidden('take a lock') },
    records: {
      load: (credential) => records.load(credential),
      runs: (credential) => records.runs(credential),
      journal: (credential, run) => records.journal(credential, run),
      save: () => forbidden('store a record'),
      append: () => forbidden('write to the journal'),
    },
  }
}

/** A dry run holds no lock, so nothing that asks for one may go on. */
export const NO_LOCK: Held = { stillHeld: async () => false, release: async () => undefined }

async function forbidden(what: string): Promise<never> {
  throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: `a dry run tried to ${what}` })
}
