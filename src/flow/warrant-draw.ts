/** Drawing up the warrant: what is unknown is asked one by one, what is waived is recorded, and what is missing is said. */
import type { Ms } from '../domain/duration.ts'
import { drawWarrant, EVIDENCE_AGE, type ItemFinding, type Stand, type Warrant, type WarrantFacts, type WarrantItem } from '../domain/warrant.ts'
import type { ProviderKey } from '../ports/provider.ts'
import { approvalWanted } from './approval.ts'
import type { Context } from './context.ts'
import { soakEnd } from './drain.ts'
import type { KnownKey } from './identify.ts'
import { calling, factsForPerson } from './question.ts'
import { waitOutQuiet } from './quiet.ts'
import { reconsider, stopped, type Act, type Stop } from './step.ts'
import { awaitConsumers } from './stragglers.ts'
import { gatherFacts, type Unasked } from './warrant-facts.ts'

export interface Drawn {
  readonly warrant: Warrant | null
  readonly items: readonly ItemFinding[]
  /** The key of the warrant, as the provider listed it for that. */
  readonly listed: ProviderKey | null
}

/** The warrant for one key, as far as it can be completed now. */
export async function drawFor(cx: Context, key: KnownKey, unsure: readonly string[]): Promise<Drawn | Unasked> {
  await waitOutQuiet(cx)
  const gathered = await awaitConsumers(cx, () => gatherFacts(cx, key, unsure))
  if (gathered === 'gone' || gathered === 'ambiguous') return gathered
  const { facts, listed } = gathered
  const answered = new Map<string, Stand>(freshAnswers(cx))
  for (const item of waivedByRule(cx, facts)) answered.set(item, 'rule')
  for (const item of [...cx.options.waive, ...(cx.options.subject?.force === true ? FORCED : [])]) answered.set(item, 'flag')
  if (cx.book.run.incident === undefined && cx.book.run.decision?.revoke === 'now')
    answered.set('quiet', cx.book.run.decision.by === 'person' ? 'person' : 'flag')
  let drawn = drawWarrant(facts, answered)
  for (const item of drawn.items.filter((found) => found.state === 'unknown' && found.answeredBy === undefined)) {
    if (!(await askPerson(cx, item))) continue
    answered.set(item.item, 'person')
    drawn = drawWarrant(facts, answered)
  }
  for (const item of drawn.items.filter(({ answeredBy }) => answeredBy === 'flag' || answeredBy === 'rule'))
    await cx.book.append('item.waived', { step: 'retire', code: item.item, data: { by: item.answeredBy ?? null } })
  for (const { item, evidence } of drawn.items.filter(({ answeredBy }) => answeredBy === 'flag'))
    cx.findings.push({ code: 'waived', severity: 'warning', message: `waived by flag: ${item} (${evidence})` })
  return { ...drawn, listed }
}

/** What `--force` waives, where it is not met. That another key lives, and stands in every slot, is never among it (I1). */
const FORCED: readonly WarrantItem[] = ['unreferenced', 'quiet', 'consumers', 'revivable', 'approval', 'clock']

/**
 * What an incident does not wait for (I2): quiet, because a thief is not; and what only somebody's word could prove, because the
 * confirmation said that the key dies now. Where the key is severed first, nothing that the successor would prove is asked.
 */
function waivedByRule(cx: Context, facts: WarrantFacts): readonly WarrantItem[] {
  const { incident } = cx.book.run
  if (incident === undefined) return []
  if (incident.severFirst) return ['successor-live', 'read-back', 'quiet', 'consumers', 'revivable']
  const byWord = facts.consumers.every(({ state }) => state !== 'unmet')
  return byWord ? ['quiet', 'consumers', 'revivable'] : ['quiet', 'revivable']
}

/** Answers that stay true for the run; every other is evidence, and evidence ages. */
const LASTING: readonly string[] = ['consumers', 'revivable']

function freshAnswers(cx: Context): [string, 'person' | 'flag'][] {
  const now = cx.ws.clock.now()
  return cx.book.run.answers.filter((answer) => LASTING.includes(answer.item) || now - answer.at <= EVIDENCE_AGE).map((answer) => [answer.item, answer.by])
}

