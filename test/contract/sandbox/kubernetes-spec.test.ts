import { describe, expect, it } from 'vitest'
import { RESOURCES } from '../../../src/sandbox/kubernetes/api/resources.ts'
import { kubernetesSpec, specMissing } from './kubernetes-referee.ts'
import { APPLY, APPS, base64, DEPLOYMENTS, JSON_PATCH, MERGE, PODS, SECRETS, startWorld, STRATEGIC, until, type World } from './kubernetes-world.ts'

const spec = kubernetesSpec()

type Step = readonly [method: string, path: string, body?: unknown, type?: string]

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const MAPS = '/api/v1/namespaces/default/configmaps'
const BATCH = '/apis/batch/v1/namespaces/default'
const REVIEWS = '/apis/authorization.k8s.io/v1'

const containers = [{ name: 'c', image: 'x', env: [{ name: 'A', value: 'b' }] }]
const templated = { selector: { matchLabels: { app: 'more' } }, template: { metadata: { labels: { app: 'more' } }, spec: { containers } } }
const run = { template: { spec: { containers: [{ name: 'c', image: 'x' }], restartPolicy: 'Never' } } }

/** One good call for every verb of every kind, in an order in which each can succeed. */
function tour(): readonly Step[] {
  const asked = { spec: { resourceAttributes: { verb: 'get', resource: 'secrets', namespace: 'default', name: 's' } } }
  const lease = { metadata: { name: 'l' }, spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } }
  return [
    ['GET', '/version/'],
    ['POST', SECRETS, { metadata: { name: 's' }, stringData: { K: 'v' } }],
    ['POST', `${SECRETS}?dryRun=All&fieldManager=x&fieldValidation=Strict`, { metadata: { name: 'dry' } }],
    ['GET', `${SECRETS}?limit=1&labelSelector=a!%3Db`],
    ['GET', `${SECRETS}/s`],
    ['PATCH', `${SECRETS}/s?fieldManager=keyrot`, { data: { K: base64('w') } }, MERGE],
    ['PATCH', `${SECRETS}/s`, [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }], JSON_PATCH],
    ['PATCH', `${SECRETS}/s`, { metadata: { annotations: { a: 'b' } } }, STRATEGIC],
    [
      'PATCH',
      `${SECRETS}/applied?fieldManager=x&force=true`,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'applied' }, data: { K: base64('w') } },
      APPLY,
    ],
    ['PUT', `${SECRETS}/s`, { metadata: { name: 's' }, data: { K: base64('x') } }],
    ...['deployments', 'replicasets', 'statefulsets', 'daemonsets'].map(
      (kind) => ['POST', `${APPS}/${kind}`, { metadata: { name: 'more' }, spec: templated }] as const,
    ),
    ['POST', PODS, { metadata: { name: 'more' }, spec: { containers } }],
    ['GET', `${APPS}/deployments?limit=5`],
    ['GET', `${DEPLOYMENTS}/app`],
    ['PATCH', `${DEPLOYMENTS}/app`, { spec: { template: { metadata: { annotations: { again: '1' } } } } }, STRATEGIC],
    ['GET', `${DEPLOYMENTS}/app/status`],
    ['PATCH', `${DEPLOYMENTS}/app/status`, { status: { collisionCount: 1 } }, MERGE],
    ['GET', `${APPS}/replicasets`],
    ['GET', `${APPS}/statefulsets`],
    ['GET', `${APPS}/statefulsets/db`],
    ['PATCH', `${APPS}/statefulsets/db`, { spec: { template: { metadata: { annotations: { again: '1' } } } } }, MERGE],
    ['GET', `${APPS}/daemonsets`],
    ['GET', `${APPS}/daemonsets/agent`],
    ['PATCH', `${APPS}/daemonsets/agent`, { spec: { template: { metadata: { annotations: { again: '1' } } } } }, MERGE],
    ['GET', `${APPS}/controllerrevisions`],
    ['GET', `${PODS}?fieldSelector=status.phase%3DRunning`],
    ['GET', `${PODS}/bare`],
    ['DELETE', `${PODS}/bare`, { gracePeriodSeconds: 1 }],
    ['POST', `${BATCH}/jobs`, { metadata: { name: 'j' }, spec: run }],
    ['GET', `${BATCH}/jobs`],
    ['POST', `${BATCH}/cronjobs`, { metadata: { name: 'cj' }, spec: { schedule: '*/5 * * * *', jobTemplate: { spec: run } } }],
    ['GET', `${BATCH}/cronjobs`],
    ['POST', MAPS, { metadata: { name: 'm' }, data: { a: 'b' } }],
    ['GET', MAPS],
    ['GET', `${MAPS}/m`],
    ['PATCH', `${MAPS}/m?fieldManager=keyrot`, { metadata: { annotations: { a: 'b' } }, data: { a: 'c' } }, MERGE],
    ['DELETE', `${MAPS}/m`],
    ['POST', LEASES, lease],
    ['GET', `${LEASES}/l`],
    ['PATCH', `${LEASES}/l`, { spec: { holderIdentity: 'you' } }, MERGE],
    ['PUT', `${LEASES}/new`, { ...lease, metadata: { name: 'new' } }],
    ['DELETE', `${LEASES}/l`],
    ['POST', `${REVIEWS}/selfsubjectaccessreviews`, asked],
    ['POST', `${REVIEWS}/selfsubjectrulesreviews`, { spec: { namespace: 'default' } }],
    ['POST', '/api/v1/namespaces', { metadata: { name: 'other' } }],
    ['GET', '/api/v1/namespaces'],
    ['DELETE', `${SECRETS}/s`, { preconditions: {} }],
    ['DELETE', `${DEPLOYMENTS}/app`],
  ]
}

