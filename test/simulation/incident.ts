/**
 * One incident: a key has leaked, at once or while a routine run is open; invocations go on until it is dead and everybody who can be
 * reached is on a living key. Judged by the same checker, with the exceptions that the design makes and no others.
 */
import { incident, rotate } from '../../src/engine/runs.ts'
import type { RunReport } from '../../src/domain/run.ts'
import type { RunOptions, Workspace } from '../../src/ports/workspace.ts'
import { count } from './coverage.ts'
import { HOUR, SECOND } from './clock.ts'
import { heldBy, judgeAbsence, judgeBetween, judgeEnd } from './incident-judge.ts'
import { passageOf } from './passage.ts'
import { anyReads, profileOf } from './profiles.ts'
import { invoke, NAME, OPTIONS, pass, type Command, type Theatre } from './schedule.ts'
import { WRITES, type SimKey } from './world.ts'

export interface IncidentScript {
  /** The key that leaks: `a` in use at the start, `b` the open run's own; `unsaid`: nobody says which. */
  readonly leaked: 'a' | 'b' | 'unsaid'
  readonly severFirst: boolean
  /** Effects of a routine run before it dies and the leak is found; 0: none was open. */
  readonly after: number
  /** A target that answers nobody from this effect on, by its place; and whether the prompt named it. */
  readonly down?: { readonly target: number; readonly from: number; readonly named: boolean }
  /** For a while the targets can be read and not written. */
  readonly noWrites?: boolean
  /** After a death nobody comes back before a dead man's switch has gone off. */
  readonly vanishes?: boolean
  /** After a death nobody remembers the incident: what runs next is the routine's command. */
  readonly forgotten?: boolean
}

const MOST = 30
export const DEADMAN = HOUR
/** Invocations until whoever must has brought the target back. */
const DOWN_FOR = 3

export async function playIncident(theatre: Theatre, script: IncidentScript): Promise<RunReport | null> {
  if (script.after > 0) await begin(theatre, script.after)
  const leaked = leakedIn(theatre, script)
  if (leaked === null) return null
  const { checker } = theatre
  const accepted = script.down?.named === true ? [`t${script.down.target}`] : []
  checker.incident = { leaked: new Set([leaked.id]), severed: script.severFirst, accepted: new Set(accepted) }
  // Where nobody says which, whatever is in use goes too.
  if (script.leaked === 'unsaid') exposeWhatIsInUse(theatre)
  const last = await converge(theatre, script, orderFor(theatre, script, leaked, accepted))
  judgeEnd(theatre, leaked, last)
  return last
}

function orderFor({ scenario }: Theatre, script: IncidentScript, leaked: SimKey, without: readonly string[]): RunOptions {
  const said = script.leaked !== 'unsaid'
  return {
    ...OPTIONS,
    incident: {
      value: said ? leaked.secret : null,
      // Where no slot shows a value, a person finds the id at the dashboard.
      keyId: said && !anyReads(scenario.kinds, 'value') ? leaked.id : null,
      everySlot: false,
      severFirst: script.severFirst,
      deadman: DEADMAN,
      without,
      by: 'flag',
    },
  }
}

/** A routine run up to so many effects: it dies there, and what becomes of its record is up to the fate. */
async function begin(theatre: Theatre, effects: number): Promise<void> {
  while (theatre.gate.count < effects && theatre.ticks < 4) {
    theatre.gate.stopAfter = effects
    const report = await invoke(theatre, rotate)
    if (report?.status === 'done') break
    pass(theatre, report)
  }
  theatre.gate.stopAfter = null
}

function leakedIn({ predecessor, world }: Theatre, { leaked }: IncidentScript): SimKey | null {
  if (leaked !== 'b') return predecessor
  return world.keys.findLast((key) => key.origin === 'keyrot' && !world.isDead(key) && heldBy(world, key).length > 0) ?? null
}

/** A store that shows nothing may give out what another one has staged: that is taken for used. */
function exposeWhatIsInUse({ checker, world, scenario }: Theatre): void {
  const isDark = scenario.kinds.some((kind) => profileOf(kind).reads === 'nothing')
  for (const { current, fallback } of world.targets)
    for (const held of [current, ...(isDark ? [fallback] : [])]) if (held !== null) checker.incident?.leaked.add(held.key.id)
}

