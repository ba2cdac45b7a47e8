/**
 * The judge. Knows the invariants of the design and the state of the world, nothing of the engine, its plan or its phases.
 * Each rule is stated over what the world saw happen.
 */
import { DAY, MINUTE, SECOND } from './clock.ts'
import type { Observer, SimKey, SimSlot, SimTarget, World } from './world.ts'

export interface Violation {
  readonly invariant: string
  readonly what: string
}

/** How old the proof behind a promotion may be, with room for the calls in between. */
const PROOF_AGE = 3 * MINUTE
const NAME = /^keyrot\.([a-z0-9]{8})\.([a-z0-9-]+)\.g(\d+)\.a(\d+)$/

/** What was said of a leak, and how the world stands to it. */
export interface LeakOrder {
  readonly leaked: Set<string>
  readonly severed: boolean
  /** Targets that were given up by name. */
  readonly accepted: ReadonlySet<string>
  /** Targets that the invocation at hand can neither see nor move. */
  outOfSight?: ReadonlySet<string>
  /** Nobody came back in time: the dead man's switch may go off under whoever was in sight. */
  alone?: boolean
}

export class Checker implements Observer {
  readonly violations: Violation[] = []
  world!: World
  /** Effects seen: a checker that saw none proves nothing. */
  seen = 0
  /** The durable text of records and journal, as the store has it at this instant. */
  durable: () => string = () => ''
  /** The credential's own keys before the run: never strangers. */
  readonly own = new Set<string>()
  ns = ''
  readonly #provedAt = new Map<string, number>()
  #controlRefusedAt = Number.NEGATIVE_INFINITY
  readonly #lastCurrentChange = new Map<string, number>()
  /** The credential whose change is under way: its targets are what a death is judged by. */
  #changed = ''
  /** The writer of each credential, from its first change to the end of its invocation. */
  readonly #writers = new Map<string, string>()
  /** What was said to have leaked; `null` in a rotation. The exceptions that the design makes, and no others. */
  incident: LeakOrder | null = null
  acting: { readonly actor: string; readonly credential: string } | null = null

