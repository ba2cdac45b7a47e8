/**
 * Retire: the point of no return. A key dies by id, with a warrant and somebody's word, and is then observed dead.
 */
import type { KeyNote, OutstandingNote } from '../domain/record.ts'
import { isDead, isLeaked, leaving, noteDead, receiptKey, type Context } from './context.ts'
import { awaitDeath } from './death.ts'
import { soakEnd } from './drain.ts'
import { noteOf, sameKey, type KnownKey } from './identify.ts'
import { endKey, lastResort } from './ladder.ts'
import { referencesElsewhere } from './others.ts'
import { calling, factsForPerson } from './question.ts'
import { ACTED, blocked, needed, satisfied, stopped, type Act, type Look, type StepLogic, type Stop } from './step.ts'
import { together } from './together.ts'
import { drawFor, stopOrReconsider } from './warrant-draw.ts'

export const retire: StepLogic = { look, act }
/** The deletion sent before anything else is done; that the key is dead is observed by `retire`, once another key answers. */
export const sever: StepLogic = { look: lookSever, act: actSever }

async function look(cx: Context): Promise<Look> {
  const open = leaving(cx).filter((key) => !isSettled(cx, key))
  if (open.length === 0) return satisfied('no key is left to retire')
  return cx.options.until === 'drain' ? blocked(leftToOthers(cx)) : needed(`${open.length === 1 ? 'one key' : `${open.length} keys`} to retire`)
}

/** `--until drain`: another job, with the right to delete, goes on from here. */
function leftToOthers(cx: Context): Stop {
  const { name } = cx.credential
  const { stays, leaves } = calling(cx)
  return {
    status: 'waiting',
    code: 'KR_UNTIL_DRAIN',
    message: `${name} is on its ${stays} and the overlap is over; this call was to end before the ${leaves} dies`,
    command: `keyrot revoke ${name} --yes --confirm ${name}`,
  }
}

async function lookSever(cx: Context): Promise<Look> {
  const open = leaving(cx).filter((key) => !isSettled(cx, key) && !isSent(cx, key))
  return open.length === 0 ? satisfied('the deletion was sent') : needed('the leaked key lives')
}

async function actSever(cx: Context): Promise<Act> {
  for (const key of leaving(cx).filter((open) => !isSettled(cx, open) && !isSent(cx, open))) {
    const outcome = await sendDeletion(cx, key)
    if (outcome !== 'sent' && outcome !== 'gone') return outcome
    if (outcome === 'gone') await cx.book.saveRun((run) => ({ ...run, retired: [...run.retired, key.id ?? receiptKey(key)] }))
  }
  return ACTED
}

function isSent(cx: Context, key: KnownKey): boolean {
  return cx.book.run.retired.includes(key.id ?? receiptKey(key))
}

/** Seen dead, or left alive on purpose; a leaked key has only the first way out. */
function isSettled(cx: Context, key: KeyNote): boolean {
  if (isDead(cx, key) || isLeaked(cx, key)) return isDead(cx, key)
  // Whoever gave up a target gave it up to the leaked key: another one that it may live on waits until it is back.
  if (cx.debts.length > 0) return true
  return cx.book.record.outstanding.some((note) => sameKey(note.key, key) && note.reason !== 'superseded')
}

/** Every deletion goes out before the first death is waited for: of several leaked keys none lives on while another one dies. */
async function act(cx: Context): Promise<Act> {
  const doomed: KnownKey[] = []
  let hindered: Act = ACTED
  for (const key of leaving(cx).filter((open) => !isSettled(cx, open))) {
    const outcome = cx.book.run.decision?.revoke === 'leave-alive' ? await leaveAlive(cx, key, 'left-alive') : await sendDeletion(cx, key)
    if (outcome === 'sent' || outcome === 'gone') doomed.push(key)
    else if (outcome.is !== 'acted') hindered = outcome
    if (hindered !== ACTED) break
  }
  const deaths = await together(doomed, (key) => confirmDeath(cx, key))
  return deaths.find(({ is }) => is !== 'acted') ?? hindered
}

