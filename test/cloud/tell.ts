/** The crash matrix over the clouds in words: names of cells, and what was done. */
import { STARTS, type Cell, type Outcome } from './cell.ts'
import type { Effect } from './command.ts'

export interface Matrix {
  readonly outcomes: readonly Outcome[]
  /** Cells of the subsets that were wished for, played or not. */
  readonly whole: number
  readonly seconds: number
  /** Calls per consumer and second, by world. */
  readonly paces: readonly number[]
}

export const keyOf = ({ name, nth }: Effect): string => `${name}#${nth}`

export function nameOf(cell: Cell): string {
  return `${subsetOf(cell)}:${cell.start}:${keyOf(cell)}:${cell.side}:${cell.state}`
}

const subsetOf = ({ kinds }: Pick<Cell, 'kinds'>): string => kinds.join('+')

/** What was done, in lines for people. */
export function tell({ outcomes, whole, seconds, paces }: Matrix): readonly string[] {
  const bad = outcomes.filter((outcome) => outcome.bad.length > 0)
  const count = (what: readonly Outcome[], of: (outcome: Outcome) => boolean): number => what.filter(of).length
  const line = (what: string, of: readonly Outcome[]): string =>
    [
      `cloud matrix: ${what}: ${of.length} cells`,
      `${count(of, ({ reached }) => reached)} killed`,
      ...STARTS.map((start) => `${count(of, ({ cell }) => cell.start === start)} ${start}`),
      `${new Set(of.filter(({ reached }) => reached).map(({ cell }) => cell.name)).size} kinds of effects`,
      `${of.reduce((sum, { refused }) => sum + refused, 0)} refused calls`,
      `${count(of, (outcome) => outcome.bad.length > 0)} bad`,
      ...(of.some(({ forgotten }) => forgotten > 0) ? [`${count(of, ({ forgotten }) => forgotten > 0)} with a key that only the deleted record knew of`] : []),
    ].join(', ')
  const mean = paces.reduce((sum, pace) => sum + pace, 0) / paces.length
  const kinds = Map.groupBy(
    outcomes.filter(({ reached }) => reached),
    ({ cell }) => cell.name,
  )
  return [
    ...[...Map.groupBy(outcomes, ({ cell }) => subsetOf(cell))].map(([subset, of]) => line(subset, of)),
    `cloud matrix: killed at ${[...kinds].map(([name, of]) => `${name} ${of.length}`).join(', ')}`,
    `${line('all', outcomes)}; of ${whole} in the whole`,
    `cloud matrix: ${seconds.toFixed(0)} s, ${(outcomes.length / seconds).toFixed(2)} cells/s; each consumer made ${mean.toFixed(0)} calls/s (${Math.min(...paces).toFixed(0)} in the slowest world)`,
    ...bad.flatMap(({ cell, bad: why }) => [`  ${nameOf(cell)}`, ...why.map((what) => `    ${what.replaceAll('\n', '\n    ')}`)]),
  ]
}
