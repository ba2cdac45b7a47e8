/**
 * A claim: the right to something, held by at most one process, as plain files. Never blocks.
 *
 * A claim is a file published whole by `link()`, which fails if the name is taken. It carries a random token. Whoever
 * finds the holder dead claims the name `<path>.<token of the dead>`: a name that only one process can ever win, and that
 * means nothing once that very claim is gone. The holder is the end of the chain that starts at `<path>`; a winner that
 * the chain does not reach has won nothing. A dead claim is never deleted to be created anew: between the look and the
 * deletion it might have become somebody else's. docs/state.md, "Locks".
 */
import { hash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Clock, Ids, LockHolder } from '../ports/system.ts'
import { clearRequest, isAsked, REQUEST, requestOf } from './asking.ts'
import type { FileCalls } from './calls.ts'
import { fromText } from './codec.ts'
import { FILE_MODE, FLAGS, errno, namesIn, readFile, removeQuietly, writeAll } from './files.ts'
import { fateOf, noteOf as processNote } from './host.ts'
import type { HostFacts, ProcessNote } from './host.ts'
import { count, fit, maybe, object, text, time } from './shape.ts'

/** A holder whose process cannot be looked at is dead after this long without a heartbeat. */
export const LEASE = 60_000

export interface Around {
  readonly clock: Clock
  readonly ids: Ids
  readonly host: HostFacts
  readonly calls: FileCalls
}

interface Note extends ProcessNote {
  readonly token: string
  readonly since: number
}

const note = object<Note>({ token: text, host: text, pid: count, boot: maybe(text), space: maybe(text), started: maybe(text), since: time }, {})
const TOKEN = /^[a-z0-9]{8,40}$/

interface Seen {
  readonly token: string
  readonly note: Note | null
  /** The last heartbeat, by the clock of the store. */
  readonly beatAt: number
}

export interface Claim {
  /** Whether it is still ours. */
  held(): boolean
  /** A sign of life. Harmless when the claim is no longer ours. */
  beat(): void
  /** Whether somebody asks its holder to stop. `names`: its folder as it is now, for a holder of many. */
  asked(names: NamesIn): boolean
  /** Gives it back, if it is still ours. */
  release(): void
}

export type Taken = { readonly is: 'taken'; readonly claim: Claim } | { readonly is: 'busy'; readonly holder: LockHolder }

/** How a claim of this very process is judged: held by another part of it, or left by one that ended without releasing. */
export type OwnClaim = 'held' | 'leftover'

/** The names in a folder, as they were at some moment before: what killed processes have left there. */
export type NamesIn = (folder: string) => readonly string[]

/** Takes the claim at a path, from nobody or from a dead holder, or says who holds it. Throws what the file calls throw. */
export function takeClaim(path: string, around: Around, own: OwnClaim = 'held', names: NamesIn = (folder) => namesIn(around.calls, folder)): Taken {
  const { calls, ids } = around
  const token = ids.token(20)
  const temp = `${path}.${token}.tmp`
  const fd = calls.open(temp, FLAGS.create, FILE_MODE)
  let won = false
  try {
    const bytes = Buffer.from(`${JSON.stringify(noteOf(token, around))}\n`)
    writeAll(calls, fd, bytes)
    const now = calls.stat(fd).mtimeMs
    const busy = contend(path, temp, token, (seen) => isDead(seen, now, around.host, own), around)
    if (busy !== null) return { is: 'busy', holder: busy }
    won = true
    sweep(path, token, now, calls, names)
    return { is: 'taken', claim: claimOf(path, token, fd, bytes.length, calls) }
  } finally {
    removeQuietly(calls, temp)
    if (!won) calls.close(fd)
  }
}

/** Ends with `null` (ours) or the holder. Every lost round means that another process got further. */
function contend(path: string, temp: string, token: string, dead: (seen: Seen) => boolean, around: Around): LockHolder | null {
  const { calls } = around
  let last: Seen | null = null
  for (let round = 0; round < 20; round += 1) {
    last = endOfChain(path, calls)
    if (last !== null && !dead(last)) return holderOf(last)
    const goal = last === null ? path : `${path}.${last.token}`
    if (linked(calls, temp, goal) && settled(path, goal, token, calls)) return null
  }
  return last === null ? { host: 'unknown', pid: 0, since: around.clock.now() } : holderOf(last)
}

