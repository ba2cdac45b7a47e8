/** Every request that the target sends is one that Vercel publishes: its whole repertoire, held against the specification. */
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/domain/secret.ts'
import type { RequestLogEntry } from '../../../src/sandbox/vercel/vercel.ts'
import { vercelSpec, vercelSpecMissing } from '../sandbox/vercel-judge.ts'
import { fakeKey } from './fake-key.ts'
import { eventually, ownSite, type OwnSite } from './vercel-harness.ts'

const A = fakeKey('a')
const B = fakeKey('b')

/** Read by the target and missing in the published cut: newer, or never in it. The SDK knows them all, but for the hook. */
const NEWER = ['GET /v9/projects/:', 'GET /v4/aliases', 'GET /v2/teams/:', 'GET /v1/projects/:/rolling-release', 'POST /v1/integrations/deploy/:/…']

const WAYS = [
  { redeploy: 'deployment', visibility: 'sensitive', environments: ['production', 'qa'] },
  { redeploy: 'git' },
  { redeploy: 'hook', deployHook: 'env:HOOK' },
  { redeploy: 'none', environments: ['preview'], gitBranch: 'feature/one' },
]

const spec = vercelSpec()

/** A whole rotation in each way, from nothing to nothing. */
async function rotate(site: OwnSite, settings: Record<string, unknown>): Promise<void> {
  const { hands } = site.sandbox
  hands.addCustomEnvironment(site.project, 'qa')
  hands.addBuilt(site.project)
  if (settings['redeploy'] === 'git') hands.rollInStages(site.project, [{ targetPercentage: 50, requireApproval: true }])
  const { path } = hands.addHook(site.project, 'keys', 'main')
  const target = site.connect(settings, { secret: (reference) => new Secret(reference === 'env:HOOK' ? site.url + path : site.token) })
  await target.remarks?.()
  for (const key of [A, B]) await target.write({ current: key }, (await target.observe()).revision)
  await target.reload?.(B.marker)
  await eventually(
    async () => target.reloaded?.(B.marker),
    (progress) => progress?.state !== 'no',
  )
  await Promise.all([target.stragglers?.(), target.leftovers?.(), target.rights?.()])
  await target.write({ current: null }, (await target.observe()).revision)
}

async function everyRequest(): Promise<readonly RequestLogEntry[]> {
  const logs = WAYS.map(async (settings) => {
    const site = await ownSite()
    try {
      await rotate(site, settings)
      return site.sandbox.log
    } finally {
      await site.close()
    }
  })
  return (await Promise.all(logs)).flat()
}

describe.skipIf(spec === null)(`the target before the specification${vercelSpecMissing}`, () => {
  const judge = spec as NonNullable<typeof spec>

  it('sends nothing that is not published', async () => {
    const unknown = new Set<string>()
    const known = new Set<string>()
    for (const { method, path, query, body } of await everyRequest()) {
      const verdict = judge.request(method, path, new URLSearchParams(query as [string, string][]), body)
      expect(verdict ?? [], `${method} ${path}`).toEqual([])
      const operation = `${method} ${path.replaceAll(/(?<=\/(?:projects|env|deployments|teams|deploy)\/)[^/…]+/g, ':')}`
      if (verdict === null) unknown.add(operation)
      else known.add(operation)
    }
    expect([...unknown].toSorted()).toEqual(NEWER.toSorted())
    expect([...known].toSorted()).toEqual([
      'DELETE /v9/projects/:/env/:',
      'GET /v1/env',
      'GET /v1/projects/:/env/:',
      'GET /v10/projects/:/env',
      'GET /v13/deployments/:',
      'GET /v7/deployments',
      'GET /v9/projects/:/custom-environments',
      'PATCH /v9/projects/:/env/:',
      'POST /v10/projects/:/env',
      'POST /v13/deployments',
    ])
  })
})
