/**
 * Reads only, so that the same lines may judge any server: the one that OPENAI_BASE_URL and OPENAI_ADMIN_KEY (and OPENAI_API_KEY) name, or a
 * sandbox of its own. What keyrot takes for granted of lists and refusals is said here once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../../src/sandbox/openai/openai.ts'

interface Endpoint {
  readonly url: string
  readonly admin: string
  readonly key: string
}

let own: Sandbox | undefined
let endpoint: Endpoint

beforeAll(async () => {
  const { OPENAI_BASE_URL: url, OPENAI_ADMIN_KEY: admin, OPENAI_API_KEY: key } = process.env
  if (url !== undefined && admin !== undefined && key !== undefined) {
    endpoint = { url, admin, key }
    return
  }
  own = await startSandbox()
  own.addProject('Project')
  endpoint = { url: own.url, admin: own.adminKey, key: own.addKey().value }
  for (let index = 0; index < 5; index++) own.addKey()
})
afterAll(() => own?.close())

const get = async (path: string, key: string) => {
  const response = await fetch(endpoint.url + path, { headers: { authorization: `Bearer ${key}` }, redirect: 'error' })
  return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) }
}

describe('what keyrot takes for granted of the API', () => {
  it('every answer names its request and its time', async () => {
    const { status, headers } = await get('/models', endpoint.key)
    expect([status, headers.get('x-request-id')]).toEqual([200, expect.any(String)])
    expect(Date.parse(headers.get('date') ?? '')).toBeGreaterThan(0)
  })

  it('a made-up key is refused as invalid, an admin key may not list models, a project key may not list projects', async () => {
    const madeUp = await get('/models', `${endpoint.key.slice(0, -6)}AAAAAA`)
    expect([madeUp.status, madeUp.json.error.code]).toEqual([401, 'invalid_api_key'])
    expect((await get('/models', endpoint.admin)).status).toBeGreaterThanOrEqual(400)
    expect((await get('/organization/projects', endpoint.key)).status).toBeGreaterThanOrEqual(400)
  })

  it('lists end, page by page, with nothing twice, and never show a whole key', async () => {
    const projects = await get('/organization/projects?limit=1', endpoint.admin)
    const keys = `/organization/projects/${projects.json.data[0].id}/api_keys?owner_project_access=any&limit=2`
    const seen: string[] = []
    for (let after = '', more = true; more && seen.length < 50;) {
      const { json } = await get(keys + after, endpoint.admin)
      for (const key of json.data) {
        seen.push(key.id)
        expect(key.redacted_value).toMatch(/^sk-.{0,20}[.*]{3,}.{2,8}$/)
      }
      more = json.has_more
      after = `&after=${json.last_id}`
    }
    expect(new Set(seen).size).toBe(seen.length)
  })
})
