/** Locks over claims: several names at once, all or none, with a heartbeat. Design sections 2 (I6) and 5. */
import { hash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Ms } from '../domain/duration.ts'
import { KeyrotError } from '../domain/errors.ts'
import type { Clock, Held, Ids, LockHolder, Locks } from '../ports/system.ts'
import { nodeCalls } from './calls.ts'
import type { FileCalls } from './calls.ts'
import { leaveRequest, STOPS_WITHIN } from './asking.ts'
import { LEASE, takeClaim, tokenAt } from './claim.ts'
import type { Around, Claim, NamesIn } from './claim.ts'
import { errno, factsOf, namesIn, speaking } from './files.ts'
import { openFolder } from './folder.ts'
import { readHost } from './host.ts'
import type { HostFacts } from './host.ts'

/** Calls `beat` every `ms` until the returned function is called. Must not keep the process alive. */
export type Every = (beat: () => void, ms: Ms) => () => void

export interface LockParts {
  readonly clock: Clock
  readonly ids: Ids
  readonly host?: HostFacts
  readonly calls?: FileCalls
  readonly every?: Every
}

/**
 * The locks of one config. `folder` is the state folder; the lock of a record that is a file lies beside that file, so
 * that two configs in different folders that share a `.env` meet there.
 */
export function openLocks(folder: string, parts: LockParts): Locks {
  const { clock, ids, host = readHost(), calls = nodeCalls, every = unrefInterval } = parts
  const around: Around = { clock, ids, host, calls }
  const home = openFolder(folder, calls)
  return {
    acquire: async (names, giveWay) => {
      home.prepare()
      const claims = new Map<string, Claim>()
      const listed = onceEach((path) => namesIn(calls, path))
      try {
        for (const name of [...new Set(names)].toSorted()) claims.set(name, takeOne(lockPath(home.locks, name), name, around, listed))
      } catch (error) {
        releaseAll([...claims.values()])
        throw error
      }
      return holding(claims, { clock, every, calls }, giveWay)
    },
    ask: async (names) => {
      let asked = false
      for (const path of names.map((name) => lockPath(home.locks, name))) {
        const token = tokenAt(path, calls)
        if (token === null) continue
        speaking(path, () => leaveRequest(path, token, calls))
        asked = true
      }
      return asked ? STOPS_WITHIN : 0
    },
  }
}

/** The file that the lock of a name is about, or `null`. */
export function fileIn(name: string): string | null {
  return /^record:(?:dotenv:|file:)?(\/.*[^/])$/s.exec(name)?.[1] ?? null
}

/** Where the lock of a name lies. A record named by an absolute path is a file: its lock lies beside it. */
export function lockPath(folder: string, name: string): string {
  const file = fileIn(name)
  if (file !== null) return join(dirname(file), `.${basename(file)}.keyrot-lock`)
  const readable = name.replaceAll(/[^A-Za-z0-9-]+/g, '-').slice(0, 60)
  return join(folder, `${readable}-${hash('sha256', name, 'hex').slice(0, 16)}.lock`)
}

/** A thousand locks look at their folder once, not once each: what is swept was there before. */
function onceEach(look: NamesIn): NamesIn {
  const known = new Map<string, readonly string[]>()
  return (folder) => {
    const names = known.get(folder) ?? look(folder)
    known.set(folder, names)
    return names
  }
}

function takeOne(path: string, name: string, around: Around, listed: NamesIn): Claim {
  const taken = speaking(path, () => {
    if (factsOf(around.calls, dirname(path)) === null) throw noPlace(dirname(path))
    try {
      return takeClaim(path, around, 'held', listed)
    } catch (error) {
      throw cannotLink(error) ? noLinks(dirname(path)) : error
    }
  })
  if (taken.is === 'busy') throw locked(name, taken.holder)
  return taken.claim
}

function cannotLink(error: unknown): boolean {
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : ''
  return syscall === 'link' && ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errno(error))
}

/** How often a holder looks whether it is asked to stop: it has five seconds from the question to its end. */
const ASKED_EVERY: Ms = 400

interface Means {
  readonly clock: Clock
  readonly every: Every
  readonly calls: FileCalls
}

/** After a sign of life nobody takes a claim over for a lease: what was seen right after it holds for a part of that, and a sleep ends it. */
const SEEN_FOR: Ms = LEASE / 4

function holding(byName: ReadonlyMap<string, Claim>, { clock, every, calls }: Means, giveWay?: () => void): Held {
  const claims = [...byName.values()]
  const beats = every(() => beatAll(claims), LEASE / 4)
  const looks = giveWay === undefined ? () => undefined : listen(claims, every, giveWay, calls)
  const stop = (): void => {
    beats()
    looks()
  }
  let seenAt = clock.now()
  const lookAtAll = (): boolean => {
    const now = clock.now()
    beatAll(claims)
    const held = claims.every((claim) => claim.held())
    if (held) seenAt = now
    return held
  }
  return {
    stillHeld: async (name) => {
      try {
        const own = name === undefined ? undefined : byName.get(name)
        return own !== undefined && Math.abs(clock.now() - seenAt) < SEEN_FOR ? own.held() : lookAtAll()
      } catch {
        // a lock that cannot be read is no lock to act under
        return false
      }
    },
    release: async () => {
      stop()
      releaseAll(claims)
    },
  }
}

function listen(claims: readonly Claim[], every: Every, giveWay: () => void, calls: FileCalls): () => void {
  const stop = every(() => {
    const listed = onceEach((folder) => namesIn(calls, folder))
    if (!claims.some((claim) => claim.asked(listed))) return
    stop()
    giveWay()
  }, ASKED_EVERY)
  return stop
}

function beatAll(claims: readonly Claim[]): void {
  for (const claim of claims) {
    try {
      claim.beat()
    } catch {
      // a missed beat: `stillHeld` is what is asked before anything irreversible
    }
  }
}

function releaseAll(claims: readonly Claim[]): void {
  for (const claim of claims.toReversed()) {
    try {
      claim.release()
    } catch {
      // it is taken over as soon as this process is gone
    }
  }
}

export const unrefInterval: Every = (beat, ms) => {
  const timer = setInterval(beat, ms).unref()
  return () => clearInterval(timer)
}

function locked(name: string, holder: LockHolder): KeyrotError {
  const who = holder.pid === 0 ? 'another keyrot' : `keyrot process ${holder.pid} on ${holder.host}`
  return new KeyrotError({
    code: 'KR_LOCKED',
    kind: 'locked',
    message: `${who} holds this lock since ${new Date(clamp(holder.since)).toISOString()}`,
    where: name,
    hints: ['wait until it has ended and run the same command again', `a dead holder is taken over by itself, after ${LEASE / 1000} s at the latest`],
  })
}

function clamp(time: number): number {
  return Math.min(Math.max(time, 0), 8.64e15)
}

function noPlace(folder: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_LOCK_PLACE',
    kind: 'failed',
    message: `no folder to lock in: ${folder}`,
    hints: ['create the folder first'],
    facts: { path: folder },
  })
}

function noLinks(folder: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_LOCK_PLACE',
    kind: 'failed',
    message: `this file system cannot hold a lock, it knows no hard links: ${folder}`,
    hints: ['keep the folder on a local file system'],
    facts: { path: folder },
  })
}
