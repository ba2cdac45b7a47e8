/** Verify: the incoming key answers a live call, compared with the outgoing one and a made-up one, before it is put to use. */
import { formatDuration } from '../domain/duration.ts'
import type { Secret } from '../domain/secret.ts'
import { EVIDENCE_AGE } from '../domain/warrant.ts'
import { anyPromoted, everywhere, incoming, isDead, noteDead, outgoing, targetOf, rolesIn, wasCommitted, type Context } from './context.ts'
import { sameKey } from './identify.ts'
import { isGone } from './gone.ts'
import { proveUntil } from './probe.ts'
import { ACTED, needed, reconsider, satisfied, stopped, type Act, type Look, type StepLogic } from './step.ts'
import { goForward } from './turn.ts'
import { noteProven } from './witness.ts'

export const verify: StepLogic = { look, act: verifyIncoming }

async function look(cx: Context): Promise<Look> {
  if (everywhere(cx)) return satisfied('in use everywhere; proven again before anything is retired')
  const { proven } = cx.facts
  if (proven !== null && sameKey(proven.key, incoming(cx)) && cx.ws.clock.now() - proven.at <= EVIDENCE_AGE) return satisfied('answered a live call just now')
  return needed('not proven in this invocation')
}

/** Proves the incoming key. Also called where an earlier proof has grown too old to rest a promotion on. */
export async function verifyIncoming(cx: Context): Promise<Act> {
  const key = incoming(cx)
  if (key?.secret == null) return reconsider('the value to verify is not at hand')
  const other = await comparison(cx)
  const verdict = await proveUntil(cx, key.secret, other, cx.ws.clock.now() + cx.credential.policy.verifyWindow, true)
  if (other !== null) cx.book.noteOwnCall()
  if (verdict.is === 'live') {
    noteProven(cx, key, true)
    for (const note of verdict.notes) cx.findings.push({ code: 'scope-not-tried', severity: 'warning', message: `the new key is ${note}` })
    return ACTED
  }
  if (cx.direction === 'back' && (verdict.is === 'dead' || (verdict.reason === 'refused-without-comparison' && (await isGone(cx, key))))) {
    noteDead(cx, key, 'refused')
    return goForward(cx, 'it is dead')
  }
  if (verdict.is === 'dead') return discard(cx)
  return stopped({
    status: 'parked',
    code: 'KR_CANNOT_TELL',
    message: `cannot tell whether the new key of ${cx.credential.name} works (${verdict.reason}); nothing was promoted`,
    hints: [`waited ${formatDuration(cx.credential.policy.verifyWindow)}; check the network, the proxy and the project, then run again`],
  })
}

/** The other key for the comparison; keyrot's own call with it is recorded, so that it is not taken for a consumer's. */
async function comparison(cx: Context): Promise<Secret | null> {
  const other = outgoing(cx)
  if (other?.secret == null || isDead(cx, other)) return null
  await cx.book.saveRun((run) => ({ ...run, ownCallAt: cx.ws.clock.now() }))
  return other.secret
}

/** A dead verdict. Before any commit all is put back at once; after one the run has an older key to account for, and the next attempt follows. */
async function discard(cx: Context): Promise<Act> {
  const key = incoming(cx)
  const committed = anyPromoted(cx) || (key !== null && wasCommitted(cx, key)) || cx.book.run.attempts.some((note) => note.committedAt !== null)
  if (key !== null) noteDead(cx, key, 'refused')
  await cx.book.saveRun((run) => ({ ...run, attempts: run.attempts.map((note) => ({ ...note, abandoned: true })) }))
  await cx.book.append('key.abandoned', { step: 'verify', code: 'KR_NEW_KEY_DEAD', data: { name: key?.name ?? null } })
  if (committed) return reconsider('the new key was killed by others')
  await clearStaged(cx)
  return stopped({
    status: 'failed',
    code: 'KR_NEW_KEY_DEAD',
    message: `the new key of ${cx.credential.name} is refused where the old one is accepted; it was taken out again`,
    hints: ['nothing else was changed; run again for another attempt'],
  })
}

/** Takes the new key out of every fallback slot in which it waits. */
export async function clearStaged(cx: Context): Promise<void> {
  for (const { name } of cx.credential.targets) {
    const { target } = targetOf(cx, name)
    const seen = await target.observe()
    const roles = rolesIn(cx, seen)
    if (roles.fallback === 'b' && roles.current !== 'b') await target.write({ fallback: null }, seen.revision)
  }
}
