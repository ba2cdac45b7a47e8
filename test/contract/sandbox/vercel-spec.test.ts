import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/sandbox/vercel/vercel.ts'
import { NOT_IN_SPEC, sdkProblems, UNPARSED, vercelSpec, vercelSpecMissing } from './vercel-judge.ts'
import { startVercelWorld, type VercelWorld } from './vercel-world.ts'

const spec = vercelSpec()

/** One good call for every route of the sandbox. */
async function tour(world: VercelWorld): Promise<readonly (readonly [string, string, unknown?])[]> {
  const { hands } = world.sandbox
  const { id: project } = world.project
  const custom = hands.addCustomEnvironment(project, 'qa').id
  const seen = hands.addVariable(project, { key: 'TOKEN', value: 'v', comment: 'mine', target: ['production', 'preview'] })
  const sensitive = hands.addVariable(project, { key: 'DARK', value: 'v', type: 'sensitive' })
  hands.addVariable(project, { key: 'TOKEN', value: 'v', target: ['preview'], gitBranch: 'feature' })
  hands.addShared('SHARED', [project])
  const hook = hands.addHook(project, 'content', 'main')
  const older = hands.addBuilt(project)
  const serving = hands.addBuilt(project)
  const preview = hands.addBuilt(project, { target: null })
  const { repoId } = (await world.call('GET', `/v9/projects/${project}`)).json.link
  hands.rollInStages(project, [
    { targetPercentage: 10, requireApproval: true },
    { targetPercentage: 100, requireApproval: false },
  ])
  hands.addBuilt(project)
  const entry = { key: 'NEW', value: 'v', type: 'encrypted', comment: 'c' }
  return [
    ['GET', `/v10/projects/${project}/env`],
    ['GET', `/v9/projects/${project}/env?gitBranch=feature`],
    ['POST', `/v10/projects/${project}/env?upsert=true`, { ...entry, target: ['production'], customEnvironmentIds: [custom] }],
    [
      'POST',
      `/v10/projects/${project}/env`,
      [
        { ...entry, key: 'OTHER', target: ['preview'], gitBranch: 'feature' },
        { ...entry, key: 'TOKEN', target: ['production'] },
      ],
    ],
    ['GET', `/v1/projects/${project}/env/${seen.id}`],
    ['GET', `/v1/projects/${project}/env/${sensitive.id}`],
    ['PATCH', `/v9/projects/${project}/env/${seen.id}`, { value: 'w', comment: 'mine [keyrot x]' }],
    ['PATCH', `/v10/projects/${project}/env/${sensitive.id}`, { value: 'w' }],
    ['DELETE', `/v9/projects/${project}/env/${seen.id}`],
    ['DELETE', `/v10/projects/${project}/env/${sensitive.id}`],
    ['GET', `/v1/env?projectId=${project}`],
    ['GET', `/v9/projects/${project}/custom-environments`],
    ['GET', `/v9/projects/${project}`],
    ['GET', `/v7/deployments?projectId=${project}&target=production&state=READY&rollbackCandidate=true&limit=5`],
    ['GET', `/v6/deployments?projectId=${project}&limit=1`],
    ['GET', `/v13/deployments/${serving}`],
    ['GET', `/v13/deployments/${preview}`],
    ['GET', `/v13/deployments/shop.example`],
    ['POST', '/v13/deployments?forceNew=1', { name: 'shop', deploymentId: serving, target: 'production', meta: { action: 'redeploy', keyrot: 'm' } }],
    ['POST', '/v13/deployments', { name: 'shop', project, target: 'production', gitSource: { type: 'github', repoId, ref: 'main', sha: 'a'.repeat(40) } }],
    ['GET', `/v1/projects/${project}/rolling-release`],
    ['GET', `/v4/aliases?projectId=${project}&limit=100`],
    ['POST', `/v1/projects/${project}/rollback/${older}`, {}],
    ['POST', `/v10/projects/${project}/promote/${serving}`, {}],
    ['GET', `/v2/teams/${world.sandbox.team}`],
    ['POST', hook.path],
  ]
}

describe('the embedded Vercel before its judges', () => {
  it('answers every route so that the SDK reads it', async () => {
    const world = await startVercelWorld()
    const unread = new Set<string>()
    const reached = new Set<string>()
    for (const [method, url, body] of await tour(world)) {
      const { status, json } = await world.call(method, url, body)
      expect([200, 201], `${method} ${url}`).toContain(status)
      const operation = operationOf(method, url)
      reached.add(operation)
      if (sdkProblems(method, url.split('?')[0] ?? '', json) === null) unread.add(operation)
    }
    expect([...unread].toSorted()).toEqual([...UNPARSED].toSorted())
    expect([...reached].toSorted()).toEqual(ROUTES.map(([method, pattern]) => `${method} ${pattern}`).toSorted())
  })

  it('is held against a parser that sees a breach', () => {
    expect(sdkProblems('GET', '/v10/projects/p/env', { envs: [{ key: 'A' }], hiddenProductionEnvCount: 0 })).not.toEqual([])
    expect(sdkProblems('GET', '/v7/deployments', { deployments: [{}], pagination: {} })).not.toEqual([])
  })
})

describe.skipIf(spec === null)(`the published specification${vercelSpecMissing}`, () => {
  const judge = spec as NonNullable<typeof spec>

  it('knows every request and answer; what is newer is on the pinned list', async () => {
    const world = await startVercelWorld()
    const absent = new Set<string>()
    for (const [method, url, body] of await tour(world)) {
      const [path = '', query = ''] = url.split('?')
      const verdict = judge.request(method, path, new URLSearchParams(query), body)
      expect(verdict ?? [], `${method} ${url}`).toEqual([])
      if (verdict === null) absent.add(operationOf(method, url))
      await world.call(method, url, body)
    }
    expect([...absent].toSorted()).toEqual([...NOT_IN_SPEC].toSorted())
  })

  it('sees breaches', () => {
    const path = '/v10/projects/p/env'
    expect(judge.request('POST', path, new URLSearchParams(), { key: 'A', value: 'v', type: 'encrypted' })).not.toEqual([])
    expect(judge.request('PATCH', '/v9/projects/p/env/e', new URLSearchParams(), { values: 'v' })).not.toEqual([])
    expect(judge.request('PATCH', '/v9/projects/p/env/e', new URLSearchParams(), { comment: 'c'.repeat(501) })).not.toEqual([])
    expect(judge.response('POST', path, 200, { envs: [] })).not.toEqual([])
    expect(judge.response('POST', path, 201, { created: [] })).not.toEqual([])
    expect(judge.response('GET', '/v13/deployments/d', 200, { id: 'd' })).not.toEqual([])
  })
})

function operationOf(method: string, url: string): string {
  const path = url.split('?')[0] ?? ''
  const found = ROUTES.find(([wanted, pattern]) => wanted === method && new RegExp(`^${pattern.replaceAll(':', '[^/]+')}$`).test(path))
  return found === undefined ? `${method} ${path}` : `${found[0]} ${found[1]}`
}
