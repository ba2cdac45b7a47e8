/** Reading one key's figures from a provider: with patience once, and with a name for everything that could not be read. */
import { SECOND, type Ms } from '../domain/duration.ts'
import { KeyrotError, toKeyrotError } from '../domain/errors.ts'
import type { UsageEvent, UsageOrigin } from '../domain/usage.ts'
import type { KeyEvent, UsageQuery, UsageReading, UsageSource } from '../ports/usage.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'

/** A refusal for haste is waited out once, if it does not ask for more than this. */
const LONGEST_WAIT: Ms = 20 * SECOND

/** The provider's capabilities, all of them: an adapter has them together or not at all. */
export function sourceOf({ name, provider }: BoundCredential): UsageSource {
  const { usage, costs, keyEvents, usageCaveats = [] } = provider
  if (usage !== undefined && costs !== undefined && keyEvents !== undefined) return { usage, costs, keyEvents, usageCaveats }
  throw new KeyrotError({
    code: 'KR_USAGE_UNTOLD',
    kind: 'failed',
    message: `the provider of ${name} tells no usage by key here`,
    hints: ['it takes an admin key in the config: adminKey', `look at the provider's own page: ${provider.dashboard}`],
  })
}

/** Reads every kind of calls; where the provider asked for patience, once more. */
export async function everyCall(ws: Workspace, source: UsageSource, query: UsageQuery): Promise<readonly UsageReading[]> {
  const first = await source.usage(query)
  const waits = first.flatMap(({ gap }) => (gap?.retryable === true ? [gap.facts.retryAfterMs ?? 2 * SECOND] : []))
  if (waits.length === 0 || Math.max(...waits) > LONGEST_WAIT) return first
  await ws.clock.sleep(Math.max(...waits))
  const second = await source.usage(query)
  return first.map((reading) => (reading.gap === null ? reading : (second.find(({ kind }) => kind === reading.kind) ?? reading)))
}

/** What was read, or why not. */
export type Attempt<T> = { readonly value: T; readonly gap: null } | { readonly value: null; readonly gap: KeyrotError }

/** Throws only when the invocation is told to stop. */
export async function attempt<T>(read: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read(), gap: null }
  } catch (thrown) {
    const gap = toKeyrotError(thrown)
    if (gap.kind === 'interrupted') throw gap
    return { value: null, gap }
  }
}

/** How a source is named where it was read, and where it was not. */
export function originOf(what: string, gap: KeyrotError | null): UsageOrigin {
  if (gap === null) return { what, state: 'read', code: null }
  const state = gap.kind === 'forbidden' || gap.kind === 'unauthorized' ? 'untestable' : gap.kind === 'not-found' ? 'absent' : 'unread'
  return { what, state, code: gap.code }
}

/** A line of the provider's log as reports show it. */
export function eventOf({ at, type, about, by }: KeyEvent): UsageEvent {
  const who = by.email ?? by.id
  return { at, type, about, by: who === null ? null : by.kind === 'key' ? `key ${who}` : who, from: by.ip }
}
