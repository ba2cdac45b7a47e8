/**
 * What an answer to a probe means (reliability.md 6.4). An adapter only classifies its own answer; judging needs the
 * other key and the made-up control key, from the same round and the same place, and happens here.
 */
export type ProbeAnswer =
  | { readonly is: 'accepted' }
  /** Refused as an unknown, mistyped or deleted key. */
  | { readonly is: 'invalid' }
  /** A valid key of another organization or project: useless for this credential. */
  | { readonly is: 'wrong-home'; readonly code: string }
  /** Authenticated, but this call or model is not permitted: a scope question. */
  | { readonly is: 'limited'; readonly code: string }
  /** Authenticated, account out of money or over its limit. */
  | { readonly is: 'no-quota'; readonly code: string }
  | { readonly is: 'busy'; readonly retryAfterMs: number }
  /** Network, proxy, region, allow-list, server error, unknown code: says nothing about the key. */
  | { readonly is: 'unclear'; readonly code: string }

export type Verdict =
  | { readonly is: 'live'; readonly notes: readonly string[] }
  | { readonly is: 'dead'; readonly reason: string }
  | { readonly is: 'cannot-tell'; readonly reason: string; readonly waitMs?: number; readonly final?: boolean }

export interface ProbeRound {
  readonly subject: ProbeAnswer
  /** The other key of the rotation, same call, same round; `null` where none is known to live. */
  readonly other: ProbeAnswer | null
  /** A made-up key: the call proves something only if this one fails as invalid. */
  readonly control: ProbeAnswer
  /** Whether a new key may still be unknown to parts of the provider. */
  readonly propagating: boolean
}

function authenticated(answer: ProbeAnswer | null): boolean {
  return answer !== null && (answer.is === 'accepted' || answer.is === 'limited' || answer.is === 'no-quota')
}

/** Judges one round. "Cannot tell" never promotes and never revokes (I8). */
export function judge(round: ProbeRound): Verdict {
  const { subject, other, control } = round
  if (control.is === 'busy') return { is: 'cannot-tell', reason: 'busy', waitMs: control.retryAfterMs }
  if (authenticated(control)) return { is: 'cannot-tell', reason: 'control-accepted', final: true }
  if (control.is !== 'invalid') return { is: 'cannot-tell', reason: 'control-unclear' }
  switch (subject.is) {
    case 'accepted':
      return { is: 'live', notes: [] }
    case 'busy':
      return { is: 'cannot-tell', reason: 'busy', waitMs: subject.retryAfterMs }
    case 'unclear':
      return { is: 'cannot-tell', reason: subject.code }
    case 'limited':
      if (other === null || other.is === 'limited') return { is: 'live', notes: ['accepted, but not permitted for this probe'] }
      return other.is === 'accepted'
        ? { is: 'cannot-tell', reason: 'scope-narrower-than-old-key', final: true }
        : { is: 'cannot-tell', reason: 'scope-not-comparable' }
    case 'no-quota':
      if (other?.is === 'no-quota') return { is: 'live', notes: ['accepted, account without quota'] }
      return { is: 'cannot-tell', reason: 'no-quota', final: true }
    case 'wrong-home':
      return { is: 'dead', reason: 'wrong-home' }
    case 'invalid':
      if (round.propagating) return { is: 'cannot-tell', reason: 'propagating' }
      // A refusal counts only where the other key is accepted from here and now: else the network may be what refuses.
      return authenticated(other) ? { is: 'dead', reason: 'invalid' } : { is: 'cannot-tell', reason: 'refused-without-comparison' }
  }
}
