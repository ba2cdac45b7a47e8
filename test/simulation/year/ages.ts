/** How old keys get: the promise of a schedule. Judged from the world alone, against what was put in its way. */
import { calendarOf, opensAt, type Calendar } from '../../../src/domain/calendar.ts'
import { DAY, HOUR } from '../clock.ts'
import { BEGIN, type SimKey, type World } from '../world.ts'
import type { Block, DrawnCredential, Year } from './draw.ts'

/** What a block costs beyond its own time: pauses of at most a day, and the tick after them. */
const AFTER_BLOCK = DAY + 2 * HOUR
/** Of an opening, what a few hourly tries may take. */
const TRIES = 4 * HOUR

export interface Ages {
  /** Days on which some key was alive longer than its policy and one window, by what was in the way. */
  readonly blocked: Map<string, number>
  /** Such days with nothing in the way. */
  readonly unexplained: string[]
  /** How far past its greatest age a key lived, at most, where nothing was in the way. */
  latest: number
  /** Days past their greatest age that keys lived, nothing being in the way, because it came on a closed day. */
  closed: number
}

export class AgeJudge {
  readonly ages: Ages = { blocked: new Map(), unexplained: [], latest: 0, closed: 0 }
  /** Keys that a slot read by consumers has held, by credential. */
  readonly #served = new Map<string, Set<SimKey>>()
  readonly #year: Year
  readonly #blocks: readonly Block[]
  readonly #calendars: ReadonlyMap<string, Calendar>

  constructor(year: Year, blocks: readonly Block[]) {
    this.#year = year
    this.#blocks = blocks
    this.#calendars = new Map(year.credentials.map(({ name, policy }) => [name, calendarOf(policy)]))
  }

  /** Notes who is served with what; after every tick. */
  see(world: World): void {
    for (const target of world.targets) {
      if (target.current === null) continue
      const served = this.#served.get(target.credential) ?? new Set()
      this.#served.set(target.credential, served.add(target.current.key))
    }
  }

  /** Judges one day. */
  judge(world: World): void {
    for (const credential of this.#year.credentials) {
      for (const key of this.#served.get(credential.name) ?? []) if (!world.isDead(key)) this.#judgeKey(world, credential, key)
    }
  }

  #judgeKey(world: World, credential: DrawnCredential, key: SimKey): void {
    // A schedule answers for what comes after its first tick.
    const due = Math.max(BEGIN, key.createdAt + credential.policy.maxAge)
    if (world.now <= due) return
    const blocks = this.#blocksFor(credential, key.createdAt + credential.policy.maxAge / 2, world.now)
    if (blocks.length === 0) this.ages.latest = Math.max(this.ages.latest, world.now - due)
    if (world.now <= this.#opening(credential, due) + TRIES) {
      this.ages.closed += blocks.length === 0 ? 1 : 0
      return
    }
    if (world.now > this.#reached(credential, due, blocks)) {
      const days = ((world.now - due) / DAY).toFixed(1)
      this.ages.unexplained.push(`${key.name ?? key.id} of ${credential.name} is ${days} d too old on day ${Math.floor((world.now - BEGIN) / DAY)}`)
      return
    }
    const cause = [...new Set(blocks.map((block) => block.cause))].toSorted().join(', ')
    this.ages.blocked.set(cause, (this.ages.blocked.get(cause) ?? 0) + 1)
  }

  #opening({ name }: DrawnCredential, at: number): number {
    return opensAt(this.#calendars.get(name) as Calendar, at) ?? at
  }

  /** When the key is dead at the latest: each block costs its time and a rotation begun anew, which ends in an opening of its own. */
  #reached(credential: DrawnCredential, due: number, blocks: readonly Block[]): number {
    const { overlap, quiet } = credential.policy
    return blocks.reduce((at, { from, to }) => {
      const begun = this.#opening(credential, at + to - from + AFTER_BLOCK) + TRIES
      return this.#opening(credential, begun + overlap + quiet) + TRIES
    }, due)
  }

  /**
   * What stood in the way of this credential, or of one of its project that held the place. A target of anybody that is down may hold any
   * key, so that none dies meanwhile.
   */
  #blocksFor(credential: DrawnCredential, from: number, to: number): readonly Block[] {
    const lane = new Set(this.#year.credentials.filter((one) => one.project === credential.project).map((one) => one.name))
    return this.#blocks.filter((block) => (lane.has(block.credential) || block.cause === 'target down') && block.from < to && block.to > from)
  }
}
