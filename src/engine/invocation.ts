/** Inside the lock: look around, decide what this invocation is about, walk, and say how it ended. */
import { toKeyrotError } from '../domain/errors.ts'
import { planHash } from '../domain/plan.ts'
import type { RunFinding, RunReport } from '../domain/run.ts'
import type { Held } from '../ports/system.ts'
import type { BoundCredential, RunOptions, Workspace } from '../ports/workspace.ts'
import type { CredentialRecord, KeyNote } from '../domain/record.ts'
import type { Secret } from '../domain/secret.ts'
import { blankRecord, Book } from '../flow/book.ts'
import { freshFacts, Memory, type Context } from '../flow/context.ts'
import { planFor } from '../flow/rotation.ts'
import { takeSurvey } from '../flow/survey.ts'
import { begin, type Intent } from './beginning.ts'
import { handBack, urgent } from './aftermath.ts'
import { endRun } from './ending.ts'
import { walk, type WalkEnd } from './engine.ts'
import { leftOver } from './left-over.ts'
import { assessed, concludeFrom, lookAround, rolesOf, spentOf, startOf, type Ground, type Opening } from './opening.ts'
import { predecessorOf } from './predecessor.ts'
import { countTries } from './tries.ts'
import { pauseBeforeRetry, STEP_TRIES } from './retry.ts'
import { endingOf, phaseOf, reportOf, targetReports, unseenTargets, type Ending } from './report.ts'
import { silentAmong, withinReach } from './reachable.ts'
import { deadStrangers } from './strangers.ts'

/** How often the ground may move under one invocation before it is left to the next. */
const PASSES = 6

/** Carries one credential as far as it goes. What is thrown on the way ends the invocation, not the run. */
export async function carry(ws: Workspace, credential: BoundCredential, options: RunOptions, intent: Intent, lock: Held): Promise<RunReport> {
  const loaded = await ws.records.load(credential.name)
  const record = loaded.record ?? blankRecord(ws.ns, credential.name, ws.clock.now())
  const book = new Book({ records: ws.records, clock: ws.clock, watch: ws.watch, record, revision: loaded.revision })
  const ground: Ground = { ws, credential, options, book, memory: new Memory(), facts: freshFacts(loaded.record !== null), debts: [] }
  const { value } = options.incident ?? { value: null }
  if (value !== null) ground.memory.keep(value, noteFor(value, record))
  const report = await handBack(ground, await walkOrTell(ground, intent, lock))
  await countTries(book, report, { unattended: options.unattended === true, found: loaded.record, now: ws.clock.now() })
  return report
}

async function walkOrTell(ground: Ground, intent: Intent, lock: Held): Promise<RunReport> {
  const { credential, book } = ground
  try {
    return await walkPersistently(ground, intent, lock)
  } catch (thrown) {
    const plain = endingOf(toKeyrotError(thrown), (book.record.run?.attempts.length ?? 0) > 0)
    const ending = isIncident(ground, intent) ? urgent(plain, credential.name) : plain
    const { run, generation } = book.record
    return reportOf({ credential, runId: run?.id ?? null, generation, targets: unseenTargets(credential), phase: 'unknown', findings: [], ending })
  }
}

/** What fails in passing before the first step, where a rotation is left to its next tick, does not end an incident. */
async function walkPersistently(ground: Ground, intent: Intent, lock: Held): Promise<RunReport> {
  for (let tries = 0; ; tries++) {
    try {
      return await walkUntilStill(ground, intent, lock)
    } catch (thrown) {
      const pause = isIncident(ground, intent) && tries < STEP_TRIES ? pauseBeforeRetry(toKeyrotError(thrown), tries) : null
      if (pause === null) throw thrown
      await ground.ws.clock.sleep(pause)
    }
  }
}

function isIncident({ book }: Ground, intent: Intent): boolean {
  return intent === 'incident' || book.record.run?.incident !== undefined
}

