/** `usage` for people: what the key did before and since, drawn and counted, what is new in it, and what the figures cannot say. */
import { HOUR, DAY } from '../../domain/duration.ts'
import { printable } from '../../domain/printable.ts'
import type { MoneySpent, Novelty, UsageKey, UsageOrigin, UsageReport } from '../../domain/usage.ts'
import { chartLines, short, type ChartLook } from './chart.ts'
import { table, wrap } from './table.ts'
import { moment } from '../../domain/moment.ts'
import { relative, span } from './time.ts'

/** Models and events beyond these are counted, not listed; `--json` has them all. */
const MOST_MODELS = 12
const MOST_EVENTS = 12

export function usageLines(report: UsageReport, look: ChartLook): string[] {
  const { columns } = look
  const step = report.step === 'hour' ? HOUR : DAY
  return [
    ...wrap(keyWords(report), columns),
    ...wrap(`since ${moment(report.since.from)}${againstWords(report)}; all times are UTC`, columns),
    '',
    ...newsLines(report, columns),
    '',
    ...(report.series.some(({ calls }) => calls > 0) ? [...chartLines(report.series, report.since.from, step, look), ''] : []),
    ...totalLines(report, columns),
    ...modelLines(report, columns),
    ...eventLines(report, columns),
    ...unknownLines(report, columns),
  ]
}

/** A key that was born since has nothing before. */
function againstWords({ since, before }: UsageReport): string {
  const stretch = since.from - before.from
  return stretch > 0 ? `, against ${span(stretch)} before that` : ''
}

const BECAUSE: Record<UsageKey['because'], string> = { 'in-use': 'in use', leaving: 'leaving in an open run', named: 'named by you' }

function keyWords({ credential, key, at }: UsageReport): string {
  const facts = [
    key.name === null ? '' : `name ${printable(key.name)}`,
    key.fingerprint === null ? '' : `fingerprint ${printable(key.fingerprint)}`,
    BECAUSE[key.because],
    key.createdAt === null ? 'not listed any more' : `born ${relative(key.createdAt, at)}`,
    key.lastUsedAt == null ? '' : `last used ${relative(key.lastUsedAt, at)}`,
  ]
  return `${printable(credential)}: key ${printable(key.id)}, ${facts.filter((fact) => fact !== '').join(', ')}`
}

function totalLines({ before, since, spent, step }: UsageReport, columns: number): string[] {
  const both = (title: string, of: (totals: typeof before) => string): string[] => [title, of(before), of(since)]
  const rows = [
    both('calls', ({ calls }) => count(calls)),
    both(`busiest ${step}`, ({ busiest }) => (busiest === null ? '-' : `${count(busiest.calls)} (${moment(busiest.at).slice(5, 16)})`)),
    both('tokens in', ({ inputTokens }) => count(inputTokens)),
    both('tokens out', ({ outputTokens }) => count(outputTokens)),
    ...spent.map((money) => ['cost', amount(money, money.before), amount(money, money.since)]),
  ]
  const title = (totals: typeof before): string => `(${span(totals.until - totals.from)})`
  return table([{ title: '' }, { title: `before ${title(before)}` }, { title: `since ${title(since)}` }], rows, columns)
}

function modelLines({ models }: UsageReport, columns: number): string[] {
  if (models.length === 0) return []
  const rows = models
    .slice(0, MOST_MODELS)
    .map(({ kind, model, before, since }) => [printable(model ?? 'not said'), printable(kind), count(before), count(since), before === 0 ? 'new' : ''])
  const left = models.length - rows.length
  return [
    '',
    ...table([{ title: 'model', shrinkTo: 20 }, { title: 'kind' }, { title: 'before' }, { title: 'since' }, { title: '' }], rows, columns),
    ...(left > 0 ? [`and ${left} more, in --json`] : []),
  ]
}

function eventLines({ events, origins }: UsageReport, columns: number): string[] {
  if (origins.find(({ what }) => what === 'audit log')?.state !== 'read') return []
  if (events.length === 0) return ['', ...wrap('audit log: nothing about this key; logging may be off in the organization', columns)]
  const shown = events.slice(0, MOST_EVENTS).flatMap(({ at, type, about, by, from }) => {
    const who = `${by === null ? '' : ` by ${printable(by)}`}${from === null ? '' : ` from ${printable(from)}`}`
    return wrap(`  ${moment(at)}  ${printable(type)}${about === 'done-with-key' ? ' with this key' : ''}${who}`, columns, '    ')
  })
  const left = events.length - MOST_EVENTS
  return ['', 'audit log', ...shown, ...(left > 0 ? [`  and ${left} older, in --json`] : [])]
}

const VERDICTS: Record<UsageReport['verdict'], string> = {
  new: 'new since then:',
  'nothing-new': 'nothing new since then: same models, same hours, no more than before; that is no proof that nobody else used the key',
  'cannot-tell': 'cannot tell whether anything is new: see what is missing below',
}

function newsLines({ verdict, novelties, before, step }: UsageReport, columns: number): string[] {
  const words = novelties.map((novelty) => noveltyWords(novelty, span(before.until - before.from), step))
  return [...wrap(VERDICTS[verdict], columns), ...words.flatMap((line) => wrap(`  ${line}`, columns, '    '))]
}

/** One thing that there was none of in the time before, in words. */
export function noveltyWords(novelty: Novelty, before: string, step: string): string {
  switch (novelty.is) {
    case 'first-use':
      return `use: ${count(novelty.calls)} calls, none in the ${before} before`
    case 'model':
      return `model ${printable(novelty.model ?? 'not said')} (${printable(novelty.kind)}): ${count(novelty.calls)} calls, none in the ${before} before`
    case 'hours':
      return `hours ${novelty.hours.map((hour) => `${String(hour).padStart(2, '0')}h`).join(' ')}: ${count(novelty.calls)} calls, none at these hours in the ${before} before`
    case 'volume':
      return `volume: ${count(novelty.busiest)} calls in the busiest ${step}, at most ${count(novelty.before)} before`
    case 'tokens':
      return `size: ${count(novelty.perCall)} tokens a call, ${count(novelty.before)} before`
  }
}

function unknownLines(report: UsageReport, columns: number): string[] {
  const { origins, uncountedUseAt, caveats, at } = report
  const missing = origins.filter(({ state }) => state !== 'read').map(originWords)
  const late =
    uncountedUseAt === null
      ? []
      : [
          `the key was last used ${moment(uncountedUseAt)} (${relative(uncountedUseAt, at)}), and no counted call reaches that: late figures, or a call that costs nothing, such as keyrot's own proofs`,
        ]
  const head = missing.length === 0 ? 'what these figures cannot say' : 'what these figures cannot say (they are not complete)'
  return ['', head, ...[...missing, ...late, ...caveats].flatMap((words) => wrap(`  - ${words}`, columns, '    '))]
}

function originWords({ what, state, code }: UsageOrigin): string {
  const why = { read: '', untestable: 'not testable, the admin key lacks the right', unread: 'could not be read', absent: 'not offered by the provider' }[state]
  return `${printable(what)}: ${why}${code === null ? '' : ` [${printable(code)}]`}`
}

function amount({ currency }: MoneySpent, value: number): string {
  return `${value.toFixed(2)} ${printable(currency ?? '').toUpperCase()}`.trim()
}

function count(value: number): string {
  return value < 1e9 ? String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',') : short(value)
}
