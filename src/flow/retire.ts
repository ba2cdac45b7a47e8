/**
 * Retire: the point of no return. A key dies by id, with a warrant and somebody's word, and is then observed dead.
 */
import type { KeyNote, OutstandingNote } from '../domain/record.ts'
import type { ProviderKey } from '../ports/provider.ts'
import { isDead, leaving, noteDead, type Context } from './context.ts'
import { awaitDeath } from './death.ts'
import { soakEnd } from './drain.ts'
import { isListable, isListedAs, noteOf, sameKey, type KnownKey } from './identify.ts'
import { endKey } from './ladder.ts'
import { referencesElsewhere } from './others.ts'
import { factsForPerson } from './question.ts'
import { ACTED, needed, satisfied, stopped, type Act, type Look, type StepLogic, type Stop } from './step.ts'
import { drawFor, stopOrReconsider } from './warrant-draw.ts'

export const retire: StepLogic = { look, act }

async function look(cx: Context): Promise<Look> {
  const open = leaving(cx).filter((key) => !isSettled(cx, key))
  return open.length === 0 ? satisfied('no key is left to retire') : needed(`${open.length === 1 ? 'one key' : `${open.length} keys`} to retire`)
}

function isSettled(cx: Context, key: KeyNote): boolean {
  return isDead(cx, key) || cx.book.record.outstanding.some((note) => sameKey(note.key, key) && note.reason !== 'superseded')
}

async function act(cx: Context): Promise<Act> {
  for (const key of leaving(cx).filter((open) => !isSettled(cx, open))) {
    const outcome = await retireOne(cx, key)
    if (outcome.is !== 'acted') return outcome
  }
  return ACTED
}

async function retireOne(cx: Context, key: KnownKey): Promise<Act> {
  if (cx.book.run.decision?.revoke === 'leave-alive') return leaveAlive(cx, key, 'left-alive')
  const references = await referencesElsewhere(cx, key)
  if (references.holders.length > 0) {
    cx.findings.push({
      code: 'shared-key',
      severity: 'warning',
      message: `${references.holders.join(', ')} still hold the old key; the last credential that leaves it retires it`,
    })
    return leaveAlive(cx, key, 'shared-key')
  }
  const listed = await lookUp(cx, key)
  if (listed === 'gone') return confirmDeath(cx, key)
  const { warrant, items } = await drawFor(cx, key, listed === 'unlistable' ? null : listed, references.unsure)
  if (warrant === null) return stopOrReconsider(cx, items)
  const permission = await authorised(cx)
  if (permission !== null) return stopped(permission)
  const refusal = await endKey(cx, key, listed === 'unlistable' ? null : listed, warrant)
  return refusal === null ? confirmDeath(cx, key) : stopped(refusal)
}

/** Leaves a key alive on purpose, in sight: it stays a finding until it is dead. */
async function leaveAlive(cx: Context, key: KeyNote, reason: OutstandingNote['reason']): Promise<Act> {
  const note: OutstandingNote = { key: noteOf(key), reason, since: cx.ws.clock.now() }
  await cx.book.save((record) => ({ ...record, outstanding: [...record.outstanding.filter((old) => !sameKey(old.key, key)), note] }))
  return ACTED
}

/** The key as the provider lists it now; `gone` when a complete listing does not have it, or shows that it has ended. */
async function lookUp(cx: Context, key: KnownKey): Promise<ProviderKey | 'gone' | 'unlistable'> {
  const listing = await cx.credential.provider.list?.()
  if (listing === undefined || !isListable(key)) return 'unlistable'
  const found = listing.keys.find((listed) => isListedAs(key, listed))
  return found === undefined || (found.expiresAt !== null && found.expiresAt <= listing.serverTime) ? 'gone' : found
}

/** Whether somebody has said that the old key may die: policy, a decision on record, a flag, or a person now. */
async function authorised(cx: Context): Promise<Stop | null> {
  const { decision } = cx.book.run
  if (cx.credential.policy.revoke === 'auto' || cx.options.revokeConfirmed || (decision !== null && decision.revoke !== 'leave-alive')) return null
  const question = { id: 'revoke', title: `revoke the old key of ${cx.credential.name}?`, facts: factsForPerson(cx, soakEnd(cx)) }
  if ((await cx.ws.prompter?.confirm(question)) === true) return null
  const command = `keyrot revoke ${cx.credential.name} --yes --confirm ${cx.credential.name}`
  return {
    status: 'parked',
    code: 'KR_REVOKE_WANTED',
    message: `${cx.credential.name} is on its new key; the old one waits for somebody to revoke it`,
    hints: [`run: ${command}`],
    command,
  }
}

async function confirmDeath(cx: Context, key: KnownKey): Promise<Act> {
  const evidence = await awaitDeath(cx, key)
  if (evidence === null) return stopped(stillAlive(cx))
  noteDead(cx, key, evidence)
  await cx.book.append('key.retired', { step: 'retire', code: evidence === 'refused' ? 'KR_OBSERVED_REFUSED' : 'KR_UNLISTED', data: { id: key.id } })
  await cx.book.save((record) => ({ ...record, outstanding: record.outstanding.filter((note) => !sameKey(note.key, key)) }))
  return ACTED
}

function stillAlive(cx: Context): Stop {
  return {
    status: 'person',
    code: 'KR_NOT_OBSERVED_DEAD',
    message: `the old key of ${cx.credential.name} was deleted but is not observed dead`,
    hints: ['look again in some minutes', `keyrot revoke ${cx.credential.name}`],
    command: `keyrot revoke ${cx.credential.name}`,
  }
}
