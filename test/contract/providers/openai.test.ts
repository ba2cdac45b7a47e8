import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openai } from '../../../src/adapters/providers/openai.ts'
import { hintOf } from '../../../src/adapters/providers/openai-listing.ts'
import { DAY, HOUR } from '../../../src/domain/duration.ts'
import { Secret } from '../../../src/domain/secret.ts'
import type { Provider } from '../../../src/ports/provider.ts'
import { eventually, freshName, openaiBench, ownBench, permission, surroundings, type OpenaiBench } from './bench.ts'
import { describeProvider } from './provider-contract.ts'

const SETTINGS = { project: 'proj_abc', scopes: 'all' } as const

function contractOn(settings: Parameters<OpenaiBench['connect']>[0]) {
  return async () => {
    const bench = await openaiBench()
    return { provider: bench.connect(settings), live: bench.live, keys: [bench.adminKey], close: () => bench.close() }
  }
}

describeProvider('openai, keys on one service account', contractOn({}), { administers: true })
describeProvider('openai, an account for each key', contractOn({ serviceAccount: undefined }), { administers: true })
describeProvider('openai, without an admin key', contractOn({ adminKey: undefined }), { administers: false })

function firstOf<T>(list: readonly T[] | undefined): T {
  if (list?.[0] === undefined) throw new Error('nothing there')
  return list[0]
}

async function capable(bench: OpenaiBench, settings: Parameters<OpenaiBench['connect']>[0] = {}): Promise<Required<Provider>> {
  return bench.connect(settings) as Required<Provider>
}

describe('openai settings', () => {
  it.each([
    ['an unknown key', { ...SETTINGS, extra: 1 }],
    ['no scopes', { project: 'proj_abc' }],
    ['an empty list of scopes, which the API reads as all', { ...SETTINGS, scopes: [] }],
    ['a literal admin key', { ...SETTINGS, adminKey: `sk-${'admin'}-abc` }],
    ['a project that is none', { ...SETTINGS, project: '../x' }],
    ['a life beyond the API', { ...SETTINGS, maxLife: '366d' }],
    ['no models', { ...SETTINGS, probe: { models: [] } }],
  ])('refuses %s', (_, settings) => {
    expect(openai.schema.safeParse(settings).success).toBe(false)
  })

  it('describes every key', () => {
    for (const [key, part] of Object.entries(openai.schema.shape)) expect(part.description, key).toBeTruthy()
  })

  it('has no administrative method without an admin key', async () => {
    const provider = await openai.connect('main', SETTINGS, surroundings())
    expect(Object.keys(provider).toSorted()).toEqual(['dashboard', 'isAdminKey', 'limits', 'madeUp', 'project', 'prove', 'refusePasted', 'type'])
    expect(provider.limits).toEqual({ maxLife: 365 * DAY, expiry: true })
  })

  it('refuses an admin key that cannot stand in a header, without quoting it', async () => {
    const world = surroundings({ secrets: { 'env:ADMIN': 'sk-first\nsecond-line-of-it' } })
    const failed = openai.connect('main', { ...SETTINGS, adminKey: 'env:ADMIN' }, world)
    await expect(failed).rejects.toMatchObject({ kind: 'config', message: expect.not.stringContaining('second') })
  })

  it.each([
    ['env', { env: { OPENAI_BASE_URL: 'https://elsewhere.example/v1' } }, {}],
    ['config', {}, { baseUrl: 'https://elsewhere.example/v1' }],
    ['config, for the admin key', { secrets: { 'env:ADMIN': 'a'.repeat(30) } }, { adminKey: 'env:ADMIN', adminBaseUrl: 'https://elsewhere.example/v1' }],
  ])('takes no foreign host from %s', async (_, world, settings) => {
    await expect(openai.connect('main', { ...SETTINGS, ...settings }, surroundings(world))).rejects.toMatchObject({
      code: 'KR_HOST_NOT_ALLOWED',
    })
  })

  it.each([
    ['sk-abc...def', { head: 'sk-abc', tail: 'def' }],
    ['sk-proj-****abcd', { head: 'sk-proj-', tail: 'abcd' }],
    ['whole', { head: '', tail: '' }],
    ['a...b...c d', { head: '', tail: '' }],
    ['*'.repeat(900) + '!', { head: '', tail: '' }],
  ])('reads the redacted form %#', (text, hint) => {
    expect(hintOf(text)).toEqual(hint)
  })
})

