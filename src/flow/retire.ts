/**
 * Retire: the point of no return. A key dies by id, with a warrant, and is then observed dead. The ladder: delete the key;
 * refused → delete the account that keyrot made for exactly this key; else end its life in a second; else a person.
 */
import { SECOND, type Ms } from '../domain/duration.ts'
import { isOurs, parseKeyName } from '../domain/key-name.ts'
import type { KeyNote, OutstandingNote } from '../domain/record.ts'
import { drawWarrant, type ItemFinding, type Warrant } from '../domain/warrant.ts'
import type { ProviderKey } from '../ports/provider.ts'
import { isDead, leaving, noteDead, type Context } from './context.ts'
import { soakEnd } from './drain.ts'
import { isListable, isListedAs, noteOf, sameKey, type KnownKey } from './identify.ts'
import { awaitDeath } from './death.ts'
import { referencesElsewhere } from './others.ts'
import { factsForPerson } from './question.ts'
import { ACTED, needed, reconsider, satisfied, stopped, type Act, type Look, type StepLogic, type Stop } from './step.ts'
import { gatherFacts } from './warrant-facts.ts'

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
    cx.findings.push({ code: 'shared-key', severity: 'warning', message: `${references.holders.join(', ')} still hold the old key; the last credential that leaves it retires it` })
    return leaveAlive(cx, key, 'shared-key')
  }
  const listed = await lookUp(cx, key)
  if (listed === 'gone') return confirmDeath(cx, key)
  const { warrant, items } = await drawFor(cx, key, listed === 'unlistable' ? null : listed, references.unsure)
  if (warrant === null) return stopOrReconsider(cx, items)
  const permission = await authorised(cx)
  if (permission !== null) return stopped(permission)
  return end(cx, key, listed === 'unlistable' ? null : listed, warrant)
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

async function drawFor(cx: Context, key: KnownKey, listed: ProviderKey | null, unsure: readonly string[]): Promise<{ warrant: Warrant | null; items: readonly ItemFinding[] }> {
  const facts = await gatherFacts(cx, key, listed, unsure)
  const answered = new Map<string, 'person' | 'flag'>(cx.book.run.answers.map((answer) => [answer.item, answer.by]))
  for (const item of cx.options.waive) answered.set(item, 'flag')
  if (cx.book.run.decision?.revoke === 'now') answered.set('quiet', cx.book.run.decision.by === 'person' ? 'person' : 'flag')
  let drawn = drawWarrant(facts, answered)
  for (const item of drawn.items.filter((found) => found.state === 'unknown' && found.answeredBy === undefined)) {
    if (!(await askPerson(cx, item))) continue
    answered.set(item.item, 'person')
    drawn = drawWarrant(facts, answered)
  }
  for (const item of drawn.items.filter((found) => found.answeredBy === 'flag')) await cx.book.append('item.waived', { step: 'retire', code: item.item })
  return drawn
}

async function askPerson(cx: Context, item: ItemFinding): Promise<boolean> {
  if (cx.ws.prompter === null || drawnButWaiting(cx)) return false
  const yes = await cx.ws.prompter.confirm({ id: `item:${item.item}`, title: ITEM_QUESTIONS[item.item] ?? item.item, facts: [item.evidence, ...factsForPerson(cx, soakEnd(cx))] })
  if (!yes) return false
  await cx.book.saveRun((run) => ({ ...run, answers: [...run.answers, { item: item.item, by: 'person', at: cx.ws.clock.now() }] }))
  await cx.book.append('item.answered', { step: 'retire', code: item.item })
  return true
}

/** Nothing is asked before the overlap is over: the answer would be stale. */
function drawnButWaiting(cx: Context): boolean {
  const end = soakEnd(cx)
  return cx.book.run.decision?.revoke !== 'now' && end !== null && cx.ws.clock.now() < end
}

const ITEM_QUESTIONS: Partial<Record<ItemFinding['item'], string>> = {
  'successor-live': 'the new key could not be tried from here: does it work?',
  'read-back': 'the store cannot show what it holds: is the new key in place?',
  unreferenced: 'some slots cannot show what they hold: is the old key out of all of them?',
  quiet: 'the provider does not say when the old key was last used: is it idle?',
  consumers: 'have all consumers been restarted with the new key?',
}

/** What an incomplete warrant means: wait if time alone mends it, walk again if a target fell back, else say what is wanted. */
function stopOrReconsider(cx: Context, items: readonly ItemFinding[]): Act {
  const open = items.filter((item) => item.state !== 'met' && item.answeredBy === undefined)
  const readBack = open.find((item) => item.item === 'read-back')
  if (readBack?.state === 'unmet' && readBack.until === undefined) return reconsider('a target fell back')
  const times = open.map((item) => item.until)
  const until = times.every((time): time is Ms => time !== undefined) ? Math.max(...times) : undefined
  if (until !== undefined) {
    return stopped({ status: 'waiting', code: 'KR_WAITING_QUIET', message: `the old key of ${cx.credential.name} may not die yet: ${words(open)}`, until, items })
  }
  const hints = open.map((item) => (item.state === 'unknown' ? `answer it at a terminal, or waive it: --waive ${item.item}` : `${item.item}: ${item.evidence}`))
  return stopped({ status: 'parked', code: 'KR_WARRANT_INCOMPLETE', message: `the old key of ${cx.credential.name} may not die yet: ${words(open)}`, hints, items, command: `keyrot revoke ${cx.credential.name}` })
}

