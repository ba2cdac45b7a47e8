/** One schedule: a world, a fault plan, invocations until the rotation is over, and the judge's findings. */
import type { RunReport } from '../../src/domain/run.ts'
import type { RunOptions, Workspace } from '../../src/ports/workspace.ts'
import { resume, rollback, rotate } from '../../src/engine/runs.ts'
import { Checker, type Violation } from './checker.ts'
import { chance, DAY, HOUR, MINUTE, SECOND, type Chance } from './clock.ts'
import { count, rowsOf, type Coverage } from './coverage.ts'
import { FaultGate, Process, type Fate, type Fault, type FaultPlan } from './faults.ts'
import { playIncident, type IncidentScript } from './incident.ts'
import type { Passage } from './passage.ts'
import { honestPerson, simClock, simIds, simLocks, simPolicy, simProvider, simRecords } from './ports.ts'
import { beforeInvocation, superseded } from './supersede.ts'
import { anyReads, profileOf, type Kind } from './profiles.ts'
import { Store, type Stage } from './stage.ts'
import { simTarget } from './target.ts'
import { World, type SimKey, type SimSlot, type SimTarget, type WorldShape } from './world.ts'

export type StartKind = 'adopt' | 'routine' | 'bootstrap' | 'recovery' | 'shared-key'

export interface Scenario {
  readonly kinds: readonly Kind[]
  readonly fallbacks: readonly boolean[]
  readonly start: StartKind
  readonly fate: Fate
  readonly shape: WorldShape
  /** A stranger's key bears the name that the run will want. */
  readonly namesake: boolean
  /** The predecessor shares its account with another credential's key. */
  readonly sibling: boolean
  readonly waves: boolean
  readonly actors: number
  readonly readFaults: number
  /** Outside events between invocations; none in exhaustive mode. */
  readonly events: boolean
  readonly seed: number
  /** A leak, and what it meets; without one a schedule is a rotation. */
  readonly incident?: IncidentScript
}

export const CALM: WorldShape = {
  listLag: 20 * SECOND,
  createLag: 5 * SECOND,
  deleteLag: 20 * SECOND,
  skew: 0,
  keyDelete: 'allowed',
  horizon: 7 * DAY,
  birthLife: HOUR,
  overlap: 24 * HOUR,
  quiet: HOUR,
  useEvery: 30 * MINUTE,
  rollout: 80 * SECOND,
}

export interface Result {
  readonly violations: readonly Violation[]
  readonly effects: readonly string[]
  readonly struck: readonly { readonly at: number; readonly effect: string; readonly fault: Fault }[]
  readonly ticks: number
  readonly mints: number
  readonly faults: number
  readonly last: RunReport | null
  readonly coverage: Coverage
  readonly trace: readonly string[]
  /** Every invocation of an incident, as it began. */
  readonly passages: readonly Passage[]
}

const NS = 'simulate'
export const NAME = 'prod'
const MAX_TICKS = 40
/** A park met this often is where the run stands, whatever the last tick met. */
const MANY = 10
/** Parks that are a documented end where nothing that can be read is left (design section 4, "When the record is lost"). */
const HONEST_PARKS = new Set(['KR_NEEDS_STATE', 'KR_STATE_NEEDED'])

export class Theatre {
  readonly scenario: Scenario
  readonly checker = new Checker()
  readonly world: World
  readonly store = new Store()
  readonly gate: FaultGate
  readonly random: Chance
  readonly coverage: Coverage = new Map()
  readonly trace: string[] = []
  readonly passages: Passage[] = []
  predecessor: SimKey | null = null
  ticks = 0
  outside = 0
  losses = 0
  killed = 0
  calm = false
  forgotten = false
  strangers = 0
  reverts = 0
  /** A rotation is over, and the schedule goes on: what is put back from now on is of an earlier one. */
  over = false
  /** Invocations that parked on a value nobody of this run has written. */
  drifts = 0
  disagree = false
  /** A person named the key to start from: the one passed over stays alive, in sight. */
  passedOver = false
  readonly listening: boolean
  readonly pendingRepairs: (() => void)[] = []

