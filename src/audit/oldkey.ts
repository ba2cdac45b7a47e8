/** Who still calls with a key whose successor is everywhere: asked only where the provider says that somebody does. */
import { DAY, HOUR, type Ms } from '../domain/duration.ts'
import type { UsageReading, UsageStep } from '../ports/usage.ts'
import type { BoundCredential } from '../ports/workspace.ts'
import type { KnownKey } from '../flow/identify.ts'
import type { OldKey } from './facts.ts'
import { attempt, type Reading } from './gather.ts'

/** The first of some old keys that was used after the last target had its successor, and by what; `null` where none was. */
export async function readOldKey(reading: Reading, old: readonly KnownKey[], now: Ms): Promise<OldKey | null> {
  const replacedAt = lastChange(reading)
  if (replacedAt === null) return null
  const key = old.find(({ listed }) => (listed?.lastUsedAt ?? 0) > replacedAt)
  if (key === undefined) return null
  const [calls, consumers] = await Promise.all([callsWith(reading.credential, key, replacedAt, now), stragglersOf(reading.credential)])
  return { key, replacedAt, calls, consumers }
}

/** When the last target changed; `null` where one of them does not say. */
function lastChange({ observations, loaded }: Reading): Ms | null {
  const changes = [...observations].map(([name, { since }]) => since ?? loaded?.record?.run?.targets[name]?.promotedAt ?? null)
  return changes.length === 0 || changes.includes(null) ? null : Math.max(...changes.map(Number))
}

/** What a provider counts arrives late and may be withheld: it adds names, and its absence proves nothing. */
async function callsWith({ provider }: BoundCredential, key: KnownKey, from: Ms, now: Ms): Promise<string[]> {
  const keyId = key.id
  if (provider.usage === undefined || keyId === null) return []
  const usage = provider.usage.bind(provider)
  const { value } = await attempt(() => usage({ keyId, from, until: now, step: stepFor(now - from) }))
  return [...totals(value ?? [])].map(([what, calls]) => `${what} (${calls} ${calls === 1 ? 'call' : 'calls'})`)
}

function stepFor(span: Ms): UsageStep {
  return span < 6 * HOUR ? 'minute' : span < 7 * DAY ? 'hour' : 'day'
}

function totals(readings: readonly UsageReading[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { kind, slices } of readings) {
    for (const { model, calls } of slices) found.set(model ?? kind, (found.get(model ?? kind) ?? 0) + calls)
  }
  return new Map([...found].filter(([, calls]) => calls > 0))
}

async function stragglersOf({ targets }: BoundCredential): Promise<string[]> {
  const named = await Promise.all(
    targets.map(async ({ name, target }) => {
      const { value } = target.stragglers === undefined ? { value: null } : await attempt(target.stragglers.bind(target))
      return (value ?? []).map((straggler) => `${name}: ${straggler}`)
    }),
  )
  return named.flat()
}
