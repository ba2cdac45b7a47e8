/** What a leaked key did while it was exposed: read from the provider, for a report. Nothing that cannot be read ends the report. */
import { DAY, type Ms } from '../domain/duration.ts'
import type { Exposure, RunStory } from '../domain/story.ts'
import type { UsageStep, UsageReading, CostSlice } from '../ports/usage.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'
import { attempt, eventOf, everyCall, originOf, sourceOf } from './usage-read.ts'

/** What is asked of the provider beyond the journal. */
export interface ExposureWish {
  /** Of which key, where the journal does not name it or another one is meant. */
  readonly keyId: string | null
  /** When the key leaked, if anybody knows. */
  readonly leakedAt: ((now: Ms) => Ms) | null
}

/**
 * Calls, cost and events of the old key from the leak, or else from the beginning of the run, to its death, or else to now. `null`
 * where no key or no time is known to ask for. Throws where the provider tells nothing at all.
 */
export async function gatherExposure(ws: Workspace, credential: BoundCredential, story: RunStory, wish: ExposureWish): Promise<Exposure | null> {
  const source = sourceOf(credential)
  const keyId = wish.keyId ?? story.oldKey?.id ?? null
  const now = ws.clock.now()
  const from = wish.leakedAt?.(now) ?? story.declaredAt ?? story.startedAt
  if (keyId === null || from === null) return null
  const until = Math.max(from, story.dead?.at ?? now)
  const step = stepFor(until - from)
  const [calls, costs, events] = await Promise.all([
    everyCall(ws, source, { keyId, from, until: until + 1, step }),
    attempt(() => source.costs(keyId, from, until + 1)),
    attempt(() => source.keyEvents(keyId, from)),
  ])
  return {
    keyId,
    from,
    fromIs: wish.leakedAt === null ? 'run' : 'leaked',
    until,
    step,
    calls: countsOf(calls),
    spent: amountsOf(costs.value ?? []),
    events: (events.value ?? []).map(eventOf),
    origins: [...calls.map(({ kind, gap }) => originOf(`calls: ${kind}`, gap)), originOf('costs', costs.gap), originOf('audit log', events.gap)],
    caveats: source.usageCaveats,
  }
}

/** As finely as the pages stay few: minutes for a day, hours for six weeks. */
function stepFor(ms: Ms): UsageStep {
  return ms <= DAY ? 'minute' : ms <= 45 * DAY ? 'hour' : 'day'
}

function countsOf(readings: readonly UsageReading[]): Exposure['calls'] {
  const slices = readings.flatMap(({ kind, slices: inside }) => inside.map((slice) => ({ ...slice, kind })))
  const sum = (all: typeof slices, of: (slice: (typeof slices)[number]) => number): number => all.reduce((total, slice) => total + of(slice), 0)
  return [...Map.groupBy(slices, ({ kind, model }) => JSON.stringify([kind, model])).values()]
    .map((all) => ({
      kind: all[0]?.kind ?? '',
      model: all[0]?.model ?? null,
      calls: sum(all, ({ calls }) => calls),
      inputTokens: sum(all, ({ inputTokens }) => inputTokens),
      outputTokens: sum(all, ({ outputTokens }) => outputTokens),
    }))
    .filter(({ calls }) => calls > 0)
    .toSorted((left, right) => right.calls - left.calls)
}

function amountsOf(costs: readonly CostSlice[]): Exposure['spent'] {
  return [...Map.groupBy(costs, ({ currency }) => currency)].map(([currency, slices]) => ({
    currency,
    amount: slices.reduce((total, { amount }) => total + amount, 0),
  }))
}