  constructor(scenario: Scenario, plan: FaultPlan, listening: boolean) {
    this.listening = listening
    this.scenario = scenario
    this.random = chance(scenario.seed)
    this.world = new World(scenario.shape, this.checker)
    this.checker.world = this.world
    this.checker.ns = NS
    this.checker.durable = () => this.store.text()
    this.gate = new FaultGate(plan, scenario.actors > 1 ? chance(scenario.seed ^ 0x5eed) : null)
    this.#furnish()
  }

  #furnish(): void {
    const { scenario, world } = this
    const routine = scenario.start === 'routine'
    // Where keys cannot be deleted, keyrot made an account for each; people find it and put keys of their own on it.
    const made = routine && scenario.shape.keyDelete === 'refused'
    const shared = made ? { id: 'svc_made', name: `keyrot.${NS}.${NAME}.g1.a1` } : { id: 'svc_shared', name: 'shared' }
    if (scenario.start !== 'bootstrap') {
      this.predecessor = world.newKey({
        name: routine ? `keyrot.${NS}.${NAME}.g1.a1` : 'made by hand',
        life: 200 * DAY,
        origin: 'person',
        account: shared,
        age: 80 * DAY,
      })
      this.checker.own.add(this.predecessor.id)
      if (scenario.start === 'recovery') this.predecessor.deletedAt = world.now - DAY
      this.predecessor.killedByOthers = scenario.start === 'recovery'
    }
    if (scenario.sibling) world.newKey({ name: 'somebody else', life: null, origin: 'stranger', account: shared, age: DAY })
    if (scenario.namesake) world.newKey({ name: `keyrot.${NS}.${NAME}.g${routine ? 2 : 1}.a1`, life: null, origin: 'stranger', account: shared, age: DAY })
    scenario.kinds.forEach((kind, at) => {
      const target = world.addTarget(
        { name: `t${at}`, credential: NAME, kind, hasFallback: scenario.fallbacks[at] ?? true, wave: scenario.waves ? at + 1 : 1 },
        this.predecessor,
      )
      if (routine && target.current !== null) target.current = { ...target.current, marker: `keyrot.${NS}.${NAME}.g1.a1` }
      if (routine) target.loadedMarker = `keyrot.${NS}.${NAME}.g1.a1`
      target.loaded = target.current
    })
    if (routine && this.predecessor !== null) this.#remember(this.predecessor)
    if (scenario.start === 'shared-key') world.addTarget({ name: 'other', credential: 'other', kind: 'value' }, this.predecessor)
  }

  /** What a person would say is in use: the key that keyrot has not replaced yet. */
  #inUse(): SimKey | null {
    const held = this.world.targets.flatMap((target) => (target.credential === NAME && target.current !== null ? [target.current.key] : []))
    return held.find((key) => key.origin === 'person') ?? held.find((key) => key.origin === 'keyrot') ?? null
  }

  /** The record of the rotation before this one. */
  #remember(key: SimKey): void {
    const current = { id: key.id, name: key.name, fingerprint: key.secret.fingerprint }
    const record = { format: 1 as const, ns: NS, credential: NAME, generation: 1, attempts: 1, current, run: null, outstanding: [], updatedAt: this.world.now }
    this.store.records.set(NAME, { record, revision: this.store.next() })
  }

  /** A person who was told that the targets disagree names the one that holds the key keyrot has not replaced yet. */
  options(): RunOptions {
    const mine = this.world.targets.filter((target) => target.credential === NAME)
    const shown = (target: SimTarget): boolean => target.kind === 'value'
    const inUse = mine.filter((target) => target.current?.key === this.predecessor)
    const named = inUse.find(shown) ?? inUse[0] ?? mine.find((target) => target.current !== null && target.current.key.origin !== 'stranger')
    if (!this.disagree || named === undefined) return OPTIONS
    this.passedOver = true
    return { ...OPTIONS, from: named.name }
  }

  lose(): void {
    this.#forget()
    this.store.lose()
  }

  corrupt(): void {
    this.#forget()
    this.store.corrupt()
  }

  /** A key that no slot shows is known to the record alone: losing it leaves a key that is reported, not one that may be retired. */
  #forget(): void {
    const { predecessor } = this
    if (predecessor === null) return
    const mine = this.world.targets.filter((target) => target.credential === NAME)
    const shows = (target: SimTarget, slot: SimSlot | null): boolean =>
      slot?.key === predecessor && (target.kind === 'value' || (target.kind === 'marker' && slot.marker !== null))
    const inUse = mine.some((target) => target.current?.key === predecessor)
    if (!inUse && !mine.some((target) => shows(target, target.fallback))) this.forgotten = true
  }

  workspace(process: Process): Workspace {
    const stage: Stage = {
      world: this.world,
      gate: this.gate,
      checker: this.checker,
      store: this.store,
      noise: this.calm ? null : this.random,
      readFaults: this.calm ? 0 : this.scenario.readFaults,
    }
    const policy = simPolicy(this.scenario.shape)
    const names = [NAME, ...(this.scenario.start === 'shared-key' ? ['other'] : [])]
    const person = this.calm || this.ticks >= 2 || !anyReads(this.scenario.kinds, 'value') ? honestPerson(this.world, NAME, () => this.#inUse()) : null
    return {
      ns: NS,
      credentials: names.map((name) => ({
        name,
        policy,
        provider: simProvider(stage, process, name),
        targets: this.world.targets
          .filter((target) => target.credential === name)
          .map((target) => ({ name: target.name, wave: target.wave, target: simTarget(stage, process, target) })),
      })),
      clock: simClock(stage, process, 0),
      ids: simIds(this.random),
      records: simRecords(stage, process),
      locks: simLocks(stage, process),
      prompter: person,
      signal: new AbortController().signal,
      watch: (event) => {
        if (this.listening) this.trace.push(`  ${process.name} ${event.type} ${event.step ?? ''} ${event.code ?? ''} ${JSON.stringify(event.data ?? {})}`)
      },
    }
  }
}

