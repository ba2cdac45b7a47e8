/** Turning a run around: forward to back on a person's word, back to forward when there is no way back. */
import type { RunNote } from '../domain/record.ts'
import type { Context } from './context.ts'
import { reconsider, type Act } from './step.ts'

/** The run in the other direction: receipts and decisions were about the other key. */
export function turned(run: RunNote, direction: RunNote['direction']): RunNote {
  return { ...run, direction, targets: {}, decision: null, answers: [] }
}

/** Gives up a rollback that cannot be walked: going forward is always safe while the new key lives. */
export async function goForward(cx: Context, why: string): Promise<Act> {
  cx.findings.push({
    code: 'no-way-back',
    severity: 'warning',
    message: `${cx.credential.name} cannot be put back on its old key (${why}); the rotation goes forward`,
  })
  await cx.book.saveRun((run) => turned(run, 'forward'))
  return reconsider(why)
}