/** Deletes a key by its warrant, unless it is gone already. Anything else ends the step. */
async function sendDeletion(cx: Context, key: KnownKey): Promise<Act | 'sent' | 'gone'> {
  const references = await referencesElsewhere(cx, key)
  if (references.holders.length > 0) {
    if (isLeaked(cx, key)) return stopped(sharedLeak(cx, references.holders))
    cx.findings.push({
      code: 'shared-key',
      severity: 'warning',
      message: `${references.holders.join(', ')} still hold the old key; the last credential that leaves it retires it`,
    })
    return leaveAlive(cx, key, 'shared-key')
  }
  const drawn = await drawFor(cx, key, references.unsure)
  if (drawn === 'gone') return 'gone'
  if (drawn === 'ambiguous') return stopped(ambiguous(cx))
  const { warrant, items, listed } = drawn
  if (warrant === null) return stopOrReconsider(cx, items)
  const permission = await authorised(cx)
  if (permission !== null) return stopped(permission)
  const refusal = await endKey(cx, key, listed, warrant)
  return refusal === null ? 'sent' : stopped(refusal)
}

/** Leaves a key alive on purpose, in sight: it stays a finding until it is dead. */
async function leaveAlive(cx: Context, key: KeyNote, reason: OutstandingNote['reason']): Promise<Act> {
  const note: OutstandingNote = { key: noteOf(key), reason, since: cx.ws.clock.now() }
  await cx.book.save((record) => ({ ...record, outstanding: [...record.outstanding.filter((old) => !sameKey(old.key, key)), note] }))
  return ACTED
}

/** Whether somebody has said that the old key may die: policy, a decision on record, a flag, or a person now. */
async function authorised(cx: Context): Promise<Stop | null> {
  const { decision } = cx.book.run
  if (cx.credential.policy.revoke === 'auto' || cx.options.revokeConfirmed || (decision !== null && decision.revoke !== 'leave-alive')) return null
  const { stays, leaves } = calling(cx)
  const question = { id: 'revoke', title: `revoke the ${leaves} of ${cx.credential.name}?`, facts: factsForPerson(cx, soakEnd(cx)) }
  if ((await cx.ws.prompter?.confirm(question)) === true) return null
  const command = `keyrot revoke ${cx.credential.name} --yes --confirm ${cx.credential.name}`
  return {
    status: 'parked',
    code: 'KR_REVOKE_WANTED',
    message: `${cx.credential.name} is on its ${stays}; the ${leaves} waits for somebody to revoke it`,
    hints: [`run: ${command}`],
    command,
  }
}

async function confirmDeath(cx: Context, key: KnownKey): Promise<Act> {
  const evidence = await awaitDeath(cx, key)
  if (evidence === null) return stopped(stillAlive(cx))
  noteDead(cx, key, evidence)
  await cx.book.append('key.retired', {
    step: 'retire',
    code: evidence === 'refused' ? 'KR_OBSERVED_REFUSED' : 'KR_UNLISTED',
    data: { id: key.id, fingerprint: key.fingerprint, since: cx.facts.moments.get('refused') ?? null },
  })
  await cx.book.save((record) => ({ ...record, outstanding: record.outstanding.filter((note) => !sameKey(note.key, key)) }))
  return ACTED
}

/** A key that another credential lives on is left alone: it dies with the last credential that leaves it. */
function sharedLeak(cx: Context, holders: readonly string[]): Stop {
  const [other = ''] = (holders[0] ?? '').split('/')
  return {
    status: 'person',
    code: 'KR_LEAK_SHARED',
    message: `the leaked key of ${cx.credential.name} is in use elsewhere: ${holders.join(', ')}; it lives until they have left it`,
    hints: [`move the other one too: keyrot incident ${other}`, `then: keyrot incident ${cx.credential.name}`],
    command: `keyrot incident ${other}`,
  }
}

function ambiguous(cx: Context): Stop {
  return {
    status: 'person',
    code: 'KR_AMBIGUOUS_KEY',
    message: `several keys of the provider look like the ${calling(cx).leaves} of ${cx.credential.name}; none is deleted on its looks`,
    hints: [`find its id at ${cx.credential.provider.dashboard} and delete it there`, `then: keyrot revoke ${cx.credential.name}`],
    command: `keyrot revoke ${cx.credential.name}`,
  }
}

function stillAlive(cx: Context): Stop {
  return {
    status: 'person',
    code: 'KR_NOT_OBSERVED_DEAD',
    message: `the ${calling(cx).leaves} of ${cx.credential.name} was deleted but is not observed dead`,
    hints: [`look again in some minutes: keyrot revoke ${cx.credential.name}`, ...lastResort(cx.credential)],
    command: `keyrot revoke ${cx.credential.name}`,
  }
}
