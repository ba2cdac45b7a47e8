/** `usage --json`, a promise as all of docs/json-output.md. */
import type { UsageReport, UsageTotals } from '../domain/usage.ts'
import { stamp } from './text/time.ts'

export function usageJson(report: UsageReport): unknown {
  return {
    credential: report.credential,
    at: stamp(report.at),
    key: { ...report.key, createdAt: stamp(report.key.createdAt), lastUsedAt: stamp(report.key.lastUsedAt) },
    step: report.step,
    before: totals(report.before),
    since: totals(report.since),
    verdict: report.verdict,
    new: report.novelties,
    models: report.models,
    spent: report.spent,
    events: report.events.map((event) => ({ ...event, at: stamp(event.at) })),
    series: report.series.map(({ at, calls }) => ({ at: stamp(at), calls })),
    complete: report.complete,
    origins: report.origins,
    uncountedUseAt: stamp(report.uncountedUseAt),
    caveats: report.caveats,
  }
}

function totals({ from, until, calls, inputTokens, outputTokens, busiest }: UsageTotals) {
  return {
    from: stamp(from),
    until: stamp(until),
    calls,
    inputTokens,
    outputTokens,
    busiest: busiest === null ? null : { at: stamp(busiest.at), calls: busiest.calls },
  }
}
