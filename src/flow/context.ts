/** What the steps of one walk share. Made anew by every survey; the only memory across surveys are key values. */
import { adoptedMarker, isOurs, parseAdoptedMarker, parseKeyName } from '../domain/key-name.ts'
import { hasBirthLife } from '../domain/warrant.ts'
import type { Ms } from '../domain/duration.ts'
import type { SlotRole, RunFinding } from '../domain/run.ts'
import type { Secret } from '../domain/secret.ts'
import type { KeyNote } from '../domain/record.ts'
import type { BoundCredential, BoundTarget, RunOptions, Workspace } from '../ports/workspace.ts'
import type { Held as HeldLock } from '../ports/system.ts'
import type { Held, Observation, Remark } from '../ports/target.ts'
import { roleOf } from './assess.ts'
import { sourcesOf, type Slots, type Survey } from './terrain.ts'
import type { Book } from './book.ts'
import { identify, sameKey, type KnownKey } from './identify.ts'
import type { Act } from './step.ts'

/** The parts of a rotation. `incoming` is what `current` is to become; a rollback exchanges the roles. */
export interface Roles {
  readonly a: KnownKey | null
  readonly b: KnownKey | null
  readonly older: readonly KnownKey[]
}

/** Values seen in this process. Keeps them across surveys of one invocation, never longer. */
export class Memory {
  #entries: { readonly secret: Secret; readonly note: KeyNote }[] = []

  get entries(): readonly { readonly secret: Secret; readonly note: KeyNote }[] {
    return this.#entries
  }

  keep(secret: Secret, note: KeyNote): void {
    this.#entries = [...this.#entries.filter((entry) => !entry.secret.equals(secret)), { secret, note }]
  }
}

export interface Context {
  readonly ws: Workspace
  readonly credential: BoundCredential
  readonly options: RunOptions
  readonly lock: HeldLock
  readonly book: Book
  readonly memory: Memory
  readonly survey: Survey
  readonly slots: Slots
  readonly roles: Roles
  readonly direction: 'forward' | 'back'
  /** Of the plan that is walked: an approval is given for this one. */
  readonly planHash: string
  /** `recovery`: the predecessor is dead; `bootstrap`: there is none; then there is nothing to soak for. */
  readonly start: Start
  readonly spent: number
  /** Targets that this walk goes without: an incident leaves what it cannot reach to be settled later. */
  readonly debts: readonly string[]
  /** Mutable facts of this walk, each with the time it was learnt. */
  readonly facts: WalkFacts
  readonly findings: RunFinding[]
}

export type Start = 'adopt' | 'bootstrap' | 'recovery' | 'routine' | 'resume'

export interface TargetRemark extends Remark {
  readonly target: string
}

/** What one invocation has learnt, each fact with its key or its time. Kept across surveys, gone with the process. */
export interface WalkFacts {
  /** The key that last answered a probe well, and when; `steady`: several times in a row, in this invocation. */
  proven: { readonly key: KeyNote; readonly at: Ms; readonly steady: boolean } | null
  /** Keys in use that have answered, and when: a plan that is walked anew asks none of them twice. */
  readonly answered: { readonly key: KeyNote; readonly at: Ms }[]
  /** A proof that is under way: what is asked for meanwhile waits for its end. */
  proving: Promise<Act> | null
  /** What the targets said of themselves before anything changed. */
  remarks: readonly TargetRemark[] | null
  /** Whether provider and targets were asked for our rights, and missed none. */
  rightsHeld: boolean
  /** Keys whose life was seen extended. */
  readonly committed: KeyNote[]
  /** Keys seen dead, with the class of the evidence. */
  readonly dead: { readonly key: KeyNote; readonly evidence: 'refused' | 'unlisted' }[]
  /** When this invocation last began to write a `current` slot. */
  lastWriteAt: Ms
  /** Keys that did not answer when they were to be put back. */
  readonly unfit: KeyNote[]
  /** Looks that a write has rested on: none rests on them again. */
  readonly usedLooks: WeakSet<Observation>
  /** Write-only slots show nothing: those this invocation has cleared. */
  readonly cleared: Set<string>
  /** Targets that this invocation has promoted a moment ago: no consumer has the key yet. */
  readonly unloaded: Set<string>
  /** Whether somebody besides keyrot has called with the incoming key since it was promoted; `null` while nothing can be told. */
  witnessed: boolean | null
  /** Orphans whose deletion was asked for: listings may show them a while longer. */
  readonly unsweepable: Set<string>
  /** Whether the full life of the key in use was seen in a listing. */
  affirmed: boolean
  /** Keys whose near end the provider has taken from this invocation. */
  readonly contained: Set<string>
  /** Keys whose end the provider refuses to move. */
  readonly uncontainable: Set<string>
  /** Keys whose end this invocation has moved out. */
  readonly released: Set<string>
  /** Slots of other credentials that hold a leaked key, or may, by its id. */
  readonly elsewhere: Map<string, readonly string[]>
  /** Targets that failed in an incident: it goes on without them. */
  readonly fallen: Set<string>
  /** What an incident has come to so far, by name of the moment. */
  readonly moments: Map<Moment, Ms>
  /** Whether the record was there: without it an unseen create may still be on its way. */
  readonly recordKept: boolean
  /** Whether this invocation has waited out a create that a lost record could have hidden. */
  waitedOut: boolean
}

