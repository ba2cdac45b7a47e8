/** Approving the death of an old key: for the plan, the generation and the keys that are there now, on record, and not for ever. */
import { KeyrotError } from '../domain/errors.ts'
import { planHash } from '../domain/plan.ts'
import type { ApprovalNote } from '../domain/record.ts'
import type { ApprovalSubject, KeyFacts } from '../domain/run.ts'
import type { BoundCredential, RunOptions, Workspace } from '../ports/workspace.ts'
import { approvedKeys } from '../flow/approval.ts'
import { blankRecord, Book } from '../flow/book.ts'
import { freshFacts, Memory } from '../flow/context.ts'
import type { KnownKey } from '../flow/identify.ts'
import { planRotation } from '../flow/rotation.ts'
import { credentialOf, lockNames } from './credential.ts'
import { concludeFrom, lookAround, runFor, unclearError, type Ground } from './opening.ts'

/**
 * Finds the run by its id or its credential's name, asks `agrees` with what is there now, and puts the approval on record under
 * the lock. Resolves with what was approved. Throws `KR_NOTHING_TO_APPROVE`, `KR_PLAN_NOT_APPROVED`, and what looking may throw.
 */
export async function approve(
  ws: Workspace,
  given: string,
  options: RunOptions,
  agrees: (subject: ApprovalSubject) => Promise<boolean>,
): Promise<ApprovalSubject> {
  const credential = await credentialFor(ws, given)
  const lock = await ws.locks.acquire(lockNames(credential))
  try {
    const ground = await openGround(ws, credential, options)
    const subject = await subjectOf(ground)
    if (!(await agrees(subject))) throw refusedBy('KR_APPROVAL_NOT_GIVEN', `${credential.name}: not approved; nothing changed`)
    if (!(await lock.stillHeld())) throw new KeyrotError({ code: 'KR_LOCK_LOST', kind: 'locked', message: 'the lock was lost; nothing was changed' })
    const approval: ApprovalNote = {
      planHash: subject.planHash,
      generation: subject.generation,
      keys: approvedKeys(subject.stays, subject.dies),
      at: ws.clock.now(),
      until: subject.until,
    }
    await ground.book.saveRun((run) => ({ ...run, approval }))
    await ground.book.append('item.answered', { step: 'retire', code: 'approval', data: { planHash: subject.planHash, until: subject.until } })
    return subject
  } finally {
    await lock.release().catch(() => undefined)
  }
}

/** By name, else by the id of an open run. */
async function credentialFor(ws: Workspace, given: string): Promise<BoundCredential> {
  for (const credential of ws.credentials) {
    if (credential.name === given) return credential
    const { record } = await ws.records.load(credential.name)
    if (record?.run?.id === given) return credential
  }
  return credentialOf(ws, given)
}

async function openGround(ws: Workspace, credential: BoundCredential, options: RunOptions): Promise<Ground> {
  const loaded = await ws.records.load(credential.name)
  const record = loaded.record ?? blankRecord(ws.ns, credential.name, ws.clock.now())
  const book = new Book({ records: ws.records, clock: ws.clock, watch: ws.watch, record, revision: loaded.revision })
  return { ws, credential, options, book, memory: new Memory(), facts: freshFacts(loaded.record !== null), debts: [] }
}

/** The open run with its keys; rebuilt from the world where its record is lost. */
async function subjectOf(ground: Ground): Promise<ApprovalSubject> {
  const { ws, credential, book } = ground
  const { situation, survey } = await lookAround(ground)
  if (situation.is === 'unclear') throw unclearError(situation, credential.name)
  if (situation.is !== 'open') throw refusedBy('KR_NOTHING_TO_APPROVE', `${credential.name} has no open run: no key waits to die`)
  if (book.record.run === null) book.begin(runFor(ground, situation, survey))
  const now = concludeFrom(ground, survey)
  const { run } = book
  const [a, b, older] = now.is === 'open' ? [now.predecessor, now.successor, now.superseded] : [null, null, []]
  const [stays, goes] = run.direction === 'forward' ? [b, a] : [a, b]
  if (stays === null) throw refusedBy('KR_NOTHING_TO_APPROVE', `${credential.name} has no new key yet: there is nothing to approve`)
  const dies = [...(goes === null ? [] : [goes]), ...older].filter((key) => !run.dead.includes(key.id ?? key.fingerprint ?? key.name ?? ''))
  return {
    credential: credential.name,
    run: run.id,
    generation: run.generation,
    planHash: planHash(planRotation(credential, run.generation, run.direction)),
    stays: factsOf(stays),
    dies: dies.map(factsOf),
    until: ws.clock.now() + credential.policy.approvalLife,
  }
}

function factsOf({ id, name, fingerprint, listed }: KnownKey): KeyFacts {
  return { id, name, fingerprint, createdAt: listed?.createdAt ?? null, expiresAt: listed?.expiresAt ?? null, lastUsedAt: listed?.lastUsedAt }
}

function refusedBy(code: `KR_${string}`, message: string): KeyrotError {
  return new KeyrotError({ code, kind: 'refused', message })
}
