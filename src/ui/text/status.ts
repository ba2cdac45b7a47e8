/** `status` for people: one line per credential, then what is not as it should be, then what to type. */
import { printable } from '../../domain/printable.ts'
import { findingsOf, type StatusCredential, type StatusFinding, type StatusProvider, type StatusReport } from '../../domain/status.ts'
import { adviceOf, tally, type Advice } from '../advice.ts'
import { findingLines, slotLines } from './report.ts'
import { table, wrap } from './table.ts'
import { moment } from '../../domain/moment.ts'
import { relative } from './time.ts'

export function statusLines(report: StatusReport, columns: number): string[] {
  const findings = findingsOf(report)
  return [
    ...overview(report, columns),
    ...report.credentials.flatMap((credential) => detail(credential, columns)),
    ...report.providers.flatMap((provider) => place(provider, columns)),
    ...orphanLines(report),
    ...findingLines(report.findings, columns),
    ...adviceLines(adviceOf(findings), columns),
    '',
    ...wrap(summary(report, findings), columns),
  ]
}

/** A partial answer never reads as a clean one. */
function summary(report: StatusReport, findings: readonly StatusFinding[]): string {
  return report.complete ? tally(findings) : `${tally(findings)}; this is a partial answer: something could not be read`
}

function overview(report: StatusReport, columns: number): string[] {
  const rows = report.credentials.map((credential) => overviewCells(credential, report.at).map((cell) => printable(cell)))
  return table(OVERVIEW, rows, columns)
}

export const OVERVIEW = [
  { title: 'credential', shrinkTo: 12 },
  { title: 'gen' },
  { title: 'key' },
  { title: 'age' },
  { title: 'phase' },
  { title: 'due' },
  { title: 'ends' },
]

/** The cells of one line, under `OVERVIEW`. */
export function overviewCells(credential: StatusCredential, now: number): readonly string[] {
  return [
    credential.name,
    String(credential.generation),
    credential.fingerprint ?? '?',
    credential.ageDays === null ? '?' : `${Math.floor(credential.ageDays)} d`,
    credential.phase,
    credential.dueAt === null ? '-' : relative(credential.dueAt, now),
    credential.expiresAt === null ? '-' : relative(credential.expiresAt, now),
  ]
}

function detail(credential: StatusCredential, columns: number): string[] {
  const used = credential.lastUsedAt === null ? 'no use on record' : `last used ${moment(credential.lastUsedAt)}`
  const run = credential.openRun === null ? '' : `, run ${printable(credential.openRun)} is open`
  const findings = [...credential.findings, ...credential.targets.flatMap((target) => target.findings)]
  return [
    '',
    ...wrap(`${printable(credential.name)}: key ${printable(credential.keyId ?? 'not known')}, ${used}${run}`, columns),
    ...slotLines(credential.targets, credential.openRun === null, columns),
    ...findingLines(findings, columns),
  ]
}

/** Where nothing is wrong with the place itself there is nothing to say of it. */
function place(provider: StatusProvider, columns: number): string[] {
  if (provider.findings.length === 0) return []
  const project = provider.project === null ? '' : `: project ${printable(provider.project)}`
  return ['', ...wrap(`${printable(provider.name)}${project}`, columns), ...findingLines(provider.findings, columns)]
}

function orphanLines(report: StatusReport): string[] {
  if (report.orphans.length === 0) return []
  const fate = { sweepable: 'ends by itself, or with the next run', committed: 'needs a person: delete it at the provider, or find who uses it' }
  return [
    '',
    'keys of ours that no target holds:',
    ...report.orphans.map((orphan) => `  ${printable(orphan.name)} (${printable(orphan.id)}): ${fate[orphan.kind]}`),
  ]
}

/** A note can wait: its command stands apart, so that nobody takes a run that waits for its time for one that wants something. */
function adviceLines(advice: readonly Advice[], columns: number): string[] {
  const typed = advice.flatMap(({ command, severity, codes }) =>
    command === null ? [] : [{ line: `  ${printable(command)}  (${codes.join(', ')})`, severity }],
  )
  const done = advice.flatMap(({ command, subject, words, codes }) =>
    command === null ? [`  ${printable(subject)}: ${printable(words, 300)} (${codes.join(', ')})`] : [],
  )
  const linesOf = (isNote: boolean): string[] => typed.flatMap(({ line, severity }) => ((severity === 'info') === isNote ? [line] : []))
  return [
    ...section('what to type:', linesOf(false), columns),
    ...section('no hurry:', linesOf(true), columns),
    ...section('what to do elsewhere:', done, columns),
  ]
}

function section(title: string, lines: readonly string[], columns: number): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.flatMap((line) => wrap(line, columns, '    '))]
}
