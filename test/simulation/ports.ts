/** The shipped engine's ports, played over a world: every mutating call passes the gate, every read may be told to fail. */
import { KeyrotError } from '../../src/domain/errors.ts'
import type { RunEvent } from '../../src/domain/events.ts'
import { DEFAULT_POLICY, LONGEST_LIFE, type Policy } from '../../src/domain/policy.ts'
import { Secret } from '../../src/domain/secret.ts'
import { isWarrant } from '../../src/domain/warrant.ts'
import type { ProbeAnswer } from '../../src/domain/verdict.ts'
import type { Listing, Provider } from '../../src/ports/provider.ts'
import type { Clock, Held as HeldLock, Ids, LoadedRecord, Locks, Prompter, Records } from '../../src/ports/system.ts'
import { STOPS_WITHIN } from '../../src/state/asking.ts'
import type { Chance } from './clock.ts'
import type { Process } from './faults.ts'
import { lostAnswer, outage, read, type Stage, type Store } from './stage.ts'
import type { SimKey, SimTarget, World } from './world.ts'

const MADE_UP = new Secret('sk-made-up')

export function simClock(stage: Stage, process: Process, skew: number): Clock {
  return {
    now: () => stage.world.now + skew,
    // Whoever sleeps side by side sleeps through the same time.
    sleep: async (ms) => {
      const until = stage.world.now + ms
      await stage.gate.turn(process)
      if (until > stage.world.now) stage.world.advance(until - stage.world.now)
    },
  }
}