/** Moments of an incident that people ask for afterwards; `human` is a span: how long keyrot waited for a person. */
export type Moment = 'declared' | 'contained' | 'minted' | 'promoted' | 'deleted' | 'refused' | 'human'

/** What an invocation knows before it has looked. */
export function freshFacts(recordKept: boolean): WalkFacts {
  return {
    proven: null,
    answered: [],
    proving: null,
    remarks: null,
    rightsHeld: false,
    committed: [],
    dead: [],
    lastWriteAt: 0,
    unfit: [],
    usedLooks: new WeakSet(),
    cleared: new Set(),
    unloaded: new Set(),
    witnessed: null,
    unsweepable: new Set(),
    affirmed: false,
    contained: new Set(),
    uncontainable: new Set(),
    released: new Set(),
    elsewhere: new Map(),
    fallen: new Set(),
    moments: new Map(),
    recordKept,
    waitedOut: false,
  }
}

export function isDead(cx: Pick<Context, 'facts' | 'book'>, key: KeyNote | null): boolean {
  return key !== null && (cx.facts.dead.some((entry) => sameKey(entry.key, key)) || cx.book.run.dead.includes(receiptKey(key)))
}

/** Notes a key as dead: for this invocation at once, for later ones with the next save. */
export function noteDead(cx: Context, key: KeyNote, evidence: 'refused' | 'unlisted'): void {
  cx.facts.dead.push({ key, evidence })
  cx.book.amend((record) => (record.run === null ? record : { ...record, run: { ...record.run, dead: [...record.run.dead, receiptKey(key)] } }))
}

const CLOCK_GRAIN: Ms = 1_500

/** How far the provider's clock is ahead of ours; `null` where it was not asked. */
export function skewOf(cx: Context): Ms | null {
  if (cx.survey.listing === null) return null
  const skew = cx.survey.listing.serverTime - cx.survey.at
  // A Date header has whole seconds, and its answer was under way: less than this is no skew.
  return Math.abs(skew) <= CLOCK_GRAIN ? 0 : skew
}

/** A time by the provider's clock, on ours: quiet and soak are counted on one clock only. */
export function onOurClock<T extends Ms | null | undefined>(cx: Context, time: T): T {
  return (typeof time === 'number' ? time - (skewOf(cx) ?? 0) : time) as T
}

export function incoming(cx: Context): KnownKey | null {
  return cx.direction === 'forward' ? cx.roles.b : cx.roles.a
}

/** The key that leaves every `current` slot; its place is the fallback until it dies. */
export function outgoing(cx: Context): KnownKey | null {
  return cx.direction === 'forward' ? cx.roles.a : cx.roles.b
}

/** Every key that must die before the run is over; earlier attempts that were never committed die of their birth life. */
export function leaving(cx: Context): readonly KnownKey[] {
  const first = outgoing(cx)
  const found = [...(first === null ? [] : [first]), ...cx.roles.older]
  return found.filter((key) => sameKey(key, cx.roles.a) || wasCommitted(cx, key) || isLeaked(cx, key))
}

/** Whether a person said that this key has leaked. */
export function isLeaked(cx: Context, key: KeyNote): boolean {
  return cx.book.run.incident?.leaked.some((note) => sameKey(note, key)) === true
}

