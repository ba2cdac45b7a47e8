/** `plan` for people: what would happen, what can be taken back, and when the key ends if nothing does. */
import { printable } from '../../domain/printable.ts'
import type { PlanReport, PlanStepReport } from '../../domain/status.ts'
import { START_WORDS, VERB_WORDS } from './event.ts'
import { findingLines } from './report.ts'
import { tableWithProse, wrap } from './table.ts'
import { momentAndSpan } from './time.ts'

const STATE_WORDS: Record<PlanStepReport['state'], string> = { satisfied: 'done already', needed: 'to do', blocked: 'blocked', skipped: 'not needed' }

export function planLines(plan: PlanReport, now: number, columns: number): string[] {
  const rows = plan.steps.map((step) => [step.verb, printable(step.target ?? ''), STATE_WORDS[step.state]])
  const why = plan.steps.map((step) => printable(step.why === '' ? VERB_WORDS[step.verb] : step.why))
  const head = [{ title: 'step' }, { title: 'target', shrinkTo: 12 }, { title: 'state' }]
  return [
    ...wrap(`${printable(plan.credential)}: ${START_WORDS[plan.start] ?? printable(plan.start)}, to generation ${plan.generation}`, columns),
    ...tableWithProse(head, rows, { title: 'why', cells: why }, columns - 2).map((line) => `  ${line}`),
    ...plan.rollback
      .filter((entry) => !entry.possible)
      .flatMap((entry) => wrap(`  no way back in ${printable(entry.target)}: ${printable(entry.why)}`, columns, '    ')),
    ...(plan.endsAt === null ? [] : [`  the key in use ends ${momentAndSpan(plan.endsAt, now)} if keyrot never runs again`]),
    ...findingLines(plan.findings, columns),
    ...(plan.message === '' ? [] : wrap(`  ${printable(plan.message, 400)}`, columns, '    ')),
    `  plan ${plan.hash}`,
  ]
}
