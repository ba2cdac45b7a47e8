/** The one question before a rotation begins. A rotation under way was approved when it began. */
import type { PlanReport } from '../domain/status.ts'
import { planRun } from '../engine/runs.ts'
import type { RunOptions } from '../ports/workspace.ts'
import { planLines } from '../ui/text/plan.ts'
import { refused } from './base-command.ts'
import type { Session } from './session.ts'

/** Shows what would be done and asks. Throws `KR_PLAN_NOT_APPROVED` for a no, or where nobody can be asked. */
export async function approvePlan(session: Session, names: readonly string[], options: RunOptions): Promise<void> {
  const plans: PlanReport[] = []
  for (const name of names) plans.push(await planRun(session.ws, name, options))
  const fresh = plans.filter((plan) => plan.start !== 'resume' && plan.steps.some((step) => step.state === 'needed'))
  if (fresh.length === 0) return
  if (session.prompter === null)
    throw refused('KR_PLAN_NOT_APPROVED', 'nobody is here to approve the plan', 'see it with: keyrot plan', 'approve it with --yes (or KEYROT_YES=1)')
  for (const plan of fresh) for (const line of planLines(plan, session.ws.clock.now(), session.screen.columns)) session.screen.say(line)
  const title = fresh.length === 1 ? `rotate ${fresh[0]?.credential ?? ''} now?` : `rotate these ${fresh.length} credentials now?`
  if (!(await session.prompter.confirm({ id: 'plan', title, facts: [] }))) throw refused('KR_PLAN_NOT_APPROVED', 'the plan was not approved; nothing changed')
}
