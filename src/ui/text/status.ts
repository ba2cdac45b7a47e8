/** `status` for people: one line per credential, then what is not as it should be, then what to type next. */
import type { RunFinding } from '../../domain/run.ts'
import { printable } from '../../domain/printable.ts'
import type { StatusCredential, StatusReport } from '../../domain/status.ts'
import { findingLines, slotLines } from './report.ts'
import { table } from './table.ts'
import { moment, relative } from './time.ts'

export function statusLines(report: StatusReport, columns: number): string[] {
  return [
    ...overview(report, columns),
    ...report.credentials.flatMap((credential) => detail(credential, report.at, columns)),
    ...orphanLines(report),
    ...(report.complete ? [] : ['', 'this is a partial answer: something could not be read']),
  ]
}

function overview(report: StatusReport, columns: number): string[] {
  const rows = report.credentials.map((credential) => [
    printable(credential.name),
    String(credential.generation),
    credential.fingerprint ?? '?',
    credential.ageDays === null ? '?' : `${Math.floor(credential.ageDays)} d`,
    credential.phase,
    credential.dueAt === null ? '-' : relative(credential.dueAt, report.at),
    credential.expiresAt === null ? '-' : relative(credential.expiresAt, report.at),
  ])
  const titles = [
    { title: 'credential', shrinkTo: 12 },
    { title: 'gen' },
    { title: 'key' },
    { title: 'age' },
    { title: 'phase' },
    { title: 'due' },
    { title: 'ends' },
  ]
  return table(titles, rows, columns)
}

function detail(credential: StatusCredential, now: number, columns: number): string[] {
  const used = credential.lastUsedAt === null ? 'no use on record' : `last used ${moment(credential.lastUsedAt)}`
  const findings = [...credential.findings, ...credential.targets.flatMap((target) => target.findings)]
  return [
    '',
    `${printable(credential.name)}: key ${printable(credential.keyId ?? 'not known')}, ${used}`,
    ...slotLines(credential.targets, credential.openRun === null, columns),
    ...findingLines(findings, columns),
    ...nextLine(credential, now),
  ]
}

function nextLine({ name, openRun, dueAt }: StatusCredential, now: number): string[] {
  if (openRun !== null) return [`next: keyrot resume ${printable(name)}  (run ${printable(openRun)} is open)`]
  return dueAt !== null && dueAt <= now ? [`next: keyrot rotate ${printable(name)}`] : []
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

/** Everything in a status that `--fail-on` looks at. */
export function allFindings(report: StatusReport): readonly RunFinding[] {
  return report.credentials.flatMap((credential) => [...credential.findings, ...credential.targets.flatMap((target) => target.findings)])
}

const SEVERITIES = ['info', 'warning', 'error'] as const

/** 4 when something at or above the threshold was found, or something could not be read; else 0. */
export function statusExit(report: StatusReport, failOn: RunFinding['severity'] | 'never'): number {
  if (failOn === 'never') return 0
  const least = SEVERITIES.indexOf(failOn)
  const found = allFindings(report).some((finding) => SEVERITIES.indexOf(finding.severity) >= least)
  const stray = report.orphans.some((orphan) => orphan.kind === 'committed')
  return found || stray || !report.complete ? 4 : 0
}