function words(items: readonly ItemFinding[]): string {
  return items.map((item) => `${item.item} (${item.evidence})`).join('; ')
}

/** Whether somebody has said that the old key may die: policy, a decision on record, a flag, or a person now. */
async function authorised(cx: Context): Promise<Stop | null> {
  const { decision } = cx.book.run
  if (cx.credential.policy.revoke === 'auto' || cx.options.revokeConfirmed || (decision !== null && decision.revoke !== 'leave-alive')) return null
  const question = { id: 'revoke', title: `revoke the old key of ${cx.credential.name}?`, facts: factsForPerson(cx, soakEnd(cx)) }
  if ((await cx.ws.prompter?.confirm(question)) === true) return null
  const command = `keyrot revoke ${cx.credential.name} --yes --confirm ${cx.credential.name}`
  return { status: 'parked', code: 'KR_REVOKE_WANTED', message: `${cx.credential.name} is on its new key; the old one waits for somebody to revoke it`, hints: [`run: ${command}`], command }
}

async function end(cx: Context, key: KnownKey, listed: ProviderKey | null, warrant: Warrant): Promise<Act> {
  const { provider } = cx.credential
  if (provider.retire === undefined || listed === null) return askToRevoke(cx, key)
  await cx.book.append('key.retired', { step: 'retire', code: 'KR_DELETING', data: { id: listed.id } })
  await cx.book.saveRun((run) => ({ ...run, retired: [...run.retired.filter((id) => id !== listed.id), listed.id] }))
  const deleted = (await provider.retire(warrant)) === 'gone' || (await endAccount(cx, listed, warrant)) || (await cutLife(cx, listed))
  return deleted ? confirmDeath(cx, key) : stopped(refusedToDie(cx))
}

/** An account is deleted only if keyrot made it for exactly this key and a complete listing shows no other key on it. */
async function endAccount(cx: Context, key: ProviderKey, warrant: Warrant): Promise<boolean> {
  const { provider } = cx.credential
  const { owner } = key
  const madeForIt = owner.kind === 'service-account' && owner.id !== null && owner.name === key.name && isOurs(parseKeyName(owner.name), cx.ws.ns, cx.credential.name)
  if (!madeForIt || owner.id === null || provider.retireAccount === undefined || provider.list === undefined) return false
  const siblings = (await provider.list()).keys.filter((other) => other.owner.id === owner.id && other.id !== key.id)
  return siblings.length === 0 && (await provider.retireAccount(warrant, owner.id)) === 'gone'
}

async function cutLife(cx: Context, key: ProviderKey): Promise<boolean> {
  if (cx.credential.provider.expire === undefined) return false
  await cx.credential.provider.expire(key.id, SECOND)
  return true
}

/** No API can revoke: a person does, and keyrot checks that it was done. */
async function askToRevoke(cx: Context, key: KnownKey): Promise<Act> {
  const page = cx.credential.provider.dashboard
  const done = await cx.ws.prompter?.confirm({ id: 'revoked-by-hand', title: `revoke the old key of ${cx.credential.name} at ${page}; done?`, facts: factsForPerson(cx, soakEnd(cx)) })
  if (done === true) return confirmDeath(cx, key)
  return stopped({
    status: 'parked',
    code: 'KR_REVOKE_BY_HAND',
    message: `the old key of ${cx.credential.name} must be revoked by a person: no admin key is configured`,
    hints: [`revoke it at ${page}${key.fingerprint === null ? '' : ` (fingerprint ${key.fingerprint})`}`, `then let keyrot prove it dead: keyrot revoke ${cx.credential.name}`],
    command: `keyrot revoke ${cx.credential.name}`,
  })
}

async function confirmDeath(cx: Context, key: KnownKey): Promise<Act> {
  const evidence = await awaitDeath(cx, key)
  if (evidence === null) return stopped(stillAlive(cx))
  noteDead(cx, key, evidence)
  await cx.book.append('key.retired', { step: 'retire', code: evidence === 'refused' ? 'KR_OBSERVED_REFUSED' : 'KR_UNLISTED', data: { id: key.id } })
  await cx.book.save((record) => ({ ...record, outstanding: record.outstanding.filter((note) => !sameKey(note.key, key)) }))
  return ACTED
}

function refusedToDie(cx: Context): Stop {
  return { status: 'person', code: 'KR_RETIRE_REFUSED', message: `the provider refuses to delete the old key of ${cx.credential.name}`, hints: [`revoke it at ${cx.credential.provider.dashboard}`, `then: keyrot revoke ${cx.credential.name}`], command: `keyrot revoke ${cx.credential.name}` }
}

function stillAlive(cx: Context): Stop {
  return { status: 'person', code: 'KR_NOT_OBSERVED_DEAD', message: `the old key of ${cx.credential.name} was deleted but is not observed dead`, hints: ['look again in some minutes', `keyrot revoke ${cx.credential.name}`], command: `keyrot revoke ${cx.credential.name}` }
}

