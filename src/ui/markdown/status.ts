/** `status` as Markdown: the summary of a CI job. Text from outside arrives as text: no link, no picture, no mention, no HTML. */
import { printable } from '../../domain/printable.ts'
import { findingsOf, type StatusFinding, type StatusReport } from '../../domain/status.ts'
import { SEVERITIES, SEVERITY_WORDS, tally } from '../advice.ts'
import { OVERVIEW, overviewCells } from '../text/status.ts'
import { moment } from '../../domain/moment.ts'

export function statusMarkdown(report: StatusReport): string[] {
  const findings = findingsOf(report)
  return [
    `## keyrot status: ${tally(findings)}`,
    '',
    ...(report.complete ? [] : ['**This is a partial answer: something could not be read.**', '']),
    ...rows(
      OVERVIEW.map(({ title }) => title),
      report.credentials.map((credential) => overviewCells(credential, report.at).map(plain)),
    ),
    '',
    ...(findings.length === 0 ? [] : ['### Findings', '', ...rows(['', 'about', 'what', 'to do'], findingRows(findings)), '']),
    `As of ${moment(report.at)}.`,
  ]
}

function findingRows(findings: readonly StatusFinding[]): readonly (readonly string[])[] {
  const sorted = findings.toSorted((left, right) => SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity))
  return sorted.map(({ severity, subject, message, code, mend, command }) => [
    SEVERITY_WORDS[severity],
    plain(subject),
    `${plain(message)} (${code})`,
    command === null ? plain(mend) : `${plain(mend)}: <code>${plain(command)}</code>`,
  ])
}

function rows(titles: readonly string[], cells: readonly (readonly string[])[]): string[] {
  const line = (parts: readonly string[]): string => `| ${parts.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...cells.map(line)]
}

/** Everything but words, blanks and marks that end a clause becomes a character reference: nothing is left to make a link or HTML of. */
function plain(text: string): string {
  return printable(text, 400)
    .replaceAll('@', '(at)')
    .replaceAll(/(?![\p{L}\p{N} ,…-]|[.:;?](?:\s|$)).|\n/gu, (mark) => `&#${mark.codePointAt(0) ?? 0};`)
}
