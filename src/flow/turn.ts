/** Turning a run around: forward to back on a person's word, back to forward when there is no way back. */
import type { KeyNote, RunNote } from '../domain/record.ts'
import type { Context } from './context.ts'
import { sameKey } from './identify.ts'
import { reconsider, type Act } from './step.ts'

/** The run in the other direction: receipts, decisions and approvals were about the other key. */
export function turned(run: RunNote, direction: RunNote['direction']): RunNote {
  const { approval: _, ...rest } = run
  return { ...rest, direction, targets: {}, decision: null, answers: [] }
}

/** The run without those of its own keys that have leaked: they are never promoted again, and the next attempt takes their place. */
export function withoutLeaked(run: RunNote): RunNote {
  const { incident } = run
  if (incident === undefined) return run
  const isLeaked = (key: KeyNote | null): boolean => incident.leaked.some((note) => sameKey(note, key))
  return { ...run, attempts: run.attempts.map((note) => (isLeaked(note.key) ? { ...note, abandoned: true } : note)) }
}

/** Gives up a rollback that cannot be walked: going forward is always safe while the new key lives. */
export async function goForward(cx: Context, why: string): Promise<Act> {
  cx.findings.push({
    code: 'no-way-back',
    severity: 'warning',
    message: `${cx.credential.name} cannot be put back on its old key (${why}); the rotation goes forward`,
  })
  await cx.book.saveRun((run) => turned(withoutLeaked(run), 'forward'))
  return reconsider(why)
}
