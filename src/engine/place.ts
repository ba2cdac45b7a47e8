/**
 * The last rung: a key that the provider neither deletes nor lets end is made useless by stopping the place where it lives, which stops
 * every other key of that place as well. A limited key is not a dead one: nothing is called dead by it. What the limits were is on
 * record before the first of them changes, so that one command puts them back.
 */
import type { RunFinding, RunReport } from '../domain/run.ts'
import type { LimitNote, StoppedNote } from '../domain/record.ts'
import { KeyrotError } from '../domain/errors.ts'
import { blankRecord, Book } from '../flow/book.ts'
import type { Provider, RateLimit } from '../ports/provider.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'
import { credentialOf, lockNames } from './credential.ts'
import { reportOf, unseenTargets, type Ending } from './report.ts'

type Limiting = Provider & Required<Pick<Provider, 'rateLimits' | 'setRateLimit' | 'project'>>

/** From nothing to the least that any provider is known to take. */
const LEAST = [0, 1]

/** What stopping the place of a credential hits: the place, and the other credentials of the config that live there. */
export interface PlaceForecast {
  readonly place: string
  readonly sharers: readonly string[]
}

/** Throws `KR_NO_LIMITS` (refused) where the provider's API cannot do it, or no admin key is configured. */
export function foreseeStop(ws: Workspace, name: string): PlaceForecast {
  const { project: place } = limiting(credentialOf(ws, name))
  const sharers = ws.credentials.filter(
    (other) => other.name !== name && other.provider.type === credentialOf(ws, name).provider.type && other.provider.project === place,
  )
  return { place, sharers: sharers.map((other) => other.name) }
}

/** Sets every limit of the place to nothing, or to the least that the provider takes, and looks again. */
export function stopPlace(ws: Workspace, name: string): Promise<RunReport> {
  return withBook(ws, name, async (book, provider) => {
    const before = await provider.rateLimits()
    await book.save((record) => ({ ...record, stopped: noted(record.stopped, provider.project, before, ws.clock.now()) }))
    if (book.record.run !== null) await book.append('place.stopped', { data: { place: provider.project, limits: before.length } })
    for (const limit of before) await setLeast(provider, limit)
    const open = (await provider.rateLimits()).filter(({ most }) => !isLeast(most))
    return [stopped(name, provider.project, before.length, open), leftOf(await provider.rateLimits())]
  })
}

/** Puts back what the limits were before. */
export function startPlace(ws: Workspace, name: string): Promise<RunReport> {
  return withBook(ws, name, async (book, provider) => {
    const note = book.record.stopped
    if (note === undefined || note.place !== provider.project) return [unknownBefore(name, provider.project), []]
    const refused: string[] = []
    for (const { id, model, most } of note.limits) if ((await provider.setRateLimit(id, most)) === 'refused') refused.push(model)
    if (refused.length > 0) return [notStarted(name, note.place, refused), []]
    if (book.record.run !== null) await book.append('place.started', { data: { place: note.place, limits: note.limits.length } })
    await book.save(({ stopped: _stopped, ...record }) => record)
    return [started(name, note), []]
  })
}

async function withBook(ws: Workspace, name: string, act: (book: Book, provider: Limiting) => Promise<[Ending, readonly RunFinding[]]>): Promise<RunReport> {
  const credential = credentialOf(ws, name)
  const provider = limiting(credential)
  const lock = await ws.locks.acquire(lockNames(credential))
  try {
    const { record, revision } = await ws.records.load(name)
    const book = new Book({ records: ws.records, clock: ws.clock, watch: ws.watch, record: record ?? blankRecord(ws.ns, name, ws.clock.now()), revision })
    const [ending, findings] = await act(book, provider)
    const { run, generation } = book.record
    return reportOf({ credential, runId: run?.id ?? null, generation, targets: unseenTargets(credential), phase: 'unknown', findings, ending })
  } finally {
    await lock.release().catch(() => undefined)
  }
}

function limiting({ name, provider }: BoundCredential): Limiting {
  const { rateLimits, setRateLimit, project } = provider
  if (rateLimits !== undefined && setRateLimit !== undefined && project !== undefined) return { ...provider, rateLimits, setRateLimit, project }
  throw new KeyrotError({
    code: 'KR_NO_LIMITS',
    kind: 'refused',
    message: `the limits around ${name} cannot be set from here: no admin key is configured, or the provider has none`,
    hints: [`set them by hand: ${provider.dashboard}`],
  })
}

/** What was noted at an earlier stop stays: by now the limits say what that stop has made of them. */
function noted(known: StoppedNote | undefined, place: string, limits: readonly RateLimit[], at: number): StoppedNote {
  const earlier = known?.place === place ? known.limits : []
  const fresh = limits.filter(({ id }) => !earlier.some((note) => note.id === id)).map(({ id, model, most }): LimitNote => ({ id, model, most }))
  return { place, at: known?.at ?? at, limits: [...earlier, ...fresh] }
}

async function setLeast(provider: Limiting, { id, most }: RateLimit): Promise<void> {
  for (const least of LEAST) {
    const wanted = Object.fromEntries(Object.keys(most).map((field) => [field, least]))
    if ((await provider.setRateLimit(id, wanted)) === 'set') return
  }
}

function isLeast(most: RateLimit['most']): boolean {
  return Object.values(most).every((value) => LEAST.includes(value))
}

/** Where the provider takes no zero, a thief keeps one call a minute and model. */
function leftOf(limits: readonly RateLimit[]): RunFinding[] {
  const left = limits.filter(({ most }) => isLeast(most) && Object.values(most).some((value) => value > 0)).length
  const message = `the provider takes no limit of zero: ${left} ${left === 1 ? 'model still answers' : 'models still answer'} one request a minute`
  return left === 0 ? [] : [{ code: 'limit-not-zero', severity: 'warning', message }]
}

/** Never done: a key that is limited still lives. */
function stopped(name: string, place: string, all: number, open: readonly RateLimit[]): Ending {
  const what = open.length === 0 ? `all ${all} models are limited to nothing` : `${open.map(({ model }) => model).join(', ')} could not be limited`
  return {
    status: 'person',
    code: open.length === 0 ? 'KR_PLACE_STOPPED' : 'KR_PLACE_NOT_STOPPED',
    message: `${place}: ${what}; programs with any key of it fail, and the old key of ${name} is limited, not dead`,
    hints: [`once it is seen dead, or your programs are in another project: keyrot revoke ${name} --start-project`],
    command: `keyrot revoke ${name}`,
  }
}

function started(name: string, { place, limits }: StoppedNote): Ending {
  return { status: 'done', code: 'KR_PLACE_STARTED', message: `${place}: ${limits.length} limits are what they were before ${name} stopped it` }
}

function notStarted(name: string, place: string, models: readonly string[]): Ending {
  return {
    status: 'parked',
    code: 'KR_PLACE_NOT_STARTED',
    message: `${place}: the provider refuses what the limits were before, for ${models.join(', ')}`,
    hints: ['set them by hand at the dashboard; the record keeps what they were'],
    command: `keyrot revoke ${name} --start-project`,
  }
}

function unknownBefore(name: string, place: string): Ending {
  return {
    status: 'refused',
    code: 'KR_PLACE_UNKNOWN',
    message: `nothing on record says that ${name} stopped ${place}, or what its limits were`,
    hints: ['set them by hand at the dashboard'],
  }
}