/** The ratchet, or what it leaves at the provider: a commit whose record died with its process still shows there. */
export function wasCommitted(cx: Context, key: KnownKey): boolean {
  return cx.book.run.attempts.some((note) => note.committedAt !== null && sameKey(note.key, key)) || hasGrown(cx, key)
}

function hasGrown(cx: Context, key: KnownKey): boolean {
  return key.listed !== null && !hasBirthLife(key.listed.createdAt, key.listed.expiresAt, cx.credential.policy.birthLife)
}

/** The role that `current` is to have in the end. */
export function goal(cx: Context): SlotRole {
  return cx.direction === 'forward' ? 'b' : 'a'
}

export function targetOf(cx: Context, name: string | undefined): BoundTarget {
  const found = cx.credential.targets.find((bound) => bound.name === name)
  if (found === undefined) throw new TypeError('a step names a target that the credential does not have')
  return found
}

/** Looks at one slot through the eyes of this run. */
export function roleIn(cx: Context, held: Held | null): SlotRole {
  if (held === null) return 'none'
  const found = identify(held, sourcesOf({ record: cx.book.record, memory: cx.memory.entries, survey: cx.survey }))
  const role = roleOf(found, cx.roles)
  return role === 'foreign' && found.is === 'key' && isOwn(cx, found.key, held) ? 'older' : role
}

export interface SlotRoles {
  readonly current: SlotRole
  readonly fallback: SlotRole
}

export function rolesIn(cx: Context, seen: Observation): SlotRoles {
  return { current: roleIn(cx, seen.current), fallback: roleIn(cx, seen.fallback) }
}

/** What bears a name of this credential, in the store or at the provider, was put there by keyrot: left of an earlier attempt. */
function isOwn(cx: Context, key: KnownKey, held: Held): boolean {
  const adopted = held.is === 'marker' ? parseAdoptedMarker(held.marker) : null
  const name = parseKeyName(key.name) ?? parseKeyName(key.listed?.name) ?? adopted
  return name !== null && name.ns === cx.ws.ns && name.credential === cx.credential.name
}

/** The marker left beside a key: its own name, or one that carries the id of an adopted key. */
export function markerOf(cx: Context, key: KnownKey): string {
  const { ns } = cx.ws
  const { name } = cx.credential
  if (key.name !== null && isOurs(parseKeyName(key.name), ns, name)) return key.name
  return adoptedMarker(ns, name, Math.max(0, cx.book.run.generation - 1), key.id ?? 'unknown')
}

/** Whether every `current` slot is known to hold the incoming key: its value is not needed any more. */
export function everywhere(cx: Context): boolean {
  return cx.credential.targets.every((bound) => holdsGoal(cx, bound.name))
}

/** Whether a target's `current` is the incoming key, by reading it or, where nothing can be read, by our own receipt. */
export function holdsGoal(cx: Context, name: string): boolean {
  const seen = cx.survey.observations.get(name)
  return seen !== undefined && settledAt(cx, name, seen)
}

/** The same for a fresh observation. */
export function settledAt(cx: Context, name: string, seen: Observation): boolean {
  const role = roleIn(cx, seen.current)
  return role === goal(cx) || (role === 'unknown' && receiptHolds(cx, name, seen))
}

/** A store that shows nothing: our write is on record, and the store's own date has not moved since. */
export function receiptHolds(cx: Context, name: string, seen: Observation): boolean {
  const note = cx.book.run.targets[name]
  const key = incoming(cx)
  if (key === null || note?.promotedAt === undefined || note.promotedKey !== receiptKey(key)) return false
  return seen.since === null || note.since === undefined || seen.since === note.since
}

/** What a receipt says of its key: the id, which outlives the value. */
export function receiptKey(key: KeyNote): string {
  return key.id ?? key.fingerprint ?? key.name ?? ''
}

/** Whether anything has been promoted: then the outgoing key is no longer called. */
export function anyPromoted(cx: Context): boolean {
  return cx.credential.targets.some((bound) => holdsGoal(cx, bound.name))
}

export function isLeaving(cx: Context, key: KeyNote): boolean {
  return leaving(cx).some((other) => sameKey(other, key))
}
