/** `plan` for people: what would happen, what can be taken back, and when the key ends if nothing does. */
import { printable } from '../../domain/printable.ts'
import type { PlanReport, PlanStepReport } from '../../domain/status.ts'
import { VERB_WORDS } from './event.ts'
import { findingLines } from './report.ts'
import { table } from './table.ts'
import { momentAndSpan } from './time.ts'

const START_WORDS: Record<string, string> = {
  adopt: 'the first rotation: the key in use is adopted',
  bootstrap: 'nothing is there yet: a first key is made and put in place',
  recovery: 'the key in use is dead: a new one replaces it without overlap',
  routine: 'a routine rotation',
  resume: 'the open run is continued',
}

const STATE_WORDS: Record<PlanStepReport['state'], string> = { satisfied: 'done already', needed: 'to do', blocked: 'blocked', skipped: 'not needed' }

export function planLines(plan: PlanReport, now: number, columns: number): string[] {
  const rows = plan.steps.map((step) => [step.verb, printable(step.target ?? ''), STATE_WORDS[step.state], printable(step.why === '' ? VERB_WORDS[step.verb] : step.why)])
  return [
    `${printable(plan.credential)}: ${START_WORDS[plan.start] ?? printable(plan.start)}, to generation ${plan.generation}`,
    ...table([{ title: 'step' }, { title: 'target', shrinkTo: 12 }, { title: 'state' }, { title: 'why', shrinkTo: 20 }], rows, columns - 2).map((line) => `  ${line}`),
    ...plan.rollback.filter((entry) => !entry.possible).map((entry) => `  no way back in ${printable(entry.target)}: ${printable(entry.why)}`),
    ...(plan.endsAt === null ? [] : [`  the key in use ends ${momentAndSpan(plan.endsAt, now)} if keyrot never runs again`]),
    ...findingLines(plan.findings),
    ...(plan.message === '' ? [] : [`  ${printable(plan.message, 400)}`]),
    `  plan ${plan.hash}`,
  ]
}
