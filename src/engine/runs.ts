/**
 * One invocation over one credential: lock, look around, walk the plan, report. Every command that changes something is one
 * of these; each makes what progress it can and ends. The same call continues what an earlier one began.
 */
import { KeyrotError, toKeyrotError } from '../domain/errors.ts'
import type { CredentialRecord, RunNote } from '../domain/record.ts'
import type { RunFinding, RunReport } from '../domain/run.ts'
import type { Held } from '../ports/system.ts'
import type { BoundCredential, RunOptions, Workspace } from '../ports/workspace.ts'
import { blankRecord, Book, plainNote } from '../flow/book.ts'
import { Memory, receiptKey, type Context, type WalkFacts } from '../flow/context.ts'
import type { Survey } from '../flow/assess.ts'
import { turned } from '../flow/turn.ts'
import { planRotation } from '../flow/rotation.ts'
import { sameKey, type KnownKey } from '../flow/identify.ts'
import { takeSurvey } from '../flow/survey.ts'
import { walk, type WalkEnd } from './engine.ts'
import { endRun } from './ending.ts'
import { askPredecessor, concludeFrom, lookAround, pickPredecessor, rolesOf, runFor, spentOf, startOf, unclearError, type Ground, type Opening } from './opening.ts'
import { phaseOf, reportOf, targetReports, type Ending } from './report.ts'
import { deadStrangers } from './strangers.ts'

/** How often the ground may move under one invocation before it is left to the next. */
const PASSES = 6

export type Intent = 'rotate' | 'resume' | 'rollback' | 'revoke'

/** Continues the open run of a credential, or begins the next rotation. */
export function rotate(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'rotate')
}

/** Continues the open run; does nothing where there is none. */
export function resume(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'resume')
}

/** Puts the predecessor back everywhere, while it lives. */
export function rollback(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'rollback')
}

/** Finishes an outstanding retirement: of the open run, or of a key that was left alive. */
export function revoke(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'revoke')
}

export function credentialOf(ws: Workspace, name: string): BoundCredential {
  const found = ws.credentials.find((credential) => credential.name === name)
  if (found !== undefined) return found
  throw new KeyrotError({ code: 'KR_UNKNOWN_CREDENTIAL', kind: 'usage', message: `the config has no credential called ${name}`, hints: [`it has: ${ws.credentials.map((one) => one.name).join(', ')}`] })
}

/** The locks of a credential: its own, and one for each record it shares with others (I6). */
export function lockNames(credential: BoundCredential): string[] {
  return [`credential:${credential.name}`, ...new Set(credential.targets.map((bound) => `record:${bound.target.traits.record}`))].toSorted()
}

async function invoke(ws: Workspace, name: string, options: RunOptions, intent: Intent): Promise<RunReport> {
  const credential = credentialOf(ws, name)
  let lock: Held
  try {
    lock = await ws.locks.acquire(lockNames(credential))
  } catch (thrown) {
    return early(credential, endingOf(toKeyrotError(thrown)))
  }
  try {
    return await underLock(ws, credential, options, intent, lock)
  } catch (thrown) {
    return early(credential, endingOf(toKeyrotError(thrown)))
  } finally {
    await lock.release().catch(() => undefined)
  }
}

async function underLock(ws: Workspace, credential: BoundCredential, options: RunOptions, intent: Intent, lock: Held): Promise<RunReport> {
  const loaded = await ws.records.load(credential.name)
  const record = loaded.record ?? blankRecord(ws.ns, credential.name, ws.clock.now())
  const book = new Book({ records: ws.records, clock: ws.clock, watch: ws.watch, record, revision: loaded.revision })
  const ground: Ground = { ws, credential, options, book, memory: new Memory(), facts: freshFacts(loaded.record !== null) }
  const findings: RunFinding[] = []
  for (let pass = 0; ; pass++) {
    const opening = await lookAround(ground)
    const begun = await begin(ground, opening, intent)
    if (begun !== 'walk') return report(ground, opening, findings, begun)
    const cx = await contextFor(ground, opening, lock, findings)
    book.tell(pass === 0 ? 'situation.found' : 'run.resumed', { code: startOf(opening.situation, ws.ns, credential.name), data: { generation: book.run.generation, pass } })
    const end = await walk(cx, planRotation(credential, book.run.generation, cx.direction))
    if (end.is !== 'reconsider' || pass >= PASSES) return conclude(ground, cx, end)
  }
}

export function freshFacts(recordKept: boolean): WalkFacts {
  return { proven: null, committed: [], dead: [], lastWriteAt: 0, unfit: [], cleared: new Set(), unsweepable: new Set(), recordKept, waitedOut: false }
}

/** Decides what this invocation is about; an ending where there is nothing to walk. */
async function begin(ground: Ground, opening: Opening, intent: Intent): Promise<Ending | 'walk'> {
  const { situation, survey } = opening
  const { book, credential } = ground
  if (situation.is === 'unclear') return endingOf(unclearError(situation, credential.name))
  const open = situation.is === 'open'
  if (!open && intent === 'resume') return { status: 'nothing', code: 'KR_NOTHING_OPEN', message: `${credential.name} has no open run` }
  if (!open && intent === 'rollback') return { status: 'nothing', code: 'KR_NOTHING_OPEN', message: `${credential.name} has no open run to roll back` }
  if (!open && intent === 'revoke') return reopen(ground)
  if (book.record.run === null) book.begin(runFor(ground, situation, survey))
  if (intent === 'rollback' && book.run.direction === 'forward') {
    const refusal = rollbackRefusal(ground, survey)
    if (refusal !== null) return refusal
    await book.saveRun((run) => turned(run, 'back'))
  }
  return 'walk'
}

