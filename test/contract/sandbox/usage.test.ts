import { describe, expect, it } from 'vitest'
import { CALL_KINDS } from '../../../src/sandbox/openai/state.ts'
import { START, startWorld } from './world.ts'

const FROM = START / 1000 - 3_600

describe('what the sandbox remembers of calls', () => {
  it('counts inference by key and model, late; listing models is no usage', async () => {
    const world = await startWorld({ usageLagMs: 2_000 })
    const other = world.sandbox.addKey({ serviceAccount: world.account })
    await world.works(world.old.value)
    for (const model of ['gpt-5-mini', 'gpt-5-mini', 'gpt-5-nano']) await world.as(world.old.value, 'POST', '/responses', { model, input: 'hello' })
    world.sandbox.useKey(other.id, 'gpt-5-nano')
    const path = `/organization/usage/completions?start_time=${FROM}&bucket_width=1h&group_by[]=api_key_id&group_by[]=model`
    const results = async (query = '') => (await world.admin('GET', path + query)).json.data.flatMap((bucket: { results: unknown[] }) => bucket.results)
    expect(await results()).toEqual([])
    world.sandbox.advance(2_000)
    expect(await results()).toMatchObject([
      { api_key_id: world.old.id, model: 'gpt-5-mini', num_model_requests: 2, output_tokens: 2 },
      { api_key_id: world.old.id, model: 'gpt-5-nano', num_model_requests: 1 },
      { api_key_id: other.id, num_model_requests: 1 },
    ])
    expect(await results(`&api_key_ids[]=${other.id}`)).toHaveLength(1)
    const costs = await world.admin('GET', `/organization/costs?start_time=${FROM}&group_by[]=api_key_id`)
    expect(costs.json.data[0].results.map((result: { api_key_id: string }) => result.api_key_id)).toEqual([world.old.id, other.id])
    expect(costs.json.data[0].results[0].amount.value).toBeGreaterThan(0)
  })

  it('counts calls of every kind at an endpoint of its own, at any time one asks for', async () => {
    const world = await startWorld({ usageLagMs: 0 })
    world.sandbox.addCalls(world.old.id, { model: 'gpt-image-1', kind: 'images', times: 3, agoMs: 3_600_000 })
    world.sandbox.addCalls(world.old.id, { model: 'gpt-5-mini', times: 5, inputTokens: 900, outputTokens: 70 })
    for (const kind of CALL_KINDS) {
      const { json } = await world.admin('GET', `/organization/usage/${kind}?start_time=${FROM}&bucket_width=1h&group_by[]=model`)
      const results = json.data.map(({ results: inside }: { results: unknown[] }) => inside)
      if (kind === 'images') expect(results).toMatchObject([[{ num_model_requests: 3, images: 3 }], []])
      else if (kind === 'completions') expect(results).toMatchObject([[], [{ num_model_requests: 5, input_tokens: 900, output_tokens: 70 }]])
      else expect(results.flat()).toEqual([])
    }
    expect(world.sandbox.key(world.old.id)).toMatchObject({ uses: 2, lastUsedAt: START / 1000 - 3_600 })
  })

  it('cuts buckets into pages', async () => {
    const world = await startWorld({ usageLagMs: 0 })
    world.sandbox.useKey(world.old.id, 'gpt-5-mini')
    const path = `/organization/usage/completions?start_time=${FROM}&bucket_width=1m&limit=50`
    const first = await world.admin('GET', path)
    expect(first.json).toMatchObject({ has_more: true, data: { length: 50 } })
    const second = await world.admin('GET', `${path}&page=${first.json.next_page}`)
    expect(second.json).toMatchObject({ has_more: false, next_page: null })
    expect(second.json.data.at(-1).results).toHaveLength(1)
    for (const wrong of ['limit=1441&bucket_width=1m', 'bucket_width=1w', 'group_by=moon', 'page=2']) {
      expect((await world.admin('GET', `/organization/usage/completions?start_time=${FROM}&${wrong}`)).status, wrong).toBe(400)
    }
    expect((await world.admin('GET', '/organization/usage/completions')).status).toBe(400)
  })

  it("keeps an audit log, where a key's scopes can be found", async () => {
    const world = await startWorld()
    const { id } = await world.mint({ name: 'n', scopes: ['api.model.request'] })
    world.sandbox.advance(1_000)
    await world.admin('POST', `/organization/projects/${world.project}/api_keys/${id}`, { scopes: ['api.all.read'] })
    await world.admin('DELETE', `/organization/projects/${world.project}/api_keys/${id}`)
    const events = (await world.admin('GET', `/organization/audit_logs?resource_ids[]=${id}`)).json.data
    expect(events).toMatchObject([
      { type: 'api_key.deleted', 'api_key.deleted': { id } },
      { type: 'api_key.updated', 'api_key.updated': { id, changes_requested: { scopes: ['api.all.read'] } } },
      { type: 'api_key.created', 'api_key.created': { id, data: { scopes: ['api.model.request'] } } },
    ])
    world.sandbox.addEvent(id, { type: 'api_key.updated', session: { email: 'eve@sandbox.invalid', ip: '192.0.2.7' } })
    const byHand = (await world.admin('GET', '/organization/audit_logs?actor_ids[]=eve@sandbox.invalid')).json.data
    expect(byHand).toMatchObject([{ actor: { type: 'session', session: { ip_address: '192.0.2.7' } } }])
    const early = await world.admin('GET', `/organization/audit_logs?event_types[]=api_key.created&effective_at[gte]=${START / 1000}`)
    expect(early.json.data.map((event: { type: string }) => event.type)).toContain('api_key.created')
    expect((await world.admin('GET', `/organization/audit_logs?effective_at[gt]=${START / 1000 + 1}`)).json.data).toEqual([])
    world.sandbox.tune({ auditLog: false })
    await world.mint()
    expect((await world.admin('GET', '/organization/audit_logs?limit=100')).json.data).toHaveLength(
      (await world.admin('GET', '/organization/audit_logs')).json.data.length,
    )
  })
})
