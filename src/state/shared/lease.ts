/**
 * One lease in a shared store: when it may be taken, and how it is kept. As client-go's leader election has it, nobody ever compares the
 * holder's clock with its own: a holder is dead when *we have watched* its lease unchanged for its whole duration, by a clock of ours
 * that only runs forward. docs/state.md, "Leases".
 */
import { SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import type { Lease, SharedStore, Stored } from '../../ports/store.ts'
import type { Clock, Ids } from '../../ports/system.ts'
import { fromText } from '../codec.ts'
import { fateOf, noteOf, type Fate, type HostFacts, type ProcessNote } from '../host.ts'
import type { Every } from '../lock.ts'
import { count, fit, maybe, object, text } from '../shape.ts'
import { isConflict, putSurely } from './surely.ts'

/** A holder that has not been heard of for this long is replaced. */
export const DURATION: Ms = 30 * SECOND
/** Six chances to be heard. Somebody who finds the lease held knows after one beat that the holder lives. */
export const BEAT: Ms = 5 * SECOND
const LOOK: Ms = SECOND
/** Renewals are a beat apart: who is in the way twice is not in the way a third time. */
const ASKING_TRIES = 3
/** No lease, whoever wrote it, keeps others waiting for longer. */
const LONGEST: Ms = 300 * SECOND

export interface LeaseParts {
  readonly store: SharedStore
  readonly clock: Clock
  readonly ids: Ids
  readonly host: HostFacts
  readonly every: Every
  /** Milliseconds by a clock that only runs forward; its zero means nothing. */
  readonly ticks: () => Ms
  /** One line for people, when it takes a while. */
  readonly say: (line: string) => void
}

type Seen = Stored<Lease> | null

/** Watches a lease until it may be taken: free, never made, its process gone, or silent for its whole duration. `KR_LOCKED` as soon as the holder is heard of. */
export async function untilTakeable(name: string, shown: string, parts: LeaseParts, isOver: () => boolean): Promise<Seen> {
  const { store, clock, ticks } = parts
  const first = await store.leases.read(name)
  if (first === null || isFree(first, parts)) return first
  if (fateIn(first.value, parts.host) === 'self') throw locked(shown, first.value)
  const since = ticks()
  const patience = Math.min(first.value.duration, LONGEST)
  parts.say(`${whoIn(first.value)} holds ${shown}: looking for up to ${Math.ceil(patience / SECOND)} s whether it lives`)
  for (let left = patience; !isOver(); left = patience - (ticks() - since)) {
    await clock.sleep(Math.max(1, Math.min(LOOK, left)))
    // the time is taken before the look: what is seen then is at least so old
    const isSilent = ticks() - since >= patience
    const seen = await store.leases.read(name)
    if (seen === null || isFree(seen, parts)) return seen
    if (seen.revision !== first.revision) throw locked(shown, seen.value)
    if (isSilent) return seen
  }
  throw locked(shown, first.value)
}

function isFree({ value }: Stored<Lease>, { host }: LeaseParts): boolean {
  return value.holder === '' || fateIn(value, host) === 'gone'
}

export interface Holding {
  readonly lease: Lease
  /** Whether somebody was found to ask for it. */
  readonly asked: () => boolean
  /** Says that we live; `true` only if the store says that the lease is still ours. */
  renew(): Promise<boolean>
  /** Gives it back, if it is still ours. Never throws: what stays is taken over. */
  release(): Promise<void>
}

/** Asks whoever holds a lease to stop; `false` if nobody does. Its next renewal finds the lease changed, looks at it, and so hears of it. */
export async function askToStop(name: string, { store: { leases } }: LeaseParts): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const seen = await leases.read(name)
    if (seen === null || seen.value.holder === '') return false
    const asking = { ...seen.value, asked: seen.value.holder }
    try {
      await putSurely(leases, name, asking, seen.revision, (left, right) => isSameLease(left, right) && left.asked === right.asked)
      return true
    } catch (error) {
      // renewed meanwhile, or given back
      if (!isConflict(error) || tries === ASKING_TRIES) throw error
    }
  }
}

/** Takes a lease that was seen to be takeable; `KR_LOCKED` if somebody was faster. `least`: the term must be higher. */
export async function take(name: string, shown: string, seen: Seen, least: number, parts: LeaseParts): Promise<Holding> {
  const { store, clock, ids, host } = parts
  const now = clock.now()
  const term = Math.max(seen?.value.term ?? 0, least) + 1
  const lease: Lease = { holder: ids.token(20), term, duration: DURATION, since: now, renewedAt: now, note: JSON.stringify(noteOf(host)) }
  try {
    return holdingOf(name, await putSurely(store.leases, name, lease, seen?.revision ?? null, isSameLease), parts)
  } catch (error) {
    if (!isConflict(error)) throw error
    throw locked(shown, (await store.leases.read(name))?.value ?? lease)
  }
}

function holdingOf(name: string, taken: Stored<Lease>, { store, clock }: LeaseParts): Holding {
  const { leases } = store
  const token = taken.value.holder
  let held: Stored<Lease> | null = taken
  let asked = false
  let line: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = line.then(act, act)
    line = turn.catch(() => undefined)
    return turn
  }
  const write = async (value: Lease): Promise<Stored<Lease> | null> => {
    if (held === null) return null
    try {
      const put = await putSurely(leases, name, value, held.revision, isSameLease)
      asked ||= put.value.asked === token
      return put
    } catch (error) {
      if (!isConflict(error)) throw error
      // somebody may have touched it without taking it: to ask us, or for a label
      const found = await leases.read(name)
      if (found?.value.holder !== token) return null
      asked ||= found.value.asked === token
      return { value, revision: await leases.put(name, value, found.revision) }
    }
  }
  return {
    lease: taken.value,
    asked: () => asked,
    renew: () =>
      inTurn(async () => {
        try {
          held = await write({ ...taken.value, renewedAt: clock.now() })
          return held !== null
        } catch (error) {
          if (isConflict(error)) held = null
          // no answer: not known to be ours, so not held; the next beat may find that it is
          return false
        }
      }),
    release: () =>
      inTurn(async () => {
        await write({ ...taken.value, holder: '' }).catch(() => undefined)
        held = null
      }),
  }
}

function isSameLease(left: Lease, right: Lease): boolean {
  return left.holder === right.holder && left.term === right.term && left.renewedAt === right.renewedAt
}

const processNote = object<ProcessNote>({ host: text, pid: count, boot: maybe(text), space: maybe(text), started: maybe(text) }, {})

function fateIn({ note }: Lease, host: HostFacts): Fate {
  const seen = fit(processNote, fromText(note))
  return seen === null ? 'unknown' : fateOf(seen, host)
}

function whoIn({ note }: Lease): string {
  const seen = fit(processNote, fromText(note))
  return seen === null ? 'another keyrot' : `keyrot process ${seen.pid} on ${seen.host.replaceAll(/[^A-Za-z0-9.-]/g, '').slice(0, 64)}`
}

function locked(shown: string, lease: Lease): KeyrotError {
  const since = new Date(Math.min(Math.max(lease.since, 0), 8.64e15)).toISOString()
  return new KeyrotError({
    code: 'KR_LOCKED',
    kind: 'locked',
    message: `${whoIn(lease)} holds this lock since ${since}`,
    where: shown,
    hints: [
      'wait until it has ended and run the same command again',
      `a dead holder is taken over by itself, after ${lease.duration / SECOND} s at the latest`,
    ],
  })
}
