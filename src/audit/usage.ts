/**
 * What is new in a key's use since a moment, against the time before it. Pure: figures to a report. It finds what a stranger's
 * use looks like from outside (another model, another time of day, more of it), and never says that there was none.
 */
import { DAY, HOUR, type Ms } from '../domain/duration.ts'
import type { ModelUse, MoneySpent, Novelty, UsageReport, UsageTotals } from '../domain/usage.ts'
import type { CostSlice, UsageReading, UsageSlice } from '../ports/usage.ts'

/** More than this times the busiest hour before, or the tokens per call before, is new. Ordinary days differ by less than that. */
const MUCH_MORE = 2
/** Hours of the day repeat: with fewer days to compare, an hour without calls says nothing. */
const DAYS_FOR_HOURS = 3

/** The moments of a comparison, all on whole steps but the last. */
export interface Comparison {
  readonly from: Ms
  readonly since: Ms
  readonly until: Ms
  readonly step: 'hour' | 'day'
}

/**
 * The comparison that a question means. The step in which `since` lies counts as after it; nothing is compared with a time before
 * the key was born.
 */
export function comparisonOf(since: Ms, now: Ms, baseline: Ms, bornAt: Ms | null): Comparison {
  const step = now - since > 45 * DAY ? 'day' : 'hour'
  const size = sizeOf(step)
  const start = floor(since, size)
  const from = floor(Math.max(start - baseline, bornAt ?? 0), size)
  return { from: Math.min(from, start), since: start, until: now, step }
}

interface Use extends UsageSlice {
  readonly kind: string
}

type Judged = Pick<UsageReport, 'before' | 'since' | 'models' | 'spent' | 'novelties' | 'verdict' | 'series'>

/** Compares. `readings` may have gaps: what was read is compared, and the verdict says no more than that allows. */
export function compare(at: Comparison, readings: readonly UsageReading[], costs: readonly CostSlice[]): Judged {
  const uses = readings.flatMap(({ kind, slices }) => slices.map((slice): Use => ({ ...slice, kind })))
  const [before, since] = [uses.filter((use) => use.from >= at.from && use.from < at.since), uses.filter((use) => use.from >= at.since && use.from < at.until)]
  const totals = { before: totalsOf(before, at.from, at.since, at), since: totalsOf(since, at.since, at.until, at) }
  const models = modelsOf(before, since)
  const novelties = noveltiesOf(at, before, since, totals, models)
  const whole = readings.length > 0 && readings.every(({ gap }) => gap === null)
  const verdict = novelties.length > 0 ? 'new' : whole && at.from < at.since ? 'nothing-new' : 'cannot-tell'
  return { ...totals, models, spent: spentOf(costs, at.since), novelties, verdict, series: seriesOf(uses, at) }
}

function noveltiesOf(
  at: Comparison,
  before: readonly Use[],
  since: readonly Use[],
  totals: { readonly before: UsageTotals; readonly since: UsageTotals },
  models: readonly ModelUse[],
): Novelty[] {
  if (totals.since.calls === 0) return []
  if (totals.before.calls === 0) return [{ is: 'first-use', calls: totals.since.calls }]
  const fresh = models.filter((use) => use.before === 0 && use.since > 0).map(({ kind, model, since: calls }): Novelty => ({ is: 'model', kind, model, calls }))
  return [...fresh, ...newHours(at, before, since), ...moreCalls(totals), ...moreTokens(totals)]
}

/** Hours of the day, in UTC, in which nothing was called before. */
function newHours(at: Comparison, before: readonly Use[], since: readonly Use[]): Novelty[] {
  if (at.step === 'day' || at.since - at.from < DAYS_FOR_HOURS * DAY) return []
  const known = new Set(before.filter(({ calls }) => calls > 0).map(hourOf))
  const strange = since.filter((use) => use.calls > 0 && !known.has(hourOf(use)))
  const hours = [...new Set(strange.map(hourOf))].toSorted((left, right) => left - right)
  return hours.length === 0 ? [] : [{ is: 'hours', hours, calls: callsOf(strange) }]
}

function moreCalls({ before, since }: { readonly before: UsageTotals; readonly since: UsageTotals }): Novelty[] {
  const [most, now] = [before.busiest?.calls ?? 0, since.busiest?.calls ?? 0]
  return now > MUCH_MORE * most ? [{ is: 'volume', busiest: now, before: most }] : []
}

function moreTokens({ before, since }: { readonly before: UsageTotals; readonly since: UsageTotals }): Novelty[] {
  const perCall = ({ inputTokens, outputTokens, calls }: UsageTotals): number => (calls === 0 ? 0 : (inputTokens + outputTokens) / calls)
  const [usual, now] = [perCall(before), perCall(since)]
  return usual > 0 && now > MUCH_MORE * usual ? [{ is: 'tokens', perCall: Math.round(now), before: Math.round(usual) }] : []
}

function totalsOf(uses: readonly Use[], from: Ms, until: Ms, { step }: Comparison): UsageTotals {
  const bySteps = [...Map.groupBy(uses, (use) => floor(use.from, sizeOf(step)))].map(([at, inside]) => ({ at, calls: callsOf(inside) }))
  const busiest = bySteps.toSorted((left, right) => right.calls - left.calls || left.at - right.at)[0]
  return {
    from,
    until,
    calls: callsOf(uses),
    inputTokens: sum(uses, (use) => use.inputTokens),
    outputTokens: sum(uses, (use) => use.outputTokens),
    busiest: busiest === undefined || busiest.calls === 0 ? null : busiest,
  }
}

function modelsOf(before: readonly Use[], since: readonly Use[]): ModelUse[] {
  const name = ({ kind, model }: Use): string => JSON.stringify([kind, model])
  const names = Map.groupBy([...before, ...since], name)
  const [earlier, later] = [Map.groupBy(before, name), Map.groupBy(since, name)]
  return [...names]
    .flatMap(([key, [first]]) =>
      first === undefined ? [] : [{ kind: first.kind, model: first.model, before: callsOf(earlier.get(key) ?? []), since: callsOf(later.get(key) ?? []) }],
    )
    .toSorted((left, right) => right.since - left.since || right.before - left.before)
}

/** Costs come by whole days: the day in which `since` lies counts as after it. */
function spentOf(costs: readonly CostSlice[], since: Ms): MoneySpent[] {
  const amount = (slices: readonly CostSlice[]): number => sum(slices, (slice) => slice.amount)
  return [...Map.groupBy(costs, ({ currency }) => currency)].map(([currency, slices]) => ({
    currency,
    before: amount(slices.filter(({ until }) => until <= since)),
    since: amount(slices.filter(({ until }) => until > since)),
  }))
}

function seriesOf(uses: readonly Use[], { from, until, step }: Comparison): { at: Ms; calls: number }[] {
  const size = sizeOf(step)
  const bySteps = Map.groupBy(uses, (use) => floor(use.from, size))
  return Array.from({ length: Math.max(0, Math.ceil((until - from) / size)) }, (_, index) => {
    const at = from + index * size
    return { at, calls: callsOf(bySteps.get(at) ?? []) }
  })
}

/** Milliseconds of one step. */
export function sizeOf(step: 'hour' | 'day'): Ms {
  return step === 'hour' ? HOUR : DAY
}

function hourOf({ from }: UsageSlice): number {
  return Math.floor((from % DAY) / HOUR)
}

function floor(at: Ms, size: Ms): Ms {
  return Math.floor(at / size) * size
}

function callsOf(uses: readonly { readonly calls: number }[]): number {
  return sum(uses, (use) => use.calls)
}

function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0)
}
