/**
 * The outside as it could be: a provider with stale lists and slow propagation, targets that show a value, a marker or
 * nothing, consumers that keep what they loaded. Knows no flow and no engine; every change is told to the checker.
 */
import { Secret } from '../../src/domain/secret.ts'
import type { Lineage } from '../../src/ports/target.ts'
import { DAY, SECOND } from './clock.ts'
import { profileOf, type Kind, type Profile } from './profiles.ts'

/** In `down`: what targets hold can be read, and not changed. */
export const WRITES = 'writes'

export interface SimKey {
  readonly id: string
  readonly name: string | null
  readonly secret: Secret
  readonly value: string
  readonly createdAt: number
  expiresAt: number | null
  /** When the present end was set, and what it was before: lists lag behind. */
  expirySetAt: number
  expiresBefore: number | null
  deletedAt: number | null
  lastUsedAt: number | null
  readonly account: { readonly id: string; readonly name: string }
  /** Made by keyrot in this world, by a person for the credential, or by strangers. */
  readonly origin: 'keyrot' | 'person' | 'stranger'
  killedByOthers: boolean
}

export interface SimSlot {
  readonly key: SimKey
  readonly marker: string | null
}

export interface SimTarget {
  readonly name: string
  readonly credential: string
  readonly profile: Profile
  /** The strongest thing the store can show of a slot. */
  readonly kind: Profile['reads']
  readonly hasFallback: boolean
  readonly consumers: Profile['consumers']
  readonly wave: number
  current: SimSlot | null
  fallback: SimSlot | null
  since: number
  revision: number
  /** What running consumers hold; equal to `current` where they read anew. */
  loaded: SimSlot | null
  loadedMarker: string | null
  /** A reload under way. */
  pending: { readonly slot: SimSlot | null; readonly marker: string; readonly at: number } | null
  /** Whether the store bears a mark of this run. */
  marked: boolean
  /** What that mark says; it stays beside whatever others put there. */
  lineage: Lineage | null
  /** What `current` held before: a stopped build may still have it. */
  formerly: SimKey | null
  /** The two labels of a store of versions. */
  readonly labels: { next: SimSlot | null; prev: SimSlot | null }
  /** Whether others wrote last: what follows from that is not keyrot's doing. */
  touchedByOthers: boolean
}

export interface WorldShape {
  readonly listLag: number
  readonly createLag: number
  readonly deleteLag: number
  readonly skew: number
  /** Organizations behind on rollout refuse to delete a service-account key. */
  readonly keyDelete: 'allowed' | 'refused'
  readonly horizon: number
  readonly birthLife: number
  readonly overlap: number
  readonly quiet: number
  readonly useEvery: number
  /** How long a slow reload takes. */
  readonly rollout: number
}

export interface Observer {
  created(key: SimKey): void
  wroteCurrent(target: SimTarget, before: SimSlot | null, after: SimSlot | null): void
  wroteFallback(target: SimTarget, before: SimSlot | null, after: SimSlot | null): void
  deleted(key: SimKey): void
  extended(key: SimKey): void
  probed(key: SimKey | null, accepted: boolean): void
  consumerBroke(target: SimTarget, key: SimKey): void
}

/** When every world begins. */
export const BEGIN = 1_800_000_000_000

export class World {
  now = BEGIN
  readonly keys: SimKey[] = []
  readonly targets: SimTarget[] = []
  /** Names of targets that answer nobody, or `WRITES`. */
  readonly down = new Set<string>()
  readonly shape: WorldShape
  observer: Observer
  #serial = 0
  #nextUse: number

  constructor(shape: WorldShape, observer: Observer) {
    this.shape = shape
    this.observer = observer
    this.#nextUse = this.now + shape.useEvery
  }

  newKey(parts: { name: string | null; life: number | null; origin: SimKey['origin']; account?: { id: string; name: string }; age?: number }): SimKey {
    const serial = ++this.#serial
    const value = `sk-sim-${String(serial).padStart(6, '0')}T3BlbkFJ${(serial * 7919).toString(36).padStart(8, 'x')}`
    const createdAt = this.now - (parts.age ?? 0)
    const id = `key_${serial}`
    const expiresAt = parts.life === null ? null : createdAt + parts.life
    const account = parts.account ?? { id: 'svc_shared', name: 'shared' }
    const key: SimKey = {
      id,
      name: parts.name,
      secret: new Secret(value),
      value,
      createdAt,
      expiresAt,
      expirySetAt: createdAt,
      expiresBefore: expiresAt,
      deletedAt: null,
      lastUsedAt: null,
      account,
      origin: parts.origin,
      killedByOthers: false,
    }
    this.keys.push(key)
    return key
  }

