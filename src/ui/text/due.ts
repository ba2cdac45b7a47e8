/** One tick of `rotate --due` for people and logs: what was done, what is left, when to come back. */
import type { DueLine, DueReport } from '../../domain/due.ts'
import { printable } from '../../domain/printable.ts'
import { codeWords } from './event.ts'
import { reportLines } from './report.ts'
import { tableWithProse, wrap } from './table.ts'
import { momentAndSpan } from './time.ts'

const WHY_WORDS: Record<DueLine['why'], string> = {
  open: 'goes on at the next tick',
  due: 'is due',
  broken: 'its key in use is dead',
  incident: 'its leak is being answered',
  'ends-soon': 'its key was given a longer life',
  'not-due': 'its next rotation begins',
  window: 'its window opens',
  place: 'other rotations are under way',
  'backing-off': 'is tried again',
  'gave-up': 'was tried often enough: a person must look',
  empty: 'no target holds a key yet: the first one is not made by a schedule',
  'age-unknown': 'nothing says how old its key is: this config needs a state store, or an admin key',
  overlap: 'the old key lives on until then',
  unread: 'could not be read',
  locked: 'another run holds it',
}

export function dueLines(report: DueReport, columns: number): string[] {
  const rows = report.left.map((line) => [printable(line.credential), line.at === null ? '-' : momentAndSpan(line.at, report.at)])
  const prose = { title: 'why', cells: report.left.map(reason) }
  return [
    ...report.runs.flatMap((run) => reportLines(run, report.at, columns)),
    ...tableWithProse([{ title: 'credential', shrinkTo: 12 }, { title: 'next' }], rows, prose, columns),
    ...wrap(report.comeBackAt === null ? 'come back at the next tick' : `come back after ${momentAndSpan(report.comeBackAt, report.at)}`, columns),
  ]
}

function reason({ why, code, command, state }: DueLine): string {
  const stop = code === null || state === 'waiting' ? '' : ` (${codeWords(code)})`
  const then = command === null || state === 'waiting' ? '' : `; ${command}`
  return printable(`${WHY_WORDS[why]}${stop}${then}`, 300)
}
