/** Forgetting a credential: keyrot takes back what it left in fallback slots and in its record. The key in use stays where it is. */
import { KeyrotError, toKeyrotError } from '../domain/errors.ts'
import { moment } from '../domain/moment.ts'
import { isOurs, parseAdoptedMarker, parseKeyName } from '../domain/key-name.ts'
import type { CredentialRecord } from '../domain/record.ts'
import type { RunFinding, RunReport } from '../domain/run.ts'
import type { Held as HeldLock } from '../ports/system.ts'
import type { Held } from '../ports/target.ts'
import type { BoundCredential, BoundTarget, RunOptions, Workspace } from '../ports/workspace.ts'
import { keysInUse } from '../audit/standing.ts'
import { sourcesOf } from '../flow/terrain.ts'
import { blankRecord, Book } from '../flow/book.ts'
import { freshFacts, Memory } from '../flow/context.ts'
import { identify, sameKey, type KnownKey } from '../flow/identify.ts'
import { lookAround, rolesOf, unclearError, type Ground, type Opening } from './opening.ts'
import { reportOf, targetReports, type Ending } from './report.ts'
import { pauseBeforeRetry, STEP_TRIES } from './retry.ts'
import { credentialOf, lockNames } from './credential.ts'

/** Clears own fallback slots and the record of a credential that has no open run. Never touches a `current` slot or the provider. */
export async function forget(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  const credential = credentialOf(ws, name)
  let lock: HeldLock | null = null
  try {
    lock = await ws.locks.acquire(lockNames(credential))
    return await underLock(ws, credential, options, lock)
  } catch (thrown) {
    return failed(credential, toKeyrotError(thrown))
  } finally {
    await lock?.release().catch(() => undefined)
  }
}

async function underLock(ws: Workspace, credential: BoundCredential, options: RunOptions, lock: HeldLock): Promise<RunReport> {
  const loaded = await ws.records.load(credential.name)
  const record = loaded.record ?? blankRecord(ws.ns, credential.name, ws.clock.now())
  const book = new Book({ records: ws.records, clock: ws.clock, watch: ws.watch, record, revision: loaded.revision })
  const ground: Ground = { ws, credential, options, book, memory: new Memory(), facts: freshFacts(loaded.record !== null), debts: [] }
  const opening = await lookAround(ground)
  const { situation } = opening
  if (situation.is === 'unclear') throw unclearError(situation, credential.name)
  if (situation.is === 'open') throw runOpen(credential)
  const cleared = new Set<string>()
  for (const bound of credential.targets) {
    if (await clearFallback(ground, opening, bound, lock)) cleared.add(bound.name)
    await clearMarks(ground, bound, lock)
  }
  const generation = Math.max(record.generation, situation.generation)
  await book.save((): CredentialRecord => ({
    ...blankRecord(ws.ns, credential.name, ws.clock.now()),
    generation,
    attempts: generation === record.generation ? record.attempts : 0,
  }))
  await note(ground, generation)
  return report(credential, opening, { before: record, generation, cleared })
}

function runOpen(credential: BoundCredential): KeyrotError {
  const { name } = credential
  return new KeyrotError({
    code: 'KR_RUN_OPEN',
    kind: 'refused',
    message: `${name} has an open run; it cannot be forgotten half-way`,
    hints: [`finish it: keyrot resume ${name}`, `or take it back: keyrot rollback ${name}`],
  })
}

/** Whether a slot holds a key of this credential: by our marker, by a name of ours, or by our record. Anything else is not ours to clear (I11). */
function holdsOwn(ground: Ground, opening: Opening, held: Held | null): boolean {
  const { ns } = ground.ws
  const { name } = ground.credential
  if (held?.is === 'marker') {
    const marker = parseKeyName(held.marker) ?? parseAdoptedMarker(held.marker)
    return marker !== null && marker.ns === ns && marker.credential === name
  }
  const sources = sourcesOf({ record: ground.book.record, memory: [], survey: opening.survey })
  const found = identify(held, sources)
  if (found.is !== 'key') return false
  return isOurs(parseKeyName(found.key.name), ns, name) || [...sources.notes, rolesOf(opening.situation).a].some((known) => sameKey(known, found.key))
}

/** Clears one fallback slot and reads it back; an answer that was lost is looked up, never taken for granted. True if there was something to clear. */
async function clearFallback(ground: Ground, opening: Opening, bound: BoundTarget, lock: HeldLock): Promise<boolean> {
  if (!bound.target.traits.fallback) return false
  return untilGone(ground, bound, async (tries) => {
    const seen = await bound.target.observe()
    if (!holdsOwn(ground, opening, seen.fallback)) return true
    if (tries >= STEP_TRIES) throw stuck(ground.credential, bound)
    await mustHold(lock)
    await bound.target.write({ fallback: null }, seen.revision)
    return false
  })
}

