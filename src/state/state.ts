/** Where a config's state is kept: records, journals and locks that belong together. */
import { performance } from 'node:perf_hooks'
import type { Right } from '../ports/provider.ts'
import type { SharedStore } from '../ports/store.ts'
import type { Held, Locks, Records } from '../ports/system.ts'
import { readHost } from './host.ts'
import { fileIn, openLocks, unrefInterval, type LockParts } from './lock.ts'
import { openRecords, type Fence } from './record.ts'
import { fencedOut } from './shared/fence.ts'
import { openSharedLocks } from './shared/locks.ts'
import { openSharedRecords } from './shared/records.ts'

export interface State {
  readonly records: Records
  readonly locks: Locks
  /** What a shared store needs, each right asked for; files are judged where they lie. */
  readonly rights?: () => Promise<readonly Right[]>
}

/** State as files in a folder: the default. Nothing is written before the first lock, save or append. */
export async function openFileState(folder: string, parts: LockParts): Promise<State> {
  const held = new Map<string, Held>()
  return { records: await openRecords(folder, { ...parts, fence: fenceOf(held) }), locks: noted(openLocks(folder, parts), held) }
}

export interface SharedParts extends LockParts {
  readonly ns: string
  /** The folder for locks of records that are files of this machine. */
  readonly folder: string
  readonly say: (line: string) => void
  readonly ticks?: () => number
}

/** State in a store that other machines share. Locks of records that are files stay beside those files: no other machine has them. */
export function openSharedState(store: SharedStore, parts: SharedParts): State {
  const { ns, folder, host = readHost(), every = unrefInterval, ticks = () => performance.now() } = parts
  const { records, fences } = openSharedRecords(ns, store)
  const shared = openSharedLocks(ns, { ...parts, store, host, every, ticks }, fences)
  return { records, locks: besideFiles(openLocks(folder, parts), shared), rights: async () => (await store.rights?.()) ?? [] }
}

/** Files first: they are at hand, and nobody waits for a lock while holding one that others wait for. */
function besideFiles(files: Locks, shared: Locks): Locks {
  return {
    acquire: async (names, giveWay) => {
      const [local, others] = apart(names)
      const held: Held[] = local.length === 0 ? [] : [await files.acquire(local, giveWay)]
      try {
        held.push(await shared.acquire(others, giveWay))
      } catch (error) {
        await Promise.all(held.map((one) => one.release()))
        throw error
      }
      return {
        stillHeld: async (name) => (await Promise.all(held.map((one) => one.stillHeld(name)))).every(Boolean),
        release: async () => {
          for (const one of held.toReversed()) await one.release()
        },
      }
    },
    ask: async (names) => {
      const [local, others] = apart(names)
      return Math.max(...(await Promise.all([files.ask?.(local) ?? 0, shared.ask?.(others) ?? 0])))
    },
  }
}

function apart(names: readonly string[]): readonly [files: string[], others: string[]] {
  return [names.filter((name) => fileIn(name) !== null), names.filter((name) => fileIn(name) === null)]
}

/**
 * Files have no condition that a rename could carry, so the lock is looked at before each write: a run that was taken over while it slept
 * finds that out before its next word is written, and with it before its next effect.
 */
function fenceOf(held: ReadonlyMap<string, Held>): Fence {
  return async (credential) => {
    const lock = held.get(credential)
    if (lock !== undefined && !(await lock.stillHeld(`credential:${credential}`))) throw fencedOut(credential)
  }
}

/** The same locks; which of them credentials stand under at the moment is kept in `held`. */
function noted(locks: Locks, held: Map<string, Held>): Locks {
  return {
    ...locks,
    acquire: async (names, giveWay) => {
      const lock = await locks.acquire(names, giveWay)
      const credentials = names.flatMap((name) => /^credential:(.+)$/.exec(name)?.[1] ?? [])
      for (const credential of credentials) held.set(credential, lock)
      return {
        stillHeld: (name) => lock.stillHeld(name),
        release: async () => {
          for (const credential of credentials) held.delete(credential)
          await lock.release()
        },
      }
    },
  }
}
