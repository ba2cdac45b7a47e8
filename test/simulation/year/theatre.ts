/** What a year is played on: the world, its faults and outages, what is remembered, and fresh ports for every process. */
import type { Secret } from '../../../src/domain/secret.ts'
import { parseKeyName } from '../../../src/domain/key-name.ts'
import type { Provider } from '../../../src/ports/provider.ts'
import type { Target } from '../../../src/ports/target.ts'
import type { Workspace } from '../../../src/ports/workspace.ts'
import type { Checker } from '../checker.ts'
import { chance, DAY, type Chance } from '../clock.ts'
import { FAULTS, FaultGate, type Process, type Fault } from '../faults.ts'
import { simClock, simIds, simLocks, simProvider, simRecords } from '../ports.ts'
import { CALM } from '../schedule.ts'
import { outage, Store, type Stage } from '../stage.ts'
import { simTarget } from '../target.ts'
import { BEGIN, World, type SimKey } from '../world.ts'
import { drawYear, type Block, type DrawnCredential, type Year } from './draw.ts'
import { ScheduleChecker } from './timetable.ts'

const NS = 'simulate'
/** How long it may take at most until what is found too old has had its turn: three of a project, with windows and frozen days. */
const CATCHING_UP = 45 * DAY

export type Say = (line: string) => void

/** Faults by chance, without a plan: the number of effects is not known before. */
class ChancePlan extends Map<number, Fault> {
  readonly #random: Chance
  readonly #share: number
  calm = false

  constructor(random: Chance, share: number) {
    super()
    this.#random = random
    this.#share = share
  }

  override get(): Fault | undefined {
    return !this.calm && this.#random.hit(this.#share) ? this.#random.pick(FAULTS) : undefined
  }
}

export class YearTheatre {
  readonly year: Year
  readonly checker: Checker
  readonly world: World
  /** What outlives a process. Runners without state share its locks and nothing else. */
  readonly store = new Store()
  /** What the runners of this hour remember, where nothing is kept. */
  readonly #passing: Store[] = []
  readonly random: Chance
  readonly gate: FaultGate
  readonly blocks: Block[] = []
  readonly owner = new Map<string, string>()
  readonly begin: number
  readonly exits = new Map<number, number>()
  readonly say: Say | null
  /** When somebody comes to what waits for a person, by credential. */
  readonly visits = new Map<string, { readonly at: number; readonly block: Block }>()
  readonly #tooOld: { readonly key: SimKey; readonly block: Block }[] = []
  ticks = 0
  approvals = 0
  resumes = 0

  constructor(seed: number, days: number, say: Say | null) {
    this.say = say
    this.year = drawYear(seed, BEGIN, days)
    this.checker = new ScheduleChecker(this.year, (credential) => this.isHeld(credential))
    this.world = new World(CALM, this.checker)
    this.begin = this.world.now
    this.random = chance(seed)
    this.checker.world = this.world
    this.checker.ns = NS
    this.checker.durable = () => [this.store, ...this.#passing].map((store) => store.text()).join('\n')
    this.gate = new FaultGate(new ChancePlan(chance(seed ^ 0xfa17), this.year.faults), this.year.runners > 1 ? chance(seed ^ 0x5eed) : null)
    for (const credential of this.year.credentials) this.#furnish(credential)
    for (const { credential, cause, from, to } of this.year.outages) this.blocks.push({ credential, cause, from: this.begin + from, to: this.begin + to })
  }

  #furnish({ name, kinds, age, life, policy }: DrawnCredential): void {
    const key = this.world.newKey({ name: `by hand for ${name}`, life, origin: 'person', age })
    this.checker.own.add(key.id)
    this.owner.set(key.id, name)
    if (age >= policy.maxAge) {
      const block: Block = { credential: name, cause: 'found too old', from: this.begin, to: this.begin + CATCHING_UP }
      this.blocks.push(block)
      this.#tooOld.push({ key, block })
    }
    kinds.forEach((kind, at) => this.world.addTarget({ name: `${name}-t${at}`, credential: name, kind }, key))
  }