async function populated(): Promise<World> {
  const world = await startWorld()
  const { hands } = world
  hands.addSecret({ name: 'keys', data: { OPENAI_API_KEY: 'plain' } })
  hands.addWorkload({ name: 'app', secret: 'keys' })
  hands.addWorkload({ kind: 'StatefulSet', name: 'db', secret: 'keys', via: 'volume' })
  hands.addWorkload({ kind: 'DaemonSet', name: 'agent', secret: 'keys', via: 'projected' })
  hands.addPod({ name: 'bare', secret: 'keys', via: 'envFrom' })
  await hands.settled()
  return world
}

describe.skipIf(spec === null)(`the sandbox before the description of the API${specMissing}`, () => {
  const judge = spec as NonNullable<typeof spec>

  it('answers every verb of every kind as published', async () => {
    const world = await populated()
    const seen = new Set<string>()
    const unjudged = new Set<string>()
    for (const [method, path, body, type] of tour()) {
      const [bare = '', query = ''] = path.split('?')
      const asked = judge.checkRequest(method, bare, new URLSearchParams(query), type ?? null, body)
      expect(asked.problems ?? [], `${method} ${path} as a request`).toEqual([])
      const { status, json } = await world.call(method, path, body, type === undefined ? {} : { type })
      expect([200, 201], `${method} ${path} answers ${status}`).toContain(status)
      if (judge.checkResponse(method, bare, status, json).problems === null) unjudged.add(json.kind)
      for (const { plural } of RESOURCES) if (bare.includes(`/${plural}`)) seen.add(plural)
    }
    // kinds that the cut of the description leaves out
    expect([...unjudged].toSorted()).toEqual([
      'ConfigMap',
      'ConfigMapList',
      'ControllerRevisionList',
      'CronJob',
      'CronJobList',
      'Job',
      'JobList',
      'Namespace',
      'NamespaceList',
      'SelfSubjectRulesReview',
    ])
    expect([...seen].toSorted()).toEqual(RESOURCES.map(({ plural }) => plural).toSorted())
  })

  it('answers as published at every moment of a rollout', async () => {
    const world = await populated()
    const restart = { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } }
    for (const path of ['deployments/app', 'statefulsets/db', 'daemonsets/agent']) await world.merge(`${APPS}/${path}`, restart)
    let looks = 0
    await until(async () => {
      looks += 1
      for (const path of [`${APPS}/deployments`, `${APPS}/statefulsets`, `${APPS}/daemonsets`, `${APPS}/replicasets`, PODS]) await world.get(path)
      const { status } = await world.get(`${APPS}/statefulsets/db`)
      return looks > 20 && status.currentRevision === status.updateRevision && status.readyReplicas === 2
    }, 'the StatefulSet is renewed')
  })

  it('is held against a referee that sees every kind of breach', () => {
    const path = `${SECRETS}/s`
    const good = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 's' }, data: { K: 'dg==' }, type: 'Opaque' }
    const fails = ({ problems }: { problems: readonly string[] | null }) => expect(problems?.length).toBeGreaterThan(0)
    expect(judge.checkResponse('GET', path, 200, good).problems).toEqual([])
    fails(judge.checkResponse('GET', path, 200, { ...good, data: { K: 1 } }))
    fails(judge.checkResponse('GET', path, 200, { ...good, invented: 1 }))
    fails(judge.checkResponse('GET', path, 200, { ...good, metadata: { name: 's', nmae: 's' } }))
    fails(judge.checkResponse('GET', path, 202, good))
    fails(judge.checkResponse('GET', path, 404, { error: 'no' }))
    fails(judge.checkResponse('GET', `${DEPLOYMENTS}/d`, 200, { spec: { selector: {}, template: {}, replicas: '2' } }))
    fails(judge.checkRequest('GET', SECRETS, new URLSearchParams('limmit=1'), null, undefined))
    fails(judge.checkRequest('GET', SECRETS, new URLSearchParams('limit=many'), null, undefined))
    fails(judge.checkRequest('PATCH', path, new URLSearchParams(), 'application/json', {}))
    fails(judge.checkRequest('POST', SECRETS, new URLSearchParams(), 'application/json', { ...good, invented: 1 }))
    expect(judge.checkRequest('PATCH', path, new URLSearchParams('fieldManager=x'), MERGE, {}).problems).toEqual([])
  })
})
