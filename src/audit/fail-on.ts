/** What makes `status` end with 4: severities, or findings by their code. Pure. */
import { findingsOf, type Severity, type StatusFinding, type StatusReport } from '../domain/status.ts'
import { FINDINGS } from './findings.ts'

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error']

export interface FailOn {
  /** The least severity that counts; `null` = none does. */
  readonly least: Severity | null
  /** Codes that count whatever their severity. */
  readonly codes: readonly string[]
  /** Whether an answer with gaps counts: for everything but `never` it does. */
  readonly partial: boolean
}

export const FAIL_ON_WORDS: readonly string[] = [...SEVERITIES, 'never', ...FINDINGS.map(({ code }) => code)]

/** What the words of `--fail-on` mean together; a word that is none of them comes back instead. */
export function parseFailOn(words: readonly string[]): FailOn | { readonly unknown: string } {
  const unknown = words.find((word) => !FAIL_ON_WORDS.includes(word))
  if (unknown !== undefined) return { unknown }
  const least = SEVERITIES.find((severity) => words.includes(severity)) ?? null
  const codes = words.filter((word) => FINDINGS.some(({ code }) => code === word))
  return { least, codes, partial: !words.includes('never') }
}

/** 4 when something that counts was found, or something could not be read; else 0. */
export function statusExit(report: StatusReport, failOn: FailOn): number {
  const counts = ({ code, severity }: StatusFinding): boolean =>
    failOn.codes.includes(code) || (failOn.least !== null && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(failOn.least))
  return findingsOf(report).some(counts) || (failOn.partial && !report.complete) ? 4 : 0
}
