/** Markdown for a report that goes into tickets and chats: foreign text stands in code spans only, where it means nothing. */
import { printable } from '../../domain/printable.ts'
import type { Ms } from '../../domain/duration.ts'
import { wrap } from './table.ts'

/** How long lines of prose get. Tables are as wide as they must be. */
export const PROSE = 80

/** Text that keyrot did not write, as a code span: no markup, no mention, no link in it takes effect; no bar ends a table's cell. */
export function code(text: string, most = 120): string {
  return `\`${printable(text, most).replaceAll('`', "'").replaceAll('|', '\u00a6')}\``
}

export function heading(level: 1 | 2 | 3, words: string): string[] {
  return [`${'#'.repeat(level)} ${words}`, '']
}

export function paragraph(words: string): string[] {
  return [...wrap(words, PROSE, ''), '']
}

/** Items of a list; `box` makes them things to tick off. */
export function items(all: readonly string[], box = false): string[] {
  return all.length === 0 ? [] : [...all.flatMap((item) => wrap(`- ${box ? '[ ] ' : ''}${item}`, PROSE, box ? '      ' : '  ')), '']
}

/** A table. Cells are Markdown already. */
export function grid(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line), '']
}

export function shell(lines: readonly string[]): string[] {
  return ['```sh', ...lines, '```', '']
}

/** `2026-11-20 14:03:07 UTC`. */
export function exactly(at: Ms): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
