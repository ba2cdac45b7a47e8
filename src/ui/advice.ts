/** Findings gathered by what makes them go away: one line for each thing to type or to do. Pure. */
import type { Severity, StatusFinding } from '../domain/status.ts'

/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

export interface Advice {
  /** What to type, or `null` where `words` say what a person does elsewhere. */
  readonly command: string | null
  readonly words: string
  readonly subject: string
  /** The worst of what it mends. */
  readonly severity: Severity
  readonly codes: readonly string[]
}

/** The worst first; what is mended by the same command, or by the same deed on the same subject, comes together. */
export function adviceOf(findings: readonly StatusFinding[]): readonly Advice[] {
  const sorted = findings.toSorted((left, right) => SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity))
  return [...Map.groupBy(sorted, ({ command, mend, subject }) => command ?? `${subject}: ${mend}`).values()].map((alike) => {
    const [first] = alike as [StatusFinding]
    const { command, mend: words, subject, severity } = first
    return { command, words, subject, severity, codes: [...new Set(alike.map(({ code }) => code))] }
  })
}

/** `2 errors, 1 warning, 3 notes`, or `nothing found`. */
export function tally(findings: readonly StatusFinding[]): string {
  const counts = SEVERITIES.map((severity) => [SEVERITY_WORDS[severity], findings.filter((finding) => finding.severity === severity).length] as const)
  const said = counts.filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}${count === 1 ? '' : 's'}`)
  return said.length === 0 ? 'nothing found' : said.join(', ')
}