  /** Whether the provider has stopped accepting the key for good, leaving aside that parts of it may not know yet. */
  isDead(key: SimKey): boolean {
    return key.deletedAt !== null || (key.expiresAt !== null && key.expiresAt <= this.now)
  }

  /** What a call with this key meets right now; caches make deleted keys answer now and then. */
  accepts(key: SimKey): boolean {
    if (this.now < key.createdAt + this.shape.createLag) return false
    if (key.expiresAt !== null && key.expiresAt <= this.now) return false
    if (key.deletedAt === null) return true
    return this.now < key.deletedAt + this.shape.deleteLag && Math.floor(this.now / SECOND) % 3 === 0
  }

  /** The keys as a list shows them: new ones late, deleted ones too long, ends as they were. */
  listed(): (SimKey & { shownExpiry: number | null })[] {
    const lag = this.shape.listLag
    return this.keys
      .filter((key) => key.createdAt + lag <= this.now && (key.deletedAt === null || key.deletedAt + lag > this.now))
      .map((key) => Object.assign(Object.create(key) as SimKey, { shownExpiry: key.expirySetAt + lag <= this.now ? key.expiresAt : key.expiresBefore }))
  }

  setExpiry(key: SimKey, at: number): void {
    key.expiresBefore = key.expiresAt
    key.expiresAt = at
    key.expirySetAt = this.now
  }

  use(key: SimKey): void {
    if (this.accepts(key)) key.lastUsedAt = this.now
  }

  /** Time passes: consumers go on calling with what they hold. */
  advance(ms: number): void {
    const end = this.now + ms
    while (this.#nextUse <= end) {
      this.now = Math.max(this.now, this.#nextUse)
      this.#finishReloads()
      this.consume()
      this.#nextUse += this.shape.useEvery
    }
    this.now = end
    this.#finishReloads()
  }

  consume(): void {
    for (const target of this.targets) {
      const held = target.consumers === 'reread' ? target.current : target.loaded
      if (held === null) continue
      if (this.isDead(held.key)) this.observer.consumerBroke(target, held.key)
      else this.use(held.key)
    }
  }

  addTarget(parts: { name: string; credential: string; kind: Kind; hasFallback?: boolean; wave?: number }, key: SimKey | null): SimTarget {
    const profile = profileOf(parts.kind)
    const slot = key === null ? null : { key, marker: null }
    const target: SimTarget = {
      name: parts.name,
      credential: parts.credential,
      profile,
      kind: profile.reads,
      // Labels are the slot: a store of versions always has it.
      hasFallback: profile.fallback && (profile.stepwise === true || (parts.hasFallback ?? true)),
      consumers: profile.consumers,
      wave: parts.wave ?? 1,
      current: slot,
      fallback: null,
      since: this.now - DAY,
      revision: 1,
      loaded: slot,
      loadedMarker: null,
      pending: null,
      marked: false,
      lineage: null,
      formerly: null,
      labels: { next: null, prev: null },
      touchedByOthers: false,
    }
    this.targets.push(target)
    return target
  }

  /** Consumers begin to take what is current now; after `ms` all of them have it. */
  reload(target: SimTarget, marker: string, ms: number): void {
    target.pending = { slot: target.current, marker, at: this.now + ms }
    this.#finishReloads()
    if (ms === 0) this.consume()
  }

  #finishReloads(): void {
    for (const target of this.targets) {
      if (target.pending === null || target.pending.at > this.now) continue
      target.loaded = target.pending.slot
      target.loadedMarker = target.pending.marker
      target.pending = null
    }
  }

  /** Somebody else changes a slot. */
  outsideEdit(target: SimTarget, slot: 'current' | 'fallback', key: SimKey | null, marker: string | null = null): void {
    const after = key === null ? null : { key, marker }
    if (slot === 'fallback') target.labels.next = after
    target[slot] = after
    target.revision++
    target.since = this.now
    target.touchedByOthers = true
    if (slot === 'current' && target.consumers !== 'reload') target.loaded = target.current
  }
}
