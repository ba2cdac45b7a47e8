/**
 * A create whose answer is lost may have happened. By the sandbox's own log: one POST per name, never a second; the caller is
 * told "ambiguous", and the key can be found by its name and deleted.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR } from '../../../src/domain/duration.ts'
import { eventually, freshName, ownBench, permission } from './bench.ts'

const HASTE = 700

const LOST = ['effect-then-reset', 'effect-then-timeout', 'effect-then-500', 'effect-then-503', 'effect-then-409', 'effect-then-408'] as const
const SPOILT = ['reset-mid-body', 'wrong-length', 'malformed-json', 'wrong-type'] as const
const NOTHING = ['reset-before-headers', 'never-answers', '500', 'redirect', 'huge-body', 'gzip-bomb'] as const

describe.each(['a key on the service account', 'an account of its own'])('a lost answer to a create: %s', (strategy) => {
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeEach(async () => {
    bench = await ownBench()
  })
  afterEach(() => bench.close())

  async function lose(kind: (typeof LOST | typeof SPOILT | typeof NOTHING)[number]) {
    const settings = strategy === 'an account of its own' ? { serviceAccount: undefined } : {}
    const name = freshName()
    bench.sandbox.fault({ kind, match: { method: 'POST' }, times: -1, bytes: 2 * 1024 * 1024 })
    const error: unknown = await bench
      .connect(settings, HASTE)
      .mint?.(name, HOUR)
      .catch((failure: unknown) => failure)
    bench.sandbox.clearFaults()
    const posts = bench.sandbox.log.filter((entry) => entry.method === 'POST')
    const born = bench.sandbox.state().keys.filter((key) => key.name === name || key.owner.name === name)
    return { name, error, posts, born, settings }
  }

  it.each([...LOST, ...SPOILT])('after it took effect: %s', async (kind) => {
    const { name, error, posts, born, settings } = await lose(kind)
    expect(error).toMatchObject({ name: 'KeyrotError', kind: 'ambiguous' })
    expect(posts).toHaveLength(1)
    expect(born).toHaveLength(1)
    const provider = bench.connect(settings)
    const found = () => provider.list?.().then((listing) => listing.keys.filter((key) => key.name === name))
    await eventually(async () => (await found())?.length === 1)
    expect((await found())?.[0]?.expiresAt).toBeLessThanOrEqual(bench.sandbox.now() + HOUR)
    expect(await provider.retire?.(permission(born[0]?.id ?? ''))).toBe('gone')
  })

  it.each(NOTHING)('before it took effect, which nobody can know: %s', async (kind) => {
    const { error, posts, born } = await lose(kind)
    expect(error).toMatchObject({ name: 'KeyrotError', kind: 'ambiguous' })
    expect(posts).toHaveLength(1)
    expect(born).toHaveLength(0)
  })
})

describe('a lost answer to another change', () => {
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeEach(async () => {
    bench = await ownBench()
  })
  afterEach(() => bench.close())

  it.each(['effect-then-reset', 'effect-then-503', 'reset-before-headers'] as const)('is ambiguous and sent once: %s', async (kind) => {
    const provider = bench.connect()
    const key = bench.sandbox.addKey({ serviceAccount: bench.serviceAccount, name: freshName() })
    bench.sandbox.fault({ kind, match: { method: 'DELETE' } })
    await expect(provider.retire?.(permission(key.id))).rejects.toMatchObject({ kind: 'ambiguous' })
    bench.sandbox.fault({ kind, match: { method: 'POST' } })
    await expect(provider.expire?.(key.id, HOUR)).rejects.toMatchObject({ kind: 'ambiguous' })
    expect(bench.sandbox.log).toHaveLength(2)
  })

  it('never arrived where nobody listens: not ambiguous', async () => {
    const provider = bench.connect()
    await bench.sandbox.close()
    await expect(provider.mint?.(freshName(), HOUR)).rejects.toMatchObject({ kind: 'unavailable', code: 'KR_HTTP_UNREACHABLE' })
    await expect(provider.list?.()).rejects.toMatchObject({ kind: 'unavailable' })
    expect(await provider.prove(bench.live)).toEqual({ is: 'unclear', code: 'unreachable' })
  })
})