  /** What was found too old is caught up with when it is dead. */
  catchUp(): void {
    for (const { key, block } of this.#tooOld) if (this.world.isDead(key)) block.to = Math.min(block.to, this.world.now)
  }

  isDown(credential: string, cause: Block['cause']): boolean {
    return this.blocks.some((block) => block.credential === credential && block.cause === cause && block.from <= this.world.now && this.world.now < block.to)
  }

  /** A run that waits for somebody's word or has given up; without a record every approval may be such. */
  isHeld({ name, policy }: DrawnCredential): boolean {
    const parked = this.store.records.get(name)?.record.run?.parked ?? null
    return this.visits.has(name) || parked !== null || (!this.year.stateKept && policy.approval === 'required')
  }

  /** What was remembered where nothing is kept is gone, after a last look at it. */
  forget(): void {
    for (const store of this.#passing.splice(0)) this.checker.stored(store.text() + JSON.stringify(store.written))
  }

  /** Records and journals of one process. */
  memory(): Store {
    if (this.year.stateKept) return this.store
    const store = new Store(this.store.locks)
    this.#passing.push(store)
    return store
  }

  /** Fresh ports, as a new process has them. */
  workspace(process: Process): Workspace {
    const store = this.memory()
    const stage: Stage = { world: this.world, gate: this.gate, checker: this.checker, store, noise: this.random, readFaults: this.year.readFaults }
    const projects = new Map<string, Provider>()
    const providerOf = ({ project }: DrawnCredential): Provider => {
      const found = projects.get(project) ?? projectProvider(this, stage, process, project)
      projects.set(project, found)
      return found
    }
    return {
      ns: NS,
      limits: this.year.limits,
      credentials: this.year.credentials.map((credential) => ({
        name: credential.name,
        policy: credential.policy,
        provider: providerOf(credential),
        targets: this.world.targets
          .filter((target) => target.credential === credential.name)
          .map((target) => ({ name: target.name, wave: target.wave, target: breakable(this, credential.name, simTarget(stage, process, target)) })),
      })),
      clock: simClock(stage, process, 0),
      ids: simIds(this.random),
      records: simRecords(stage, process),
      locks: simLocks(stage, process),
      prompter: null,
      signal: new AbortController().signal,
      watch: () => undefined,
    }
  }
}

/** One provider for all credentials of a project; each change is judged as its credential's. */
function projectProvider(theatre: YearTheatre, stage: Stage, process: Process, project: string): Provider {
  const members = theatre.year.credentials.filter((one) => one.project === project)
  const ports = new Map(members.map(({ name }) => [name, simProvider(stage, process, name)]))
  const any = [...ports.values()][0] as Provider
  const down = (): boolean => members.some(({ name }) => theatre.isDown(name, 'provider down'))
  const ownerOf = (id: string): Provider => ports.get(theatre.owner.get(id) ?? '') ?? any
  const up = <T>(call: () => Promise<T>): Promise<T> => (down() ? Promise.reject(outage()) : call())
  return {
    ...any,
    prove: (secret: Secret) => (down() ? Promise.resolve({ is: 'unclear', code: 'simulated-outage' }) : any.prove(secret)),
    list: () => up(() => any.list!()),
    mint: (name, life) =>
      up(async () => {
        const credential = parseKeyName(name)?.credential ?? ''
        const before = theatre.world.keys.length
        try {
          return await (ports.get(credential) ?? any).mint!(name, life)
        } finally {
          for (const key of theatre.world.keys.slice(before)) theatre.owner.set(key.id, parseKeyName(key.name)?.credential ?? credential)
        }
      }),
    expire: (id, inMs) => up(() => ownerOf(id).expire!(id, inMs)),
    retire: (warrant) => up(() => ownerOf(warrant.keyId).retire!(warrant)),
    retireAccount: (warrant, account) => up(() => ownerOf(warrant.keyId).retireAccount!(warrant, account)),
  }
}

/** A target that cannot be reached while its outage lasts. */
function breakable(theatre: YearTheatre, credential: string, inner: Target): Target {
  const guarded =
    <A extends readonly unknown[], T>(call: (...given: A) => Promise<T>) =>
    (...given: A): Promise<T> =>
      theatre.isDown(credential, 'target down') ? Promise.reject(outage()) : call(...given)
  return { ...inner, observe: guarded(inner.observe.bind(inner)), write: guarded(inner.write.bind(inner)) }
}