export const OPTIONS: RunOptions = { waive: [], noRollback: [], managedElsewhere: [], reason: null, revokeConfirmed: false, changeProject: false, pasted: null }
export type Command = typeof rotate

/** Plays one schedule to its end; `listening` puts every event into the trace. */
export async function play(scenario: Scenario, plan: FaultPlan, listening = false): Promise<Result> {
  const theatre = new Theatre(scenario, plan, listening)
  const last = scenario.incident === undefined ? await convergence(theatre, rotate) : await playIncident(theatre, scenario.incident)
  if (scenario.incident === undefined) await judgeEnd(theatre, last)
  const mints = theatre.world.keys.filter((key) => key.origin === 'keyrot').length
  return {
    violations: theatre.checker.violations,
    effects: theatre.gate.log.names,
    struck: theatre.gate.log.struck,
    ticks: theatre.ticks,
    mints,
    faults: theatre.gate.log.struck.length + theatre.outside,
    last,
    coverage: theatre.coverage,
    trace: theatre.trace,
    passages: theatre.passages,
  }
}

async function convergence(theatre: Theatre, first: Command): Promise<RunReport | null> {
  const { scenario } = theatre
  let last: RunReport | null = null
  let command = first
  while (theatre.ticks < MAX_TICKS) {
    if (theatre.calm || theatre.random.hit(0.5)) for (const repair of theatre.pendingRepairs.splice(0)) repair()
    if (scenario.events && !theatre.calm) command = upheaval(theatre, last) ?? command
    if (scenario.fate === 'lost-each-tick') theatre.lose()
    for (const row of rowsOf(theatre.world, NAME, theatre.predecessor)) count(theatre.coverage, row)
    const reports = await act(theatre, command)
    const report = reports.find((one) => one !== null && isOver(one)) ?? reports.find((one) => one !== null && one.status !== 'locked') ?? reports[0] ?? null
    last = report ?? last
    if (report !== null && isOver(report) && (HONEST_PARKS.has(report.code) || !(killedMeanwhile(theatre) || onlyTidied(theatre, report)))) return report
    theatre.over ||= report?.status === 'done'
    pass(theatre, report)
    if (command !== rotate && report !== null && report.status !== 'locked') command = rotate
    if (theatre.ticks >= 12 + theatre.gate.plan.size) theatre.calm = true
  }
  if (last !== null && isHonestPark(theatre, last)) return { ...last, code: 'KR_NEEDS_STATE' }
  theatre.checker.report('I5', `no end after ${MAX_TICKS} invocations; last: ${last?.code} ${last?.message}`)
  return last
}

