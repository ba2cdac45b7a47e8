/**
 * Keys of ours that a run leaves alive although no target holds them. With its record lost, a run cannot know whose they are: a name
 * alone permits nothing. So they are said, and a person decides.
 */
import { committedOrphan } from '../audit/audit.ts'
import { findStrays } from '../audit/orphans.ts'
import type { RunFinding } from '../domain/run.ts'
import type { Situation } from '../flow/assess.ts'
import type { Context } from '../flow/context.ts'
import type { Survey } from '../flow/terrain.ts'

/** By a survey from after the end of the run. What this run itself has dealt with may still be listed, and is left out. */
export function leftOver(cx: Context, survey: Survey, situation: Situation): RunFinding[] {
  if (survey.listing === null) return []
  const { name: credential, policy } = cx.credential
  const holding = { credential, birthLife: policy.birthLife, record: cx.book.record, situation, slots: situation.slots, blind: false }
  const known = new Set([cx.roles.a, cx.roles.b, ...cx.roles.older].map((key) => key?.id))
  const left = findStrays(cx.ws.ns, [survey.listing], [holding], policy.birthLife).orphans.filter(
    (orphan) => orphan.kind === 'committed' && orphan.credential === credential && !known.has(orphan.id),
  )
  return left.length === 0 ? [] : [committedOrphan(left.map(({ id }) => id))]
}