/** Takes the marks off that stores keep beside the key in use. */
async function clearMarks(ground: Ground, bound: BoundTarget, lock: HeldLock): Promise<void> {
  if (bound.target.unmark === undefined) return
  await untilGone(ground, bound, async () => {
    const { revision } = await bound.target.observe()
    await mustHold(lock)
    await bound.target.unmark?.(revision)
    return true
  })
}

/** Repeats an attempt until it says that nothing is left, with the engine's own patience. True if it took more than a look. */
async function untilGone(ground: Ground, bound: BoundTarget, attempt: (tries: number) => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    try {
      if (await attempt(tries)) return tries > 0
    } catch (thrown) {
      const error = toKeyrotError(thrown, bound.name)
      const pause = pauseBeforeRetry(error, tries)
      if (pause === null || tries >= STEP_TRIES) throw error
      await ground.ws.clock.sleep(pause)
    }
  }
}

async function mustHold(lock: HeldLock): Promise<void> {
  if (await lock.stillHeld()) return
  throw new KeyrotError({ code: 'KR_LOCK_LOST', kind: 'locked', message: 'the lock was lost; nothing more was changed' })
}

function stuck(credential: BoundCredential, bound: BoundTarget): KeyrotError {
  return new KeyrotError({
    code: 'KR_STEP_TRIES',
    kind: 'parked',
    message: `the fallback slot of ${bound.name} did not stay empty; ${credential.name} is not forgotten yet`,
    hints: ['run the same command again'],
  })
}

/** One line in a journal of its own: there is no run to write it to. */
async function note(ground: Ground, generation: number): Promise<void> {
  const { ws, credential } = ground
  const event = {
    type: 'run.done' as const,
    at: ws.clock.now(),
    credential: credential.name,
    run: ws.ids.token(12),
    code: 'KR_FORGOTTEN',
    data: { generation },
  }
  await ws.records.append(event)
  ws.watch(event)
}

interface Done {
  readonly before: CredentialRecord
  readonly generation: number
  readonly cleared: ReadonlySet<string>
}

function report(credential: BoundCredential, { situation }: Opening, { before, generation, cleared }: Done): RunReport {
  const roles = rolesOf(situation)
  const inUse = keysInUse(situation.slots, roles, null)
  const targets = targetReports(credential, situation.slots, roles).map((target) =>
    cleared.has(target.name) ? { ...target, fallback: 'absent' as const } : target,
  )
  const ending: Ending = { status: 'done', code: 'KR_FORGOTTEN', message: `${credential.name} is forgotten; ${endingWords(inUse)}` }
  return reportOf({ credential, runId: null, generation, targets, phase: 'settled', findings: [...leftAlive(before), ...dark(credential, targets)], ending })
}

/** What becomes of the key that stays. */
function endingWords(inUse: readonly KnownKey[]): string {
  if (inUse.length === 0) return 'its targets hold no key'
  const listed = inUse.flatMap((key) => (key.listed === null ? [] : [key.listed]))
  if (listed.length === 0) return 'its key stays in place; when that ends is not known here'
  const ends = listed.flatMap((key) => (key.expiresAt === null ? [] : [key.expiresAt]))
  if (ends.length === 0) return 'its key stays in place and does not end by itself'
  return `its key stays in place and ends on ${moment(Math.min(...ends))} unless somebody moves its end or keyrot rotates it before`
}

/** Forgotten keys that are not dead are said once more: nothing keeps them in sight from here on. */
function leftAlive(before: CredentialRecord): RunFinding[] {
  return before.outstanding.map(({ key }) => ({
    code: 'revocation-outstanding',
    severity: 'warning',
    message: `the old key ${key.id ?? key.name ?? key.fingerprint ?? 'of unknown id'} is still alive and no longer watched; delete it at the provider`,
  }))
}

function dark(credential: BoundCredential, targets: readonly { readonly name: string; readonly fallback: string }[]): RunFinding[] {
  const unseen = targets.filter((target) => target.fallback === 'unknown').map((target) => target.name)
  if (unseen.length === 0) return []
  return [
    {
      code: 'cannot-tell',
      severity: 'info',
      message: `${unseen.join(', ')} cannot show what the fallback slot of ${credential.name} holds; it was left as it is`,
    },
  ]
}

const OUTCOMES = ['refused', 'locked', 'parked', 'person', 'interrupted', 'bug'] as const

function failed(credential: BoundCredential, error: KeyrotError): RunReport {
  const status = OUTCOMES.find((outcome) => outcome === error.kind) ?? 'failed'
  const targets = credential.targets.map(({ name, target }) => ({ name, type: target.type, current: 'unknown' as const, fallback: 'unknown' as const }))
  const again = error.code === 'KR_RUN_OPEN' ? `keyrot resume ${credential.name}` : `keyrot forget ${credential.name}`
  const ending: Ending = { status, code: error.code, message: error.message, hints: error.hints, command: again }
  return reportOf({ credential, runId: null, generation: 0, targets, phase: 'unknown', findings: [], ending })
}
