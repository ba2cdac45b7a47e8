/** The embedded Vercel builds in its own time, keeps the values of then, and moves production's names last. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { DEFAULTS, type Unit } from '../../../src/sandbox/vercel/vercel.ts'
import { startVercelWorld, type VercelWorld } from './vercel-world.ts'

const { queueMs, initMs, buildMs, aliasMs, hookMs } = DEFAULTS

async function world(options: Parameters<typeof startVercelWorld>[0] = {}) {
  const units: Unit[] = []
  const stopped: string[] = []
  const made = await startVercelWorld({ writeMs: 1, runtime: { serving: (unit) => void units.push(unit), stopped: (id) => void stopped.push(id) }, ...options })
  const { hands } = made.sandbox
  hands.addVariable(made.project.id, { key: 'TOKEN', value: 'old' })
  const first = hands.addBuilt(made.project.id)
  return { ...made, hands, units, stopped, first, redeploy: (source = first) => redeploy(made, source) }
}

async function redeploy({ call }: VercelWorld, source: string): Promise<string> {
  const body = { name: 'shop', deploymentId: source, target: 'production', meta: { action: 'redeploy' } }
  return (await call('POST', '/v13/deployments?forceNew=1', body)).json.id
}

const stateOf = async ({ call }: VercelWorld, id: string) => {
  const { readyState, aliasAssigned, readySubstate } = (await call('GET', `/v13/deployments/${id}`)).json
  return [readyState, aliasAssigned, readySubstate]
}

describe('a build', () => {
  it('is queued, prepared, built and READY before the names move', async () => {
    const made = await world()
    const id = await made.redeploy()
    const seen = [await stateOf(made, id)]
    for (const ms of [queueMs, initMs, buildMs, aliasMs]) {
      made.hands.advance(ms + 1)
      seen.push(await stateOf(made, id))
    }
    expect(seen).toEqual([
      ['QUEUED', false, undefined],
      ['INITIALIZING', false, undefined],
      ['BUILDING', false, undefined],
      ['READY', false, undefined],
      ['READY', true, 'PROMOTED'],
    ])
    expect((await made.call('GET', '/v13/deployments/shop.example')).json.id).toBe(id)
    expect((await made.call('GET', `/v9/projects/${made.project.id}`)).json).toMatchObject({
      targets: { production: { id } },
      alias: [{ deployment: { id } }, { deployment: { id } }],
    })
  })

  it('takes the values of the moment it begins, and keeps them', async () => {
    const made = await world()
    const entry = made.hands.variables(made.project.id)[0]?.id ?? ''
    const id = await made.redeploy()
    made.hands.editVariable(made.project.id, entry, { value: 'new' })
    made.hands.advance(queueMs + initMs + 1)
    made.hands.editVariable(made.project.id, entry, { value: 'newer' })
    made.hands.advance(buildMs + aliasMs + 1)
    expect(made.units.map(({ deployment, env }) => [deployment, env['TOKEN']])).toEqual([
      [made.first, 'old'],
      [id, 'new'],
    ])
    expect(made.stopped).toEqual([made.first])
  })

  it('goes on by itself when the clock does', async () => {
    const made = await world({ clock: Date.now, queueMs: 5, initMs: 5, buildMs: 5, aliasMs: 5 })
    const id = made.hands.push(made.project.id)
    for (let tries = 0; tries < 200 && made.units.length < 2; tries += 1) await pause(10)
    expect(made.units.at(-1)?.deployment).toBe(id)
  })

  it('of an old deployment without forceNew is that deployment', async () => {
    const made = await world()
    const { json } = await made.call('POST', '/v13/deployments', { name: 'shop', deploymentId: made.first, target: 'production' })
    expect(json.id).toBe(made.first)
  })

  it('of a branch has the entry of that branch', async () => {
    const made = await world()
    const { hands, project } = made
    hands.addVariable(project.id, { key: 'TOKEN', value: 'all', target: ['preview'] })
    hands.addVariable(project.id, { key: 'TOKEN', value: 'one', target: ['preview'], gitBranch: 'feature' })
    const [feature, other] = [hands.addBuilt(project.id, { target: null, branch: 'feature' }), hands.addBuilt(project.id, { target: null, branch: 'other' })]
    const [left, right] = [feature, other].map((id) => hands.deployments(project.id).find((unit) => unit.id === id)?.env['TOKEN'])
    expect(left).not.toBe(right)
  })

  it.each(['ERROR', 'CANCELED', 'BLOCKED'] as const)('can end as %s, and production stays', async (how) => {
    const made = await world()
    made.hands.failNext(made.project.id, how)
    const id = await made.redeploy()
    made.hands.advance(10_000)
    expect((await stateOf(made, id))[0]).toBe(how)
    expect(made.hands.serving(made.project.id)).toBe(made.first)
  })

  it('that is asked for in odd ways is refused', async () => {
    const made = await world()
    const refused = async (body: unknown) => (await made.call('POST', '/v13/deployments', body)).status
    expect(await refused({ deploymentId: made.first })).toBe(400)
    expect(await refused({ name: 'shop', deploymentId: 'dpl_none' })).toBe(404)
    expect(await refused({ name: 'shop', target: 'production' })).toBe(400)
    expect(await refused({ name: 'shop', deploymentId: made.first, env: {} })).toBe(400)
    expect(await refused({ name: 'shop', gitSource: { type: 'github', repoId: 1, ref: 'main' } })).toBe(400)
  })
})

describe('production', () => {
  it('waits while names are held back', async () => {
    const made = await world()
    made.hands.holdAlias(made.project.id)
    const id = await made.redeploy()
    made.hands.advance(60_000)
    expect(await stateOf(made, id)).toEqual(['READY', false, undefined])
    made.hands.holdAlias(made.project.id, false)
    expect(await stateOf(made, id)).toEqual(['READY', true, 'PROMOTED'])
  })

  it('after an instant rollback stays there until somebody promotes', async () => {
    const made = await world()
    const newer = await made.redeploy()
    made.hands.advance(10_000)
    expect((await made.call('POST', `/v1/projects/${made.project.id}/rollback/${made.first}`, {})).status).toBe(201)
    const next = await made.redeploy(newer)
    made.hands.advance(10_000)
    expect(await stateOf(made, next)).toEqual(['READY', false, 'STAGED'])
    expect((await made.call('GET', `/v9/projects/${made.project.id}`)).json).toMatchObject({
      autoAssignCustomDomains: false,
      lastAliasRequest: { type: 'rollback', toDeploymentId: made.first },
    })
    expect((await made.call('POST', `/v10/projects/${made.project.id}/promote/${next}`, {})).status).toBe(201)
    expect((await made.call('POST', `/v10/projects/${made.project.id}/promote/${next}`, {})).status).toBe(409)
    expect(made.units.map(({ deployment }) => deployment)).toEqual([made.first, newer, made.first, next])
  })

  it('in stages has two deployments until the last one', async () => {
    const made = await world()
    made.hands.rollInStages(made.project.id, [
      { targetPercentage: 20, requireApproval: true },
      { targetPercentage: 100, requireApproval: false },
    ])
    const id = await made.redeploy()
    made.hands.advance(10_000)
    expect((await stateOf(made, id)).at(-1)).toBe('ROLLING')
    const { rollingRelease } = (await made.call('GET', `/v1/projects/${made.project.id}/rolling-release`)).json
    expect(rollingRelease).toMatchObject({
      state: 'ACTIVE',
      activeStage: { targetPercentage: 20 },
      currentDeployment: { id: made.first },
      canaryDeployment: { id },
    })
    expect([made.units.map(({ deployment }) => deployment), made.stopped]).toEqual([[made.first, id], []])
    expect((await made.call('POST', `/v10/projects/${made.project.id}/promote/${id}`, {})).status).toBe(202)
    made.hands.approveStage(made.project.id)
    expect([made.stopped, made.hands.serving(made.project.id)]).toEqual([[made.first], id])
  })

  it('is not given back to an older build that ends late', async () => {
    const made = await world()
    const slow = made.hands.push(made.project.id, { createdAt: made.hands.now() - 30_000 })
    made.hands.advance(10_000)
    const newer = await made.redeploy()
    made.hands.advance(10_000)
    const older = made.hands.addBuilt(made.project.id, { createdAt: made.hands.now() - 15_000 })
    expect([slow, older].includes(made.hands.serving(made.project.id) ?? '')).toBe(false)
    expect(made.hands.serving(made.project.id)).toBe(newer)
  })
})

describe('listing', () => {
  it('filters and pages', async () => {
    const made = await world()
    const preview = made.hands.addBuilt(made.project.id, { target: null })
    const newer = await made.redeploy()
    const ids = async (query: string) =>
      (await made.call('GET', `/v7/deployments?projectId=${made.project.id}&${query}`)).json.deployments.map(({ uid }: { uid: string }) => uid)
    expect(await ids('target=preview')).toEqual([preview])
    expect(await ids('state=READY,QUEUED&target=production')).toEqual([newer, made.first])
    expect(await ids('meta-action=redeploy')).toEqual([newer])
    expect(await ids('rollbackCandidate=true')).toEqual([])
    made.hands.advance(10_000)
    expect(await ids('rollbackCandidate=true')).toEqual([made.first])
    const page = (await made.call('GET', `/v6/deployments?projectId=${made.project.id}&limit=2`)).json
    expect(page.deployments).toHaveLength(2)
    expect(await ids(`until=${page.pagination.next}`)).toHaveLength(1)
  })
})

describe('a deploy hook', () => {
  it('needs no token, answers at once, and its deployment appears later', async () => {
    const made = await world()
    const { id, path } = made.hands.addHook(made.project.id, 'keys', 'main')
    const { status, json } = await made.as(null, 'POST', path)
    expect([status, json.job.state]).toEqual([201, 'PENDING'])
    const hooked = async () => (await made.call('GET', `/v7/deployments?projectId=${made.project.id}&meta-deployHookId=${id}`)).json.deployments
    expect(await hooked()).toEqual([])
    made.hands.advance(hookMs + 1)
    expect(await hooked()).toMatchObject([{ source: 'git-deploy-hook', target: 'production', meta: { deployHookName: 'keys' } }])
    expect((await made.as(null, 'POST', `${path}x`)).status).toBe(403)
    expect(JSON.stringify(made.sandbox.log)).not.toContain(path)
  })
})
