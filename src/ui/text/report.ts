/** How a run ended, for people. */
import type { RunFinding, RunReport, RunStatus, SlotRole, TargetReport } from '../../domain/run.ts'
import type { ItemFinding } from '../../domain/warrant.ts'
import { printable } from '../../domain/printable.ts'
import { table, wrap } from './table.ts'
import { momentAndSpan } from './time.ts'

export const STATUS_WORDS: Record<RunStatus, string> = {
  done: 'done',
  nothing: 'nothing to do',
  'rolled-back': 'rolled back',
  waiting: 'waiting, nothing is wanted from you',
  parked: 'unfinished but safe, something is wanted',
  failed: 'failed; nothing changed, or everything is put back',
  person: 'needs a person now',
  refused: 'refused',
  locked: 'locked by another run',
  interrupted: 'interrupted; safe to continue',
  bug: 'a bug in keyrot',
}

const ROLE_WORDS: Record<SlotRole, string> = {
  a: 'old key',
  b: 'new key',
  older: 'an earlier key',
  absent: 'empty',
  foreign: 'a key that is not ours',
  unknown: 'cannot tell',
  none: '-',
}

/** A role for people. Where nothing is under way there is no old and new: the key is simply in use. */
export function roleWords(role: SlotRole, settled: boolean): string {
  return role === 'a' && settled ? 'key in use' : ROLE_WORDS[role]
}

/** The words about one credential's run. */
export function reportLines(report: RunReport, now: number, columns: number): string[] {
  const name = printable(report.credential)
  const message = printable(report.message, 400)
  return [
    ...wrap(`${name}: ${STATUS_WORDS[report.status]}${message === '' ? '' : ` - ${message}`}`, columns),
    ...(report.targets.every(isUnseen) ? [] : slotLines(report.targets, report.phase === 'settled', columns)),
    ...report.warrant.filter((item) => item.state !== 'met').flatMap((item) => wrap(itemLine(item, now), columns, '    ')),
    ...findingLines(report.findings, columns),
    ...(report.status === 'interrupted' && report.next !== null ? [] : report.hints).flatMap((hint) => wrap(`hint: ${printable(hint, 300)}`, columns)),
    ...momentLines(report.moments ?? {}, columns),
    ...nextLines(report, now, columns),
  ]
}

const MOMENTS = ['contained', 'minted', 'promoted', 'deleted', 'refused'] as const

/** How long after the incident was declared each thing happened, a person's own time apart. */
function momentLines(moments: Readonly<Record<string, number>>, columns: number): string[] {
  const { declared, human = 0 } = moments
  if (declared === undefined) return []
  const parts = MOMENTS.flatMap((name) => (moments[name] === undefined ? [] : [`${name} ${seconds(moments[name] - declared)}`]))
  return parts.length === 0 ? [] : wrap(`after: ${parts.join(' · ')}${human === 0 ? '' : ` · waited for a person ${seconds(human)}`}`, columns)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** Where nobody looked there is nothing to show. */
function isUnseen({ current, fallback }: TargetReport): boolean {
  return current === 'unknown' && fallback === 'unknown'
}

function itemLine(item: ItemFinding, now: number): string {
  const until = item.until === undefined ? '' : `, until ${momentAndSpan(item.until, now)}`
  return `  ${item.item}: ${item.state}, ${printable(item.evidence)}${until}${item.answeredBy === undefined ? '' : `; accepted by ${item.answeredBy}`}`
}

/** Which slot holds which key. */
export function slotLines(targets: readonly Pick<TargetReport, 'name' | 'type' | 'current' | 'fallback'>[], settled: boolean, columns: number): string[] {
  if (targets.length === 0) return []
  const rows = targets.map((target) => [
    printable(target.name),
    printable(target.type),
    roleWords(target.current, settled),
    roleWords(target.fallback, settled),
  ])
  return table(
    [{ title: 'target', shrinkTo: 12 }, { title: 'type' }, { title: 'current', shrinkTo: 10 }, { title: 'fallback', shrinkTo: 10 }],
    rows,
    columns - 2,
  ).map((line) => `  ${line}`)
}

/** `warning shared-key: …`. */
export function findingLines(findings: readonly RunFinding[], columns: number): string[] {
  return findings.flatMap((finding) =>
    wrap(`  ${finding.severity === 'info' ? 'note' : finding.severity}: ${printable(finding.message, 300)} [${printable(finding.code)}]`, columns, '    '),
  )
}

/** The command stays on one line, to be copied. */
function nextLines({ next }: RunReport, now: number, columns: number): string[] {
  if (next === null) return []
  const command = `next: ${printable(next.command, 300)}`
  const when = next.at === null ? '' : `  after ${momentAndSpan(next.at, now)}`
  return when === '' || command.length + when.length <= columns ? [`${command}${when}`] : [command, when]
}