/** Others killed the key in use as the run ended: it is for the next run to restore. */
function killedMeanwhile(theatre: Theatre): boolean {
  const { world } = theatre
  return (
    world.targets.some((target) => target.credential === NAME && target.current?.key.killedByOthers === true) &&
    theatre.scenario.kinds.some((kind) => profileOf(kind).reads !== 'nothing')
  )
}

/** With the record gone, an invocation may find nothing but leftovers of the last rotation and clear them: the next one rotates. */
function onlyTidied(theatre: Theatre, report: RunReport): boolean {
  const { predecessor, scenario, losses, world } = theatre
  if (report.status !== 'done' || (losses === 0 && scenario.fate !== 'lost-each-tick') || predecessor === null) return false
  return world.targets.filter((target) => target.credential === NAME).every((target) => target.current?.key === predecessor)
}

function isOver(report: RunReport): boolean {
  return report.status === 'done' || report.status === 'rolled-back' || HONEST_PARKS.has(report.code)
}

/**
 * With the record gone, and a store that shows nothing or somebody else writing, a run may end parked, saying what a person
 * must do. It stays safe: every other invariant is judged all the same.
 */
function isHonestPark(theatre: Theatre, last: RunReport): boolean {
  // The key of two rotations ago, put back by others, is a stranger by then.
  if (theatre.reverts > 0 && (last.code === 'KR_DRIFT' || theatre.drifts > MANY)) return true
  if (theatre.losses === 0 && theatre.scenario.fate !== 'lost-each-tick') return false
  if (anyReads(theatre.scenario.kinds, 'nothing') && ['KR_NO_ROLLBACK', 'KR_WARRANT_INCOMPLETE'].includes(last.code)) return true
  return theatre.outside > 0 && ['KR_DRIFT', 'KR_TARGETS_DISAGREE', 'KR_WHICH_IS_NEW', 'KR_NO_ROLLBACK'].includes(last.code)
}

/** One invocation, or several at once. */
async function act(theatre: Theatre, command: Command): Promise<(RunReport | null)[]> {
  const actors = theatre.calm ? 1 : theatre.scenario.actors > 1 && theatre.random.hit(0.6) ? theatre.scenario.actors : 1
  return Promise.all(Array.from({ length: actors }, () => invoke(theatre, command)))
}

export async function invoke(theatre: Theatre, command: Command): Promise<RunReport | null> {
  const process = new Process(`p${++theatre.ticks}`)
  const before = beforeInvocation(theatre.world, NAME)
  const end = await Promise.race([command(theatre.workspace(process), NAME, theatre.options()), process.death])
  if (superseded(theatre.world, before)) count(theatre.coverage, 'supersede')
  theatre.checker.leave(process.name)
  if (end !== 'crashed') {
    theatre.trace.push(`${process.name} ${end.code}`)
    theatre.disagree = end.code === 'KR_TARGETS_DISAGREE' || end.code === 'KR_WHICH_IS_NEW' || (theatre.disagree && end.status === 'locked')
    if (end.code === 'KR_DRIFT') theatre.drifts++
    if (end.status === 'bug') theatre.checker.report('BUG', end.message)
    for (const finding of end.findings) if (finding.code === 'shared-key') count(theatre.coverage, 'shared-key')
    return end
  }
  theatre.trace.push(`${process.name} crashed`)
  if (theatre.scenario.fate === 'lost') theatre.lose()
  if (theatre.scenario.fate === 'corrupted') theatre.corrupt()
  if (theatre.scenario.fate !== 'kept') theatre.losses++
  return null
}

/** Time between invocations: until what was asked for, else some minutes. */
export function pass(theatre: Theatre, report: RunReport | null): void {
  const until = report?.next?.at
  const wait =
    until != null && until > theatre.world.now ? until - theatre.world.now + SECOND : theatre.scenario.events && theatre.random.hit(0.2) ? 2 * HOUR : 5 * MINUTE
  theatre.world.advance(wait)
}

