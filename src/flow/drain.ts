/** Drain: the overlap in which old and new key live side by side. Nothing is done; the time is stored, the run may end here. */
import type { Ms } from '../domain/duration.ts'
import type { Decision } from '../domain/record.ts'
import { approvalFor } from './approval.ts'
import { incoming, isDead, leaving, onOurClock, receiptKey, type Context } from './context.ts'
import { calling, factsForPerson } from './question.ts'
import { ACTED, blocked, needed, satisfied, skipped, type Act, type Look, type StepLogic } from './step.ts'

export const drain: StepLogic = { look, act }

async function look(cx: Context): Promise<Look> {
  if (leaving(cx).every((key) => isDead(cx, key))) return skipped('no old key is left to wait for')
  const { decision } = cx.book.run
  if (decision?.revoke === 'leave-alive') return skipped('the old key is left alive')
  if (decision?.revoke === 'now') return skipped('revoked now, by decision')
  if (decision === null && mayAsk(cx)) return needed('a person decides about the old key')
  const end = soakEnd(cx)
  if (end === null) return cx.facts.recordKept ? needed('no time of the promotion is known: the overlap begins now') : blocked(stateNeeded(cx))
  if (cx.ws.clock.now() >= end) return satisfied('the overlap is over')
  sayApprovalWanted(cx)
  const { stays, leaves } = calling(cx)
  return blocked({
    status: 'waiting',
    code: 'KR_WAITING_OVERLAP',
    message: `${cx.credential.name} is on its ${stays} everywhere; the ${leaves} lives on until the overlap is over`,
    until: end,
  })
}

/** There is time to give an approval while both keys live. */
function sayApprovalWanted(cx: Context): void {
  const { approval, approvalFlaw = '' } = approvalFor(cx)
  if (approval === 'met') return
  const message = `the ${calling(cx).leaves} may not die without an approval (${approvalFlaw}): keyrot approve ${cx.credential.name}`
  cx.findings.push({ code: 'approval-wanted', severity: 'warning', message })
}

/** A person is asked once, at a terminal, unless policy or a flag has decided already. */
function mayAsk(cx: Context): boolean {
  return cx.ws.prompter !== null && cx.credential.policy.revoke === 'prompt' && !cx.options.revokeConfirmed
}

async function act(cx: Context): Promise<Act> {
  if (soakEnd(cx) === null) return beginOverlap(cx)
  const revoke = await cx.ws.prompter?.choose(
    { id: 'revocation', title: `the ${calling(cx).leaves} of ${cx.credential.name}`, facts: factsForPerson(cx, soakEnd(cx)) },
    [
      { value: 'now', label: 'revoke now' },
      { value: 'after-overlap', label: 'revoke after the overlap', isDefault: true },
      { value: 'leave-alive', label: 'leave alive' },
    ] as const,
  )
  const decision: Decision = { revoke: revoke ?? 'after-overlap', by: 'person', at: cx.ws.clock.now() }
  await cx.book.saveRun((run) => ({ ...run, decision }))
  return ACTED
}

/** A store without dates whose receipt was lost: the overlap is counted from now. */
async function beginOverlap(cx: Context): Promise<Act> {
  const key = incoming(cx)
  for (const { name } of cx.credential.targets) {
    if (cx.book.run.targets[name]?.promotedAt !== undefined || cx.survey.observations.get(name)?.since != null) continue
    await cx.book.noteTarget(name, { promotedAt: cx.ws.clock.now(), ...(key === null ? {} : { promotedKey: receiptKey(key) }) })
  }
  return ACTED
}

/**
 * The last moment at which a consumer could have been given the old key: promotions and reloads, by our record or the stores'
 * own dates, whichever is later; `null` where a target has neither.
 */
export function lastChange(cx: Context): Ms | null {
  const times = cx.credential.targets.map(({ name }) => {
    const note = cx.book.run.targets[name]
    const known = [note?.promotedAt, note?.reloadedAt, cx.survey.observations.get(name)?.since].filter((time): time is Ms => time != null)
    return known.length === 0 ? null : Math.max(...known)
  })
  if (times.some((time) => time === null)) return null
  return Math.max(...times.map((time) => time ?? 0), onOurClock(cx, incoming(cx)?.listed?.createdAt ?? 0), cx.facts.lastWriteAt)
}

/** When the overlap ends; `null` when no time can be had. */
export function soakEnd(cx: Context): Ms | null {
  const from = lastChange(cx)
  return from === null ? null : from + cx.credential.policy.overlap
}

function stateNeeded(cx: Context): Parameters<typeof blocked>[0] {
  return {
    status: 'parked',
    code: 'KR_STATE_NEEDED',
    message: `nothing says since when ${cx.credential.name} is on its ${calling(cx).stays}: this config needs a state store that survives`,
    hints: ['keep the .keyrot folder between runs', `or decide now: keyrot revoke ${cx.credential.name}`],
    command: `keyrot revoke ${cx.credential.name}`,
  }
}
