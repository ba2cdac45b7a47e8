/**
 * Every call site of an adapter × every fault. By hand, the whole: `node test/wire/matrix.ts`, or `--adapter openai --operation list
 * --site 'GET …' --fault slow-drip`. Exit code 1 when a call took a fault otherwise than it should.
 */
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { faultsFor, type Fault } from './faults.ts'
import { leaksOf } from './judge.ts'
import { listen } from './output.ts'
import { playCell, playUndisturbed, type Cell, type Course, type Place } from './play.ts'
import type { Site } from './proxy.ts'
import type { AnySubject } from './subject.ts'
import { subjects } from './subjects.ts'

/** Most cells wait for a deadline. */
const AT_ONCE = 8

export interface Report {
  readonly subject: AnySubject
  readonly courses: readonly Course[]
  /** Cells of the whole matrix. */
  readonly whole: number
  readonly played: readonly Cell[]
  /** Of these, faults of the connection that could not strike between requests sent together. */
  readonly missed: number
  readonly defects: readonly { readonly cell: string; readonly problems: readonly string[] }[]
  /** Sites reached by no operation, though named. */
  readonly unreached: readonly string[]
}

/** Plays the chosen cells of one adapter. */
export async function playMatrix(subject: AnySubject, choose: (cell: Cell) => boolean): Promise<Report> {
  const output = listen()
  const courses: Course[] = []
  for (const operation of subject.operations) courses.push(await playUndisturbed(subject, operation))
  const cells = cellsOf(subject, courses)
  const played = cells.filter(choose)
  const defects: { cell: string; problems: readonly string[] }[] = []
  const queue = [...played]
  let missed = 0
  const work = async (): Promise<void> => {
    for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
      const problems = await playCell(cell).catch((error: unknown) => [`the cell could not be played: ${error instanceof Error ? error.stack : String(error)}`])
      if (problems === null && mayMiss(cell)) missed += 1
      else if (problems === null || problems.length > 0) defects.push({ cell: nameOf(cell), problems: problems ?? ['the fault was not met'] })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const said = leaksOf({})(output.stop())
  if (said.length > 0) defects.push({ cell: `${subject.name}: stdout and stderr of all cells`, problems: said })
  const reached = new Set(courses.flatMap(({ places }) => places.map(({ site }) => site)))
  return { subject, courses, whole: cells.length, played, missed, defects, unreached: subject.sites.flatMap(({ name }) => (reached.has(name) ? [] : [name])) }
}

/** Requests that are under way together are all cut off, or none: then a fault of the connection cannot strike one after the other. */
function mayMiss({ course, site, nth, fault }: Cell): boolean {
  return fault.at === 'connection' && (nth > 1 || course.places[0]?.site !== site.name)
}

/** One for each place of an operation × each fault that makes sense there. */
function cellsOf(subject: AnySubject, courses: readonly Course[]): readonly Cell[] {
  const places = courses.flatMap((course) => course.places.map((place) => ({ course, place })))
  return places.flatMap(({ course, place }, index) => {
    const site = subject.sites.find(({ name }) => name === place.site)
    if (site === undefined) return []
    const cells = faultsFor(site.dialect ?? subject.dialect).map((fault, number) => ({ subject, course, site, nth: place.nth, fault, turn: index + number }))
    return cells.filter(({ fault }) => fits(fault, site, place, course))
  })
}

function fits({ needs }: Fault, site: Site, { more, continues }: Place, course: Course): boolean {
  if (needs === undefined) return true
  if (needs === 'edit') return site.effect === 'read' && course.edited !== null
  if (needs === 'overtake') return site.effect === 'read' && course.contested
  return needs === 'earlier' ? continues : more
}

export function nameOf({ subject, course, site, nth, fault }: Cell): string {
  return `${subject.name} ${course.operation.name}, ${site.name} #${nth}, ${fault.name}`
}

/** A slice that goes to every place; each fault wanders over the places, so that with enough of them none is left out. */
export function everyNth(step: number): (cell: Cell) => boolean {
  return ({ turn }) => turn % step === 0
}

export function tell(report: Report): readonly string[] {
  const { subject, courses, whole, played, missed, defects } = report
  const faults = new Set(played.map(({ fault }) => fault.name)).size
  const all = new Set(
    [subject.dialect, ...subject.sites.flatMap(({ dialect }) => dialect ?? [])].flatMap((dialect) => faultsFor(dialect).map(({ name }) => name)),
  )
  const sites = new Set(courses.flatMap(({ places }) => places.map(({ site }) => site))).size
  return [
    `wire: ${subject.name}: ${played.length} of ${whole} cells (${courses.length} operations, ${sites} call sites, ${faults} of ${all.size} faults), ${missed} not met, ${defects.length} defects`,
    ...defects.flatMap(({ cell, problems }) => [`  ${cell}`, ...problems.map((problem) => `    ${problem.slice(0, 600)}`)]),
  ]
}

const OPTIONS = {
  adapter: { type: 'string' },
  operation: { type: 'string' },
  site: { type: 'string' },
  fault: { type: 'string' },
  /** `2/5`: the second fifth of the cells. */
  part: { type: 'string', default: '1/1' },
} as const

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS })
  const [part = 1, parts = 1] = values.part.split('/').map(Number)
  const wanted = (cell: Cell): boolean =>
    (values.operation ?? cell.course.operation.name) === cell.course.operation.name &&
    (values.site ?? cell.site.name) === cell.site.name &&
    (values.fault ?? cell.fault.name) === cell.fault.name &&
    cell.turn % parts === part - 1
  let bad = 0
  for (const subject of subjects.filter(({ name }) => (values.adapter ?? name) === name)) {
    const report = await playMatrix(subject, wanted)
    const lines = [...tell(report), ...brokenIn(report).map((line) => `  ${line}`)]
    for (const line of lines) stdout.write(`${line}\n`)
    bad += report.defects.length + brokenIn(report).length
  }
  return bad === 0 ? 0 : 1
}

/** What is wrong before any fault: then the cells say nothing. */
function brokenIn({ courses, unreached }: Report): readonly string[] {
  const broken = courses.flatMap(({ operation, problems, unnamed }) => [...problems, ...unnamed].map((problem) => `${operation.name}: ${problem}`))
  return [...broken, ...unreached.map((site) => `never reached: ${site}`)]
}

if (import.meta.filename === argv[1]) exit(await main())
