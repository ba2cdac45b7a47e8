/** What every provider promises, whatever it stands on, and what it promises when it also administers keys. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR } from '../../../src/domain/duration.ts'
import { Secret } from '../../../src/domain/secret.ts'
import type { Warrant } from '../../../src/domain/warrant.ts'
import type { Minted, Provider } from '../../../src/ports/provider.ts'
import { eventually, freshName, permission } from './bench.ts'

export interface ProviderBench {
  readonly provider: Provider
  /** A key in use, accepted by the provider. */
  readonly live: Secret
  /** Texts that must never be seen: the keys this provider was given. */
  readonly keys: readonly string[]
  close(): Promise<void>
}

/** `administers`: whether this provider lists, creates and deletes keys. Without it, none of those methods may be there. */
export function describeProvider(name: string, make: () => Promise<ProviderBench>, { administers }: { administers: boolean }): void {
  describe(`provider contract: ${name}`, () => {
    let bench: ProviderBench
    beforeAll(async () => {
      bench = await make()
    })
    afterAll(() => bench.close())

    proofs(() => bench)
    if (administers)
      lives(
        () => bench.provider as Required<Provider>,
        () => bench.live,
      )
    else bare(() => bench.provider)
  })
}

function proofs(bench: () => ProviderBench): void {
  it('accepts the key in use', async () => {
    expect(await bench().provider.prove(bench().live)).toEqual({ is: 'accepted' })
  })

  it('refuses made-up keys, which differ each time', async () => {
    const { provider } = bench()
    const [one, two] = [provider.madeUp(), provider.madeUp()]
    expect(one.equals(two)).toBe(false)
    expect(await provider.prove(one)).toEqual({ is: 'invalid' })
    expect(provider.refusePasted?.(one) ?? null).toBeNull()
  })

  it.each(['', 'x', 'two lines\nof text', `sk-${'é'.repeat(40)}`, 'a'.repeat(5_000)])('cannot tell about a text that is no key (%#)', async (text) => {
    expect((await bench().provider.prove(new Secret(text))).is).toBe('unclear')
  })

  it('refuses a pasted text that cannot be a key, without quoting it', () => {
    const { provider } = bench()
    for (const text of ['', 'with space', 'two\nlines', 'quoted"quoted"quoted"']) {
      const reason = provider.refusePasted === undefined ? 'it takes no pasted keys' : provider.refusePasted(new Secret(text))
      expect(reason).toEqual(expect.any(String))
      if (text !== '') expect(reason).not.toContain(text)
    }
  })

  it('shows no key when printed', () => {
    const shown = inspect(bench().provider, { depth: 12, showHidden: true }) + JSON.stringify(bench().provider)
    for (const key of [...bench().keys, bench().live.reveal()]) expect(shown).not.toContain(key)
  })
}

function bare(provider: () => Provider): void {
  it('has no method for what it cannot do', () => {
    for (const method of ['list', 'mint', 'retire', 'retireAccount', 'expire', 'rights']) expect(provider()).not.toHaveProperty(method)
  })
}

function lives(given: () => Required<Provider>, inUse: () => Secret): void {
  it('brings a key into being, shows it in the listing, moves its end, and makes it die', async () => {
    const [provider, live] = [given(), inUse()]
    const name = freshName()
    const minted = await provider.mint(name, HOUR)
    const listed = () => provider.list().then((listing) => listing.keys.find((key) => key.id === minted.id))
    await eventually(async () => (await listed()) !== undefined)
    const key = await listed()
    expect(key).toMatchObject({ name, createdAt: minted.createdAt, expiresAt: minted.expiresAt })
    expect(minted.secret.fits(key?.hint ?? { head: '', tail: '' })).toBe(true)
    expect(live.fits(key?.hint ?? { head: '', tail: '' })).toBe(false)
    if (provider.limits.expiry) expect(minted.expiresAt).toBeGreaterThan(minted.createdAt)
    await eventually(async () => (await provider.prove(minted.secret)).is === 'accepted')
    await movesItsEnd(provider, minted)
    expect(await provider.retire(permission(minted.id))).toBe('gone')
    expect(await provider.retire(permission(minted.id))).toBe('gone')
    await eventually(async () => (await provider.prove(minted.secret)).is === 'invalid')
    await eventually(async () => (await listed()) === undefined)
    expect(await provider.prove(live)).toEqual({ is: 'accepted' })
  })

  it('lists with the time of the provider', async () => {
    const listing = await given().list()
    expect(listing.serverTime).toBeGreaterThan(0)
    expect(new Set(listing.keys.map((key) => key.id)).size).toBe(listing.keys.length)
  })

  it('deletes nothing on a permission that nobody gave', async () => {
    const [provider, live] = [given(), inUse()]
    const key = (await provider.list()).keys.find((candidate) => live.fits(candidate.hint))
    const forged = { keyId: key?.id, kind: 'retirement', issuedAt: 0, items: [] } as unknown as Warrant
    await expect(provider.retire(forged)).rejects.toMatchObject({ kind: 'bug' })
    expect(await provider.prove(live)).toEqual({ is: 'accepted' })
  })

  it('says of each right only what it knows', async () => {
    const rights = await given().rights()
    expect(rights.length).toBeGreaterThan(0)
    expect(rights.some((right) => right.state === 'missing')).toBe(false)
    expect(rights.filter((right) => right.state === 'proven').every((right) => !/create|delete|move/.test(right.what))).toBe(true)
  })
}

async function movesItsEnd(provider: Required<Provider>, minted: Minted): Promise<void> {
  if (!provider.limits.expiry) return
  const end = () => provider.list().then((listing) => listing.keys.find((key) => key.id === minted.id)?.expiresAt ?? 0)
  await provider.expire(minted.id, 24 * HOUR)
  await eventually(async () => ((await end()) ?? 0) > minted.createdAt + 23 * HOUR)
  await provider.expire(minted.id, 2 * HOUR)
  await eventually(async () => ((await end()) ?? 0) < minted.createdAt + 3 * HOUR)
}
