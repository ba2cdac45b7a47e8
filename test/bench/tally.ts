/** What the logs of the clouds say of a run: which calls followed one another, and how many were under way together. */
import type { Call } from './loopback.ts'

/**
 * The longest chain: calls of which each was begun after the one before it had been answered, among those that wait for each other: the
 * ones about no single record, and those about the record with most of them. An answer takes `latencyMs`, so that is when its call began.
 */
export function chainOf(calls: readonly Call[], latencyMs: number): number {
  const common = calls.filter(({ record }) => record === null)
  const busiest = Math.max(0, ...[...grouped(calls).values()].map((own) => lengthOf([...common, ...own], latencyMs)))
  return Math.max(busiest, lengthOf(common, latencyMs))
}

/** The most calls under way at one moment. Each was for at least `latencyMs`: there may have been more, never fewer. */
export function atOnceOf(calls: readonly Call[], latencyMs: number): number {
  const ends = calls.map(({ at }) => at).toSorted((left, right) => left - right)
  let from = 0
  let most = 0
  for (const [place, end] of ends.entries()) {
    while ((ends[from] ?? end) <= end - latencyMs) from += 1
    most = Math.max(most, place - from + 1)
  }
  return most
}

/** For how long the provider was asked and no store. */
export function aloneOf(calls: readonly Call[], latencyMs: number): number {
  const [provider = [], stores = []] = [true, false].map((own) =>
    coveredBy(
      calls.filter(({ to }) => (to === 'provider') === own).map(({ at }) => at),
      latencyMs,
    ),
  )
  const shared = provider.flatMap(([from, until]) => stores.map(([begin, end]) => Math.max(0, Math.min(until, end) - Math.max(from, begin))))
  return provider.reduce((sum, [from, until]) => sum + until - from, 0) - shared.reduce((sum, ms) => sum + ms, 0)
}

/** The time in which any of these calls was under way, as stretches that do not touch. */
function coveredBy(ends: readonly number[], latencyMs: number): readonly (readonly [from: number, until: number])[] {
  const found: [number, number][] = []
  for (const end of ends.toSorted((left, right) => left - right)) {
    const last = found.at(-1)
    if (last !== undefined && end - latencyMs <= last[1]) last[1] = end
    else found.push([end - latencyMs, end])
  }
  return found
}

function grouped(calls: readonly Call[]): ReadonlyMap<string, readonly Call[]> {
  const found = new Map<string, Call[]>()
  for (const call of calls) if (call.record !== null) found.set(call.record, [...(found.get(call.record) ?? []), call])
  return found
}

function lengthOf(calls: readonly Call[], latencyMs: number): number {
  let length = 0
  let free = Number.NEGATIVE_INFINITY
  for (const { at } of calls.toSorted((left, right) => left.at - right.at)) {
    if (at - latencyMs < free) continue
    length += 1
    free = at
  }
  return length
}
