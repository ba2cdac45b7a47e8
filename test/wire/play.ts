/** One call of one adapter, undisturbed or with one fault at one place: what it said, and what it left behind. */
import { isDeepStrictEqual } from 'node:util'
import type { Fault } from './faults.ts'
import { expectedOf, judge, judgeWait, leaksOf, saidOf, type Outcome } from './judge.ts'
import type { Said } from './meaning.ts'
import { startProxy, type Proxy, type Seen, type Site } from './proxy.ts'
import { HASTE, PATIENCE, type AnySubject, type Operation, type Stage } from './subject.ts'

/** What a write may leave that had to begin anew because somebody else was first: its versions on the older base. */
const LITTER = 2

type AnyOperation = Operation<any, any>
type AnyStage = Stage<any>

/** A hang is what outlasts the deadlines given here by far, and the adapters' own not at all: who forgets the one falls back to the other. */
const HANG = 25_000
/** How often a fault is waited for: on a busy machine a short deadline may end a call before it gets there, so each is twice as long. */
const ATTEMPTS = 4

/** What an operation does when nothing is in its way. */
export interface Course {
  readonly subject: AnySubject
  readonly operation: AnyOperation
  /** The requests in their order. */
  readonly places: readonly Place[]
  readonly unnamed: readonly string[]
  readonly state: unknown
  readonly litter: number
  readonly others: unknown
  /** The same where somebody else has changed what is his; `null` where nobody else can. */
  readonly edited: unknown
  /** Whether somebody else can write the slot that this operation writes. */
  readonly contested: boolean
  readonly problems: readonly string[]
}

/** One request of an operation. */
export interface Place {
  readonly site: string
  /** Which of the requests at this site, from 1. */
  readonly nth: number
  /** Whether another page comes after it, and whether it is one itself. */
  readonly more: boolean
  readonly continues: boolean
}

export interface Cell {
  readonly subject: AnySubject
  readonly course: Course
  readonly site: Site
  /** Which of the requests at this site, from 1. */
  readonly nth: number
  readonly fault: Fault
  /** Number of the place and number of the fault together: what slices are cut by. */
  readonly turn: number
}

export async function playUndisturbed(subject: AnySubject, operation: AnyOperation): Promise<Course> {
  return inWorld(subject, operation, PATIENCE, async (world, adapter, proxy) => {
    const outcome = await ended(() => operation.act(adapter, world))
    const seen = [...proxy.seen]
    const problems = judge(outcome, ['done'], operation.says ?? done, leaksOf(world.keys))
    const unnamed = seen.filter(({ site }) => site === null).map(({ method, path }) => `${method} ${path}`)
    const [state, litter, others] = [await world.state(), (await world.litter?.()) ?? 0, await world.others()]
    await world.edit?.()
    const edited = world.edit === undefined ? null : await world.others()
    return {
      subject,
      operation,
      places: placesOf(seen),
      unnamed,
      state,
      litter,
      others,
      edited,
      contested: operation.claims === true && world.overtake !== undefined,
      problems,
    }
  })
}

function placesOf(seen: readonly Seen[]): readonly Place[] {
  const named = seen.flatMap(({ site, more }) => (site === null ? [] : [{ site, more }]))
  return named.map(({ site, more }, at) => {
    const before = named.slice(0, at).filter((other) => other.site === site)
    return { site, nth: before.length + 1, more, continues: before.at(-1)?.more === true }
  })
}

/** Everything wrong with how the adapter took this fault; empty = well, `null` = the fault was never met. */
export async function playCell(cell: Cell): Promise<readonly string[] | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const problems = await meetFault(cell, cell.fault.waits === true ? HASTE * 2 ** attempt : PATIENCE)
    if (problems !== null) return problems
  }
  return null
}

/** `null`: the call ended before it came to the fault. */
async function meetFault({ subject, course, site, nth, fault }: Cell, deadline: number): Promise<readonly string[] | null> {
  const { operation } = course
  return inWorld(subject, operation, deadline, async (world, adapter, proxy) => {
    const meddle = async (): Promise<void> => (fault.needs === 'overtake' ? world.overtake?.() : world.edit?.())
    await proxy.order({ fault, site: site.name, nth, before: placeOf(course, site.name, nth), meddle })
    const outcome = await ended(() => operation.act(adapter, world))
    const [seen, turnedAway] = [[...proxy.seen], proxy.turnedAway]
    if (!wasMet({ site, nth, fault }, seen, turnedAway)) return null
    const isEdited = fault.needs === 'edit'
    const expected = expectedOf(fault, site, isEdited ? null : (operation.allows?.(fault, site) ?? null))
    const said = judge(outcome, expected, operation.says ?? done, leaksOf(world.keys))
    await proxy.order(null)
    if (fault.needs === 'overtake')
      return [...said, ...((await world.overtaken?.()) === true ? [] : ['it wrote over the key that somebody else has put there'])]
    const left = { state: course.state, litter: course.litter + (isEdited ? LITTER : 0), others: isEdited ? course.edited : course.others }
    const after = await aftermath(operation, left, world, fault.waits === true ? await world.connect(proxy.url, PATIENCE) : adapter)
    return [...said, ...judgeWait(outcome, fault), ...aboutWire({ course, site, fault }, seen), ...after]
  })
}