async function walkUntilStill(whole: Ground, intent: Intent, lock: Held): Promise<RunReport> {
  const { ws, credential, book } = whole
  const findings: RunFinding[] = []
  let standing: Standing | null = null
  for (let pass = 0; ; pass++) {
    const here: Standing = standing === null ? await stand(whole, intent) : concluded(standing)
    const { ground, opening } = here
    const begun = await begin(ground, opening, intent)
    if (begun !== 'walk') return report(ground, opening, findings, begun)
    const cx = await contextFor(ground, opening, lock, findings)
    const code = startOf(opening.situation, ws.ns, credential.name)
    book.tell(pass === 0 ? 'situation.found' : 'run.resumed', { code, data: { generation: book.run.generation, pass } })
    const end = await walk(cx, planFor(cx.credential, cx.book.run))
    standing = end.is === 'reconsider' && end.stands === true ? here : null
    if (pass >= PASSES || !(end.is === 'reconsider' || (await goesWithout(cx, end)))) return conclude(whole, cx, end)
  }
}

/** What a walk stands on: a ground, and what was seen on it. */
interface Standing {
  readonly ground: Ground
  readonly opening: Opening
}

/** Looks around, in an incident as far as it reaches. */
async function stand(whole: Ground, intent: Intent): Promise<Standing> {
  const ground = isIncident(whole, intent) ? await withinReach(whole) : whole
  return { ground, opening: await lookAround(ground) }
}

/** The same ground, by what the record says since. */
function concluded({ ground, opening: { survey } }: Standing): Standing {
  return { ground, opening: assessed(ground, survey) }
}

/** A target that fails while an incident goes on is left behind; the others, and the revocation, do not wait for it. */
async function goesWithout(cx: Context, end: WalkEnd): Promise<boolean> {
  if (end.is !== 'stopped' || cx.book.run.incident === undefined) return false
  const failed = await failedIn(cx, end)
  if (failed.length === 0 || failed.length === cx.credential.targets.length) return false
  for (const name of failed) {
    cx.facts.fallen.add(name)
    await cx.book.append('target.left', { step: `promote:${name}`, code: end.stop.code })
  }
  return true
}

/** Those whose own steps were stopped; where a step of all of them failed, those that have gone silent. */
async function failedIn(cx: Context, { stop, targets = [] }: WalkEnd & { is: 'stopped' }): Promise<readonly string[]> {
  if (targets.length > 0) return targets
  return stop.status === 'parked' || stop.status === 'failed' ? silentAmong(cx, cx.credential.targets) : []
}

/** Under the leaked value's fingerprint the record may know its id. */
function noteFor(value: Secret, record: CredentialRecord): KeyNote {
  const notes = [record.current, record.run?.predecessor, ...(record.run?.attempts ?? []).map(({ key }) => key), ...record.outstanding.map(({ key }) => key)]
  return notes.find((note) => note?.fingerprint === value.fingerprint) ?? { id: null, name: null, fingerprint: value.fingerprint }
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
    planHash: planHash(planFor(credential, book.run)),
    start: startOf(opening.situation, ws.ns, credential.name),
    spent: spentOf(situation),
    debts: ground.debts,
  }
  return { ...cx, roles: { ...cx.roles, older: [...cx.roles.older, ...(await deadStrangers(cx))] } }
}

async function conclude(ground: Ground, cx: Context, end: WalkEnd): Promise<RunReport> {
  const { book, credential } = ground
  const runId = book.record.run?.id ?? null
  const generation = book.run.generation
  const moments = book.run.incident === undefined ? {} : { moments: Object.fromEntries(cx.facts.moments) }
  const ending = await endRun(cx, end)
  const survey = await takeSurvey(cx.credential, ground.ws.clock).catch(() => cx.survey)
  const situation = concludeFrom(ground, survey)
  const targets = targetReports(credential, situation.slots, situation.is === 'open' ? rolesOf(situation) : cx.roles)
  const findings = unique([...current(cx.findings, ending), ...(end.is === 'through' ? leftOver(cx, survey, situation) : [])])
  return reportOf({ credential, runId, generation, targets, phase: phaseOf(situation, targets), findings, ending, ...moments })
}

/** That a leaked key could outlive keyrot is no news once it is dead. */
function current(findings: readonly RunFinding[], { status }: Ending): readonly RunFinding[] {
  return status === 'done' || status === 'rolled-back' ? findings.filter(({ code }) => code !== 'not-contained') : findings
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
