/** What an invocation is about: a new run, the open one, the way back, or the tail of an earlier one. */
import { receiptKey } from '../flow/context.ts'
import { sameKey } from '../flow/identify.ts'
import type { Survey } from '../flow/terrain.ts'
import { turned } from '../flow/turn.ts'
import { declare } from './declaring.ts'
import { extendLife } from './extend.ts'
import { openFor, openTail, subjectOfRun } from './subject.ts'
import { concludeFrom, rolesOf, runFor, unclearError, type Ground, type Opening } from './opening.ts'
import { endingOf, type Ending } from './report.ts'

export type Intent = 'rotate' | 'resume' | 'rollback' | 'revoke' | 'extend' | 'incident'

/** Decides what this invocation is about; an ending where there is nothing to walk. */
export async function begin(ground: Ground, opening: Opening, intent: Intent): Promise<Ending | 'walk'> {
  const { situation, survey } = opening
  const { book, credential } = ground
  if (situation.is === 'unclear') return endingOf(unclearError(situation, credential.name), book.record.run !== null)
  const open = situation.is === 'open'
  if (intent === 'extend') return extendLife(ground, opening)
  if (!open && intent === 'resume') return { status: 'nothing', code: 'KR_NOTHING_OPEN', message: `${credential.name} has no open run` }
  if (!open && intent === 'rollback') return { status: 'nothing', code: 'KR_NOTHING_OPEN', message: `${credential.name} has no open run to roll back` }
  const subject = intent === 'revoke' ? ground.options.subject : undefined
  if (subject !== undefined && book.record.run === null && !open) return openFor(ground, opening, subject)
  if (!open && intent === 'revoke') return reopen(ground)
  if (book.record.run === null) beginRun(ground, opening)
  if (subject !== undefined) return subjectOfRun(ground, opening, subject)
  if (intent === 'incident' && !ground.facts.moments.has('declared') && ground.options.incident !== undefined)
    return declare(ground, opening, ground.options.incident)
  if (intent === 'rollback' && book.run.direction === 'forward') {
    const refusal = rollbackRefusal(ground, survey)
    if (refusal !== null) return refusal
    await book.saveRun((run) => turned(run, 'back'))
  }
  return 'walk'
}

/** Begins a run. A key that the record calls current, but that a person passed over with `--from`, stays in sight. */
function beginRun(ground: Ground, { situation, survey }: Opening): void {
  const { book, ws } = ground
  const run = runFor(ground, situation, survey)
  const { current } = book.record
  book.begin(run)
  if (current === null || run.attempts.length > 0 || sameKey(current, run.predecessor)) return
  book.amend((record) => ({ ...record, outstanding: [...record.outstanding, { key: current, reason: 'superseded', since: ws.clock.now() }] }))
}

/** A rollback is begun only if it can be walked: the old key's value at hand, and the key not known dead. */
function rollbackRefusal(ground: Ground, survey: Survey): Ending | null {
  const { a } = rolesOf(concludeFrom(ground, survey))
  const { name } = ground.credential
  if (ground.book.run.incident !== undefined) return incidentRefusal(name)
  if (a !== null && a.secret !== null && !ground.book.run.dead.includes(receiptKey(a))) return null
  const why = a === null ? 'there is no old key' : a.secret === null ? 'its value is in no slot that can be read' : 'it is dead'
  return {
    status: 'refused',
    code: 'KR_NO_WAY_BACK',
    message: `${name} cannot be put back on its old key: ${why}`,
    hints: ['finish the rotation instead: both keys live until the old one is revoked'],
  }
}

/** What has leaked is not put back; which way an incident goes is decided when it is declared. */
function incidentRefusal(name: string): Ending {
  return {
    status: 'refused',
    code: 'KR_NO_WAY_BACK',
    message: `${name} has an open incident: a leaked key is not put back`,
    hints: [`go on with it: keyrot incident ${name}`],
  }
}

/** A key left alive after its run: its retirement is walked as the tail of a run over the same two keys. */
function reopen(ground: Ground): Ending | 'walk' {
  const { book, credential } = ground
  const { outstanding, current } = book.record
  const open = outstanding[0]
  if (open === undefined || current === null)
    return { status: 'nothing', code: 'KR_NOTHING_OUTSTANDING', message: `${credential.name} has no old key that waits to be revoked` }
  openTail(ground, open.key, current)
  return 'walk'
}