/** A rollback is begun only if it can be walked: the old key's value at hand, and the key not known dead. */
function rollbackRefusal(ground: Ground, survey: Survey): Ending | null {
  const { a } = rolesOf(concludeFrom(ground, survey))
  const { name } = ground.credential
  if (a !== null && a.secret !== null && !ground.book.run.dead.includes(receiptKey(a))) return null
  const why = a === null ? 'there is no old key' : a.secret === null ? 'its value is in no slot that can be read' : 'it is dead'
  return { status: 'refused', code: 'KR_NO_WAY_BACK', message: `${name} cannot be put back on its old key: ${why}`, hints: ['finish the rotation instead: both keys live until the old one is revoked'] }
}

/** A key left alive after its run: its retirement is walked as the tail of a run over the same two keys. */
function reopen(ground: Ground): Ending | 'walk' {
  const { book, credential, ws } = ground
  const { outstanding, current, generation, attempts } = book.record
  const open = outstanding[0]
  if (open === undefined || current === null) return { status: 'nothing', code: 'KR_NOTHING_OUTSTANDING', message: `${credential.name} has no old key that waits to be revoked` }
  const run: RunNote = {
    id: ws.ids.token(12), generation, direction: 'forward', startedAt: ws.clock.now(), reason: ground.options.reason, predecessor: open.key,
    attempts: [{ attempt: attempts, name: current.name ?? '', intendedAt: 0, key: current, committedAt: ws.clock.now(), abandoned: false }],
    targets: {}, ownCallAt: null, decision: null, answers: [], retired: [], dead: [], parked: null,
  }
  book.begin(run)
  book.amend((record): CredentialRecord => ({ ...record, outstanding: record.outstanding.slice(1) }))
  return 'walk'
}

/** The walk's view of the run: concluded once more from the same survey, now that the run is on record. */
async function contextFor(ground: Ground, opening: Opening, lock: Held, findings: RunFinding[]): Promise<Context> {
  const { ws, credential, options, book, memory, facts } = ground
  const situation = concludeFrom(ground, opening.survey)
  const found = rolesOf(situation)
  const a = await predecessorOf(ground, opening, found.a)
  const cx: Context = {
    ws,
    credential,
    options,
    lock,
    book,
    memory,
    facts,
    findings,
    survey: opening.survey,
    slots: situation.slots,
    roles: { ...found, a },
    direction: book.run.direction,
    start: startOf(opening.situation, ws.ns, credential.name),
    spent: spentOf(situation),
  }
  return { ...cx, roles: { ...cx.roles, older: [...cx.roles.older, ...(await deadStrangers(cx))] } }
}

/** At the beginning of a run a person may still say which key is in use; the record keeps the answer. */
async function predecessorOf(ground: Ground, opening: Opening, found: KnownKey | null): Promise<KnownKey | null> {
  const { book } = ground
  const slots = [...opening.survey.observations.values()]
  const empty = book.run.attempts.length === 0 ? slots.every((seen) => seen.current.is === 'absent') : slots.some((seen) => seen.current.is === 'absent')
  const dark = slots.some((seen) => seen.current.is === 'unknown')
  const begun = book.run.attempts.length > 0 && (found !== null || ground.facts.recordKept || !dark)
  if (begun || empty || book.run.direction === 'back') return found
  const picked = await pickPredecessor(ground, found, opening.survey.listing?.keys ?? [])
  const pasted = await askPredecessor(ground, picked, opening.survey)
  const whole = book.run.attempts.some((attempt) => sameKey(attempt.key, pasted)) ? found : pasted
  book.amend((record) => (record.run === null ? record : { ...record, run: { ...record.run, predecessor: plainNote(whole) } }))
  return whole
}

async function conclude(ground: Ground, cx: Context, end: WalkEnd): Promise<RunReport> {
  const { book, credential } = ground
  const runId = book.record.run?.id ?? null
  const generation = book.run.generation
  const ending = await endRun(cx, end)
  const survey = await takeSurvey(credential, ground.ws.clock).catch(() => cx.survey)
  const situation = concludeFrom(ground, survey)
  const targets = targetReports(credential, situation.slots, situation.is === 'open' ? rolesOf(situation) : cx.roles)
  return reportOf({ credential, runId, generation, targets, phase: phaseOf(situation, targets), findings: unique(cx.findings), ending })
}

function unique(findings: readonly RunFinding[]): RunFinding[] {
  return findings.filter((finding, at) => findings.findIndex((other) => other.code === finding.code && other.message === finding.message) === at)
}

function report(ground: Ground, opening: Opening, findings: readonly RunFinding[], ending: Ending): RunReport {
  const { credential, book } = ground
  const targets = targetReports(credential, opening.situation.slots, rolesOf(opening.situation))
  return reportOf({ credential, runId: book.record.run?.id ?? null, generation: opening.situation.generation, targets, phase: phaseOf(opening.situation, targets), findings, ending })
}

/** A report for an invocation that could not even look around. */
function early(credential: BoundCredential, ending: Ending): RunReport {
  const targets = credential.targets.map(({ name, target }) => ({ name, type: target.type, current: 'unknown' as const, fallback: 'unknown' as const }))
  return reportOf({ credential, runId: null, generation: 0, targets, phase: 'unknown', findings: [], ending })
}

function endingOf(error: KeyrotError): Ending {
  const status = STATUS_OF[error.kind] ?? 'failed'
  return { status, code: error.code, message: error.message, hints: error.hints, ...(error.facts.until === undefined ? {} : { until: error.facts.until }) }
}

const STATUS_OF: Partial<Record<KeyrotError['kind'], Ending['status']>> = { refused: 'refused', locked: 'locked', parked: 'parked', person: 'person', interrupted: 'interrupted', bug: 'bug' }

export { planRun } from './dry-run.ts'
export { forget } from './forget.ts'