describe('openai strategies', () => {
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeAll(async () => {
    bench = await ownBench()
  })
  afterAll(() => bench.close())
  const creates = (name: string) => bench.sandbox.log.filter((entry) => entry.method === 'POST' && JSON.stringify(entry.body).includes(name))

  it('puts a second key on the configured account, with its scopes and its life in whole seconds', async () => {
    const provider = await capable(bench, { scopes: ['api.model.read', 'api.responses.write'] })
    const name = freshName()
    const minted = await provider.mint(name, 90_500)
    expect(creates(name).map((entry) => entry.body)).toEqual([{ name, scopes: ['api.model.read', 'api.responses.write'], expires_in_seconds: 91 }])
    expect(bench.sandbox.key(minted.id)).toMatchObject({ name, owner: { id: bench.serviceAccount }, fingerprint: minted.secret.fingerprint })
  })

  it('names neither scopes nor an end where none are wanted', async () => {
    const provider = await capable(bench)
    const name = freshName()
    expect((await provider.mint(name, null)).expiresAt).toBeNull()
    expect(creates(name).map((entry) => entry.body)).toEqual([{ name }])
  })

  it('makes an account of its own when the first strategy is definitely refused, and narrows its key', async () => {
    bench.sandbox.tune({ serviceAccountKeys: 'refused' })
    const provider = await capable(bench, { scopes: ['api.model.read'] })
    const name = freshName()
    const minted = await provider.mint(name, HOUR)
    bench.sandbox.tune({ serviceAccountKeys: 'allowed' })
    expect(creates(name).map((entry) => entry.path.replace(/\/(?:proj_|svc_acct_|user-)[^/]+/g, '/:'))).toHaveLength(2)
    const key = bench.sandbox.key(minted.id)
    expect(key.owner.name).toBe(name)
    expect(key.scopes).toEqual(['api.model.read'])
    await eventually(async () => (await provider.list()).keys.some((listed) => listed.id === minted.id && listed.name === name))
    expect(await provider.retireAccount(permission(minted.id), key.owner.id)).toBe('gone')
    expect(await provider.retireAccount(permission(minted.id), key.owner.id)).toBe('gone')
    expect(bench.sandbox.key(minted.id).alive).toBe(false)
  })

  it.each([401, 429])('tries no second strategy after %i', async (status) => {
    const provider = await capable(bench)
    const name = freshName()
    bench.sandbox.fault({ kind: 'error', status, match: { method: 'POST', path: 'api_keys$' }, retryAfter: '7' })
    const kind = status === 401 ? 'unauthorized' : 'rate-limited'
    await expect(provider.mint(name, HOUR)).rejects.toMatchObject({ kind, facts: { status, retryAfterMs: 7_000 } })
    expect(creates(name)).toHaveLength(1)
  })

  it('hands on a definite refusal of every strategy', async () => {
    bench.sandbox.fault({ kind: 'error', status: 403, as: 'missing-scope-403', match: { method: 'POST' }, times: 2 })
    await expect((await capable(bench)).mint(freshName(), HOUR)).rejects.toMatchObject({ kind: 'forbidden' })
  })

  it('calls a delete refused when the organization has the older contract', async () => {
    const provider = await capable(bench)
    const minted = await provider.mint(freshName(), HOUR)
    bench.sandbox.tune({ keyDelete: 'refused-for-service-accounts' })
    expect(await provider.retire(permission(minted.id))).toBe('refused')
    bench.sandbox.tune({ keyDelete: 'allowed' })
  })

  it('does not take the 404 of an unknown route for a deleted key', async () => {
    const provider = await capable(bench)
    bench.sandbox.fault({ kind: 'error', status: 404, message: 'Invalid URL (DELETE /v1/x)', match: { method: 'DELETE' } })
    await expect(provider.retire(permission('key_none'))).rejects.toMatchObject({ kind: 'ambiguous' })
  })

  it('asks at least one second of life', async () => {
    const provider = await capable(bench)
    const minted = await provider.mint(freshName(), HOUR)
    await provider.expire(minted.id, 1)
    expect(bench.sandbox.log.at(-1)?.body).toEqual({ expires_in_seconds: 1 })
  })

  it('proves a right only by a call that needed it', async () => {
    const provider = await capable(bench, { serviceAccount: 'svc_acct_none' })
    const before = bench.sandbox.log.length
    const rights = await provider.rights()
    expect(rights.map((right) => right.state)).toEqual(['proven', 'proven', 'missing', 'untestable', 'untestable', 'untestable'])
    expect(bench.sandbox.log.slice(before).every((entry) => entry.method === 'GET')).toBe(true)
  })

  it.each(['malformed-json', 'wrong-type'] as const)('is not ticked on any 2xx: %s', async (kind) => {
    const rights = async () => (await bench.connect().rights?.())?.find(({ what }) => what === 'service account exists')?.state
    expect(await rights()).toBe('proven')
    bench.sandbox.fault({ kind, match: { method: 'GET', path: '/service_accounts/[^/]+$' } })
    expect(await rights()).toBe('missing')
  })
})