async function askPerson(cx: Context, item: ItemFinding): Promise<boolean> {
  if (cx.ws.prompter === null || drawnButWaiting(cx)) return false
  const yes = await cx.ws.prompter.confirm({
    id: `item:${item.item}`,
    title: itemQuestion(cx, item.item),
    facts: [item.evidence, ...factsForPerson(cx, soakEnd(cx))],
  })
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

function itemQuestion(cx: Context, item: WarrantItem): string {
  const { stays, leaves } = calling(cx)
  const questions: Partial<Record<WarrantItem, string>> = {
    'successor-live': `the ${stays} could not be tried from here: does it work?`,
    'read-back': `the store cannot show what it holds: is the ${stays} in place?`,
    unreferenced: `some slots cannot show what they hold: is the ${leaves} out of all of them?`,
    quiet: `the provider does not say when the ${leaves} was last used: is it idle?`,
    consumers: `have all consumers been restarted with the ${stays}?`,
    revivable: 'these would come back with a dead key if somebody revived them: is that acceptable?',
  }
  return questions[item] ?? item
}

/** What an incomplete warrant means: wait if time alone mends it, walk again if a target fell back, else say what is wanted. */
export function stopOrReconsider(cx: Context, items: readonly ItemFinding[]): Act {
  const open = items.filter((item) => item.state !== 'met' && item.answeredBy === undefined)
  const unnamed = cx.debts.filter((name) => cx.book.run.incident?.without.includes(name) !== true)
  if (unnamed.length > 0) return stopped(debtUnnamed(cx, unnamed, items))
  const readBack = open.find((item) => item.item === 'read-back')
  if (readBack?.state === 'unmet' && readBack.until === undefined) return reconsider('a target fell back')
  const times = open.map((item) => item.until)
  const until = times.every((time): time is Ms => time !== undefined) ? Math.max(...times) : undefined
  if (until !== undefined) {
    return stopped({
      status: 'waiting',
      code: 'KR_WAITING_QUIET',
      message: `the ${calling(cx).leaves} of ${cx.credential.name} may not die yet: ${words(open)}`,
      until,
      items,
    })
  }
  if (open.every(({ item, until: end }) => item === 'approval' || end !== undefined)) return stopped(approvalWanted(cx, items))
  const hints = open.map((item) => hintFor(cx, item))
  return stopped({
    status: 'parked',
    code: 'KR_WARRANT_INCOMPLETE',
    message: `the ${calling(cx).leaves} of ${cx.credential.name} may not die yet: ${words(open)}`,
    hints,
    items,
    command: revokeCommand(cx),
  })
}

function hintFor(cx: Context, { item, state, evidence }: ItemFinding): string {
  if (item === 'approval') return `${item}: ${evidence}; give it: keyrot approve ${cx.credential.name}`
  return state === 'unknown' ? `answer it at a terminal, or waive it: --waive ${item}` : `${item}: ${evidence}`
}

/** I1 bends only for what was named: a target that went down after the prompt asks for its name. */
function debtUnnamed(cx: Context, names: readonly string[], items: readonly ItemFinding[]): Stop {
  const { name } = cx.credential
  const command = `keyrot incident ${name} ${names.map((one) => `--without ${one}`).join(' ')}`
  return {
    status: 'person',
    code: 'KR_TARGET_UNREACHABLE',
    message: `${names.join(', ')} could not be brought to the new key, so the leaked key of ${name} still lives`,
    hints: [`bring ${names.length === 1 ? 'it' : 'them'} back, or leave ${names.length === 1 ? 'it' : 'them'} on a dead key by name: ${command}`],
    items,
    command,
  }
}

/** Without a person the command must carry its own confirmation. */
function revokeCommand(cx: Context): string {
  const { name } = cx.credential
  return cx.ws.prompter === null ? `keyrot revoke ${name} --yes --confirm ${name}` : `keyrot revoke ${name}`
}

function words(items: readonly ItemFinding[]): string {
  return items.map((item) => `${item.item} (${item.evidence})`).join('; ')
}
