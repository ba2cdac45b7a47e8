/** Down to the deployment that serves: what a reload starts, when it counts as done, and who still has the old key. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Target } from '../../../src/ports/target.ts'
import type { Unit, UnitView, VercelOptions } from '../../../src/sandbox/vercel/vercel.ts'
import { fakeKey } from './fake-key.ts'
import { eventually, ownSite, type OwnSite } from './vercel-harness.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const KEY = 'OPENAI_API_KEY'

let site: OwnSite
let units: Unit[]
let stopped: string[]

/** A project in production with key A, months before anything happens. */
async function open(options: Partial<VercelOptions> = {}, wish: Record<string, unknown> = {}): Promise<string> {
  units = []
  stopped = []
  site = await ownSite({ runtime: { serving: (unit) => void units.push(unit), stopped: (id) => void stopped.push(id) }, ...options })
  site.sandbox.hands.addVariable(site.project, { key: KEY, value: A.secret.reveal(), ...wish })
  return site.sandbox.hands.addBuilt(site.project)
}

let before: string
beforeEach(async () => {
  before = await open()
})
afterEach(() => site.close())

const hands = () => site.sandbox.hands
const deployments = (): readonly UnitView[] => hands().deployments(site.project)
const started = (): readonly UnitView[] => deployments().filter(({ id }) => id !== before)
const posts = () => site.sandbox.log.filter(({ method, path }) => method === 'POST' && path === '/v13/deployments')

async function promote(target: Target, key = B): Promise<void> {
  await target.write({ current: key }, (await target.observe()).revision)
}

const done = (target: Target, key = B) =>
  eventually(
    async () => (await target.reloaded?.(key.marker)) ?? { state: 'unknown' as const },
    ({ state }) => state !== 'no',
  )

