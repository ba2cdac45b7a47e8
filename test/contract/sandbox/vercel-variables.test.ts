/** The embedded Vercel keeps the rules of variables that clients trip over. */
import { describe, expect, it } from 'vitest'
import { startVercelWorld } from './vercel-world.ts'

const entry = { key: 'TOKEN', value: 'first', type: 'encrypted', target: ['production', 'preview'] }

async function world(options: Parameters<typeof startVercelWorld>[0] = {}) {
  const made = await startVercelWorld({ writeMs: 1, ...options })
  const env = `/v10/projects/${made.project.id}/env`
  return { ...made, env, list: async () => (await made.call('GET', env)).json }
}

describe('creating', () => {
  it('answers 201 with what was created, one or a list', async () => {
    const { call, env } = await world()
    const one = await call('POST', env, entry)
    expect([one.status, one.json.failed, one.json.created.key]).toEqual([201, [], 'TOKEN'])
    const two = await call('POST', env, [
      { ...entry, key: 'A' },
      { ...entry, key: 'TOKEN' },
    ])
    expect(two.status).toBe(201)
    expect(two.json.created.map(({ key }: { key: string }) => key)).toEqual(['A'])
    expect(two.json.failed[0].error).toMatchObject({ code: 'ENV_CONFLICT', envVarKey: 'TOKEN' })
  })

  it('refuses a second entry that shares an environment, and changes nothing', async () => {
    const { call, env, list } = await world()
    await call('POST', env, entry)
    expect(await call('POST', env, { ...entry, target: ['production'], value: 'second' })).toMatchObject({
      status: 400,
      json: { error: { code: 'ENV_CONFLICT' } },
    })
    expect((await list()).envs).toHaveLength(1)
    expect((await call('POST', env, { ...entry, target: ['development'] })).status).toBe(201)
    expect((await call('POST', env, { ...entry, target: ['preview'], gitBranch: 'feature' })).status).toBe(201)
  })

  it('upserts only where the environments are exactly the same', async () => {
    const { call, env, sandbox, project } = await world()
    await call('POST', env, entry)
    const [before] = sandbox.hands.variables(project.id)
    expect(await call('POST', `${env}?upsert=true`, { ...entry, target: ['production'] })).toMatchObject({
      status: 400,
      json: { error: { code: 'ENV_CONFLICT' } },
    })
    expect((await call('POST', `${env}?upsert=true`, { ...entry, target: ['preview', 'production'], value: 'second' })).status).toBe(201)
    const [after] = sandbox.hands.variables(project.id)
    expect(after?.id).toBe(before?.id)
    expect(after?.fingerprint).not.toBe(before?.fingerprint)
  })

  it.each([
    ['without a target', { ...entry, target: undefined }],
    ['with a target of its own making', { ...entry, target: ['staging'] }],
    ['with a branch of production', { ...entry, gitBranch: 'main' }],
    ['sensitive for development', { ...entry, type: 'sensitive', target: ['development'] }],
    ['with a comment of 501 characters', { ...entry, comment: 'c'.repeat(501) }],
    ['with a member that nobody knows', { ...entry, values: 'x' }],
    ['with a name that no variable has', { ...entry, key: 'MY-KEY' }],
    ['for an environment that is not there', { ...entry, target: [], customEnvironmentIds: ['env_none'] }],
  ])('refuses one %s', async (_, body) => {
    const { call, env } = await world()
    expect(await call('POST', env, body)).toMatchObject({ status: 400, json: { error: { code: 'bad_request' } } })
  })
})

describe('reading', () => {
  it('shows values one by one, and never in a list', async () => {
    const { call, env, project, list } = await world()
    const { json } = await call('POST', env, entry)
    const [listed] = (await list()).envs
    expect(listed.value).not.toContain('first')
    expect((await call('GET', `/v1/projects/${project.name}/env/${json.created.id}`)).json).toMatchObject({ value: 'first', decrypted: true })
  })

  it('never shows a sensitive value', async () => {
    const { call, env, project, list } = await world()
    const { json } = await call('POST', env, { ...entry, type: 'sensitive' })
    expect((await list()).envs[0].value).toBe('')
    const one = (await call('GET', `/v1/projects/${project.id}/env/${json.created.id}`)).json
    expect([one.decrypted, 'value' in one]).toEqual([false, false])
  })

  it('counts what it hides', async () => {
    const { sandbox, project, list } = await world()
    sandbox.hands.addVariable(project.id, { key: 'A', value: 'v', hidden: true })
    sandbox.hands.addVariable(project.id, { key: 'B', value: 'v', hidden: true, target: ['preview'] })
    expect(await list()).toEqual({ envs: [], hiddenProductionEnvCount: 1 })
  })

  it('comes in pages when told to', async () => {
    const { call, env, sandbox } = await world()
    for (const key of ['A', 'B', 'C']) await call('POST', env, { ...entry, key })
    sandbox.hands.tune({ envPage: 2 })
    const first = (await call('GET', env)).json
    const second = (await call('GET', `${env}?until=${first.pagination.next}`)).json
    expect([...first.envs, ...second.envs].map(({ key }: { key: string }) => key)).toEqual(['C', 'B', 'A'])
    expect(second.pagination.next).toBeNull()
  })

  it('may ask for fresh authentication', async () => {
    const { sandbox, project, call } = await world()
    const { id } = sandbox.hands.addVariable(project.id, { key: 'A', value: 'v' })
    sandbox.hands.challenge(project.id)
    const { status, json, headers } = await call('GET', `/v1/projects/${project.id}/env/${id}`)
    expect([status, json.error.code]).toEqual([403, 'challenge_required'])
    expect(headers.get('www-authenticate')).toContain('acr_values=')
  })
})