type Act<R> = (world: AnyStage, adapter: any, proxy: Proxy) => Promise<R>

async function inWorld<R>(subject: AnySubject, operation: AnyOperation, deadlineMs: number, act: Act<R>): Promise<R> {
  const world: AnyStage = await subject.start()
  let proxy: Proxy | null = null
  try {
    await operation.prepare?.(world, await world.connect(world.behind, PATIENCE))
    proxy = await startProxy({ behind: world.behind, sites: subject.sites, dialect: subject.dialect, keys: () => Object.values(world.keys) })
    return await act(world, await world.connect(proxy.url, deadlineMs), proxy)
  } finally {
    await proxy?.close()
    await world.close()
  }
}

/** The wish repeated on a healthy wire comes to the end of an undisturbed run, and nothing of others has moved on the way. */
async function aftermath(
  operation: AnyOperation,
  left: Pick<Course, 'state' | 'litter' | 'others'>,
  world: AnyStage,
  adapter: unknown,
): Promise<readonly string[]> {
  const again = await ended(() => (operation.again ?? operation.act)(adapter, world))
  const said: Said = again === null ? 'failed' : saidOf(again, operation.says ?? done)
  const [state, litter, others] = [await world.state(), (await world.litter?.()) ?? 0, await world.others()]
  return [
    ...(litter <= left.litter ? [] : [`it left ${litter - left.litter} more behind`]),
    ...(said === 'done' ? [] : [`repeated on a healthy wire it said ${said}${again !== null && 'error' in again ? ` (${String(again.error)})` : ''}`]),
    ...(isDeepStrictEqual(state, left.state) ? [] : [`the end differs: ${JSON.stringify(state)} instead of ${JSON.stringify(left.state)}`]),
    ...(isDeepStrictEqual(others, left.others)
      ? []
      : [`what belongs to others has changed: ${JSON.stringify(others)} instead of ${JSON.stringify(left.others)}`]),
  ]
}

function wasMet({ site, nth, fault }: Pick<Cell, 'site' | 'nth' | 'fault'>, seen: readonly Seen[], turnedAway: number): boolean {
  if (fault.at === 'answer') return seen.some((each) => each.fault === fault.name)
  const reached = seen.filter((each) => each.site === site.name).length
  return reached < nth && (fault.name === 'refuse' || turnedAway > 0)
}

/** A change is never sent twice, and what was spoilt is never asked again: that is the engine's to decide. Pages may lead on. */
function aboutWire({ course, site, fault }: Pick<Cell, 'course' | 'site' | 'fault'>, seen: readonly Seen[]): readonly string[] {
  const times = (sites: readonly (string | null)[], name: string): number => sites.filter((each) => each === name).length
  const reached = seen.map((each) => each.site)
  const mayRepeat = (name: string): boolean => name !== site.name && course.subject.sites.find((each) => each.name === name)?.effect === 'read'
  const often = [...new Set(reached)].flatMap((name) =>
    name !== null && times(reached, name) > Math.max(course.places.filter((place) => place.site === name).length, 1) ? [name] : [],
  )
  const leadsOn = fault.needs !== undefined || course.subject.leadsOn?.(fault, site) === true
  const repeated = often.filter((name) => !mayRepeat(name) && !leadsOn)
  return [
    ...seen.filter((each) => each.site === null).map(({ method, path }) => `it asked for what the matrix does not name: ${method} ${path}`),
    ...repeated.map((name) => `it asked ${name} again by itself`),
  ]
}

/** How many requests come before the nth at this site. */
function placeOf({ places }: Course, site: string, nth: number): number {
  return Math.max(
    0,
    places.findIndex((place) => place.site === site && place.nth === nth),
  )
}

function done(): Said {
  return 'done'
}

async function ended(act: () => Promise<unknown>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), HANG)
  })
  const call = act().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  const outcome = await Promise.race([call, late])
  clearTimeout(timer)
  return outcome
}