describe('a reload', () => {
  it('builds what serves once more, with the new key, and is done when the domains lead there', async () => {
    const target = site.connect()
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no', why: expect.stringContaining('from before the key was written') as string })
    await promote(target)
    hands().holdAlias(site.project)
    await target.reload?.(B.marker)
    const [deployment] = started()
    expect(deployment).toMatchObject({ target: 'production', meta: { action: 'redeploy', keyrot: B.marker } })
    expect(posts()[0]).toMatchObject({ query: expect.arrayContaining([['forceNew', '1']]) as unknown, body: { deploymentId: before, name: 'shop' } })
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no' })
    hands().holdAlias(site.project, false)
    expect(await done(target)).toEqual({ state: 'yes' })
    expect(hands().serving(site.project)).toBe(deployment?.id)
    expect(units.map(({ env }) => env[KEY] === B.secret.reveal())).toEqual([false, true])
    expect(stopped).toEqual([before])
  })

  it.each([
    ['git', { redeploy: 'git' }, { keyrot: B.marker }],
    ['hook', { redeploy: 'hook', deployHook: 'env:HOOK' }, { deployHookName: 'keys' }],
  ])('by %s does the same', async (_, settings, meta) => {
    const { path } = hands().addHook(site.project, 'keys', 'main')
    const target = connectWithHook(settings, path)
    await promote(target)
    await target.reload?.(B.marker)
    expect(await done(target)).toEqual({ state: 'yes' })
    expect(started()).toHaveLength(1)
    expect(started()[0]).toMatchObject({ serving: true, env: { [KEY]: B.secret.fingerprint }, meta })
    // the address of a hook is a permission of its own: our token is not shown to whoever answers there
    expect(site.sandbox.log.filter(({ path: asked }) => asked.includes('/integrations/')).every(({ token }) => token === null)).toBe(true)
  })

  it('is not repeated while its deployment is under way, serves, or after a crash in between', async () => {
    const target = site.connect()
    await promote(target)
    site.sandbox.refuse({ as: 'lost', method: 'POST', path: '/v13/deployments$' })
    await expect(target.reload?.(B.marker)).rejects.toMatchObject({ kind: 'ambiguous' })
    await site.connect().reload?.(B.marker)
    await target.reload?.(B.marker)
    expect(await done(target)).toEqual({ state: 'yes' })
    await target.reload?.(B.marker)
    expect(posts()).toHaveLength(1)
    expect(started()).toHaveLength(1)
  })

  it('needs no deployment of its own where a push has brought one since', async () => {
    const target = site.connect()
    await promote(target)
    const pushed = hands().push(site.project)
    await target.reload?.(B.marker)
    expect(await done(target)).toEqual({ state: 'yes' })
    expect(started().map(({ id }) => id)).toEqual([pushed])
  })

  it('is not taken for done by a build that began before the write', async () => {
    const target = site.connect()
    hands().push(site.project)
    await promote(target)
    await eventually(
      async () => hands().serving(site.project),
      (id) => id !== before,
    )
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no' })
    await target.reload?.(B.marker)
    expect(await done(target)).toEqual({ state: 'yes' })
    expect(deployments().find(({ serving }) => serving)?.env[KEY]).toBe(B.secret.fingerprint)
  })

  it('is not taken for done by an older deployment that bears the same tag', async () => {
    const target = site.connect()
    // an earlier run left key B there; its deployment was copied, tag and all, when the variable held A again
    hands().addBuilt(site.project, { meta: { keyrot: B.marker }, createdAt: hands().now() - 10_000 })
    await promote(target)
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no' })
    await target.reload?.(B.marker)
    expect(posts()).toHaveLength(1)
  })

  it('survives an edit of the comment: its own tag tells', async () => {
    const target = site.connect()
    await promote(target)
    await target.reload?.(B.marker)
    await done(target)
    const [entry] = hands().variables(site.project)
    hands().advance(60_000)
    hands().editVariable(site.project, entry?.id ?? '', { comment: `a note ${entry?.comment}` })
    expect(await target.reloaded?.(B.marker)).toEqual({ state: 'yes' })
    await target.unmark?.((await target.observe()).revision)
    expect(await target.reloaded?.(B.marker)).toEqual({ state: 'yes' })
  })

  it('has nothing to do in a project that was never deployed', async () => {
    await site.close()
    site = await ownSite()
    hands().addVariable(site.project, { key: KEY, value: A.secret.reveal() })
    const target = site.connect()
    await promote(target)
    await target.reload?.(B.marker)
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'yes' })
    expect(posts()).toEqual([])
  })

  it('back to the old key is one more deployment', async () => {
    const target = site.connect()
    for (const key of [B, A]) {
      await promote(target, key)
      await target.reload?.(key.marker)
      expect(await done(target, key)).toEqual({ state: 'yes' })
    }
    expect(deployments().find(({ serving }) => serving)?.env[KEY]).toBe(A.secret.fingerprint)
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no', why: 'the variable was last written for another key' })
  })
})