/** What others do between invocations. Returns another command for the next one, or nothing. */
function upheaval(theatre: Theatre, last: RunReport | null): Command | null {
  const { random, world, predecessor } = theatre
  if (theatre.outside >= 3 || !random.hit(0.35)) return null
  const mine = world.targets.filter((target) => target.credential === NAME)
  const target = random.pick(mine)
  const successor = world.keys.findLast((key) => key.origin === 'keyrot' && !world.isDead(key))
  switch (random.below(8)) {
    case 0: // a controller puts the old value back
      if (predecessor !== null && target.kind !== 'nothing' && target.current !== null && target.current.key !== predecessor && !world.isDead(predecessor)) {
        world.outsideEdit(target, 'current', predecessor, target.kind === 'marker' ? markerFor(predecessor) : null)
        target.touchedByOthers = false
        theatre.outside++
        theatre.reverts++
        theatre.trace.push(`outside reverts ${target.name}`)
      }
      return null
    case 1: // somebody deletes the new key
      if (successor !== undefined) {
        kill(theatre, successor)
        theatre.trace.push(`outside kills ${successor.name}`)
      }
      return null
    case 2: {
      // a stranger's value appears, and is taken back later
      // Before a run has begun, what stands in a slot is what there is to adopt.
      // Without a record a stranger's value cannot be told from one to adopt: that is promised only while the record is kept (I9).
      if (target.kind !== 'value' || successor === undefined || theatre.losses > 0 || theatre.scenario.fate !== 'kept') return null
      theatre.strangers++
      stranger(theatre, target)
      // A person who sees an odd value may well go back.
      return random.hit(0.3) ? rollback : null
    }
    case 3: // the old key dies
      if (predecessor !== null && !world.isDead(predecessor) && random.hit(0.4)) {
        kill(theatre, predecessor)
        theatre.trace.push('outside kills the old key')
      }
      return null
    case 4:
      if (theatre.strangers > 0) return null
      theatre.lose()
      theatre.losses++
      theatre.outside++
      theatre.trace.push('state lost')
      return null
    case 5:
      if (last === null || last.phase === 'retired') return null
      theatre.trace.push('rollback')
      return rollback
    case 6:
      theatre.trace.push('resume')
      return resume
    default:
      theatre.world.advance(random.below(90) * MINUTE)
      return null
  }
}

function kill(theatre: Theatre, key: SimKey): void {
  key.killedByOthers = true
  key.deletedAt ??= theatre.world.now
  theatre.outside++
  theatre.killed++
}

function stranger(theatre: Theatre, target: World['targets'][number]): void {
  const { world } = theatre
  const slot = target.hasFallback && theatre.random.hit(0.5) ? 'fallback' : 'current'
  const before = target[slot]
  if (before?.key.origin === 'stranger') return
  const key = world.newKey({ name: 'a stranger', life: null, origin: 'stranger' })
  world.advance(2 * MINUTE)
  world.outsideEdit(target, slot, key)
  theatre.outside++
  theatre.trace.push(`outside writes a stranger into ${target.name}.${slot}`)
  theatre.pendingRepairs.push(() => {
    if (target[slot]?.key === key) world.outsideEdit(target, slot, before === null || world.isDead(before.key) ? null : before.key, before?.marker ?? null)
    target.touchedByOthers = false
    if (theatre.over) theatre.reverts++
  })
}

function markerFor(key: SimKey): string | null {
  return key.name?.startsWith('keyrot.') === true ? key.name : `keyrot.${NS}.${NAME}.g0.id.${key.id}`
}

async function judgeEnd(theatre: Theatre, last: RunReport | null): Promise<void> {
  const { checker, scenario, world } = theatre
  checker.stored(theatre.store.text() + JSON.stringify(theatre.store.written))
  if (last === null || HONEST_PARKS.has(last.code)) return
  if (checker.seen === 0 && last.status !== 'rolled-back') checker.report('CHECKER', 'no effect was seen')
  const minted = world.keys.filter((key) => key.origin === 'keyrot').length
  // A predecessor that nothing names any more leaves a world like that of a finished rotation: the next one begins.
  const allowed =
    1 + theatre.gate.log.struck.length + theatre.outside + theatre.losses + (scenario.readFaults > 0 ? theatre.ticks : 0) + (theatre.forgotten ? 1 : 0)
  if (minted > allowed) checker.report('I5', `${minted} keys were minted, ${allowed} at most are explained by faults`)
  checker.finished(NAME, {
    predecessor: theatre.forgotten ? null : theatre.predecessor,
    shared: scenario.start === 'shared-key',
    rolledBack: last.status === 'rolled-back',
  })
  checker.afterwards(scenario.fate === 'kept' && theatre.losses === 0 && !theatre.passedOver ? 0 : minted)
}