export function simIds(chance: Chance): Ids {
  return { token: (length) => Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz234567'[chance.below(32)]).join('') }
}

export function simProvider(stage: Stage, process: Process, credential: string): Provider {
  const { world, gate, checker } = stage
  const find = (id: string): SimKey | undefined => world.keys.find((key) => key.id === id)
  const effect = <T>(name: string, run: () => T): Promise<T> => {
    const guarded = (): T => {
      checker.enter(process.name, credential)
      return run()
    }
    return gate.effect(process, name, guarded, outage, lostAnswer)
  }
  return {
    type: 'simulated',
    limits: { maxLife: LONGEST_LIFE, expiry: true },
    dashboard: 'the dashboard',
    madeUp: () => MADE_UP,
    prove: (secret) => probe(stage, process, secret),
    list: () => read(stage, process, () => listing(world)),
    mint: (name, life) =>
      effect('provider.create', () => {
        const key = world.newKey({ name, life, origin: 'keyrot', ...(world.shape.keyDelete === 'refused' ? { account: { id: `svc_${name}`, name } } : {}) })
        checker.created(key)
        return { id: key.id, secret: key.secret, createdAt: key.createdAt, expiresAt: key.expiresAt }
      }),
    expire: (id, inMs) =>
      effect('provider.expire', () => {
        const key = find(id)
        if (key === undefined || world.isDead(key))
          throw new KeyrotError({ code: 'KR_SIM_EXPIRED', kind: 'rejected', message: 'an ended key cannot be changed' })
        world.setExpiry(key, world.now + inMs)
        checker.extended(key)
      }),
    retire: (warrant) =>
      effect('provider.delete', () => {
        if (!isWarrant(warrant)) throw new TypeError('a forged warrant')
        const key = find(warrant.keyId)
        if (key === undefined || key.deletedAt !== null) return 'gone'
        if (world.shape.keyDelete === 'refused') return 'refused'
        checker.deleted(key)
        key.deletedAt = world.now
        return 'gone'
      }),
    retireAccount: (warrant, accountId) =>
      effect('provider.delete-account', () => {
        if (!isWarrant(warrant)) throw new TypeError('a forged warrant')
        for (const key of world.keys.filter((candidate) => candidate.account.id === accountId && candidate.deletedAt === null)) {
          if (key.id !== warrant.keyId && !world.isDead(key)) checker.report('I2', `${key.name ?? key.id} died with its account, without a warrant`)
          checker.deleted(key)
          key.deletedAt = world.now
        }
        return 'gone'
      }),
  }
}

function listing(world: World): Listing {
  const keys = world.listed().map((key) => ({
    id: key.id,
    name: key.name,
    createdAt: key.createdAt + world.shape.skew,
    expiresAt: key.shownExpiry === null ? null : key.shownExpiry + world.shape.skew,
    lastUsedAt: key.lastUsedAt === null ? null : key.lastUsedAt + world.shape.skew,
    hint: { head: 'sk-', tail: key.value.slice(-8) },
    owner: { kind: 'service-account' as const, id: key.account.id, name: key.account.name },
    project: 'proj_sim',
  }))
  return { keys, serverTime: world.now + world.shape.skew }
}

async function probe(stage: Stage, process: Process, secret: Secret): Promise<ProbeAnswer> {
  const { world, checker, gate, noise } = stage
  await gate.turn(process)
  if (noise !== null && noise.hit(stage.readFaults)) return { is: 'unclear', code: 'simulated-outage' }
  const key = world.keys.find((candidate) => candidate.secret === secret || candidate.secret.digest === secret.digest)
  const accepted = key !== undefined && world.accepts(key)
  checker.probed(key ?? null, accepted)
  if (key !== undefined) world.use(key)
  return accepted ? { is: 'accepted' } : { is: 'invalid' }
}

export function simRecords(stage: Stage, process: Process): Records {
  const { gate, store } = stage
  const effect = <T>(name: string, run: () => T): Promise<T> => gate.effect(process, name, run, outage, outage)
  return {
    load: (credential) => read(stage, process, (): LoadedRecord => loaded(store, credential)),
    save: (record, revision) =>
      effect('state.save', () => {
        const held = store.records.get(record.credential)
        if ((held === undefined ? null : String(held.revision)) !== revision)
          throw new KeyrotError({ code: 'KR_STATE_CONFLICT', kind: 'conflict', message: 'the record changed' })
        const next = store.next()
        store.records.set(record.credential, { record, revision: next })
        store.damaged.delete(record.credential)
        return String(next)
      }),
    append: (event: RunEvent) =>
      effect('state.append', () => {
        store.journal.push(event)
        store.written.push(event)
      }),
    runs: async () => [],
    journal: async () => ({ events: [], damaged: 0, torn: false }),
  }
}

function loaded(store: Store, credential: string): LoadedRecord {
  const held = store.records.get(credential)
  if (held !== undefined) return { record: held.record, condition: 'ok', revision: String(held.revision) }
  return { record: null, condition: store.damaged.has(credential) ? 'damaged' : 'absent', revision: null }
}

export function simLocks(stage: Stage, process: Process): Locks {
  const { store, gate } = stage
  return {
    acquire: async (names): Promise<HeldLock> => {
      await gate.turn(process)
      for (const name of names) {
        const holder = store.locks.get(name)
        if (holder !== undefined && !holder.crashed) throw new KeyrotError({ code: 'KR_LOCKED', kind: 'locked', message: 'another run holds the lock' })
      }
      for (const name of names) store.locks.set(name, process)
      return {
        stillHeld: async () => names.every((name) => store.locks.get(name) === process),
        release: async () => {
          for (const name of names) if (store.locks.get(name) === process) store.locks.delete(name)
        },
      }
    },
    // a holder that hears of it late, or never: it is waited for, and not overtaken
    ask: async (names) => (names.some((name) => store.locks.get(name)?.crashed === false) ? STOPS_WITHIN : 0),
  }
}

/** A person who tells the truth about the world, and nothing else. */
export function honestPerson(world: World, credential: string, adopted: () => SimKey | null): Prompter {
  const mine = (): SimTarget[] => world.targets.filter((target) => target.credential === credential)
  return {
    confirm: async (question) => {
      if (question.id === 'item:read-back') return new Set(mine().map((target) => target.current?.key.id)).size === 1
      if (question.id === 'item:successor-live') return mine().every((target) => target.current !== null && !world.isDead(target.current.key))
      if (question.id === 'predecessor-dead') return mine().some((target) => target.current !== null && world.isDead(target.current.key))
      return question.id === 'item:consumers' || question.id === 'item:revivable'
    },
    choose: async (_question, choices) => (choices.find((choice) => choice.isDefault) ?? choices[0])!.value,
    paste: async (question) => (question.id === 'predecessor' ? (adopted()?.secret ?? null) : null),
  }
}

export function simPolicy(shape: World['shape']): Policy {
  return {
    ...DEFAULT_POLICY,
    maxAge: 90 * 86_400_000,
    warnBefore: 14 * 86_400_000,
    overlap: shape.overlap,
    quiet: shape.quiet,
    lifetime: 'longest',
    safetyHorizon: shape.horizon,
    birthLife: shape.birthLife,
    verifyWindow: 120_000,
    listDelay: 60_000,
    revoke: 'auto',
  }
}