describe('changing', () => {
  it('leaves alone what is not named, and moves the date each time', async () => {
    const { sandbox, project, call } = await world()
    const before = sandbox.hands.addVariable(project.id, { key: 'A', value: 'v', comment: 'mine', target: ['production', 'preview'] })
    const dates = [before.updatedAt]
    for (const path of ['/v9', '/v10']) {
      expect((await call('PATCH', `${path}/projects/${project.id}/env/${before.id}`, { value: path })).status).toBe(200)
      const [after] = sandbox.hands.variables(project.id)
      expect(after).toMatchObject({ type: 'encrypted', comment: 'mine', target: ['production', 'preview'] })
      dates.push(after?.updatedAt ?? 0)
    }
    expect(new Set(dates).size).toBe(3)
    expect(dates).toEqual(dates.toSorted((left, right) => left - right))
  })

  it('ignores a change to sensitive, and refuses one of a sensitive key', async () => {
    const { sandbox, project, call } = await world()
    const plain = sandbox.hands.addVariable(project.id, { key: 'A', value: 'v' })
    await call('PATCH', `/v9/projects/${project.id}/env/${plain.id}`, { type: 'sensitive' })
    expect(sandbox.hands.variables(project.id)[0]?.type).toBe('encrypted')
    const dark = sandbox.hands.addVariable(project.id, { key: 'B', value: 'v', type: 'sensitive' })
    expect((await call('PATCH', `/v9/projects/${project.id}/env/${dark.id}`, { key: 'C', value: 'w' })).status).toBe(400)
    expect((await call('PATCH', `/v9/projects/${project.id}/env/${dark.id}`, { value: 'w' })).status).toBe(200)
  })

  it('of one project goes one at a time; of two projects at once', async () => {
    const { sandbox, project, call, env } = await world({ writeMs: 100 })
    const other = sandbox.hands.addProject('other')
    const both = await Promise.all([call('POST', env, entry), call('POST', env, { ...entry, key: 'B' }), call('POST', `/v10/projects/${other.id}/env`, entry)])
    expect(both.filter(({ status }) => status === 201)).toHaveLength(2)
    expect(both.find(({ status }) => status === 400)?.json.error.message).toContain('ongoing update env update')
    expect(sandbox.hands.variables(project.id)).toHaveLength(1)
  })
})

describe('who may', () => {
  it('needs a token, this token, and the team', async () => {
    const { as, sandbox, env, project } = await world()
    expect(await as(null, 'GET', env)).toMatchObject({ status: 403, json: { error: { code: 'forbidden', missingToken: true } } })
    expect(await as('other', 'GET', env)).toMatchObject({ status: 403, json: { error: { code: 'forbidden', invalidToken: true } } })
    expect((await as(sandbox.token, 'GET', `/v9/projects/${project.id}`)).status).toBe(404)
    expect((await as(sandbox.token, 'GET', `/v9/projects/${project.id}?teamId=team_other`)).status).toBe(403)
    expect((await as(sandbox.token, 'GET', `/v9/projects/${project.id}?slug=sandbox-team`)).status).toBe(200)
    expect((await as(sandbox.token, 'GET', '/v99/projects')).status).toBe(404)
  })

  it('a person has projects, too', async () => {
    const { as, sandbox, project } = await world({ team: false })
    expect((await as(sandbox.token, 'GET', `/v9/projects/${project.id}`)).status).toBe(200)
    expect(sandbox.team).toBeNull()
  })
})

describe('the log', () => {
  it('holds neither values nor the token, and is in the order of the requests', async () => {
    const { sandbox, call, env } = await world()
    const value = ['sk', 'proj', 'a'.repeat(40)].join('-')
    await call('POST', env, { ...entry, value, comment: `it is ${value}` })
    await call('GET', env)
    const text = JSON.stringify(sandbox.log)
    expect([text.includes(value), text.includes(sandbox.token)]).toEqual([false, false])
    expect(sandbox.log.map(({ seq, method, status, effect }) => [seq, method, status, effect])).toEqual([
      [1, 'POST', 201, 'create 1 variable(s)'],
      [2, 'GET', 200, null],
    ])
  })

  it('says what was refused and what was lost', async () => {
    const { sandbox, call, env } = await world()
    sandbox.refuse({ as: 'rate-limit', method: 'POST', retryAfter: 3 })
    const limited = await call('POST', env, entry)
    expect([limited.status, limited.headers.get('retry-after'), limited.json.error.code]).toEqual([429, '3', 'rate_limited'])
    sandbox.refuse({ as: 'lost', method: 'POST' })
    await expect(call('POST', env, entry)).rejects.toThrow('fetch failed')
    expect(sandbox.log.map(({ status, delivery }) => [status, delivery])).toEqual([
      [429, 'answered'],
      [201, 'reset'],
    ])
  })
})
