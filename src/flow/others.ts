/** Looking past the credential at hand: slots of other credentials that may hold the same key. */
import { toKeyrotError } from '../domain/errors.ts'
import type { KeyNote } from '../domain/record.ts'
import type { Secret } from '../domain/secret.ts'
import type { Observation } from '../ports/target.ts'
import type { BoundTarget } from '../ports/workspace.ts'
import { sourcesOf } from './terrain.ts'
import { isLeaked, type Context } from './context.ts'
import { identify, sameKey } from './identify.ts'

interface Elsewhere {
  readonly credential: string
  readonly target: string
  /** `null` where an incident meets a target that cannot be read. */
  readonly seen: Observation | null
}

async function observeOthers(cx: Context): Promise<Elsewhere[]> {
  const others = cx.ws.credentials.filter((other) => other.name !== cx.credential.name)
  const looks = others.flatMap((other) =>
    other.targets.map(async (bound) => ({ credential: other.name, target: bound.name, seen: await observation(cx, bound) })),
  )
  return Promise.all(looks)
}

/** In an incident a store that is down is one that shows nothing; in a rotation it is an error, and the next tick looks again. */
async function observation(cx: Context, { target }: BoundTarget): Promise<Observation | null> {
  if (cx.book.record.run?.incident === undefined) return target.observe()
  return target.observe().catch((error: unknown) => {
    if (toKeyrotError(error).kind === 'interrupted') throw error
    return null
  })
}

/** The first other credential whose slots hold this value, or `null`. */
export async function valueHeldElsewhere(cx: Context, value: Secret): Promise<string | null> {
  const found = (await observeOthers(cx)).find(({ seen }) => [seen?.current, seen?.fallback].some((held) => held?.is === 'value' && held.secret.equals(value)))
  return found?.credential ?? null
}

export interface References {
  /** `credential/target` whose slot holds the key. */
  readonly holders: readonly string[]
  /** `credential/target` that cannot show what it holds, and whose record does not say that it holds another key. */
  readonly unsure: readonly string[]
}

/** Which slots of other credentials refer to a key. */
export async function referencesElsewhere(cx: Context, key: KeyNote): Promise<References> {
  const holders: string[] = []
  const unsure: string[] = []
  for (const { credential, target, seen } of await observeOthers(cx)) {
    // Whoever keeps a leaked key only to fall back on it loses nothing that could still be used.
    const slots = seen === null ? [{ is: 'unknown' as const }] : isLeaked(cx, key) ? [seen.current] : [seen.current, seen.fallback]
    const found = slots.map((held) => identify(held, sourcesOf({ record: cx.book.record, memory: cx.memory.entries, survey: cx.survey })))
    if (found.some((slot) => slot.is === 'key' && sameKey(slot.key, key))) holders.push(`${credential}/${target}`)
    else if (found.some((slot) => slot.is === 'unknown') && !(await holdsAnother(cx, credential, key))) unsure.push(`${credential}/${target}`)
  }
  return { holders, unsure }
}

async function holdsAnother(cx: Context, credential: string, key: KeyNote): Promise<boolean> {
  const { record } = await cx.ws.records.load(credential)
  return record?.current != null && record.run === null && !sameKey(record.current, key)
}
