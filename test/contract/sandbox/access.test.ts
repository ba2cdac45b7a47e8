import { describe, expect, it } from 'vitest'
import { startWorld } from './world.ts'

describe('who is let in where', () => {
  it('turns admin keys away from inference, and project keys from the organization', async () => {
    const world = await startWorld()
    expect((await world.as(world.sandbox.adminKey, 'GET', '/models')).status).toBe(403)
    expect((await world.as(world.sandbox.adminKey, 'POST', '/responses', { model: 'gpt-5-mini', input: 'x' })).status).toBe(403)
    const refused = await world.as(world.old.value, 'GET', '/organization/projects')
    expect(refused.json.error.message).toContain('Missing scopes: api.management.read')
  })

  it('answers a made-up key like a mistyped one, showing eight characters and four', async () => {
    const world = await startWorld()
    const madeUp = `${world.old.value.slice(0, -4)}zzzz`
    for (const path of ['/models', '/organization/projects']) {
      const { status, json, text } = await world.as(madeUp, 'GET', path)
      expect([status, json.error.code]).toEqual([401, 'invalid_api_key'])
      expect(json.error.message).toMatch(/^Incorrect API key provided: sk-svcac\*+zzzz\./)
      expect(text).not.toContain(madeUp)
    }
    const nobody = await world.as(null, 'GET', '/models')
    expect([nobody.status, nobody.json.error.code]).toEqual([401, null])
  })

  it('tells a lacking scope and a lacking model from a lacking key', async () => {
    const world = await startWorld()
    const narrow = world.sandbox.addKey({ serviceAccount: world.account, scopes: ['api.responses.write'] }).value
    const noModels = await world.as(narrow, 'GET', '/models')
    expect([noModels.status, noModels.json.error.code]).toEqual([401, 'missing_scope'])
    expect((await world.as(narrow, 'POST', '/responses', { model: 'gpt-5-mini', input: 'x', max_output_tokens: 16 })).status).toBe(200)
    for (const path of ['/models/gpt-0', '/models/ft:x']) expect((await world.as(world.old.value, 'GET', path)).json.error.code).toBe('model_not_found')
    expect((await world.as(world.old.value, 'POST', '/responses', { model: 'gpt-0', input: 'x' })).status).toBe(404)
    expect((await world.as(world.old.value, 'POST', '/responses', { model: 'gpt-5-mini', input: 'x', max_output_tokens: 1 })).status).toBe(400)
  })

  it('puts the marks of the real service on every answer', async () => {
    const world = await startWorld()
    world.sandbox.advance(86_400_000)
    for (const { headers } of [
      await world.admin('GET', '/organization/projects'),
      await world.as(null, 'GET', '/models'),
      await world.as(null, 'GET', '/no'),
    ]) {
      expect(headers.get('x-request-id')).toMatch(/^req_/)
      expect(headers.get('openai-organization')).toMatch(/^org-/)
      expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/)
      expect(headers.get('date')).toBe(new Date(world.sandbox.now()).toUTCString())
    }
  })

  it('refuses what it does not know and what it cannot read', async () => {
    const world = await startWorld()
    expect((await world.admin('GET', '/organization/nothing')).status).toBe(404)
    expect((await world.admin('GET', '/organization/projects/proj_none/api_keys')).status).toBe(404)
    expect((await world.admin('POST', `/organization/projects/${world.project}/service_accounts`, '{"name"')).status).toBe(400)
    expect((await world.as(null, 'GET', '/%E0%A4%A')).status).toBe(404)
  })

  it('refuses the keys and the changes of an archived project, and models that a project may not use', async () => {
    const world = await startWorld()
    world.sandbox.allowModels(world.project, ['gpt-5-nano'])
    expect((await world.as(world.old.value, 'GET', '/models')).json.data.map((model: { id: string }) => model.id)).toEqual(['gpt-5-nano'])
    expect((await world.as(world.old.value, 'GET', '/models/gpt-5-mini')).json.error.code).toBe('model_not_found')
    world.sandbox.archive(world.project)
    expect((await world.as(world.old.value, 'GET', '/models')).json.error.code).toBe('not_authorized_invalid_project')
    const refused = await world.admin('POST', `/organization/projects/${world.project}/service_accounts`, { name: 'x' })
    expect([refused.status, refused.json.error.code]).toEqual([400, 'project_archived'])
    expect((await world.admin('GET', '/organization/projects')).json.data).toEqual([])
  })
})
