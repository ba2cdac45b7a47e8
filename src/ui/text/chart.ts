/** Bars over time, for a terminal of any width, without colour: eighths of a block, or plain ASCII where the terminal has no others. */
import { DAY, HOUR, type Ms } from '../../domain/duration.ts'
import { moment } from '../../domain/moment.ts'
import { span } from './time.ts'

export interface ChartPoint {
  readonly at: Ms
  readonly calls: number
}

export interface ChartLook {
  readonly columns: number
  /** No character beyond ASCII. */
  readonly ascii: boolean
}

const ROWS = 6
const LABEL = 7
const EIGHTHS = ' ▁▂▃▄▅▆▇█'
const HALVES = ' .#'
/** How much of the width the time after the mark takes at most; the rest shows what was usual before. */
const SHARE_AFTER = 0.6
const WIDTHS: readonly Ms[] = [HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY]

/**
 * Calls over time with a mark where the time in question begins: `points` are whole steps, oldest first, without gaps. Every point
 * after the mark is shown; of those before it, as many as the width leaves room for. No line is longer than `columns`.
 */
export function chartLines(points: readonly ChartPoint[], mark: Ms, step: Ms, look: ChartLook): string[] {
  const room = Math.max(10, look.columns - LABEL - 2)
  const bars = barsOf(points, mark, step, room)
  const most = Math.max(1, ...bars.map(({ calls }) => calls))
  const rows = Array.from(
    { length: ROWS },
    (_, row) => `${labelOf(row, most).padStart(LABEL)} |${bars.map(({ calls }) => cell(calls, most, row, look.ascii)).join('')}`,
  )
  const marked = bars.findIndex(({ at }) => at >= mark)
  const width = bars[0]?.width ?? step
  return [
    `calls per ${width === HOUR ? 'hour' : width === DAY ? 'day' : span(width)}`,
    ...rows.map((row) => row.trimEnd()),
    axis(bars, marked),
    ...legend(bars, marked, look.columns),
  ]
}

interface Bar extends ChartPoint {
  readonly width: Ms
}

/** Points put together so that all after the mark fit; a bar never holds points of both sides of it. */
function barsOf(points: readonly ChartPoint[], mark: Ms, step: Ms, room: number): Bar[] {
  const after = points.filter(({ at }) => at >= mark)
  const before = points.filter(({ at }) => at < mark)
  const needed = (width: Ms): number => Math.ceil((after.length * step) / width)
  const width = WIDTHS.find((each) => each >= step && needed(each) <= room * SHARE_AFTER) ?? Math.max(step, ...WIDTHS)
  const per = Math.max(1, Math.round(width / step))
  const late = grouped(after, per).slice(-room)
  const left = room - late.length
  // Counted back from the mark, so that the bar before it is whole.
  const early = left === 0 ? [] : grouped(before.slice(before.length % per), per).slice(-left)
  return [...early, ...late].map((bar) => ({ ...bar, width }))
}

function grouped(points: readonly ChartPoint[], per: number): ChartPoint[] {
  return Array.from({ length: Math.ceil(points.length / per) }, (_, index) => {
    const inside = points.slice(index * per, (index + 1) * per)
    return { at: inside[0]?.at ?? 0, calls: inside.reduce((sum, { calls }) => sum + calls, 0) }
  })
}

/** How much of this row's height the bar fills; a bar that is not nothing is never drawn as nothing. */
function cell(calls: number, most: number, row: number, ascii: boolean): string {
  const marks = ascii ? HALVES : EIGHTHS
  const parts = marks.length - 1
  const height = calls === 0 ? 0 : Math.max(1, Math.round((calls / most) * ROWS * parts))
  const filled = Math.min(parts, Math.max(0, height - (ROWS - 1 - row) * parts))
  return marks[filled] ?? ' '
}

function labelOf(row: number, most: number): string {
  return row === 0 ? short(most) : row === ROWS - 1 ? '0' : ''
}

function axis(bars: readonly Bar[], marked: number): string {
  return `${' '.repeat(LABEL)} +${bars.map((_, at) => (at === marked ? '^' : '-')).join('')}`
}

/** When the first bar begins, and what the mark is; on lines of their own where one does not have room. */
function legend(bars: readonly Bar[], marked: number, columns: number): string[] {
  const indent = ' '.repeat(LABEL + 2)
  const first = bars[0]
  if (first === undefined) return []
  const begin = `from ${moment(first.at)}`
  if (marked < 0) return [indent + begin]
  const mark = `^ ${moment(bars[marked]?.at ?? 0)}`
  const both = `${indent}${begin}; ${mark}`
  return both.length <= columns ? [both] : [indent + begin, indent + mark]
}

/** `950`, `1.2k`, `34k`, `5.6M`: at most four characters up to a billion. */
export function short(count: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (count >= size) return `${(count / size).toFixed(count < 10 * size ? 1 : 0)}${unit}`
  }
  return String(count)
}
