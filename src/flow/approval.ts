/** Item (g) of the warrant: where policy asks for it, somebody has agreed to the death of exactly these keys, not long ago. */
import type { ApprovalNote, KeyNote } from '../domain/record.ts'
import type { ItemFinding, ItemState } from '../domain/warrant.ts'
import { incoming, isDead, leaving, receiptKey, type Context } from './context.ts'
import type { Stop } from './step.ts'

/** What an approval is for: the key that stays, then every key that dies. */
export function approvedKeys(stays: KeyNote, leaves: readonly KeyNote[]): string[] {
  return [stays, ...leaves].map(receiptKey)
}

/** Whether the approval that policy asks for is there, and what is wrong with the one that is. */
export function approvalFor(cx: Context): { readonly approval: ItemState; readonly approvalFlaw?: string } {
  if (cx.credential.policy.approval === 'none') return { approval: 'met' }
  const flaw = flawOf(cx, cx.book.run.approval)
  return flaw === null ? { approval: 'met' } : { approval: 'unmet', approvalFlaw: flaw }
}

function flawOf(cx: Context, note: ApprovalNote | undefined): string | null {
  if (note === undefined) return 'not given'
  if (note.generation !== cx.book.run.generation) return 'given for another generation'
  if (note.planHash !== cx.planHash) return 'given for another plan'
  const stays = incoming(cx)
  const approved = new Set(note.keys.slice(1))
  // What is dead needs nobody's word, and is not asked about.
  const dies = leaving(cx).filter((key) => !isDead(cx, key))
  if (stays === null || note.keys[0] !== receiptKey(stays) || !dies.every((key) => approved.has(receiptKey(key)))) return 'given for other keys'
  return cx.ws.clock.now() < note.until ? null : 'given too long ago'
}

/** The run has come to where only the approval is missing, or only that and time. */
export function approvalWanted(cx: Context, items: readonly ItemFinding[]): Stop {
  const { name } = cx.credential
  const flaw = items.find(({ item }) => item === 'approval')?.evidence ?? 'not given'
  return {
    status: 'parked',
    code: 'KR_APPROVAL_WANTED',
    message: `the old key of ${name} may not die yet: an approval is wanted (${flaw})`,
    hints: [`see what it is for, and give it: keyrot approve ${name}`],
    command: `keyrot approve ${name}`,
    items,
  }
}
