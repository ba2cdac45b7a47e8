/** `check` for people: one line per right. A right is never ticked when it was not tested. */
import { printable } from '../../domain/printable.ts'
import type { Right } from '../../ports/provider.ts'
import { wrap } from './table.ts'

/** One tested thing with the place it belongs to: `openai`, `targets.web`, `state`. */
export interface CheckLine extends Right {
  readonly where: string
}

const STATE_WORDS: Record<Right['state'], string> = { proven: 'proven', untestable: 'not testable', missing: 'MISSING' }

export function checkLines(lines: readonly CheckLine[], columns: number): string[] {
  const state = Math.max(...Object.values(STATE_WORDS).map((word) => word.length))
  const indent = ' '.repeat(state + 2)
  const where = Math.max(0, ...lines.map((line) => printable(line.where).length))
  // Said once where several rights in a row have the same reason.
  const isLast = (at: number): boolean => lines[at]?.hint !== lines[at + 1]?.hint
  return lines.flatMap((line, at) => [
    ...wrap(`${STATE_WORDS[line.state].padEnd(state)}  ${printable(line.where).padEnd(where)}  ${printable(line.what, 300)}`, columns, indent),
    ...(line.hint === undefined || !isLast(at) ? [] : wrap(`${indent}hint: ${printable(line.hint, 300)}`, columns, `${indent}  `)),
  ])
}
