/**
 * One tick of `rotate --due`: gather, decide, carry what is to be carried, and say what is left and when to come back. Never asks,
 * never sleeps through an overlap. The same call serves cron, a CI schedule and a CronJob.
 */
import { deadlineOf, decide, type DueLine, type DueReport, type Move, type MoveReason } from '../domain/due.ts'
import { worstExitCode } from '../domain/errors.ts'
import { DEFAULT_LIMITS } from '../domain/policy.ts'
import type { RunReport } from '../domain/run.ts'
import type { RunOptions, Workspace } from '../ports/workspace.ts'
import { gatherDue, type DueFacts } from './due-facts.ts'
import { extend, rotate } from './runs.ts'

/** A tick with what was known of each credential at its end, and its last decision: notices are made from it. */
export interface DueTick extends DueReport {
  readonly facts: readonly (DueFacts & { readonly move: Move })[]
  /** Credentials whose record outlived an earlier tick. */
  readonly remembered: ReadonlySet<string>
}

/** A place that one run leaves is given to the next in the same tick; more rounds than this are left to the next tick. */
const ROUNDS = 3
/** One tick at a time where the locks are shared: two would each count the places that are free. */
const TICK_LOCK = 'schedule:due'

/** Does what is due of these credentials. Throws when told to stop before anything was begun, or when another tick is at work. */
export async function rotateDue(ws: Workspace, names: readonly string[], options: RunOptions): Promise<DueTick> {
  const lock = await ws.locks.acquire([TICK_LOCK])
  try {
    return await tick({ ...ws, prompter: null }, names, { ...options, unattended: true })
  } finally {
    await lock.release().catch(() => undefined)
  }
}

async function tick(ws: Workspace, names: readonly string[], options: RunOptions): Promise<DueTick> {
  const runs = new Map<string, RunReport>()
  const remembered = new Set<string>()
  for (let round = 0; ; round++) {
    const facts = await gatherDue(ws, names)
    if (round === 0) for (const { name, record } of facts) if (record !== null) remembered.add(name)
    const moves = decideFor(ws, facts)
    const open = round < ROUNDS ? moves.filter((move) => CARRIES[move.kind] !== undefined && !runs.has(move.name)) : []
    if (open.length === 0) return { ...reportOf(ws, facts, moves, [...runs.values()]), remembered }
    for (const { name, kind } of open) {
      const report = await CARRIES[kind]?.(ws, name, options)
      if (report !== undefined) runs.set(name, report)
      if (report?.status === 'interrupted') return { ...reportOf(ws, facts, moves, [...runs.values()]), remembered }
    }
  }
}

const CARRIES: Partial<Record<Move['kind'], typeof rotate>> = { advance: rotate, begin: rotate, extend }

/** What cannot be read is left alone. If a run of it is open, that run still holds its place. */
function decideFor(ws: Workspace, facts: readonly DueFacts[]): readonly Move[] {
  const judged = facts.filter((one) => one.gap === null || one.state === 'open')
  const unread = new Set(facts.filter((one) => one.gap !== null).map((one) => one.name))
  return decide(ws.ns, judged, ws.limits ?? DEFAULT_LIMITS, ws.clock.now()).filter((move) => !unread.has(move.name))
}

function reportOf(ws: Workspace, facts: readonly DueFacts[], moves: readonly Move[], runs: readonly RunReport[]): Omit<DueTick, 'remembered'> {
  const told = new Map(runs.map((report) => [report.credential, report]))
  const held = facts.map((one) => {
    const unread = { name: one.name, kind: 'hold' as const, why: 'age-unknown' as const, at: null, deadline: deadlineOf(ws.ns, one) }
    return { ...one, move: moves.find(({ name }) => name === one.name) ?? unread }
  })
  const left = held.map((one) => lineFor(one, one.move, told.get(one.name)))
  const times = left.flatMap(({ at }) => (at === null ? [] : [at]))
  return {
    at: ws.clock.now(),
    runs,
    left,
    comeBackAt: times.length === 0 ? null : Math.min(...times),
    exit: exitFor(runs, left),
    facts: held,
  }
}

function lineFor(one: DueFacts, move: Move, report: RunReport | undefined): DueLine {
  const { name } = one
  const line = (state: DueLine['state'], why: DueLine['why'], rest: Partial<DueLine> = {}): DueLine => ({
    credential: name,
    state,
    why,
    code: null,
    at: null,
    command: null,
    ...rest,
  })
  if (one.gap !== null) return line('unread', 'unread', { code: one.gap })
  if (report?.status === 'locked') return line('locked', 'locked', { code: report.code })
  if (report?.status === 'waiting') return line('waiting', 'overlap', { code: report.code, at: report.next?.at ?? null, command: report.next?.command ?? null })
  if (move.kind === 'wait' && move.why !== 'backing-off') return line('waiting', move.why, { at: move.at })
  if (move.kind === 'wait') return line('backing-off', move.why, { at: move.at, code: one.stall?.code ?? null, command: `keyrot resume ${name}` })
  if (move.kind === 'hold') return line('held', move.why, HELD[move.why]?.(one) ?? {})
  return line('waiting', move.why, { code: report?.code ?? null, command: report?.next?.command ?? null })
}

/** What a person has to do where the timetable cannot. */
const HELD: Partial<Record<MoveReason, (one: DueFacts) => Partial<DueLine>>> = {
  'gave-up': ({ name, stall }) => ({ code: stall?.code ?? 'KR_TRIES_USED', command: `keyrot resume ${name}` }),
  empty: ({ name }) => ({ code: 'KR_FIRST_KEY_WANTED', command: `keyrot rotate ${name}` }),
  'age-unknown': ({ name }) => ({ code: 'KR_STATE_NEEDED', command: `keyrot rotate ${name}` }),
}

/** I13, but for what only waits for a stored time: that is what a schedule is for. */
function exitFor(runs: readonly RunReport[], left: readonly DueLine[]): number {
  const ran = runs.map(({ exit }) => (exit === 10 ? 0 : exit))
  const interrupted = ran.find((code) => code >= 128)
  const idle = left.filter(({ credential }) => !runs.some((report) => report.credential === credential)).map(({ state }) => IDLE_EXIT[state])
  return interrupted ?? worstExitCode([...ran, ...idle])
}

const IDLE_EXIT: Record<DueLine['state'], number> = { waiting: 0, 'backing-off': 8, held: 8, unread: 7, locked: 6 }