describe('a reload that does not get there', () => {
  it.each(['ERROR', 'CANCELED', 'BLOCKED'] as const)('%s parks with the address, and is repeated when asked again', async (how) => {
    const target = site.connect()
    await promote(target)
    hands().failNext(site.project, how)
    await target.reload?.(B.marker)
    const progress = await done(target)
    const id = started()[0]?.id ?? ''
    expect(progress).toEqual({ state: 'failed', why: `${id} is ${how} (https://vercel.com/sandbox-team/shop/${id.slice(4)})` })
    expect(hands().serving(site.project)).toBe(before)
    await target.reload?.(B.marker)
    expect(await done(target)).toEqual({ state: 'yes' })
    expect(started()).toHaveLength(2)
  })

  it('READY alone is not serving', async () => {
    const target = site.connect()
    await promote(target)
    hands().holdAlias(site.project)
    await target.reload?.(B.marker)
    await eventually(
      async () => started()[0]?.state,
      (state) => state === 'READY',
    )
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no', why: expect.stringContaining('its domains do not lead to it yet') as string })
    hands().holdAlias(site.project, false)
    expect(await done(target)).toEqual({ state: 'yes' })
  })

  it('names alone are not serving either: the deployment must have been given them', async () => {
    const target = site.connect()
    await promote(target)
    hands().holdAlias(site.project)
    await target.reload?.(B.marker)
    const built = await eventually(
      async () => started()[0],
      (unit) => unit?.state === 'READY',
    )
    for (const name of ['shop.vercel.app', 'shop.example']) hands().pointName(site.project, name, built?.id ?? '')
    expect(await target.reloaded?.(B.marker)).toMatchObject({
      state: 'no',
      why: expect.stringContaining("does not have all of production's traffic") as string,
    })
    hands().failAlias(site.project)
    hands().holdAlias(site.project, false)
    expect(await done(target)).toMatchObject({ state: 'failed', why: expect.stringContaining('could not be given its domains') as string })
  })

  it('one domain that stays behind is named', async () => {
    const target = site.connect()
    await promote(target)
    await target.reload?.(B.marker)
    await done(target)
    hands().pointName(site.project, 'shop.example', before)
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no' })
    expect(await target.stragglers?.()).toContainEqual(expect.stringContaining('production'))
  })

  it('one other name of the deployment that leads to an older one is named', async () => {
    const target = site.connect()
    await promote(target)
    await target.reload?.(B.marker)
    await done(target)
    const name = 'shop-git-main-sandbox-team.vercel.app'
    hands().pointName(site.project, name, before)
    expect(await target.reloaded?.(B.marker)).toEqual({ state: 'no', why: `${name} still leads to an older deployment` })
  })

  it('a deployment that was taken out of production again is not put back', async () => {
    const target = site.connect()
    await promote(target)
    await target.reload?.(B.marker)
    await done(target)
    for (const name of ['shop.vercel.app', 'shop.example']) hands().pointName(site.project, name, before)
    hands().advance(30_000)
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no' })
    hands().advance(180_000)
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'failed', why: expect.stringContaining('was taken out of production again') as string })
    await target.reload?.(B.marker)
    expect(posts()).toHaveLength(1)
  })

  it('failed checks are a failure, and are run again with the next build', async () => {
    const target = site.connect()
    await promote(target)
    hands().failChecks(site.project)
    await target.reload?.(B.marker)
    expect(await done(target)).toMatchObject({ state: 'failed', why: expect.stringContaining('did not pass its checks') as string })
    await target.reload?.(B.marker)
    expect(await done(target)).toEqual({ state: 'yes' })
  })

  it('a failed assignment of domains is a failure', async () => {
    const target = site.connect()
    await promote(target)
    hands().failAlias(site.project)
    await target.reload?.(B.marker)
    expect(await done(target)).toMatchObject({ state: 'failed', why: expect.stringContaining('could not be given its domains') as string })
  })

  it('an instant rollback in force waits for a person, and is not overridden', async () => {
    const newer = hands().addBuilt(site.project, { createdAt: hands().now() - 5_000 })
    hands().rollBack(site.project, before)
    const target = site.connect()
    await promote(target)
    await target.reload?.(B.marker)
    const progress = await done(target)
    const id = started().find((one) => one.id !== newer)?.id ?? ''
    expect(progress).toMatchObject({ state: 'failed', why: expect.stringContaining(`vercel promote ${id}`) as string })
    expect(await target.remarks?.()).toContainEqual(expect.objectContaining({ code: 'no-auto-assign' }))
    await target.reload?.(B.marker)
    expect(posts()).toHaveLength(1)
    hands().promote(site.project, id)
    expect(await done(target)).toEqual({ state: 'yes' })
  })

  it('a person may promote what is built before its domains would have come', async () => {
    hands().autoAssign(site.project, false)
    hands().holdAlias(site.project)
    const target = site.connect()
    await promote(target)
    await target.reload?.(B.marker)
    expect(await done(target)).toMatchObject({ state: 'failed', why: expect.stringContaining('not assigned by themselves') as string })
    hands().promote(site.project, started()[0]?.id ?? '')
    hands().holdAlias(site.project, false)
    expect(await done(target)).toEqual({ state: 'yes' })
  })

  it('a hook of another branch or another project', async () => {
    const stray = connectWithHook({ redeploy: 'hook', deployHook: 'env:HOOK' }, hands().addHook(site.project, 'docs', 'docs').path)
    await promote(stray)
    await stray.reload?.(B.marker)
    expect(await done(stray)).toMatchObject({ state: 'failed', why: expect.stringContaining("not production's") as string })
    const other = hands().addProject('other')
    const foreign = connectWithHook({ redeploy: 'hook', deployHook: 'env:HOOK' }, hands().addHook(other.id, 'keys', 'main').path)
    await expect(foreign.reload?.(B.marker)).rejects.toMatchObject({ code: 'KR_VERCEL_HOOK', kind: 'refused' })
    expect(await foreign.remarks?.()).toContainEqual(expect.objectContaining({ code: 'hook-of-another-project', severity: 'obstacle' }))
  })

  it('no commit to build again', async () => {
    const { id } = hands().addProject('prebuilt', { git: false })
    hands().addVariable(id, { key: KEY, value: A.secret.reveal() })
    hands().addBuilt(id)
    const target = site.connect({ project: id, redeploy: 'git' })
    await promote(target)
    await expect(target.reload?.(B.marker)).rejects.toMatchObject({ code: 'KR_VERCEL_NO_SOURCE', kind: 'refused' })
  })

  it('an address that is not at vercel.com is not shown', async () => {
    const { inspectAddress } = await import('../../../src/adapters/targets/vercel-deployments.ts')
    expect(inspectAddress('https://vercel.com/team/shop/abc')).not.toBe('')
    for (const url of [
      'https://vercel.com.evil.example/x',
      'http://vercel.com/x',
      'https://vercel.com/\u001b[31m',
      'https://user@vercel.com/x',
      'javascript:alert(1)',
    ])
      expect(inspectAddress(url)).toBe('')
  })
})