describe('openai listing', () => {
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeAll(async () => {
    bench = await ownBench()
    for (let index = 0; index < 230; index += 1) bench.sandbox.addKey({ serviceAccount: bench.serviceAccount, name: `other ${index}` })
  })
  afterAll(() => bench.close())

  it('reads every page and every kind of ownership', async () => {
    const provider = await capable(bench)
    bench.sandbox.addKey({ serviceAccount: bench.serviceAccount, name: 'hidden one', hidden: true })
    const listing = await provider.list()
    expect(listing.keys).toHaveLength(232)
    expect(bench.sandbox.log.slice(-3).map((entry) => Object.fromEntries(entry.query)['owner_project_access'])).toEqual(['any', 'any', 'any'])
    expect(Math.abs(listing.serverTime - bench.sandbox.now())).toBeLessThan(60_000)
  })

  it.each(['duplicate-page', 'missing-page', 'wrong-type', 'malformed-json', 'wrong-length', 'reset-mid-body', '503', 'redirect'] as const)(
    'prefers no listing to a short one: %s',
    async (kind) => {
      const provider = await capable(bench)
      bench.sandbox.fault({ kind, match: { path: 'api_keys$' }, skip: kind === 'duplicate-page' ? 0 : 1 })
      await expect(provider.list()).rejects.toMatchObject({ kind: 'unavailable' })
      expect(bench.sandbox.faults().at(-1)?.hits).toBe(1)
      bench.sandbox.clearFaults()
    },
  )

  it('makes foreign names harmless', async () => {
    const provider = await capable(bench)
    bench.sandbox.addKey({ serviceAccount: bench.serviceAccount, name: '\u001b[2J::error::x\u202e' })
    const names = (await provider.list()).keys.map((key) => key.name)
    // oxlint-disable-next-line no-control-regex
    expect(names.filter((name) => /^::|[\u0000-\u001f\u202e]/.test(name ?? ''))).toEqual([])
  })
})

describe('openai proofs', () => {
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeAll(async () => {
    bench = await ownBench({ models: ['gpt-a', 'gpt-b'] })
  })
  afterAll(() => bench.close())

  it('makes one smallest call per model, and the worst answer counts', async () => {
    const provider = bench.connect({ probe: { models: ['gpt-a', 'gpt-b'] } })
    const before = bench.sandbox.log.length
    expect(await provider.prove(bench.live)).toEqual({ is: 'accepted' })
    expect(bench.sandbox.log.slice(before).map((entry) => `${entry.method} ${entry.path}`)).toEqual(['GET /models', 'POST /responses', 'POST /responses'])
    expect(await bench.connect({ probe: { models: ['gpt-none', 'gpt-b'] } }).prove(bench.live)).toEqual({ is: 'limited', code: 'model-not-found' })
  })

  it('spends nothing on a key that is refused', async () => {
    const provider = bench.connect({ probe: { models: ['gpt-a'] } })
    const before = bench.sandbox.log.length
    expect(await provider.prove(provider.madeUp())).toEqual({ is: 'invalid' })
    expect(bench.sandbox.log.slice(before).map((entry) => entry.path)).toEqual(['/models'])
  })

  it('calls a key that lacks a scope limited, not dead', async () => {
    const key = bench.sandbox.addKey({ serviceAccount: bench.serviceAccount, scopes: ['api.files.read'] })
    expect(await bench.connect().prove(new Secret(key.value))).toEqual({ is: 'limited', code: 'missing-scope' })
  })

  it.each([
    ['invalid-key', 'invalid'],
    ['missing-scope', 'limited'],
    ['missing-scope-403', 'limited'],
    ['not-a-member', 'wrong-home'],
    ['mismatched-organization', 'wrong-home'],
    ['mismatched-project', 'wrong-home'],
    ['ip-not-allowed', 'unclear'],
    ['access-enforcement', 'unclear'],
    ['region', 'unclear'],
    ['project-archived', 'unclear'],
    ['rate-limit', 'busy'],
    ['slow-down', 'busy'],
    ['quota', 'no-quota'],
    ['no-credit', 'no-quota'],
    ['spend-limit', 'no-quota'],
    ['overloaded', 'unclear'],
    ['server-error', 'unclear'],
    ['bad-gateway', 'unclear'],
  ])('over the wire, %s is %s', async (as, is) => {
    bench.sandbox.fault({ kind: 'error', as })
    expect((await bench.connect().prove(bench.live)).is).toBe(is)
  })

  it('refuses to take an admin key for an application', () => {
    expect(bench.connect().refusePasted?.(new Secret(bench.adminKey))).toContain('admin key')
    expect(firstOf([bench.connect().refusePasted?.(bench.live)])).toBeNull()
  })
})

