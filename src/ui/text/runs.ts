/** `runs` for people: the list, and one run's timeline. */
import { printable } from '../../domain/printable.ts'
import type { JournalReading, JournalSummary } from '../../ports/system.ts'
import { eventLine } from './event.ts'
import { table } from './table.ts'
import { moment, span } from './time.ts'

export function runsLines(runs: readonly JournalSummary[], columns: number): string[] {
  if (runs.length === 0) return ['no run is on record']
  const rows = runs.map((run) => [
    printable(run.run),
    printable(run.credential),
    moment(run.startedAt),
    span(run.lastAt - run.startedAt),
    String(run.events),
    printable(run.outcome),
  ])
  return table(
    [
      { title: 'run' },
      { title: 'credential', shrinkTo: 12 },
      { title: 'started' },
      { title: 'lasted' },
      { title: 'events' },
      { title: 'outcome', shrinkTo: 10 },
    ],
    rows,
    columns,
  )
}

export function timelineLines(reading: JournalReading): string[] {
  return [
    ...reading.events.map(eventLine),
    ...(reading.damaged === 0 ? [] : [`${reading.damaged} line(s) of this journal do not hold: changed or damaged after they were written`]),
    ...(reading.torn ? ['the last line was cut short, as by a crash; nothing is built on it'] : []),
  ]
}
