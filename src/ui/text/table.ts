/** Tables by `padEnd`: the table packages cost a second at a thousand rows (perf.md, status tables). */
export interface Column {
  readonly title: string
  /** May be cut to this many characters when the line is too long; columns without it stay whole. */
  readonly shrinkTo?: number
}

const GAP = '  '

/** Lines of a table that fits `width` where shrinking, and closer columns as a last resort, allow it. Cells are printable already. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const widths = columns.map((column, at) => Math.max(column.title.length, ...rows.map((row) => (row[at] ?? '').length)))
  shrink(columns, widths, width)
  const gap = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1) > width ? ' ' : GAP
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cut(cell, widths[at] ?? 0).padEnd(widths[at] ?? 0))
      .join(gap)
      .trimEnd()
  return [line(columns.map((column) => column.title)), ...rows.map(line)]
}

/** The same with one more column of sentences, which are broken and not cut. */
export function tableWithProse(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  prose: { readonly title: string; readonly cells: readonly string[] },
  width: number,
): string[] {
  const lines = table(columns, rows, width)
  const left = Math.max(...lines.map((line) => line.length)) + GAP.length
  const indent = ' '.repeat(left)
  return lines.flatMap((line, at) => wrap(`${line.padEnd(left)}${at === 0 ? prose.title : (prose.cells[at - 1] ?? '')}`.trimEnd(), width, indent))
}

function shrink(columns: readonly Column[], widths: number[], width: number): void {
  const total = (): number => widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1)
  while (total() > width) {
    const room = columns.map((column, at) => (widths[at] ?? 0) - Math.max(column.shrinkTo ?? Number.POSITIVE_INFINITY, column.title.length))
    const most = Math.max(...room)
    if (most <= 0) return
    const at = room.indexOf(most)
    widths[at] = (widths[at] ?? 0) - 1
  }
}

function cut(cell: string, width: number): string {
  return cell.length <= width ? cell : `${cell.slice(0, Math.max(0, width - 1))}…`
}

/** What a CI console obeys at the start of a line, behind blanks too: no line is broken before it (I14). */
const COMMAND = /^(?:::|##\[)/

/** A sentence broken at blanks; its own indent is kept, following lines begin with `indent`. */
export function wrap(text: string, width: number, indent = '  '): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\S) (?=\S)/)) {
    if (line !== '' && line.length + 1 + word.length > width && !COMMAND.test(word)) {
      lines.push(line)
      line = indent + word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