describe('what an owner should know', () => {
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeAll(async () => {
    bench = await ownBench()
  })
  afterAll(() => bench.close())

  it('tells a project without guards from one with them', async () => {
    const provider = (await capable(bench, { probe: { models: ['gpt-5-nano'] } })) as Required<Provider>
    expect(await provider.guards()).toEqual({ spendLimit: false, spendAlert: false, allowedModels: null, namedModels: ['gpt-5-nano'] })
    bench.sandbox.setSpendLimit(bench.project, 10_000)
    bench.sandbox.setSpendAlert(bench.project, 5_000)
    bench.sandbox.allowModels(bench.project, ['gpt-5-nano', 'gpt-5-mini'])
    expect(await provider.guards()).toMatchObject({ spendLimit: true, spendAlert: true, allowedModels: ['gpt-5-nano', 'gpt-5-mini'] })
  })

  it('finds its own admin key among others, and how far it reaches', async () => {
    const provider = await capable(bench)
    bench.sandbox.addAdminKey({ ageMs: DAY })
    expect(await provider.administrator()).toMatchObject({ expiresAt: null, reaches: [bench.project] })
    const elsewhere = bench.sandbox.addProject('Elsewhere').id
    expect((await provider.administrator())?.reaches).toEqual([bench.project, elsewhere])
  })

  it('says whether the owner of a key is still there', async () => {
    const left = bench.sandbox.addKey({ ownerAccess: 'inactive' })
    const provider = await capable(bench)
    await eventually(async () => (await provider.list()).keys.some((key) => key.id === left.id))
    const accesses = (await provider.list()).keys.map((key) => [key.owner.kind, key.owner.access])
    expect(accesses).toEqual([
      ['service-account', 'active'],
      ['person', 'inactive'],
    ])
  })
})

describe('openai rate limits', () => {
  const NOTHING = { max_requests_per_1_minute: 0, max_tokens_per_1_minute: 0, batch_1_day_max_input_tokens: 0 }

  it('are set to nothing, which stops every key of the project, and put back', async () => {
    const bench = await ownBench()
    const provider = await capable(bench)
    const calls = bench.connect({ probe: { models: ['gpt-5-mini'] } })
    const before = await provider.rateLimits()
    expect(before.map(({ model }) => model)).toEqual(['gpt-5-mini', 'gpt-5-nano', 'gpt-4o-mini'])
    for (const { id } of before) expect(await provider.setRateLimit(id, NOTHING)).toBe('set')
    expect((await provider.rateLimits()).map(({ most }) => most)).toEqual(before.map(() => NOTHING))
    expect(await calls.prove(bench.live)).toMatchObject({ is: 'busy' })
    for (const { id, most } of before) await provider.setRateLimit(id, most)
    expect(await provider.rateLimits()).toEqual(before)
    expect(await calls.prove(bench.live)).toMatchObject({ is: 'accepted' })
    await bench.close()
  })

  it('below the least that is taken are refused, and nothing changes', async () => {
    const bench = await ownBench({ leastRateLimit: 1 })
    const provider = await capable(bench)
    const before = await provider.rateLimits()
    expect(await provider.setRateLimit('rl_gpt-5-mini', NOTHING)).toBe('refused')
    expect(await provider.rateLimits()).toEqual(before)
    await bench.close()
  })
})