/** Whether the name we won is the end of the chain. If so, only we change the chain from here on, and it is made short again. */
function settled(path: string, goal: string, token: string, calls: FileCalls): boolean {
  let ours = false
  try {
    if (endOfChain(path, calls)?.token !== token) return false
    if (goal !== path) calls.rename(goal, path)
    ours = true
    return true
  } finally {
    if (!ours) removeQuietly(calls, goal)
  }
}

function linked(calls: FileCalls, from: string, to: string): boolean {
  try {
    calls.link(from, to)
    return true
  } catch (error) {
    // the name is taken, or our own temp file was swept because we slept for longer than a lease
    if (errno(error) === 'EEXIST' || errno(error) === 'ENOENT') return false
    throw error
  }
}

function endOfChain(path: string, calls: FileCalls): Seen | null {
  let end: Seen | null = null
  for (let steps = 0; steps < 100; steps += 1) {
    const next = see(end === null ? path : `${path}.${end.token}`, calls)
    if (next === null) return end
    end = next
  }
  return end
}

/** The token of whoever holds the claim at a path now, dead or alive; `null` where nobody does. */
export function tokenAt(path: string, calls: FileCalls): string | null {
  return endOfChain(path, calls)?.token ?? null
}

function see(path: string, calls: FileCalls): Seen | null {
  const file = readFile(calls, path)
  if (file === null) return null
  const { mtimeMs: beatAt, ino, size } = file.facts
  const read = fit(note, fromText(file.bytes.toString('utf8')))
  if (read !== null && TOKEN.test(read.token)) return { token: read.token, note: read, beatAt }
  // damaged from outside: whoever held it has lost it, and this very state of this very file names its successor
  return { token: hash('sha256', `${ino} ${size} ${beatAt}`, 'hex').slice(0, 40), note: null, beatAt }
}

function isDead(seen: Seen, now: number, host: HostFacts, own: OwnClaim): boolean {
  const fate = seen.note === null ? 'unknown' : fateOf(seen.note, host)
  if (fate === 'self') return own === 'leftover'
  return fate === 'unknown' ? now - seen.beatAt > LEASE : fate === 'gone'
}

function claimOf(path: string, token: string, fd: number, length: number, calls: FileCalls): Claim {
  let open = true
  const held = (): boolean => open && endOfChain(path, calls)?.token === token
  return {
    held,
    beat: () => {
      // the same last byte again: nothing can be torn, and the store's own clock moves the time of change
      if (open) calls.write(fd, Buffer.from('\n'), 0, length - 1)
    },
    asked: (names) => open && (quietly(() => names(dirname(path))) ?? []).includes(requestOf(path)) && isAsked(path, token, calls),
    release: () => {
      if (!open) return
      try {
        if (isAsked(path, token, calls)) clearRequest(path, calls)
        if (held()) calls.unlink(path)
      } finally {
        open = false
        calls.close(fd)
      }
    },
  }
}

/** Removes what killed processes left around this claim: unreachable successors at once, temp files when they are old. */
function sweep(path: string, token: string, now: number, calls: FileCalls, names: NamesIn): void {
  const folder = dirname(path)
  const prefix = `${basename(path)}.`
  for (const name of quietly(() => names(folder)) ?? []) {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    if (rest === REQUEST) clearRequest(path, calls)
    const temporary = rest.endsWith('.tmp')
    if (!TOKEN.test(temporary ? rest.slice(0, -4) : rest) || rest.startsWith(token)) continue
    const changedAt = quietly(() => calls.lstat(join(folder, name)).mtimeMs) ?? now
    if (!temporary || now - changedAt > LEASE) removeQuietly(calls, join(folder, name))
  }
}

function quietly<T>(look: () => T): T | null {
  try {
    return look()
  } catch {
    return null
  }
}

function noteOf(token: string, { host, clock }: Around): Note {
  return { token, ...processNote(host), since: clock.now() }
}

function holderOf(seen: Seen): LockHolder {
  const host = seen.note?.host.replaceAll(/[^A-Za-z0-9.-]/g, '').slice(0, 64)
  return { host: host ?? 'unknown', pid: seen.note?.pid ?? 0, since: seen.note?.since ?? Math.round(seen.beatAt) }
}
