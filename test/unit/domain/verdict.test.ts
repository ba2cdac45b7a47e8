import { describe, expect, it } from 'vitest'
import { judge, type ProbeAnswer, type ProbeRound } from '../../../src/domain/verdict.ts'

const accepted: ProbeAnswer = { is: 'accepted' }
const invalid: ProbeAnswer = { is: 'invalid' }
const limited: ProbeAnswer = { is: 'limited', code: 'missing_scope' }
const noQuota: ProbeAnswer = { is: 'no-quota', code: 'insufficient_quota' }
const busy: ProbeAnswer = { is: 'busy', retryAfterMs: 7_000 }
const unclear: ProbeAnswer = { is: 'unclear', code: 'http-503' }
const elsewhere: ProbeAnswer = { is: 'wrong-home', code: 'mismatched_organization' }

function round(subject: ProbeAnswer, parts: Partial<ProbeRound> = {}): ProbeRound {
  return { subject, other: accepted, control: invalid, propagating: false, ...parts }
}

describe('judging a probe', () => {
  const table: [string, ProbeRound, string][] = [
    ['accepted', round(accepted), 'live'],
    ['accepted with nothing to compare', round(accepted, { other: null }), 'live'],
    ['refused while the other is accepted', round(invalid), 'dead'],
    ['refused while the other is out of money: it is authenticated', round(invalid, { other: noQuota }), 'dead'],
    ['refused inside the propagation window', round(invalid, { propagating: true }), 'cannot-tell'],
    ['refused with nothing to compare', round(invalid, { other: null }), 'cannot-tell'],
    ['refused like the other', round(invalid, { other: invalid }), 'cannot-tell'],
    ['refused while the other is unclear', round(invalid, { other: unclear }), 'cannot-tell'],
    ['limited like the other', round(limited, { other: limited }), 'live'],
    ['limited with nothing to compare', round(limited, { other: null }), 'live'],
    ['narrower than the other', round(limited), 'cannot-tell'],
    ['out of money like the other', round(noQuota, { other: noQuota }), 'live'],
    ['out of money alone', round(noQuota), 'cannot-tell'],
    ['of another organization', round(elsewhere), 'dead'],
    ['busy', round(busy), 'cannot-tell'],
    ['unclear', round(unclear), 'cannot-tell'],
  ]
  it.each(table)('%s', (_name, given, verdict) => {
    expect(judge(given).is).toBe(verdict)
  })

  it.each([accepted, limited, noQuota])('believes nothing where a made-up key is %o', (control) => {
    expect(judge(round(accepted, { control }))).toEqual({ is: 'cannot-tell', reason: 'control-accepted', final: true })
  })

  it.each([unclear, busy, elsewhere])('believes nothing where the control says %o', (control) => {
    expect(judge(round(invalid, { control })).is).toBe('cannot-tell')
  })

  it('passes on how long a busy provider asks to wait', () => {
    expect(judge(round(busy))).toMatchObject({ waitMs: 7_000 })
  })
})
