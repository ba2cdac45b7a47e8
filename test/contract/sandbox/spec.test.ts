import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/sandbox/openai/routes.ts'
import { openaiSpec, OPERATIONS_ABSENT_FROM_SPEC, overlaid, specMissing } from '../spec.ts'
import { startWorld, type World } from './world.ts'

const spec = openaiSpec()

/** Counted at endpoints that the cut of the specification does not hold. */
const SDK_ONLY = ['images', 'moderations', 'audio_speeches', 'audio_transcriptions']

/** One good call for every route of the sandbox, in an order in which each can succeed. */
function tour(world: World, keyId: string): readonly (readonly [string, string, unknown?])[] {
  const project = `/organization/projects/${world.project}`
  const account = `${project}/service_accounts/${world.account}`
  const since = Math.floor(world.sandbox.now() / 1000) - 3_600
  return [
    ['GET', '/models'],
    ['GET', '/models/gpt-5-mini'],
    ['POST', '/responses', { model: 'gpt-5-mini', input: 'hi', max_output_tokens: 16 }],
    ['GET', '/organization/projects?limit=5&include_archived=true'],
    ['GET', project],
    ['POST', `${project}/service_accounts`, { name: 'second', expires_in_seconds: 3_600 }],
    ['POST', `${project}/service_accounts`, { name: 'bare', create_service_account_only: true }],
    ['GET', `${project}/service_accounts?limit=5`],
    ['GET', account],
    ['POST', account, { name: 'renamed', role: 'member' }],
    ['POST', `${account}/api_keys`, { name: 'third', scopes: ['api.all.read'], expires_in_seconds: 3_600 }],
    ['GET', `${project}/api_keys?limit=5&owner_project_access=any`],
    ['GET', `${project}/api_keys/${keyId}`],
    ['POST', `${project}/api_keys/${keyId}`, { scopes: [], expires_in_seconds: 3_600 }],
    ['DELETE', `${project}/api_keys/${keyId}`],
    ['GET', `${project}/rate_limits?limit=5`],
    ['POST', `${project}/rate_limits/rl_gpt-5-mini`, { max_requests_per_1_minute: 0 }],
    ['GET', `${project}/spend_limit`],
    ['GET', `${project}/spend_alerts?limit=5`],
    ['GET', `${project}/model_permissions`],
    ['GET', '/organization/admin_api_keys?limit=5&order=desc'],
    ['GET', `/organization/admin_api_keys/${'ADMIN'}`],
    ['GET', '/organization/audit_logs?limit=50&event_types[]=api_key.created'],
    ['GET', `/organization/usage/completions?start_time=${since}&group_by[]=model&bucket_width=1h`],
    ['GET', `/organization/usage/embeddings?start_time=${since}`],
    ...SDK_ONLY.map((kind) => ['GET', `/organization/usage/${kind}?start_time=${since}`] as const),
    ['GET', `/organization/costs?start_time=${since}&group_by[]=api_key_id`],
    ['DELETE', account],
  ]
}