async function converge(theatre: Theatre, script: IncidentScript, begun: RunOptions): Promise<RunReport | null> {
  const { world, checker, store, gate, scenario } = theatre
  let last: RunReport | null = null
  let name = NAME
  let crashed = false
  let order = begun
  for (let tick = 0; tick < MOST; tick++) {
    failTarget(theatre, script, tick)
    if (scenario.fate === 'lost-each-tick') theatre.lose()
    // A lost record makes a second declaration of the first: then what is in use by now is taken for leaked too.
    if (script.leaked === 'unsaid' && !store.records.has(NAME)) exposeWhatIsInUse(theatre)
    noteOutOfSight(theatre, name)
    theatre.passages.push(passageOf(theatre, [tick, name, crashed]))
    const from = gate.count
    const urgent: Command = (ws: Workspace) => incident(ws, name, order)
    const report = await invoke(theatre, script.forgotten === true && crashed ? rotate : urgent)
    crashed ||= report === null
    last = report ?? last
    judgeBetween(theatre, report)
    if (report !== null) {
      count(theatre.coverage, `incident ${report.code}`)
      if (name === NAME && (isOver(report) || isForgotten(theatre, order, report))) return report
    }
    if (report?.code === 'KR_NOT_THE_KEY') order = byId(theatre, order)
    name = nextName(name, report)
    await rest(theatre, script, report, from)
    if (tick >= DOWN_FOR - 1) world.down.clear()
    if (tick >= 8 + gate.plan.size) theatre.calm = true
  }
  checker.report('I5', `no end after ${MOST} invocations; last: ${last?.code} ${last?.message}`)
  return last
}

function failTarget({ world, gate }: Theatre, { down, noWrites }: IncidentScript, tick: number): void {
  if (noWrites === true && tick < DOWN_FOR) world.down.add(WRITES)
  if (down === undefined) return
  const fails = (now: number): void => void (tick < DOWN_FOR && now >= down.from && world.down.add(`t${down.target}`))
  fails(gate.count)
  gate.onCount = fails
}

/** Who lives on a leaked key where this invocation cannot see or move them: no near end may be set under them. */
function noteOutOfSight({ world, checker }: Theatre, mine: string): void {
  const { accepted } = checker.incident!
  const hidden = world.targets.filter(({ name, credential }) => credential !== mine || (world.down.has(name) && !accepted.has(name)))
  checker.incident!.outOfSight = new Set(hidden.map(({ name }) => name))
}

/** Another credential lives on the key: it has its own incident first. */
function nextName(name: string, report: RunReport | null): string {
  if (report === null) return name
  return report.code === 'KR_LEAK_SHARED' && name === NAME ? 'other' : NAME
}

/** Told that the value alone does not do, a person looks up the id. */
function byId({ predecessor }: Theatre, order: RunOptions): RunOptions {
  return order.incident === undefined ? order : { ...order, incident: { ...order.incident, keyId: predecessor?.id ?? null } }
}

/**
 * Whoever must do something takes longer than a dead man's switch, unless told that it is still on. Whoever saw a crash comes back at once,
 * sooner than a list catches up; but not after a mint: two names made within its delay are a known limit of lost records.
 */
async function rest(theatre: Theatre, { vanishes }: IncidentScript, report: RunReport | null, from: number): Promise<void> {
  const { world, checker, gate } = theatre
  if (report === null && vanishes === true) {
    checker.incident!.alone = true
    world.advance(2 * DEADMAN)
    judgeAbsence(theatre, from)
  }
  if (report !== null && !report.findings.some(({ code }) => code === 'still-contained')) world.advance(2 * DEADMAN)
  if (report === null && !gate.log.names.slice(from).includes('provider.create')) world.advance(SECOND)
  else pass(theatre, report)
}

function isOver(report: RunReport): boolean {
  return report.status === 'done' || report.status === 'rolled-back' || report.code === 'KR_LEAK_DEAD'
}

/** With the record gone and no slot that keeps the value, nothing names the key any more: it was contained, and ends by itself. */
function isForgotten({ losses, scenario }: Theatre, order: RunOptions, report: RunReport): boolean {
  if (report.code === 'KR_NOT_THE_KEY' && order.incident?.keyId === null) return false
  return (report.code === 'KR_NOT_THE_KEY' || report.code === 'KR_LEAK_UNKNOWN') && (losses > 0 || scenario.fate === 'lost-each-tick')
}
