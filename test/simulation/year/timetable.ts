/** What a schedule may not do: change a thing while its calendar is closed, or begin more than its limits allow. Judged by what the world saw. */
import { calendarOf, type Calendar } from '../../../src/domain/calendar.ts'
import { Checker } from '../checker.ts'
import { MINUTE } from '../clock.ts'
import type { SimKey, SimSlot, SimTarget } from '../world.ts'
import type { DrawnCredential, Year } from './draw.ts'

/** What a tick has begun in time it may end: it waits for propagation and for deaths. */
const UNDER_WAY = 30 * MINUTE

export class ScheduleChecker extends Checker {
  readonly #year: Year
  readonly #calendars: ReadonlyMap<string, Calendar>
  /** Whether the rotation of a credential waits for somebody's word: it is looked at, and holds no place. */
  readonly #isHeld: (credential: DrawnCredential) => boolean
  #now: { readonly actor: string; readonly credential: string } = { actor: '', credential: '' }
  /** Invocations that met a dead key in use: they go back to the old one and then on, to a fresh one, at once. */
  readonly #mending = new Set<string>()

  constructor(year: Year, isHeld: (credential: DrawnCredential) => boolean) {
    super()
    this.#year = year
    this.#calendars = new Map(year.credentials.map(({ name, policy }) => [name, calendarOf(policy)]))
    this.#isHeld = isHeld
  }

  override enter(actor: string, credential: string): void {
    super.enter(actor, credential)
    this.#now = { actor, credential }
    this.#isFree()
  }

  override created(key: SimKey): void {
    super.created(key)
    this.#mustBeOpen('a key was made')
    this.#mustHavePlace()
  }

  override wroteCurrent(target: SimTarget, before: SimSlot | null, after: SimSlot | null): void {
    super.wroteCurrent(target, before, after)
    if (before?.key !== after?.key) this.#mustBeOpen('a key was promoted')
  }

  override deleted(key: SimKey): void {
    super.deleted(key)
    // What was never put to use is swept at any time.
    if (key.expiresAt === null || key.expiresAt - key.createdAt > 2 * this.world.shape.birthLife) this.#mustBeOpen('a key was deleted')
  }

  #mustBeOpen(what: string): void {
    const { actor, credential } = this.#now
    const calendar = this.#calendars.get(credential)
    const { now } = this.world
    if (this.#isFree() || calendar === undefined || calendar(now) || calendar(now - UNDER_WAY)) return
    this.report('WINDOW', `${what} for ${credential} by ${actor} on ${new Date(now).toISOString()}, while it was closed`)
  }

  /** Called once the key is there: a second living key in a slot of others is a rotation of theirs. */
  #mustHavePlace(): void {
    const { credential } = this.#now
    if (this.#isFree() || this.#isUnderWay(credential)) return
    const others = this.#year.credentials.filter((one) => one.name !== credential && this.#isUnderWay(one.name) && !this.#isHeld(one))
    const { atOnce, perProject } = this.#year.limits
    const project = this.#year.credentials.find(({ name }) => name === credential)?.project
    const beside = others.filter((one) => one.project === project)
    if (others.length >= atOnce) this.report('LIMIT', `${credential} was begun beside ${others.length} others, ${atOnce} at most may be under way`)
    if (beside.length >= perProject) this.report('LIMIT', `${credential} was begun beside ${beside.map(({ name }) => name).join(', ')} of its project`)
  }

  #isUnderWay(credential: string): boolean {
    const slots = this.world.targets.filter((target) => target.credential === credential).flatMap(({ current, fallback }) => [current, fallback])
    return new Set(slots.flatMap((slot) => (slot === null || this.world.isDead(slot.key) ? [] : [slot.key]))).size > 1
  }

  /** Persons are not held to it, nor is mending: a slot that consumers read holds a dead key. */
  #isFree(): boolean {
    const { actor, credential } = this.#now
    const broken = this.world.targets.some((target) => target.credential === credential && target.current !== null && this.world.isDead(target.current.key))
    if (broken) this.#mending.add(`${actor} ${credential}`)
    return this.#mending.has(`${actor} ${credential}`) || actor.startsWith('person')
  }
}