  /** What later judgements rest on, besides the world. */
  memory(): readonly unknown[] {
    return [this.own, this.#provedAt, this.#controlRefusedAt, this.#lastCurrentChange, this.#changed, this.#writers, this.incident]
  }

  report(invariant: string, what: string): void {
    this.violations.push({ invariant, what })
  }

  /** Called for every mutating call of an invocation, before it takes effect. */
  enter(actor: string, credential: string): void {
    const writer = this.#writers.get(credential)
    if (writer !== undefined && writer !== actor) this.report('I6', `${actor} changes ${credential} while ${writer} does`)
    this.#writers.set(credential, actor)
    this.#changed = credential
  }

  leave(actor: string): void {
    for (const [credential, writer] of this.#writers) if (writer === actor) this.#writers.delete(credential)
  }

  created(key: SimKey): void {
    this.seen++
    const name = NAME.exec(key.name ?? '')
    if (name === null || name[1] !== this.ns) this.report('I4', `a key was created under the name ${key.name}, by which it cannot be found again`)
    const twins = this.world.keys.filter((other) => other !== key && other.origin === 'keyrot' && other.name === key.name && !this.world.isDead(other))
    if (twins.length > 0) this.report('I4', `a second key was created under the name ${key.name} while the first lives`)
    if (!this.durable().includes(`${key.name}`)) this.report('I7', `${key.name} was created without a durable intent that names it`)
    if (key.expiresAt === null || key.expiresAt - key.createdAt > this.world.shape.birthLife * 1.01)
      this.report('I4', `${key.name} was born without a short life`)
    this.own.add(key.id)
  }

  wroteCurrent(target: SimTarget, before: SimSlot | null, after: SimSlot | null): void {
    this.seen++
    const { world } = this
    this.#guardForeign(target, 'current', before)
    if (after === null || after.key === before?.key) return
    this.#lastCurrentChange.set(target.name, world.now)
    const { key } = after
    if (world.isDead(key)) this.report('I1', `${target.name}: current was set to the dead key ${key.name ?? key.id}`)
    else if (key.expiresAt !== null && key.expiresAt - world.now <= world.shape.horizon)
      this.report('I1', `${target.name}: current was set to ${key.name ?? key.id}, which ends within the safety horizon`)
    const proved = this.#provedAt.get(key.id) ?? Number.NEGATIVE_INFINITY
    if (world.now - proved > PROOF_AGE) this.report('I8', `${target.name}: current was set to ${key.name ?? key.id} without a fresh live answer`)
    if (world.now - this.#controlRefusedAt > PROOF_AGE) this.report('I8', `${target.name}: promoted on a probe whose control did not fail`)
  }

  wroteFallback(target: SimTarget, before: SimSlot | null, _after: SimSlot | null): void {
    this.seen++
    this.#guardForeign(target, 'fallback', before)
  }

  /** I11, for what can be seen: a living stranger's value in a readable slot is never overwritten. */
  #guardForeign(target: SimTarget, slot: string, before: SimSlot | null): void {
    if (before === null || target.kind === 'nothing' || this.own.has(before.key.id)) return
    if (target.kind === 'marker' || this.world.isDead(before.key)) return
    this.report('I11', `${target.name}: a value that is not keyrot's was overwritten in ${slot}`)
  }

  deleted(key: SimKey): void {
    this.seen++
    const { world } = this
    if (!this.own.has(key.id)) this.report('I11', `the stranger ${key.name ?? key.id} was deleted`)
    if (!this.durable().includes(key.id)) this.report('I7', `${key.id} was deleted without a durable intent that names it`)
    for (const target of world.targets) {
      if (this.#excused(target, key)) continue
      if (target.current?.key === key) this.report('I1', `${key.name ?? key.id} was deleted while ${target.name} holds it as current`)
      if (target.loaded?.key === key && target.consumers === 'reload')
        this.report('I1', `${key.name ?? key.id} was deleted while consumers of ${target.name} run with it`)
    }
    const { shape } = world
    const born = key.createdAt
    // An end that was moved is no birth life any more, however near it is.
    const uncommitted = key.origin === 'keyrot' && key.expirySetAt === born && key.expiresAt !== null && key.expiresAt - born <= shape.birthLife * 1.01
    if (uncommitted && this.incident?.leaked.has(key.id) !== true) {
      if (world.now - born < (key.expiresAt! - born) / 2) this.report('I2', `${key.name} was deleted without a warrant in the first half of its birth life`)
      return
    }
    this.#checkWarrant(key)
  }

  /** I1 bends for a leaked key alone: severed first by a person's word, or at a target that was named. */
  #excused(target: SimTarget, key: SimKey): boolean {
    const { incident } = this
    if (incident === null || !incident.leaked.has(key.id)) return false
    const byItself = incident.alone === true && key.expiresAt !== null && key.expiresAt <= this.world.now
    return incident.severed || incident.accepted.has(target.name) || (byItself && incident.outOfSight?.has(target.name) !== true)
  }

  /** I2 by its effects: no committed key dies before the overlap and the quiet time after the last promotion. */
  #checkWarrant(key: SimKey): void {
    const { world } = this
    const { shape } = world
    if (this.incident !== null) return this.#checkLeaked(key)
    const mine = world.targets.filter((target) => target.credential === this.#changed)
    const changed = Math.max(...mine.map((target) => this.#lastCurrentChange.get(target.name) ?? Number.NEGATIVE_INFINITY))
    if (world.now - changed < shape.overlap - SECOND)
      this.report('I2', `${key.name ?? key.id} was deleted ${Math.round((world.now - changed) / MINUTE)} min after the last promotion`)
    if (key.lastUsedAt !== null && world.now - key.lastUsedAt < shape.quiet - SECOND) this.report('I2', `${key.name ?? key.id} was deleted while in use`)
    const successor = mine.find((target) => target.current !== null)?.current?.key
    const unseen = successor?.killedByOthers === true && world.now - (successor.deletedAt ?? 0) < shape.listLag + shape.deleteLag + 3 * MINUTE
    if (successor === undefined || (world.isDead(successor) && !unseen)) this.report('I2', `${key.name ?? key.id} was deleted with no living successor`)
  }

  /** In an incident soak and quiet are waived, and nothing else: another key lives, in every target that was not named, unless severed first. */
  #checkLeaked(key: SimKey): void {
    const { world, incident } = this
    if (incident === null || incident.severed) return
    const others = world.targets.filter((target) => !incident.accepted.has(target.name) && target.current !== null)
    if (others.some((target) => world.isDead(target.current!.key) && !target.current!.key.killedByOthers))
      this.report('I2', `${key.name ?? key.id} was deleted while no other key lives`)
    if (!world.keys.some((other) => other !== key && !incident.leaked.has(other.id) && this.own.has(other.id) && !world.isDead(other)))
      this.report('I2', `${key.name ?? key.id} was deleted with no living key to follow it`)
  }

  /** A near end is a deletion put on a clock: never set under somebody who was out of sight when the invocation began. */
  extended(key: SimKey): void {
    this.seen++
    const { incident, world } = this
    if (incident === null || key.expiresAt === null || key.expiresAt - world.now > world.shape.horizon) return
    const cut = world.targets.filter((target) => incident.outOfSight?.has(target.name) === true && target.current?.key === key)
    if (cut.length > 0) this.report('INCIDENT', `${key.name ?? key.id} was given a near end under ${cut.map(({ name }) => name).join(', ')}`)
  }

  probed(key: SimKey | null, accepted: boolean): void {
    if (key === null) {
      if (!accepted) this.#controlRefusedAt = this.world.now
    } else if (accepted) this.#provedAt.set(key.id, this.world.now)
  }

  consumerBroke(target: SimTarget, key: SimKey): void {
    if (key.killedByOthers || target.touchedByOthers || this.#excused(target, key)) return
    this.report('I1', `consumers of ${target.name} were left with the dead key ${key.name ?? key.id}`)
  }

  /** I3: no key value in what was stored. */
  stored(text: string): void {
    if (text.includes('sk-sim-')) this.report('I3', 'a key value reached the state')
  }

  /** The end of an undisturbed world: what a user was promised. */
  finished(credential: string, opts: { readonly predecessor: SimKey | null; readonly shared: boolean; readonly rolledBack: boolean }): void {
    const { world } = this
    const mine = world.targets.filter((target) => target.credential === credential)
    const currents = new Set(mine.map((target) => target.current?.key.id ?? 'nothing'))
    if (currents.size !== 1 || currents.has('nothing')) this.report('I5', `the targets of ${credential} ended with ${[...currents].join(', ')}`)
    const current = mine[0]?.current?.key
    const blindly = current?.killedByOthers === true && mine.every((target) => target.kind === 'nothing')
    if (current !== undefined && world.isDead(current) && !blindly) this.report('I1', `${credential} ended on the dead key ${current.name ?? current.id}`)
    if (current?.expiresAt != null && current.expiresAt - world.now <= world.shape.horizon)
      this.report('I1', `${credential} ended on a key that dies within the safety horizon`)
    for (const target of mine)
      if (target.fallback !== null && this.own.has(target.fallback.key.id) && !target.fallback.key.killedByOthers)
        this.report('I5', `${target.name} ended with a key in its fallback slot`)
    const { predecessor } = opts
    if (predecessor !== null && predecessor !== current && !opts.shared && !world.isDead(predecessor))
      this.report('I5', `the old key ${predecessor.name ?? predecessor.id} is still alive at the end`)
    if (!opts.rolledBack && current === predecessor && predecessor !== null) this.report('I5', `${credential} ended on the key it began with`)
  }

  /** I4 in the long run: whatever keyrot made and nobody holds is dead once its birth life is over, or was committed and can be found. */
  afterwards(allowCommitted: number): void {
    const { world } = this
    world.advance(2 * world.shape.birthLife + DAY)
    const held = new Set(world.targets.flatMap((target) => [target.current?.key.id, target.fallback?.key.id]))
    const left = world.keys.filter((key) => key.origin === 'keyrot' && !world.isDead(key) && !held.has(key.id))
    if (left.length > allowCommitted) this.report('I4', `${left.map((key) => key.name).join(', ')} outlived its run`)
  }
}
