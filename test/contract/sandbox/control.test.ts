import { describe, expect, it } from 'vitest'
import { startWorld, type World } from './world.ts'

async function control(world: World, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(world.sandbox.controlUrl + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  return { status: response.status, json: JSON.parse(await response.text()) }
}

describe('the control endpoint', () => {
  it('moves the clock, sets and counts faults, changes behaviour', async () => {
    const world = await startWorld()
    const before = (await control(world, 'GET', '/clock')).json.now
    expect((await control(world, 'POST', '/clock', { advanceMs: 5_000 })).json.now).toBe(before + 5_000)
    const { id } = (await control(world, 'POST', '/faults', { kind: '500', match: { path: '^/models$' } })).json
    expect(await world.works(world.old.value)).toBe(false)
    expect((await control(world, 'GET', '/faults')).json).toEqual([{ id, kind: 'error', left: 0, hits: 1 }])
    await control(world, 'DELETE', '/faults')
    expect((await control(world, 'GET', '/faults')).json).toEqual([])
    expect((await control(world, 'POST', '/options', { keyDelete: 'refused-for-service-accounts', port: 1, nonsense: 1 })).json).toEqual({
      keyDelete: 'refused-for-service-accounts',
    })
    expect((await world.admin('DELETE', `/organization/projects/${world.project}/api_keys/${world.old.id}`)).status).toBe(400)
  })

  it('makes, uses, shows and deletes keys, as a person or a consumer would', async () => {
    const world = await startWorld()
    const { project } = { project: (await control(world, 'POST', '/projects', { name: 'Second' })).json.id }
    const account = (await control(world, 'POST', '/service_accounts', { project, name: 'svc' })).json.id
    const key = (await control(world, 'POST', '/keys', { serviceAccount: account, name: 'by hand' })).json
    expect(await world.works(key.value)).toBe(true)
    expect((await control(world, 'POST', `/keys/${key.id}/use`, { model: 'gpt-5-mini' })).json).toEqual({ accepted: true })
    expect((await control(world, 'GET', `/keys/${key.id}`)).json).toMatchObject({ id: key.id, name: 'by hand', project, alive: true, uses: 2 })
    await control(world, 'DELETE', `/keys/${key.id}`)
    expect((await control(world, 'GET', `/keys/${key.id}`)).json.alive).toBe(false)
  })

  it('says in one sentence what cannot be done', async () => {
    const world = await startWorld()
    for (const [method, path, body, status] of [
      ['POST', '/faults', { kind: 'moon' }, 400],
      ['POST', '/clock', { advanceMs: 'soon' }, 400],
      ['GET', '/keys/key_none', undefined, 400],
      ['GET', '/moon', undefined, 404],
    ] as const) {
      const { status: got, json } = await control(world, method, path, body)
      expect([got, typeof json.error]).toEqual([status, 'string'])
    }
  })

  it('turns pages in a browser away', async () => {
    const world = await startWorld()
    expect((await control(world, 'GET', '/state', undefined, { origin: 'https://example.com' })).status).toBe(403)
  })
})

describe('the request log', () => {
  it('tells what was asked and what changed, and holds no key in any part', async () => {
    const world = await startWorld({ createDelayMs: 0 })
    const born = await world.mint({ name: `mistake ${world.old.value}` })
    await world.works(born.value)
    await world.as(born.value, 'GET', `/models/${world.old.value}?q=${world.sandbox.adminKey}`)
    await world.admin('DELETE', `/organization/projects/${world.project}/api_keys/${born.id}`)
    const { json } = await control(world, 'GET', '/log')
    expect(json).toMatchObject([
      { seq: 1, method: 'POST', status: 200, effect: `create key ${born.id}`, body: { name: `mistake <key ${world.sandbox.key(world.old.id).fingerprint}>` } },
      { seq: 2, method: 'GET', path: '/models', status: 200, effect: null, key: world.sandbox.key(born.id).fingerprint },
      { seq: 3, status: 404 },
      { seq: 4, method: 'DELETE', effect: `delete key ${born.id}` },
    ])
    const everything = JSON.stringify([world.sandbox.log, world.sandbox.state(), world.sandbox.key(born.id), (await control(world, 'GET', '/state')).json])
    for (const key of [born.value, world.old.value, world.sandbox.adminKey]) expect(everything).not.toContain(key.slice(12, 60))
  })
})
