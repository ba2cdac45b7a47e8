import { describe, expect, it } from 'vitest'
import { askWhetherAlive } from '../../../src/audit/ask.ts'
import { Secret } from '../../../src/domain/secret.ts'
import type { ProbeAnswer } from '../../../src/domain/verdict.ts'
import type { Provider } from '../../../src/ports/provider.ts'

/** A provider that answers by what the key begins with. */
function provider(control: ProbeAnswer, answers: Readonly<Record<string, ProbeAnswer>>): Provider {
  const made = new Secret('made-up')
  const prove = (key: Secret): Promise<ProbeAnswer> =>
    Promise.resolve(key === made ? control : (Object.entries(answers).find(([value]) => new Secret(value).equals(key))?.[1] ?? { is: 'invalid' }))
  return { type: 'openai', limits: { maxLife: null, expiry: false }, dashboard: '', prove, madeUp: () => made }
}

const invalid: ProbeAnswer = { is: 'invalid' }
const accepted: ProbeAnswer = { is: 'accepted' }
const keys = [new Secret('one'), new Secret('two')]

describe('asking whether keys that were found are alive', () => {
  it('calls one dead only where another is accepted from the same place', async () => {
    const verdicts = await askWhetherAlive(provider(invalid, { one: accepted }), keys, null)
    expect(verdicts.map(({ is }) => is)).toEqual(['live', 'dead'])
  })

  it('cannot tell a refusal without a comparison', async () => {
    const verdicts = await askWhetherAlive(provider(invalid, {}), keys, null)
    expect(verdicts.map(({ is }) => is)).toEqual(['cannot-tell', 'cannot-tell'])
  })

  it('takes a key in use for the comparison', async () => {
    const verdicts = await askWhetherAlive(provider(invalid, { known: accepted }), keys, new Secret('known'))
    expect(verdicts.map(({ is }) => is)).toEqual(['dead', 'dead'])
  })

  it('believes nothing where a made-up key is accepted', async () => {
    const verdicts = await askWhetherAlive(provider(accepted, { one: accepted }), keys, null)
    expect(verdicts.map(({ is }) => is)).toEqual(['cannot-tell', 'cannot-tell'])
  })
})
