/** What a search must have met to count as one, and how that is shown. A cell that stayed empty is a failure of the search itself. */
import { ROWS, STARTS } from './coverage.ts'
import { FATES, FAULTS } from './faults.ts'
import type { Sum } from './jobs.ts'

export interface Cell {
  readonly name: string
  readonly times: number
}

/** Every effect of the undisturbed runs × every fault × every fate. */
export function faultCells(sum: Sum): Cell[] {
  const names = [...sum.names].toSorted()
  return names.flatMap((effect) =>
    FATES.flatMap((fate) => FAULTS.map((fault) => ({ name: `${effect} × ${fault} × ${fate}`, times: sum.struck.get(`${effect} × ${fault} × ${fate}`) ?? 0 }))),
  )
}

/** Every row of what a resume may find, and every start. */
export function situationCells(sum: Sum): Cell[] {
  const rows = ROWS.map((row) => ({ name: row, times: sum.coverage.get(row) ?? 0 }))
  const starts = STARTS.map((start) => ({ name: `start ${start}`, times: sum.coverage.get(start === 'supersede' ? 'supersede' : `start ${start}`) ?? 0 }))
  return [...rows, ...starts]
}

/** Cells met less often than they must be. */
export function thin(cells: readonly Cell[], atLeast: number): Cell[] {
  return cells.filter((cell) => cell.times < atLeast)
}

/** The fault table: one line per effect and fate, the four faults side by side. */
export function faultTable(sum: Sum): string {
  const names = [...sum.names].toSorted()
  const head = `${'effect'.padEnd(24)}${'state'.padEnd(16)}${FAULTS.map((fault) => fault.padStart(14)).join('')}`
  const lines = names.flatMap((effect) =>
    FATES.map(
      (fate) =>
        `${effect.padEnd(24)}${fate.padEnd(16)}${FAULTS.map((fault) => String(sum.struck.get(`${effect} × ${fault} × ${fate}`) ?? 0).padStart(14)).join('')}`,
    ),
  )
  return [head, ...lines].join('\n')
}

export function situationTable(sum: Sum): string {
  return situationCells(sum)
    .map((cell) => `${cell.name.padEnd(32)}${String(cell.times).padStart(12)}`)
    .join('\n')
}
