/** Who we are among processes: the facts that tell a live lock holder from a dead one. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'

export interface ProcessState {
  readonly alive: boolean
  /** When it started, in the system's own count; `null` where that cannot be had. */
  readonly started: string | null
}

export interface HostFacts {
  readonly host: string
  readonly pid: number
  /** Changes with every boot; `null` where the system does not say (macOS). */
  readonly boot: string | null
  /** The world in which process numbers mean something; `null` where there is only one. */
  readonly space: string | null
  readonly started: string | null
  stateOf(pid: number): ProcessState
}

/** What a claim or lease says of the process that holds it. */
export type ProcessNote = Pick<HostFacts, 'host' | 'pid' | 'boot' | 'space' | 'started'>

/** Ourselves, as others read it. */
export function noteOf({ host, pid, boot, space, started }: HostFacts): ProcessNote {
  return { host, pid, boot, space, started }
}

/** What can be known of a holder from here: that it is this very process, that it runs, that it has ended, or nothing. */
export type Fate = 'self' | 'alive' | 'gone' | 'unknown'

export function fateOf(seen: ProcessNote, host: HostFacts): Fate {
  if (!sameKernel(seen, host)) return 'unknown'
  if (seen.pid === host.pid && seen.started === host.started) return 'self'
  const state = host.stateOf(seen.pid)
  if (!state.alive) return 'gone'
  if (state.started === null || seen.started === null) return 'unknown'
  return state.started === seen.started ? 'alive' : 'gone'
}

/** Whether the holder's process number means the same to us. Where the kernel gives no boot id, the machine's name must do. */
function sameKernel(seen: ProcessNote, host: HostFacts): boolean {
  return seen.boot === host.boot && seen.space === host.space && (host.boot !== null || seen.host === host.host)
}

/** Facts of this process and this machine, from the kernel. */
export function readHost(): HostFacts {
  const space = quietly(() => readlinkSync('/proc/self/ns/pid'))
  return {
    host:
      hostname()
        .replaceAll(/[^A-Za-z0-9.-]/g, '')
        .slice(0, 64) || 'unknown',
    pid: process.pid,
    boot: quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    space,
    started: stateOf(process.pid).started,
    stateOf,
  }
}

function stateOf(pid: number): ProcessState {
  if (!answers(pid)) return { alive: false, started: null }
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  if (stat === null) return { alive: true, started: null }
  // the command's name is in brackets and may hold anything; state and start time are fields 3 and 22
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // killed but not yet fetched by its parent: it will never run again
  if (fields[0] === 'Z' || fields[0] === 'X') return { alive: false, started: null }
  return { alive: true, started: fields[19] ?? null }
}

/** Whether a process of this number exists; one of another user does. */
function answers(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function quietly(read: () => string): string | null {
  try {
    return read()
  } catch {
    return null
  }
}
