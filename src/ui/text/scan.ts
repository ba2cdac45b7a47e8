/** `scan` for people: one entry per place, then what it comes to. */
import type { Hit, ScanReport, Severity } from '../../domain/hit.ts'
import { originOf, placeOf, shown, whatOf } from './hit.ts'
import { wrap } from './table.ts'

/** What counts first, then what is accepted, then the sum. */
export function scanLines(report: ScanReport, columns: number): string[] {
  const counted = report.hits.filter(counts)
  const lines = [...counted.flatMap(entry), ...report.hits.filter((hit) => !counts(hit)).map(accepted), ...report.skipped.map(passedOver)]
  return [...lines, ...(lines.length === 0 ? [] : ['']), sum(report, counted)].flatMap((line) => wrap(line, columns, '    '))
}

/** Whether a hit is neither allowed beside its line nor known to the baseline. */
export function counts({ allowed, known }: Hit): boolean {
  return allowed === undefined && known !== true
}

function entry(hit: Hit): string[] {
  const origin = originOf(hit)
  const live = hit.managed?.state === 'live' ? [`  it is in use: keyrot incident ${shown(hit.managed.credential)}`] : []
  return [`${placeOf(hit)}: ${hit.severity}: ${whatOf(hit)} [${hit.rule}]`, ...(origin === '' ? [] : [`  ${origin}`]), ...live]
}

function accepted(hit: Hit): string {
  return `${placeOf(hit)}: accepted: ${whatOf(hit)} [${hit.rule}], ${hit.allowed === undefined ? 'in the baseline' : `allowed: ${shown(hit.allowed)}`}`
}

function passedOver({ path, why }: ScanReport['skipped'][number]): string {
  return `${shown(path)}: not looked through: ${why === 'too-large' ? 'too large' : 'it cannot be read'}`
}

function sum({ hits, skipped, pieces }: ScanReport, counted: readonly Hit[]): string {
  const of = (severity: Severity): number => counted.filter((hit) => hit.severity === severity).length
  const told = (['error', 'warning', 'info'] as const).flatMap((severity) => (of(severity) === 0 ? [] : [number(of(severity), severity)]))
  const rest = hits.length - counted.length
  const found = [told.length === 0 ? 'nothing found' : told.join(', '), ...(rest === 0 ? [] : [`${rest} accepted`])].join(', ')
  return `${found}; looked through ${number(pieces, 'text')}${skipped.length === 0 ? '' : `, ${skipped.length} not`}`
}

function number(count: number, word: string): string {
  return `${count} ${word}${count === 1 || word === 'info' ? '' : 's'}`
}
