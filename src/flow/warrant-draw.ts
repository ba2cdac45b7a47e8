/** Drawing up the warrant: what is unknown is asked one by one, what is waived is recorded, and what is missing is said. */
import type { Ms } from '../domain/duration.ts'
import { drawWarrant, EVIDENCE_AGE, type ItemFinding, type Warrant } from '../domain/warrant.ts'
import type { ProviderKey } from '../ports/provider.ts'
import type { Context } from './context.ts'
import { soakEnd } from './drain.ts'
import type { KnownKey } from './identify.ts'
import { factsForPerson } from './question.ts'
import { reconsider, stopped, type Act } from './step.ts'
import { gatherFacts } from './warrant-facts.ts'

/** The warrant for one key, as far as it can be completed now. */
export async function drawFor(
  cx: Context,
  key: KnownKey,
  listed: ProviderKey | null,
  unsure: readonly string[],
): Promise<{ warrant: Warrant | null; items: readonly ItemFinding[] }> {
  const facts = await gatherFacts(cx, key, listed, unsure)
  const answered = new Map<string, 'person' | 'flag'>(freshAnswers(cx))
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

/** An answer is evidence like any other: it ages. Only that consumers were restarted stays true for the run. */
function freshAnswers(cx: Context): [string, 'person' | 'flag'][] {
  const now = cx.ws.clock.now()
  return cx.book.run.answers.filter((answer) => answer.item === 'consumers' || now - answer.at <= EVIDENCE_AGE).map((answer) => [answer.item, answer.by])
}

async function askPerson(cx: Context, item: ItemFinding): Promise<boolean> {
  if (cx.ws.prompter === null || drawnButWaiting(cx)) return false
  const yes = await cx.ws.prompter.confirm({
    id: `item:${item.item}`,
    title: ITEM_QUESTIONS[item.item] ?? item.item,
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

const ITEM_QUESTIONS: Partial<Record<ItemFinding['item'], string>> = {
  'successor-live': 'the new key could not be tried from here: does it work?',
  'read-back': 'the store cannot show what it holds: is the new key in place?',
  unreferenced: 'some slots cannot show what they hold: is the old key out of all of them?',
  quiet: 'the provider does not say when the old key was last used: is it idle?',
  consumers: 'have all consumers been restarted with the new key?',
}

/** What an incomplete warrant means: wait if time alone mends it, walk again if a target fell back, else say what is wanted. */
export function stopOrReconsider(cx: Context, items: readonly ItemFinding[]): Act {
  const open = items.filter((item) => item.state !== 'met' && item.answeredBy === undefined)
  const readBack = open.find((item) => item.item === 'read-back')
  if (readBack?.state === 'unmet' && readBack.until === undefined) return reconsider('a target fell back')
  const times = open.map((item) => item.until)
  const until = times.every((time): time is Ms => time !== undefined) ? Math.max(...times) : undefined
  if (until !== undefined) {
    return stopped({
      status: 'waiting',
      code: 'KR_WAITING_QUIET',
      message: `the old key of ${cx.credential.name} may not die yet: ${words(open)}`,
      until,
      items,
    })
  }
  const hints = open.map((item) => (item.state === 'unknown' ? `answer it at a terminal, or waive it: --waive ${item.item}` : `${item.item}: ${item.evidence}`))
  return stopped({
    status: 'parked',
    code: 'KR_WARRANT_INCOMPLETE',
    message: `the old key of ${cx.credential.name} may not die yet: ${words(open)}`,
    hints,
    items,
    command: revokeCommand(cx),
  })
}

/** Without a person the command must carry its own confirmation. */
function revokeCommand(cx: Context): string {
  const { name } = cx.credential
  return cx.ws.prompter === null ? `keyrot revoke ${name} --yes --confirm ${name}` : `keyrot revoke ${name}`
}

function words(items: readonly ItemFinding[]): string {
  return items.map((item) => `${item.item} (${item.evidence})`).join('; ')
}
