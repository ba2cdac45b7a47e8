import { describe, expect, it } from 'vitest'
import { startWorld } from './world.ts'

const MIDDLE = 'T3' + 'BlbkFJ'

describe('a key of the sandbox', () => {
  it('has the shape of a real one, and its value is shown once', async () => {
    const world = await startWorld()
    const born = await world.mint()
    expect(born.value).toMatch(new RegExp(`^sk-svcacct-[A-Za-z0-9_-]{74}${MIDDLE}[A-Za-z0-9_-]{74}$`))
    expect(world.sandbox.addKey().value).toMatch(new RegExp(`^sk-proj-[A-Za-z0-9_-]{74}${MIDDLE}[A-Za-z0-9_-]{74}$`))
    expect(world.sandbox.adminKey).toMatch(new RegExp(`^sk-admin-[A-Za-z0-9_-]{74}${MIDDLE}[A-Za-z0-9_-]{74}$`))
    const seen = await world.admin('GET', `/organization/projects/${world.project}/api_keys/${born.id}`)
    expect(seen.json.redacted_value).toBe(`${born.value.slice(0, 6)}...${born.value.slice(-4)}`)
    expect(seen.text).not.toContain(born.value)
    expect(seen.json).not.toHaveProperty('scopes')
  })

  it('is refused for a while after its birth, then works', async () => {
    const world = await startWorld({ createDelayMs: 5_000 })
    const { value } = await world.mint()
    expect(await world.works(value)).toBe(false)
    world.sandbox.advance(4_999)
    expect(await world.works(value)).toBe(false)
    world.sandbox.advance(1)
    expect(await world.works(value)).toBe(true)
  })

  it('goes on working now and then after its deletion, then never', async () => {
    const world = await startWorld({ deleteDelayMs: 5_000 })
    await world.admin('DELETE', `/organization/projects/${world.project}/api_keys/${world.old.id}`)
    const answers = [await world.works(world.old.value), await world.works(world.old.value), await world.works(world.old.value)]
    expect(answers).toEqual([true, false, true])
    world.sandbox.advance(5_000)
    expect(await world.works(world.old.value)).toBe(false)
    expect(world.sandbox.key(world.old.id).alive).toBe(false)
  })

  it('dies at its end, to the millisecond of the sandbox clock', async () => {
    const world = await startWorld({ createDelayMs: 0 })
    const { value, expires_at: end } = await world.mint({ name: 'short', expires_in_seconds: 60 })
    expect((end ?? 0) * 1000).toBe(world.sandbox.now() + 60_000)
    world.sandbox.advance(59_999)
    expect(await world.works(value)).toBe(true)
    world.sandbox.advance(1)
    expect(await world.works(value)).toBe(false)
  })

  it('has delays that are not zero when nobody chose them', async () => {
    const world = await startWorld()
    const { id, value } = await world.mint()
    expect(await world.works(value)).toBe(false)
    expect(await world.listed()).not.toContain(id)
    await world.admin('DELETE', `/organization/projects/${world.project}/api_keys/${world.old.id}`)
    expect(await world.works(world.old.value)).toBe(true)
  })
})

