/** Asking the provider whether a key lives: rounds of subject, other key and made-up control, from the same place. */
import { SECOND, type Ms } from '../domain/duration.ts'
import type { Secret } from '../domain/secret.ts'
import { judge, type Verdict } from '../domain/verdict.ts'
import type { Context } from './context.ts'
import { paceOf } from './pace.ts'

/** A new key must answer this often in a row before it counts: parts of the provider may still not know it (P4). */
const STEADY = 3
const LONGEST_PAUSE: Ms = 30 * SECOND

/** One round, judged. */
export async function proveOnce(cx: Context, subject: Secret, other: Secret | null, propagating: boolean): Promise<Verdict> {
  const { provider } = cx.credential
  const [answer, compared, control] = await Promise.all([
    provider.prove(subject),
    other === null ? null : provider.prove(other),
    provider.prove(provider.madeUp()),
  ])
  return judge({ subject: answer, other: compared, control, propagating })
}

/**
 * Rounds until the verdict stands or `until` has passed. Before `until` a refusal of the subject is "not known yet"; after it
 * one more round decides. `steady` asks for several good answers in a row.
 */
export async function proveUntil(cx: Context, subject: Secret, other: Secret | null, until: Ms, steady: boolean): Promise<Verdict> {
  const { atOnce } = paceOf(cx)
  let good = 0
  for (let round = 0; ; round++) {
    const propagating = cx.ws.clock.now() < until
    const verdict = await proveTogether(cx, subject, other, propagating, steady ? atOnce : 1)
    good = verdict.is === 'live' ? good + atOnce : 0
    if (verdict.is === 'live' && (!steady || good >= STEADY)) return verdict
    if (verdict.is === 'dead' || (verdict.is === 'cannot-tell' && (verdict.final === true || !propagating))) return verdict
    await cx.ws.clock.sleep(pause(verdict, round, paceOf(cx).probe))
  }
}

/** Rounds at one moment; one that is not good speaks for all. */
async function proveTogether(cx: Context, subject: Secret, other: Secret | null, propagating: boolean, rounds: number): Promise<Verdict> {
  const [first, ...rest] = await Promise.all(Array.from({ length: rounds }, () => proveOnce(cx, subject, other, propagating)))
  return [first, ...rest].find((verdict) => verdict !== undefined && verdict.is !== 'live') ?? (first as Verdict)
}

function pause(verdict: Verdict, round: number, usual: Ms): Ms {
  const asked = verdict.is === 'cannot-tell' ? verdict.waitMs : undefined
  return Math.min(LONGEST_PAUSE, asked ?? (verdict.is === 'live' ? usual : usual * 1.5 ** round))
}