describe('who still has the old key', () => {
  it('a rolling release is not done before its last stage, and names what takes traffic meanwhile', async () => {
    hands().rollInStages(site.project, [
      { targetPercentage: 10, requireApproval: true },
      { targetPercentage: 100, requireApproval: false },
    ])
    const target = site.connect()
    await promote(target)
    await target.reload?.(B.marker)
    expect(await done(target)).toMatchObject({ state: 'failed', why: expect.stringContaining('10 % of production') as string })
    expect(await target.stragglers?.()).toEqual(expect.arrayContaining([expect.stringContaining(before)]))
    hands().approveStage(site.project)
    expect(await done(target)).toEqual({ state: 'yes' })
    expect(await target.stragglers?.()).toEqual([])
  })

  it('a rolling release that began before the write', async () => {
    hands().rollInStages(site.project, [
      { targetPercentage: 10, requireApproval: true },
      { targetPercentage: 100, requireApproval: false },
    ])
    const canary = hands().addBuilt(site.project, { createdAt: hands().now() - 1_000 })
    const target = site.connect()
    await promote(target)
    expect(await target.stragglers?.()).toEqual([`production (${before})`, `${canary}, in a rolling release`])
  })

  it('production itself, until it serves the new one; also where a person redeploys', async () => {
    const target = site.connect({ redeploy: 'none' })
    expect([target.traits.consumers, target.reload, target.reloaded]).toEqual(['manual', undefined, undefined])
    await promote(target)
    expect(await target.stragglers?.()).toEqual([`production (${before})`])
    const pushed = hands().push(site.project)
    await eventually(
      async () => hands().serving(site.project),
      (id) => id === pushed,
    )
    expect(await target.stragglers?.()).toEqual([])
  })

  it('a domain that was pointed at an old deployment by hand', async () => {
    const target = site.connect()
    hands().pointName(site.project, 'legacy.example', before)
    await promote(target)
    await target.reload?.(B.marker)
    await done(target)
    expect(await target.stragglers?.()).toEqual([`legacy.example (${before})`])
  })

  it('visitors whom skew protection keeps on an old deployment, as long as it does', async () => {
    hands().skewProtection(site.project, 3_600)
    const target = site.connect()
    expect(await target.remarks?.()).toContainEqual(expect.objectContaining({ code: 'skew-protection' }))
    await promote(target)
    await target.reload?.(B.marker)
    await done(target)
    expect(await target.stragglers?.()).toEqual([expect.stringContaining(before)])
    hands().advance(3_600_000)
    expect(await target.stragglers?.()).toEqual([])
  })

  it('a custom environment runs its newest deployment', async () => {
    const { id } = hands().addCustomEnvironment(site.project, 'qa')
    const [entry] = hands().variables(site.project)
    hands().editVariable(site.project, entry?.id ?? '', { customEnvironmentIds: [id] })
    const old = hands().addBuilt(site.project, { target: null, customEnvironment: id, createdAt: hands().now() - 5_000 })
    const target = site.connect({ environments: ['production', 'qa'] })
    await promote(target)
    await target.reload?.(B.marker)
    await done(target)
    expect(await target.stragglers?.()).toEqual([`environment ${id} (${old})`])
    expect(await target.leftovers?.()).toEqual([`rollback candidate ${before}`, `preview ${old}`])
    await site.call('POST', '/v13/deployments?forceNew=1', { name: 'shop', deploymentId: old, customEnvironmentSlugOrId: 'qa' })
    await eventually(
      async () => (await target.stragglers?.()) ?? [],
      (left) => left.length === 0,
    )
  })

  it('previews and rollback candidates are left over: counted and named, the serving one is not', async () => {
    await site.close()
    before = await open({}, { target: ['production', 'preview'] })
    const candidate = before
    hands().addBuilt(site.project, { createdAt: hands().now() - 5_000 })
    const preview = hands().addBuilt(site.project, { target: null, createdAt: hands().now() - 4_000 })
    const target = site.connect({ environments: ['production', 'preview'] })
    await promote(target)
    await target.reload?.(B.marker)
    await done(target)
    const left = (await target.leftovers?.()) ?? []
    expect(left).toEqual([expect.stringMatching(/^rollback candidate dpl_/), `rollback candidate ${candidate}`, `preview ${preview}`])
    expect(left.some((name) => name.includes(hands().serving(site.project) ?? ''))).toBe(false)
    hands().push(site.project, { target: null })
    expect(await target.leftovers?.()).toHaveLength(3)
  })

  it('no previews of an entry for production', async () => {
    hands().addBuilt(site.project, { target: null, createdAt: hands().now() - 4_000 })
    const target = site.connect()
    await promote(target)
    expect(await target.leftovers?.()).toEqual([])
  })

  it('only previews of an entry for previews', async () => {
    await site.close()
    before = await open({}, { target: ['preview'] })
    const preview = hands().addBuilt(site.project, { target: null, createdAt: hands().now() - 4_000 })
    const target = site.connect({ environments: ['preview'], redeploy: 'none' })
    await promote(target)
    expect(await target.leftovers?.()).toEqual([`preview ${preview}`])
    expect(target.stragglers).toBeUndefined()
  })
})

function connectWithHook(settings: Record<string, unknown>, path: string): Target {
  const secrets: Readonly<Record<string, string>> = { 'env:TOKEN': site.token, 'env:HOOK': site.url + path }
  return site.connect(settings, { secret: (reference) => new (A.secret.constructor as new (text: string) => typeof A.secret)(secrets[reference] ?? '') })
}