describe('changing a key', () => {
  const path = (world: { project: string }, id: string) => `/organization/projects/${world.project}/api_keys/${id}`

  it('moves its end from the moment of each request', async () => {
    const world = await startWorld()
    const first = await world.admin('POST', path(world, world.old.id), { expires_in_seconds: 100 })
    world.sandbox.advance(10_000)
    const second = await world.admin('POST', path(world, world.old.id), { expires_in_seconds: 100 })
    expect(second.json.expires_at - first.json.expires_at).toBe(10)
  })

  it('refuses an empty change, null, nonsense and a key past its end', async () => {
    const world = await startWorld()
    for (const body of [{}, { scopes: null }, { expires_in_seconds: null }, { expires_in_seconds: 0 }, { expires_in_seconds: 31_536_001 }, { scopes: 'all' }]) {
      expect((await world.admin('POST', path(world, world.old.id), body)).status, JSON.stringify(body)).toBe(400)
    }
    await world.admin('POST', path(world, world.old.id), { expires_in_seconds: 1 })
    world.sandbox.advance(1_000)
    const late = await world.admin('POST', path(world, world.old.id), { expires_in_seconds: 100 })
    expect([late.status, late.json.error.message]).toEqual([400, 'Expired API keys cannot be updated.'])
  })

  it('lets new scopes arrive late, and takes an empty list as all permissions', async () => {
    const world = await startWorld({ createDelayMs: 2_000 })
    await world.admin('POST', path(world, world.old.id), { scopes: ['api.files.read'] })
    expect(await world.works(world.old.value)).toBe(true)
    world.sandbox.advance(2_000)
    const refused = await world.as(world.old.value, 'GET', '/models')
    expect([refused.status, refused.json.error.code]).toEqual([401, 'missing_scope'])
    await world.admin('POST', path(world, world.old.id), { scopes: [] })
    world.sandbox.advance(2_000)
    expect(await world.works(world.old.value)).toBe(true)
  })

  it('answers 404 to a second deletion', async () => {
    const world = await startWorld()
    const statuses = [await world.admin('DELETE', path(world, world.old.id)), await world.admin('DELETE', path(world, world.old.id))].map(
      ({ status }) => status,
    )
    expect(statuses).toEqual([200, 404])
  })
})

describe('contracts of other times and organizations', () => {
  it('can refuse to delete keys of service accounts, while the account takes its keys along', async () => {
    const world = await startWorld({ keyDelete: 'refused-for-service-accounts', deleteDelayMs: 0 })
    expect((await world.admin('DELETE', `/organization/projects/${world.project}/api_keys/${world.old.id}`)).status).toBe(400)
    expect(world.sandbox.key(world.old.id).alive).toBe(true)
    await world.admin('DELETE', `/organization/projects/${world.project}/service_accounts/${world.account}`)
    expect(await world.works(world.old.value)).toBe(false)
  })

  it('can refuse a second key on an account, and any new account', async () => {
    const world = await startWorld({ serviceAccountKeys: 'refused', serviceAccountCreate: 'refused' })
    const accounts = `/organization/projects/${world.project}/service_accounts`
    expect((await world.admin('POST', `${accounts}/${world.account}/api_keys`, { name: 'x' })).status).toBe(404)
    expect((await world.admin('POST', accounts, { name: 'x' })).status).toBe(403)
    expect(world.sandbox.state().keys).toHaveLength(1)
  })

  it('can demand an end within a longest life', async () => {
    const world = await startWorld({ maxLifetimeSeconds: 3_600 })
    const post = (body: unknown) => world.admin('POST', `/organization/projects/${world.project}/service_accounts/${world.account}/api_keys`, body)
    expect((await post({ name: 'x' })).status).toBe(400)
    expect((await post({ name: 'x', expires_in_seconds: 3_601 })).status).toBe(400)
    expect((await post({ name: 'x', expires_in_seconds: 3_600 })).status).toBe(200)
  })
})

describe('service accounts', () => {
  it('are born with a first key, or bare and without any right', async () => {
    const world = await startWorld({ createDelayMs: 0, listDelayMs: 0 })
    const accounts = `/organization/projects/${world.project}/service_accounts`
    const whole = await world.admin('POST', accounts, { name: 'same', expires_in_seconds: 60 })
    expect(whole.json).toMatchObject({ role: 'member', api_key: { name: 'Secret Key' } })
    expect(await world.works(whole.json.api_key.value)).toBe(true)
    const bare = await world.admin('POST', accounts, { name: 'same', create_service_account_only: true })
    expect(bare.json).toMatchObject({ role: 'none', api_key: null })
    expect((await world.admin('POST', accounts, { name: 'x', create_service_account_only: true, expires_in_seconds: 60 })).status).toBe(400)
    const key = (await world.admin('POST', `${accounts}/${bare.json.id}/api_keys`, { name: 'x' })).json.value
    expect(await world.works(key)).toBe(false)
    await world.admin('POST', `${accounts}/${bare.json.id}`, { role: 'member' })
    expect(await world.works(key)).toBe(true)
    const names = (await world.admin('GET', accounts)).json.data.map((account: { name: string }) => account.name)
    expect(names).toEqual(['app', 'same', 'same'])
  })
})
