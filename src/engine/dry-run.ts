/**
 * The dry run: the same code as a run, stopping after *look first*. No lock, no write, no prompt, no waiting. What it tells is
 * what the next run would find if nothing changed in between.
 */
import { exitCodeOf, KeyrotError, toKeyrotError } from '../domain/errors.ts'
import { planHash, type Plan } from '../domain/plan.ts'
import type { CredentialRecord } from '../domain/record.ts'
import type { RunFinding } from '../domain/run.ts'
import type { PlanReport } from '../domain/status.ts'
import type { BoundCredential, RunOptions, Workspace } from '../ports/workspace.ts'
import { endOf, keysInUse } from '../audit/standing.ts'
import { blankRecord, Book } from '../flow/book.ts'
import { freshFacts, isDead, Memory, type Context, type Start } from '../flow/context.ts'
import { planFor, planRotation } from '../flow/rotation.ts'
import type { Stop } from '../flow/step.ts'
import { foresee, type Foresight } from './foresee.ts'
import { concludeFrom, lookAround, rolesOf, runFor, spentOf, startOf, unclearError, type Ground, type Opening } from './opening.ts'
import { exitOf } from './report.ts'
import { credentialOf } from './credential.ts'
import { NO_LOCK, standStill } from './still.ts'
import { deadStrangers } from './strangers.ts'

/**
 * What `rotate` would do with a credential now. Changes nothing, anywhere. A world that cannot be read, or that a person must
 * untangle first, is a report with a blocked preflight. Throws for an unknown name, a record of a newer keyrot, and an interruption.
 */
export async function planRun(ws: Workspace, name: string, options: RunOptions): Promise<PlanReport> {
  const credential = credentialOf(ws, name)
  const still = standStill(ws)
  const loaded = await ws.records.load(name)
  const record = loaded.record ?? blankRecord(ws.ns, name, ws.clock.now())
  const book = new Book({ records: still.records, clock: still.clock, watch: still.watch, record, revision: loaded.revision })
  const ground: Ground = { ws: still, credential, options, book, memory: new Memory(), facts: freshFacts(loaded.record !== null), debts: [] }
  try {
    return await planFrom(ground)
  } catch (thrown) {
    const error = toKeyrotError(thrown)
    if (error.kind === 'bug' || error.kind === 'interrupted') throw error
    return unplanned(credential, record, error)
  }
}

async function planFrom(ground: Ground): Promise<PlanReport> {
  const { credential, book, ws } = ground
  const opening = await lookAround(ground)
  if (opening.situation.is === 'unclear') throw unclearError(opening.situation, credential.name)
  if (book.record.run === null) book.begin(runFor(ground, opening.situation, opening.survey))
  const cx = await contextOf(ground, opening)
  const plan = planFor(credential, book.run)
  const foresight = await foresee(cx, plan)
  return {
    credential: credential.name,
    start: beginning(cx, startOf(opening.situation, ws.ns, credential.name)),
    generation: plan.generation,
    hash: planHash(plan),
    steps: foresight.steps,
    rollback: wayBack(cx),
    endsAt: endOf(keysInUse(cx.slots, cx.roles, cx.book.run)),
    findings: findingsOf(cx, foresight),
    exit: foresight.stop === null ? 0 : exitOf(foresight.stop.status),
    message: messageOf(cx, foresight),
  }
}

/** The walk's view of the run, as `runs.ts` makes it, but for the questions to a person. */
async function contextOf(ground: Ground, opening: Opening): Promise<Context> {
  const { ws, credential, options, book, memory, facts } = ground
  const situation = concludeFrom(ground, opening.survey)
  const roles = rolesOf(situation)
  const start = startOf(opening.situation, ws.ns, credential.name)
  const cx: Context = {
    ws,
    credential,
    options,
    lock: NO_LOCK,
    book,
    memory,
    facts,
    findings: [],
    survey: opening.survey,
    slots: situation.slots,
    roles,
    debts: [],
    direction: book.run.direction,
    planHash: planHash(planRotation(credential, book.run.generation, book.run.direction)),
    start,
    spent: spentOf(situation),
  }
  return { ...cx, roles: { ...roles, older: [...roles.older, ...(await deadStrangers(cx))] } }
}

/** A key in use that preflight found dead turns a rotation into a recovery. */
function beginning(cx: Context, start: Start): Start {
  return (start === 'adopt' || start === 'routine') && isDead(cx, cx.roles.a) ? 'recovery' : start
}

function findingsOf(cx: Context, foresight: Foresight): RunFinding[] {
  const byHand =
    cx.credential.provider.mint === undefined && cx.options.pasted === null && foresight.steps.some((step) => step.verb === 'mint' && step.state === 'needed')
  if (!byHand) return cx.findings
  return [
    ...cx.findings,
    {
      code: 'new-key-wanted',
      severity: 'info',
      message: `without an admin key a person creates the new key at ${cx.credential.provider.dashboard} and pastes it`,
    },
  ]
}

function messageOf(cx: Context, { steps, stop }: Foresight): string {
  if (stop !== null) return wordsOf(stop)
  const open = steps.filter((step) => step.state === 'needed').length
  return open === 0 ? `${cx.credential.name}: nothing to do` : `${cx.credential.name}: ${open} ${open === 1 ? 'step' : 'steps'} to do, nothing in the way`
}

function wordsOf({ message, hints }: Pick<Stop, 'message' | 'hints'>): string {
  return hints === undefined || hints.length === 0 ? message : `${message} (${hints.join('; ')})`
}

/** I10: where the old key can be put back until it is retired, and why not where it cannot. */
function wayBack(cx: Context): PlanReport['rollback'] {
  const why = noWayBack(cx)
  return cx.credential.targets.map((bound) => ({ target: bound.name, possible: why === null, why: why ?? 'until the old key is revoked' }))
}

/** One readable slot that keeps the value serves all targets; a value seen now is lost if its slot is overwritten with nothing behind it. */
function noWayBack(cx: Context): string | null {
  const old = cx.roles.a
  if (old === null) return 'there is no old key to go back to'
  if (isDead(cx, old)) return 'the old key is dead'
  if (old.secret === null) return "the old key's value is in no slot that can be read"
  const keeps = cx.credential.targets.some(({ target }) => target.traits.reads === 'value' && target.traits.fallback)
  return keeps ? null : 'no slot that can be read keeps the old key beside the new one'
}

/** A plan that ends where it begins: the world could not be read, or a person must say more. */
function unplanned(credential: BoundCredential, record: CredentialRecord, error: KeyrotError): PlanReport {
  const generation = record.run?.generation ?? record.generation + 1
  const plan: Plan = planRotation(credential, generation, record.run?.direction ?? 'forward')
  return {
    credential: credential.name,
    start: record.run !== null ? 'resume' : record.generation > 0 ? 'routine' : 'adopt',
    generation,
    hash: planHash(plan),
    steps: [{ id: 'preflight', verb: 'preflight', target: null, state: 'blocked', why: error.message }],
    rollback: credential.targets.map((bound) => ({ target: bound.name, possible: false, why: 'not known: the situation is not clear' })),
    endsAt: null,
    findings: [],
    exit: exitCodeOf(error.kind),
    message: wordsOf(error),
  }
}
