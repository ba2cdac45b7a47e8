/** Several leases at once, all or none. Whoever takes the lease of a credential writes its fence into the credential's sheet before anything else. */
import { hash } from 'node:crypto'
import { SECOND } from '../../domain/duration.ts'
import type { Held, Locks } from '../../ports/system.ts'
import type { Fence } from './fence.ts'
import { STOPS_WITHIN } from '../asking.ts'
import { askToStop, BEAT, take, untilTakeable, type Holding, type LeaseParts } from './lease.ts'

/** The sheets, as far as locks concern them. */
export interface Fences {
  /** The term of the last fence of this credential. */
  termOf(credential: string): Promise<number>
  /** From here on only writes of this fence are taken. `KR_LOCK_LOST` if a later one is there already. */
  raise(credential: string, fence: Fence): Promise<void>
  /** This process holds it no longer. */
  lower(credential: string): void
}

/** Locks over a shared store, for one config. Waits no longer than one lease, however many names there are. */
export function openSharedLocks(ns: string, given: LeaseParts, fences: Fences): Locks {
  const parts = { ...given, say: sayingOnce(given.say) }
  return {
    acquire: async (names, giveWay) => {
      const wanted = [...new Set(names)].toSorted()
      const seen = await watchAll(wanted, ns, parts)
      const holdings: Holding[] = []
      const raised: string[] = []
      try {
        for (const [at, name] of wanted.entries()) {
          const credential = credentialIn(name)
          const least = credential === null ? 0 : await fences.termOf(credential)
          const holding = await take(leaseName(ns, name), name, seen[at] ?? null, least, parts)
          holdings.push(holding)
          if (credential === null) continue
          await fences.raise(credential, holding.lease)
          raised.push(credential)
        }
      } catch (error) {
        await releaseAll(holdings, raised, fences)
        throw error
      }
      return holding({ holdings, raised, giveWay }, parts, fences)
    },
    ask: async (names) => {
      const asked = await Promise.all(names.map((name) => askToStop(leaseName(ns, name), parts)))
      const held = names[asked.indexOf(true)]
      if (held === undefined) return 0
      const within = BEAT + STOPS_WITHIN
      parts.say(`asked the holder of ${held} to stop at a safe point: waiting for up to ${within / SECOND} s`)
      return within
    },
  }
}

/** Whoever tries again and again says the same but once. */
function sayingOnce(say: (line: string) => void): (line: string) => void {
  const said = new Set<string>()
  return (line) => {
    if (said.has(line)) return
    said.add(line)
    say(line)
  }
}

/** All at once: several leases of one dead holder cost one wait. The first that is alive ends it for all. */
async function watchAll(names: readonly string[], ns: string, parts: LeaseParts): Promise<Awaited<ReturnType<typeof untilTakeable>>[]> {
  let isOver = false
  try {
    return await Promise.all(names.map((name) => untilTakeable(leaseName(ns, name), name, parts, () => isOver)))
  } finally {
    isOver = true
  }
}

interface Taken {
  readonly holdings: readonly Holding[]
  readonly raised: readonly string[]
  /** Called at the first sign that somebody asks for one of them. */
  readonly giveWay: (() => void) | undefined
}

function holding({ holdings, raised, giveWay }: Taken, parts: LeaseParts, fences: Fences): Held {
  let isBeating = false
  let isTold = false
  const beat = async (): Promise<void> => {
    // a slow store gets one call at a time
    if (isBeating) return
    isBeating = true
    await renewAll(holdings)
    isBeating = false
    if (isTold || !holdings.some((one) => one.asked())) return
    isTold = true
    giveWay?.()
  }
  const stop = parts.every(() => void beat(), BEAT)
  return {
    stillHeld: () => renewAll(holdings),
    release: async () => {
      stop()
      await releaseAll(holdings, raised, fences)
    },
  }
}

async function renewAll(holdings: readonly Holding[]): Promise<boolean> {
  const ours = await Promise.all(holdings.map((one) => one.renew()))
  return ours.every(Boolean)
}

async function releaseAll(holdings: readonly Holding[], raised: readonly string[], fences: Fences): Promise<void> {
  for (const credential of raised) fences.lower(credential)
  await Promise.all(holdings.map((one) => one.release()))
}

const CREDENTIAL = /^credential:(.+)$/

function credentialIn(name: string): string | null {
  return CREDENTIAL.exec(name)?.[1] ?? null
}

/** What the lease of a lock is called. The lock of a record is the same for every config that shares it. */
export function leaseName(ns: string, name: string): string {
  const credential = credentialIn(name)
  return credential === null ? `keyrot-lock-${hash('sha256', name, 'hex').slice(0, 32)}` : sheetName(ns, credential)
}

/** What the sheet of a credential is called, and its lease. */
export function sheetName(ns: string, credential: string): string {
  return `keyrot-${ns}-${credential}`
}
