/** `runs` for people: the list, and one run's timeline. */
import { printable } from '../../domain/printable.ts'
import type { JournalReading, JournalSummary } from '../../ports/system.ts'
import { eventLine } from './event.ts'
import { table, wrap } from './table.ts'
import { moment } from '../../domain/moment.ts'
import { span } from './time.ts'

/** Under the words of an event, behind its time. */
const INDENT = ' '.repeat(9)

export function runsLines(runs: readonly JournalSummary[], columns: number): string[] {
  if (runs.length === 0) return ['no run is on record']
  const rows = runs.map((run) => [
    printable(run.run),
    printable(run.credential),
    moment(run.startedAt),
    span(run.lastAt - run.startedAt),
    printable(run.outcome),
  ])
  return table(
    [{ title: 'run' }, { title: 'credential', shrinkTo: 12 }, { title: 'started' }, { title: 'lasted' }, { title: 'outcome', shrinkTo: 10 }],
    rows,
    columns,
  )
}

/** Every event by its time of day, under the day. */
export function timelineLines(reading: JournalReading, columns: number): string[] {
  const days = Map.groupBy(reading.events, ({ at }) => moment(at).slice(0, 10))
  return [
    ...[...days].flatMap(([day, events]) => [`${day}, UTC`, ...events.flatMap((event) => wrap(eventLine(event), columns, INDENT))]),
    ...(reading.damaged === 0 ? [] : [`${reading.damaged} line(s) of this journal do not hold: changed or damaged after they were written`]),
    ...(reading.torn ? ['the last line was cut short, as by a crash; nothing is built on it'] : []),
  ]
}
