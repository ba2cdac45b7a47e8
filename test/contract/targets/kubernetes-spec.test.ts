/** Every request of the Kubernetes target, judged by the published description of the API. */
import { describe, expect, it } from 'vitest'
import { kubernetesSpec, specMissing } from '../sandbox/kubernetes-referee.ts'
import { fakeKey } from './fake-key.ts'
import { connect, surroundings } from './kubernetes-harness.ts'
import { KEY, SECRET, startEmbedded } from './kubernetes-world.ts'

const spec = kubernetesSpec()
const A = fakeKey('a')
const B = fakeKey('b')

describe.skipIf(spec === null)(`the requests of the Kubernetes target${specMissing}`, () => {
  const judge = spec as NonNullable<typeof spec>

  it('are as published, each of them', async () => {
    const { sandbox, path, close } = await startEmbedded({ rolloutStepMs: 20, podStartMs: 20, podReadyMs: 10, terminationMs: 20 })
    const named = { web: 'Deployment', db: 'StatefulSet', log: 'DaemonSet' } as const
    sandbox.hands.addSecret({ name: SECRET, data: { [KEY]: A.secret.reveal() } })
    for (const [name, kind] of Object.entries(named)) sandbox.hands.addWorkload({ kind, name, secret: SECRET })
    const workloads = Object.entries(named).map(([name, kind]) => `${kind.toLowerCase()}/${name}`)
    const target = await connect({ namespace: 'default', workloads }, surroundings({ KUBECONFIG: path }))
    const revision = async () => (await target.observe()).revision
    await target.rights?.()
    await target.remarks?.()
    await target.write({ fallback: B }, await revision())
    await target.write({ current: B, fallback: A }, await revision())
    await target.reload?.(B.marker)
    await sandbox.hands.settled()
    await target.reloaded?.(B.marker)
    await target.stragglers?.()
    await target.write({ fallback: null }, await revision())
    await target.unmark?.(await revision())
    await close()
    const met = new Set<string>()
    for (const { method, path: asked, query, contentType, body } of sandbox.log) {
      const { operation, problems } = judge.checkRequest(method, asked, new URLSearchParams(query as [string, string][]), contentType, body ?? undefined)
      expect(problems, `${method} ${asked}`).toEqual([])
      met.add(operation ?? `unknown: ${method} ${asked}`)
    }
    const one = (plural: string): string => `/apis/apps/v1/namespaces/{namespace}/${plural}/{name}`
    expect([...met].toSorted()).toEqual(
      [
        ...['deployments', 'statefulsets', 'daemonsets'].flatMap((plural) => [`GET ${one(plural)}`, `PATCH ${one(plural)}`]),
        'GET /api/v1/namespaces/{namespace}/pods',
        'GET /api/v1/namespaces/{namespace}/secrets/{name}',
        'PATCH /api/v1/namespaces/{namespace}/secrets/{name}',
        'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      ].toSorted(),
    )
  })
})
