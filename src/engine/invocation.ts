/** Inside the lock: look around, decide what this invocation is about, walk, and say how it ended. */
import { toKeyrotError } from '../domain/errors.ts'
import type { RunFinding, RunReport } from '../domain/run.ts'
import type { Held } from '../ports/system.ts'
import type { BoundCredential, RunOptions, Workspace } from '../ports/workspace.ts'
import { blankRecord, Book } from '../flow/book.ts'
import { freshFacts, Memory, type Context } from '../flow/context.ts'
import { planRotation } from '../flow/rotation.ts'
import { takeSurvey } from '../flow/survey.ts'
import { begin, type Intent } from './beginning.ts'
import { endRun } from './ending.ts'
import { walk, type WalkEnd } from './engine.ts'
import { concludeFrom, lookAround, rolesOf, spentOf, startOf, type Ground, type Opening } from './opening.ts'
import { predecessorOf } from './predecessor.ts'
import { endingOf, phaseOf, reportOf, targetReports, unseenTargets, type Ending } from './report.ts'
import { deadStrangers } from './strangers.ts'

/** How often the ground may move under one invocation before it is left to the next. */
const PASSES = 6

/** Carries one credential as far as it goes. What is thrown on the way ends the invocation, not the run. */
export async function carry(ws: Workspace, credential: BoundCredential, options: RunOptions, intent: Intent, lock: Held): Promise<RunReport> {
  const loaded = await ws.records.load(credential.name)
  const record = loaded.record ?? blankRecord(ws.ns, credential.name, ws.clock.now())
  const book = new Book({ records: ws.records, clock: ws.clock, watch: ws.watch, record, revision: loaded.revision })
  const ground: Ground = { ws, credential, options, book, memory: new Memory(), facts: freshFacts(loaded.record !== null) }
  try {
    return await walkUntilStill(ground, intent, lock)
  } catch (thrown) {
    const ending = endingOf(toKeyrotError(thrown), (book.record.run?.attempts.length ?? 0) > 0)
    const { run, generation } = book.record
    return reportOf({ credential, runId: run?.id ?? null, generation, targets: unseenTargets(credential), phase: 'unknown', findings: [], ending })
  }
}

async function walkUntilStill(ground: Ground, intent: Intent, lock: Held): Promise<RunReport> {
  const { ws, credential, book } = ground
  const findings: RunFinding[] = []
  for (let pass = 0; ; pass++) {
    const opening = await lookAround(ground)
    const begun = await begin(ground, opening, intent)
    if (begun !== 'walk') return report(ground, opening, findings, begun)
    const cx = await contextFor(ground, opening, lock, findings)
    const code = startOf(opening.situation, ws.ns, credential.name)
    book.tell(pass === 0 ? 'situation.found' : 'run.resumed', { code, data: { generation: book.run.generation, pass } })
    const end = await walk(cx, planRotation(credential, book.run.generation, cx.direction))
    if (end.is !== 'reconsider' || pass >= PASSES) return conclude(ground, cx, end)
  }
}

/** The walk's view of the run: concluded once more from the same survey, now that the run is on record. */
export async function contextFor(ground: Ground, opening: Opening, lock: Held, findings: RunFinding[]): Promise<Context> {
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
  return reportOf({
    credential,
    runId: book.record.run?.id ?? null,
    generation: opening.situation.generation,
    targets,
    phase: phaseOf(opening.situation, targets),
    findings,
    ending,
  })
}
