/** The safe point of an interruption: the durable intent that precedes every effect (I7) is refused once the run is to stop. */
import type { Records } from '../../ports/system.ts'

/** `check` throws once the run is to stop. What happened already may still be written down. */
export function stoppable(records: Records, check: () => void): Records {
  return {
    load: (credential) => records.load(credential),
    save: (record, revision) => records.save(record, revision),
    append: async (event) => {
      if (event.type === 'step.intended') check()
      await records.append(event)
    },
    runs: (credential) => records.runs(credential),
    journal: (credential, run) => records.journal(credential, run),
  }
}
