/**
 * The journals of one credential as texts of a sheet: the newest run in full up to a bound, earlier runs as one line each. The newest
 * lines are kept: what a run does last is what is asked for. The whole story goes to whoever collects `--events`.
 */
import type { JournalReading, JournalSummary } from '../../ports/system.ts'
import { fromText, readChain, seal, unseal } from '../codec.ts'
import { bodyOf } from '../event-text.ts'
import { JOURNAL_FORMAT, readEvents, saltOf } from '../journal.ts'
import { count, fit, listOf, object, text, time } from '../shape.ts'
import type { RunEvent } from '../../domain/events.ts'

/** Of the newest run, in characters; half of it is dropped at once when it is outgrown. */
export const MOST_TEXT = 128 * 1024
export const MOST_RUNS = 50

export interface Journals {
  /** The newest run: a line about it, then its chain of sealed lines. */
  readonly journal: string
  /** Earlier runs, newest first. */
  readonly runs: string
}

interface Head {
  readonly run: string
  readonly startedAt: number
  /** Lines no longer kept, and what the first kept one is chained to. */
  readonly dropped: number
  readonly from: string
}

const head = object<Head>({ run: text, startedAt: time, dropped: count, from: text }, {})
const summary = object<JournalSummary>({ credential: text, run: text, startedAt: time, lastAt: time, events: count, outcome: text }, { damaged: count })

/** The same with one event more. `KR_BUG` for an event that may not be written down. */
export function withEvent(journals: Journals, event: RunEvent): Journals {
  const body = bodyOf(event)
  const open = parse(journals.journal)
  if (open !== null && open.head.run === event.run) return { ...journals, journal: appended(open, body) }
  const fresh: Head = { run: event.run, startedAt: event.at, dropped: 0, from: saltOf(event.credential, event.run) }
  return { journal: appended({ head: fresh, lines: '' }, body), runs: JSON.stringify(runsIn(journals, event.credential).slice(0, MOST_RUNS)) }
}

/** The events of a run, as far as they are kept. `place` names for people where they lie. */
export function readingOf(journals: Journals, credential: string, run: string, place: string): JournalReading {
  const open = parse(journals.journal)
  if (open === null || open.head.run !== run) return { events: [], damaged: 0, torn: false }
  return readEvents(readChain(Buffer.from(open.lines), open.head.from), credential, run, place)
}

/** Every run that is known, newest first. */
export function runsIn(journals: Journals, credential: string): readonly JournalSummary[] {
  const earlier = fit(listOf(summary), fromText(journals.runs)) ?? []
  const open = parse(journals.journal)
  if (open === null) return earlier
  const { events, damaged } = readingOf(journals, credential, open.head.run, 'the shared state')
  const newest: JournalSummary = {
    credential,
    run: open.head.run,
    startedAt: open.head.startedAt,
    lastAt: events.at(-1)?.at ?? open.head.startedAt,
    events: open.head.dropped + events.length,
    outcome: events.findLast(({ type }) => type.startsWith('run.'))?.type.slice(4) ?? 'unknown',
    ...(damaged === 0 ? {} : { damaged }),
  }
  return [newest, ...earlier.filter(({ run }) => run !== newest.run)]
}

interface Open {
  readonly head: Head
  /** Sealed lines, each with its newline. */
  readonly lines: string
}

function parse(journal: string): Open | null {
  const end = journal.indexOf('\n')
  const read = end === -1 ? null : fit(head, fromText(journal.slice(0, end)))
  return read === null ? null : { head: read, lines: journal.slice(end + 1) }
}

function appended({ head: about, lines }: Open, body: string): string {
  const last = lines.slice(lines.lastIndexOf('\n', lines.length - 2) + 1, -1)
  const sum = lines === '' ? about.from : sumAfter(last)
  return bounded({ head: about, lines: lines + seal(sum, JOURNAL_FORMAT, body).line })
}

function bounded({ head: about, lines }: Open): string {
  const cut = lines.length <= MOST_TEXT ? 0 : lines.indexOf('\n', lines.length - MOST_TEXT / 2) + 1
  const gone = lines.slice(0, cut)
  const last = gone.slice(gone.lastIndexOf('\n', gone.length - 2) + 1, -1)
  const kept = cut === 0 ? about : { ...about, dropped: about.dropped + gone.split('\n').length - 1, from: sumAfter(last) }
  return `${JSON.stringify(kept)}\n${lines.slice(cut)}`
}

/** What the line after this one is chained to. */
function sumAfter(line: string): string {
  return unseal('', line).sum
}
