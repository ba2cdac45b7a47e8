/** What a person is told before anything changes, the rights that looking proves, and the settings that are refused before anything connects. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { vercel } from '../../../src/adapters/targets/vercel.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { ownSite, surroundings, type OwnSite } from './vercel-harness.ts'
import { fakeKey } from './fake-key.ts'

const KEY = 'OPENAI_API_KEY'

let site: OwnSite
beforeEach(async () => {
  site = await ownSite()
  site.sandbox.hands.addBuilt(site.project)
})
afterEach(() => site.close())

const hands = () => site.sandbox.hands
const add = (wish: Record<string, unknown> = {}) => hands().addVariable(site.project, { key: KEY, value: fakeKey('a').secret.reveal(), ...wish })
const codes = async (settings: Record<string, unknown> = {}): Promise<readonly string[]> =>
  ((await site.connect(settings).remarks?.()) ?? []).map(({ code, severity }) => `${severity} ${code}`)

describe('remarks', () => {
  it('of a plain project are none', async () => {
    add()
    expect(await codes()).toEqual([])
  })

  it('of what is hidden, public, shared by the team, or set for single branches', async () => {
    add({ key: 'NEXT_PUBLIC_KEY', target: ['production', 'preview'] })
    add({ key: 'NEXT_PUBLIC_KEY', target: ['preview'], gitBranch: 'feature' })
    add({ key: 'OTHER', hidden: true })
    hands().addShared('NEXT_PUBLIC_KEY', [site.project])
    hands().addShared('NEXT_PUBLIC_KEY_2', [site.project])
    const settings = { variable: 'NEXT_PUBLIC_KEY', environments: ['production', 'preview'] }
    expect(await codes(settings)).toEqual(['warning public-variable', 'warning hidden-variables', 'warning branch-entries', 'warning shared-variable'])
  })

  it('of a policy that makes new variables sensitive: an obstacle only where one is to be made', async () => {
    hands().tune({ forceSensitive: true })
    expect(await codes()).toEqual(['obstacle sensitive-policy'])
    add()
    expect(await codes()).toEqual(['info sensitive-policy'])
    expect(await codes({ visibility: 'readable', variable: 'NEW', environments: ['production', 'development'] })).toEqual([])
  })

  it('of releases in stages, and of domains that do not follow', async () => {
    add()
    hands().rollInStages(site.project, [{ targetPercentage: 100, requireApproval: false }])
    hands().autoAssign(site.project, false)
    expect(await codes()).toEqual(['warning no-auto-assign', 'info rolling-release'])
    expect(await codes({ redeploy: 'none' })).toEqual([])
  })

  it('that the token may not read take nothing away', async () => {
    add()
    site.sandbox.refuse({ as: 'forbidden', path: '^/v1/env$|^/v2/teams/', times: 2 })
    expect(await codes()).toEqual([])
  })
})

describe('rights', () => {
  it('are proven by looking and never ticked untested', async () => {
    add()
    expect(await site.connect().rights?.()).toEqual([
      { what: 'read the project and its deployments', state: 'proven' },
      { what: `read the value of ${KEY}`, state: 'proven' },
      { what: `change ${KEY}`, state: 'untestable' },
      { what: 'start production deployments', state: 'untestable' },
    ])
    expect(site.sandbox.log.every(({ method }) => method === 'GET')).toBe(true)
  })

  it('that are missing are said with a hint', async () => {
    add()
    site.sandbox.refuse({ as: 'forbidden', path: '/v7/deployments' })
    expect(await site.connect().rights?.()).toContainEqual({
      what: 'read the project and its deployments',
      state: 'missing',
      hint: expect.any(String) as string,
    })
  })
})

describe('settings', () => {
  const good = { project: 'shop', team: 'team_1', environments: ['production'], redeploy: 'deployment', token: 'env:TOKEN' }

  it.each([
    ['a value in the place of a reference', { token: 'vcp_1234567890' }],
    ['a hook without an address', { redeploy: 'hook' }],
    ['an address without a hook', { deployHook: 'env:HOOK' }],
    ['a redeployment without production', { environments: ['preview'] }],
    ['a branch of production', { gitBranch: 'main' }],
    ['a sensitive variable of development', { visibility: 'sensitive', environments: ['production', 'development'] }],
    ['an environment twice', { environments: ['production', 'production'] }],
    ['a team by its name', { team: 'sandbox' }],
    ['a path as project', { project: '../teams' }],
  ])('%s is refused', (_, change) => {
    expect(vercel.schema.safeParse(good).success).toBe(true)
    expect(vercel.schema.safeParse({ ...good, ...change }).success).toBe(false)
  })

  it('mean one slot for each environment, so that no two targets write the same', () => {
    const settings = vercel.schema.parse({ ...good, environments: ['production', 'preview'] })
    expect(vercel.slots?.(settings)).toEqual([`team_1 shop ${KEY} production `, `team_1 shop ${KEY} preview `])
    expect(vercel.slots?.(vercel.schema.parse({ ...good, environments: ['preview'], gitBranch: 'b', redeploy: 'none' }))).toEqual([
      `team_1 shop ${KEY} preview b`,
    ])
  })

  it('name the least rights', () => {
    const [sheet] = vercel.permissions([{ name: 'web', settings: vercel.schema.parse(good) }])
    expect(sheet?.body).toContain('in project shop of team_1')
    expect(sheet?.body).toContain('POST /v13/deployments')
    expect(vercel.permissions([{ name: 'web', settings: vercel.schema.parse({ ...good, redeploy: 'none' }) }])[0]?.body).not.toContain('POST /v13/deployments')
  })
})

describe('connecting', () => {
  const settings = { project: 'shop', environments: ['production'], redeploy: 'hook', token: 'env:TOKEN', deployHook: 'env:HOOK' }
  const connect = (hook: string, token = 'vcp_12345678') =>
    vercel.connect('web', vercel.schema.parse(settings), {
      ...surroundings({ url: '', token }),
      secret: (reference) => new Secret(reference === 'env:HOOK' ? hook : token),
    })

  it('asks nothing of anybody', async () => {
    await connect('https://api.vercel.com/v1/integrations/deploy/prj_abc/DEF?buildCache=false')
    expect(site.sandbox.log).toEqual([])
  })

  it.each([
    ['another host', 'https://api.evil.example/v1/integrations/deploy/prj_abc/DEF', 'KR_HOST_NOT_ALLOWED'],
    ['plain http', 'http://api.vercel.com/v1/integrations/deploy/prj_abc/DEF', 'KR_ENDPOINT_PLAIN'],
    ['another path', 'https://api.vercel.com/v13/deployments', 'KR_VERCEL_HOOK'],
    ['a password in it', 'https://u:p@api.vercel.com/v1/integrations/deploy/prj_abc/DEF', 'KR_VERCEL_HOOK'],
    ['a parameter of its own', 'https://api.vercel.com/v1/integrations/deploy/prj_abc/DEF?x=1', 'KR_VERCEL_HOOK'],
    ['no address at all', 'hook', 'KR_VERCEL_HOOK'],
  ])('refuses a deploy hook with %s, and does not repeat it', async (_, hook, code) => {
    const error: unknown = await connect(hook).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code })
    expect(JSON.stringify(error)).not.toContain('integrations')
  })

  it('refuses a token that no header can hold', async () => {
    await expect(connect('https://api.vercel.com/v1/integrations/deploy/prj_abc/DEF', 'two words')).rejects.toMatchObject({
      code: 'KR_VERCEL_TOKEN',
      kind: 'config',
    })
  })

  it('refuses another API than Vercel’s own unless it is allowed by name', async () => {
    const around = { ...surroundings({ url: 'https://vercel.evil.example', token: 'vcp_12345678' }) }
    await expect(vercel.connect('web', vercel.schema.parse({ ...settings, redeploy: 'none', deployHook: undefined }), around)).rejects.toMatchObject({
      code: 'KR_HOST_NOT_ALLOWED',
    })
  })
})
