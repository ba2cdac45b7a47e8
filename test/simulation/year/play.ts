/** Plays one year: a tick every hour by one or two runners, faults, outages, people who come late, and the judges. */
import type { DueReport } from '../../../src/domain/due.ts'
import { rotateDue } from '../../../src/engine/due.ts'
import type { Violation } from '../checker.ts'
import { DAY, HOUR } from '../clock.ts'
import { Process } from '../faults.ts'
import { AgeJudge, type Ages } from './ages.ts'
import { DAYS, type Year } from './draw.ts'
import { call, OPTIONS, others, people } from './people.ts'
import { Silence } from './silence.ts'
import { YearTheatre, type Say } from './theatre.ts'

export interface YearResult {
  readonly year: Year
  readonly ages: Ages
  readonly violations: readonly Violation[]
  readonly ticks: number
  readonly effects: number
  readonly struck: number
  readonly mints: number
  readonly deaths: number
  readonly approvals: number
  readonly resumes: number
  readonly exits: ReadonlyMap<number, number>
}

/** Plays the year of a seed to its end. */
export async function playYear(seed: number, days = DAYS, say: Say | null = null): Promise<YearResult> {
  const theatre = new YearTheatre(seed, days, say)
  const { world, begin, year } = theatre
  const end = begin + days * DAY
  const silence = new Silence(year, theatre.blocks)
  const judge = new AgeJudge(year, theatre.blocks)
  for (let hour = 1; world.now < end; hour++) {
    world.advance(Math.max(0, begin + hour * HOUR - world.now))
    if (year.others) others(theatre)
    theatre.forget()
    await people(theatre)
    const ended = await Promise.all(Array.from({ length: year.runners }, (_, runner) => tick(theatre, runner)))
    silence.note(ended.includes(true), world.now)
    judge.see(world)
    theatre.catchUp()
    if (hour % 24 === 0) judge.judge(world)
  }
  theatre.checker.stored(theatre.store.text() + JSON.stringify(theatre.store.written))
  for (const what of judge.ages.unexplained) theatre.checker.report('AGE', what)
  const made = world.keys.filter((key) => key.origin === 'keyrot')
  return {
    year,
    ages: judge.ages,
    violations: theatre.checker.violations,
    ticks: theatre.ticks,
    effects: theatre.gate.count,
    struck: theatre.gate.log.struck.length,
    mints: made.length,
    deaths: world.keys.filter((key) => key.deletedAt !== null).length,
    approvals: theatre.approvals,
    resumes: theatre.resumes,
    exits: theatre.exits,
  }
}

/** Whether it came to its end. */
async function tick(theatre: YearTheatre, runner: number): Promise<boolean> {
  const { year, checker, exits } = theatre
  const process = new Process(`r${runner}.${++theatre.ticks}`)
  const names = year.credentials.map(({ name }) => name)
  const run = rotateDue(theatre.workspace(process), names, OPTIONS).catch((error: unknown) => error as { readonly code?: string })
  const end = await Promise.race([run, process.death])
  checker.leave(process.name)
  if (end === 'crashed') return false
  const report = end as DueReport
  if (!('runs' in report)) {
    if ((end as { code?: string }).code !== 'KR_LOCKED') checker.report('TICK', `a tick ended with ${String((end as { code?: string }).code)}`)
    return false
  }
  exits.set(report.exit, (exits.get(report.exit) ?? 0) + 1)
  for (const one of report.runs) if (one.status === 'bug') checker.report('BUG', one.message)
  if (theatre.say !== null) words(theatre, report).forEach(theatre.say)
  call(theatre, report)
  return true
}

function words({ world, begin }: YearTheatre, report: DueReport): string[] {
  const day = ((world.now - begin) / DAY).toFixed(2)
  return report.runs.map((one) => `${day} ${one.credential} ${one.status} ${one.code} ${one.message}`)
}
