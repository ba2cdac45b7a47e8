/** Reading everything a report on one credential needs. What cannot be read is a gap with a code, never the end of the report. */
import { KeyrotError, toKeyrotError, type ErrorKind } from '../domain/errors.ts'
import type { LoadedRecord } from '../ports/system.ts'
import type { Provider } from '../ports/provider.ts'
import type { Observation } from '../ports/target.ts'
import type { BoundCredential, BoundTarget, Workspace } from '../ports/workspace.ts'
import { assess, type Situation } from '../flow/assess.ts'
import type { Listed } from '../flow/keys.ts'
import { listAll } from '../flow/survey.ts'

export interface Reading {
  readonly credential: BoundCredential
  readonly listing: Listed | null
  /** Codes of what could not be read; `null` = read. */
  readonly listingGap: string | null
  readonly loaded: LoadedRecord | null
  readonly recordGap: string | null
  readonly targetGaps: ReadonlyMap<string, string>
  readonly observations: ReadonlyMap<string, Observation>
  readonly situation: Situation
}

/** One listing per provider, sorted once, however many credentials share it. */
export class Listings {
  readonly #asked = new Map<Provider, Promise<Attempt<Listed | null>>>()

  of(provider: Provider): Promise<Attempt<Listed | null>> {
    const asked = this.#asked.get(provider) ?? attempt(() => listAll({ provider }))
    this.#asked.set(provider, asked)
    return asked
  }
}

export type Attempt<T> = { readonly value: T; readonly gap: null } | { readonly value: null; readonly gap: string; readonly kind: ErrorKind }

/** Reads one credential: its targets side by side, its record, and the provider. Throws only when the invocation is told to stop. */
export async function readCredential(ws: Workspace, credential: BoundCredential, listings: Listings): Promise<Reading> {
  const [listing, loaded, ...seen] = await Promise.all([
    listings.of(credential.provider),
    attempt(() => ws.records.load(credential.name)),
    ...credential.targets.map(observe),
  ])
  const observations = new Map(seen.map(({ name, reading, blank }) => [name, reading.value ?? blank]))
  const survey = { listing: listing.value, observations, at: ws.clock.now() }
  const situation = assess({
    ns: ws.ns,
    credential: credential.name,
    birthLife: credential.policy.birthLife,
    survey,
    record: loaded.value?.record ?? null,
    memory: [],
    from: null,
  })
  const targetGaps = new Map(seen.flatMap(({ name, reading }): [string, string][] => (reading.gap === null ? [] : [[name, reading.gap]])))
  return { credential, listing: listing.value, listingGap: listing.gap, loaded: loaded.value, recordGap: loaded.gap, targetGaps, observations, situation }
}

interface Seen {
  readonly name: string
  readonly reading: Attempt<Observation>
  readonly blank: Observation
}

/** A target that cannot be read may hold anything: to everything that follows, its slots are unknown. */
async function observe({ name, target }: BoundTarget): Promise<Seen> {
  const blank: Observation = { current: { is: 'unknown' }, fallback: target.traits.fallback ? { is: 'unknown' } : null, since: null, revision: null }
  return { name, reading: await attempt(() => target.observe()), blank }
}

/** What was read, or the code of what kept it from us. Throws only when the invocation is told to stop. */
export async function attempt<T>(read: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read(), gap: null }
  } catch (thrown) {
    const error: KeyrotError = toKeyrotError(thrown)
    if (error.kind === 'interrupted') throw error
    return { value: null, gap: error.code, kind: error.kind }
  }
}