describe.skipIf(spec === null)(`the sandbox before the specification${specMissing}`, () => {
  const judge = spec as NonNullable<typeof spec>

  it('answers every route as published; what is not published is on the pinned list', async () => {
    const world = await startWorld()
    world.sandbox.useKey(world.old.id, 'gpt-5-mini')
    world.sandbox.advance(10_000)
    world.sandbox.setSpendLimit(world.project, 10_000)
    world.sandbox.setSpendAlert(world.project, 5_000)
    world.sandbox.allowModels(world.project, ['gpt-5-mini'])
    const { json } = await world.admin('GET', '/organization/admin_api_keys')
    const person = world.sandbox.addKey()
    const reached = new Set<string>()
    const absent = new Set<string>()
    for (const [method, path, body] of tour(world, person.id)) {
      const url = path.replace('ADMIN', json.data[0].id)
      const [bare = '', query = ''] = url.split('?')
      const key = bare.startsWith('/organization') ? world.sandbox.adminKey : world.old.value
      expect((await world.as(key, method, url, body)).status, `${method} ${url}`).toBe(200)
      const verdict = judge.checkRequest(method, bare, new URLSearchParams(query), body)
      expect(verdict.problems, `${method} ${url}`).toEqual([])
      const asked = `${method} ${bare.replace(world.project, '{project_id}')}`
      if (verdict.operation === null) absent.add(asked)
      reached.add((verdict.operation ?? asked).replaceAll(/\{[^}]+\}/g, ':'))
    }
    expect([...absent]).toEqual(OPERATIONS_ABSENT_FROM_SPEC)
    expect([...reached].toSorted()).toEqual(ROUTES.map(([method, pattern]) => `${method} ${pattern}`).toSorted())
  })

  it('is held against a referee that sees every kind of breach', () => {
    const key = '/organization/projects/p/api_keys/k'
    const mint = '/organization/projects/p/service_accounts/s/api_keys'
    const good = { object: 'organization.project.service_account.api_key', id: 'key_1', name: 'n', value: 'v', created_at: 1, expires_at: null }
    const fails = (verdict: { problems: readonly string[] }) => expect(verdict.problems).not.toEqual([])
    expect(judge.checkResponse('POST', mint, 200, good).problems).toEqual([])
    fails(judge.checkResponse('POST', mint, 200, { ...good, created_at: 'today' }))
    fails(judge.checkResponse('POST', mint, 200, { ...good, invented: 1 }))
    fails(judge.checkResponse('POST', mint, 200, { id: 'key_1' }))
    fails(judge.checkResponse('POST', mint, 201, good))
    fails(judge.checkResponse('GET', key, 401, { error: 'no' }))
    fails(judge.checkRequest('POST', mint, [], { name: 'n', expires_in: 1 }))
    fails(judge.checkRequest('POST', mint, [], { expires_in_seconds: 31_536_001 }))
    fails(judge.checkRequest('POST', key, [], {}))
    fails(judge.checkRequest('GET', '/organization/projects/p/api_keys', [['owner_project_access', 'all']], undefined))
    fails(judge.checkRequest('GET', '/organization/projects/p/api_keys', [['page', '2']], undefined))
    fails(judge.checkRequest('GET', '/organization/usage/completions', [['bucket_width', '1h']], undefined))
  })
})

describe('the overlay', () => {
  it('merges deeply at each target and refuses a target that leads nowhere', () => {
    const document = { paths: { '/a/{b}': { get: { summary: 'old', tags: ['x'] } } } }
    const action = (target: string) => ({ actions: [{ target, update: { summary: 'new', extra: {} } }] })
    expect(overlaid(document, action("$.paths['/a/{b}'].get"))).toEqual({ paths: { '/a/{b}': { get: { summary: 'new', tags: ['x'], extra: {} } } } })
    expect(() => overlaid(document, action('$.paths.nowhere'))).toThrow('leads nowhere')
  })
})

type RequiredNames<T> = { [Name in keyof T]-?: object extends Pick<T, Name> ? never : Name }[keyof T]
type ResponseOnTheWire = Omit<OpenAI.Responses.Response, 'output_text' | '_request_id'>

/** Complete by the compiler: a member that the SDK's type comes to require is missing here, and does not compile. */
const REQUIRED_OF_RESPONSE: Record<RequiredNames<ResponseOnTheWire>, true> = {
  id: true,
  access_programs: true,
  created_at: true,
  error: true,
  incomplete_details: true,
  instructions: true,
  metadata: true,
  model: true,
  object: true,
  output: true,
  parallel_tool_calls: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_p: true,
}

describe('POST /responses, which the specification leaves out', () => {
  it('has every member that the SDK requires, and the SDK reads its text', async () => {
    const world = await startWorld()
    const { json } = await world.as(world.old.value, 'POST', '/responses', { model: 'gpt-5-mini', input: 'hi' })
    expect(Object.keys(json)).toEqual(expect.arrayContaining(Object.keys(REQUIRED_OF_RESPONSE)))
    const { default: Client } = await import('openai')
    const client = new Client({ apiKey: world.old.value, baseURL: world.sandbox.url, maxRetries: 0, logLevel: 'off' })
    expect((await client.responses.create({ model: 'gpt-5-mini', input: 'hi', max_output_tokens: 16 })).output_text).toBe('ok')
  })
})
