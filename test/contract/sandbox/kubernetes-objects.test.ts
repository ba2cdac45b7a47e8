import { describe, expect, it } from 'vitest'
import { APPS, base64, DEPLOYMENTS, JSON_PATCH, startWorld, STRATEGIC, type World } from './kubernetes-world.ts'

const APP = `${DEPLOYMENTS}/app`

const env = (...names: string[]) => names.map((name) => ({ name, value: name.toLowerCase() }))

function deployment(): any {
  const containers = [
    { name: 'main', image: 'main:1', env: env('A', 'B', 'C'), ports: [{ containerPort: 80 }] },
    { name: 'side', image: 'side' },
  ]
  return {
    metadata: { name: 'app' },
    spec: { selector: { matchLabels: { app: 'app' } }, template: { metadata: { labels: { app: 'app' } }, spec: { containers } } },
  }
}

async function deployed(podsStart = false): Promise<World> {
  const world = await startWorld({ podsStart })
  expect((await world.call('POST', DEPLOYMENTS, deployment())).status).toBe(201)
  return world
}

const containersOf = (json: any): any[] => json.spec.template.spec.containers

async function patchContainers(world: World, containers: unknown, more: object = {}) {
  return world.call('PATCH', APP, { spec: { template: { spec: { containers, ...more } } } }, { type: STRATEGIC })
}

describe('a strategic merge patch', () => {
  it('merges lists by their keys, new items first', async () => {
    const world = await deployed()
    const { json } = await patchContainers(world, [
      { name: 'main', env: [{ name: 'B', value: 'changed' }, ...env('NEW')] },
      { name: 'extra', image: 'extra' },
    ])
    expect(containersOf(json).map(({ name, image }) => [name, image])).toEqual([
      ['main', 'main:1'],
      ['extra', 'extra'],
      ['side', 'side'],
    ])
    const shown = containersOf(json)[0].env.map((each: any) => `${each.name}=${each.value}`)
    expect(shown).toEqual(['A=a', 'B=changed', 'NEW=new', 'C=c'])
  })

  it('deletes and replaces by directive, and orders as it is told', async () => {
    const world = await deployed()
    const gone = await patchContainers(world, [
      { name: 'side', $patch: 'delete' },
      { name: 'main', env: [{ name: 'B', $patch: 'delete' }], '$setElementOrder/env': [{ name: 'C' }, { name: 'A' }] },
    ])
    expect(containersOf(gone.json).map(({ name }) => name)).toEqual(['main'])
    expect(containersOf(gone.json)[0].env.map(({ name }: any) => name)).toEqual(['C', 'A'])
    const replaced = await patchContainers(world, [{ name: 'main', env: [{ $patch: 'replace' }, ...env('ONLY')] }])
    expect(containersOf(replaced.json)[0].env).toEqual(env('ONLY'))
    expect((await patchContainers(world, [{ name: 'main', $patch: 'unknown' }])).status).toBe(400)
    expect((await patchContainers(world, [{ image: 'nameless' }])).status).toBe(400)
    expect((await world.call('PATCH', APP, [], { type: STRATEGIC })).status).toBe(400)
  })

  it('takes single values from lists that are sets', async () => {
    const world = await deployed()
    const patch = (metadata: object) => world.call('PATCH', APP, { metadata }, { type: STRATEGIC })
    await patch({ finalizers: ['a.example/x'] })
    expect((await patch({ finalizers: ['b.example/y'] })).json.metadata.finalizers).toEqual(['a.example/x', 'b.example/y'])
    expect((await patch({ '$deleteFromPrimitiveList/finalizers': ['a.example/x'] })).json.metadata.finalizers).toEqual(['b.example/y'])
  })
})

describe('a workload', () => {
  it('is refused where its selector does not fit, moves, or its template is empty', async () => {
    const world = await deployed()
    const { metadata, spec } = deployment()
    const post = async (change: object) =>
      (await world.call('POST', DEPLOYMENTS, { metadata: { ...metadata, name: 'other' }, spec: { ...spec, ...change } })).json
    expect((await post({ selector: { matchLabels: { app: 'x' } } })).details.causes[0].field).toBe('spec.template.metadata.labels')
    expect((await post({ selector: {} })).details.causes[0].field).toBe('spec.selector')
    expect((await post({ template: { ...spec.template, spec: { containers: [] } } })).details.causes[0].field).toBe('spec.template.spec.containers')
    const moved = await world.merge(APP, { spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } } } } })
    expect([moved.status, moved.json.details.causes[0].message]).toEqual([422, expect.stringContaining('field is immutable')])
    expect((await world.merge(APP, { spec: 'nothing' })).status).toBe(422)
  })

  it('counts generations by what is wanted: spec, and of a Deployment annotations, never labels or status', async () => {
    const world = await deployed()
    const generation = (json: any): number => json.metadata.generation
    const first = generation(await world.get(APP))
    expect(generation((await world.merge(APP, { metadata: { labels: { z: '1' } } })).json)).toBe(first)
    expect(generation((await world.merge(`${APP}/status`, { status: { replicas: 9 }, spec: { replicas: 9 } })).json)).toBe(first)
    expect(generation((await world.merge(APP, { status: { replicas: 7 } })).json)).toBe(first)
    expect(generation((await world.merge(APP, { metadata: { annotations: { z: '1' } } })).json)).toBe(first + 1)
    const { json } = await world.merge(APP, { spec: { replicas: 2 } })
    expect([generation(json), json.spec.replicas]).toEqual([first + 2, 2])
  })

  it('keeps the status apart from the wanted state, for reads as well', async () => {
    const world = await deployed(true)
    // the controller writes the status too: it has no work left, and will not look again for a minute
    await world.hands.settled()
    world.hands.tune({ rolloutStepMs: 60_000 })
    const { json } = await world.merge(`${APP}/status`, { status: { availableReplicas: 5 }, metadata: { labels: { z: '1' } } })
    expect([json.status.availableReplicas, json.metadata.labels]).toEqual([5, undefined])
    expect((await world.get(`${APP}/status`)).status.availableReplicas).toBe(5)
  })
})

describe('a Lease', () => {
  const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
  const held = (holderIdentity: string, resourceVersion?: string) => ({
    metadata: { name: 'l', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: { holderIdentity },
  })

  it('goes to the one who came first', async () => {
    const world = await startWorld()
    const made = await world.call('POST', LEASES, held('one'))
    expect(made.status).toBe(201)
    expect((await world.call('POST', LEASES, held('two'))).json.reason).toBe('AlreadyExists')
    const { resourceVersion } = made.json.metadata
    expect((await world.call('PUT', `${LEASES}/l`, held('one again', resourceVersion))).status).toBe(200)
    expect((await world.call('PUT', `${LEASES}/l`, held('two', resourceVersion))).json.reason).toBe('Conflict')
    expect((await world.call('DELETE', `${LEASES}/l`, { preconditions: { resourceVersion } })).json.reason).toBe('Conflict')
  })

  it('is not written blindly, and is made by a PUT', async () => {
    const world = await startWorld()
    expect((await world.call('PUT', `${LEASES}/l`, held('one'))).status).toBe(201)
    const blind = await world.call('PUT', `${LEASES}/l`, held('two'))
    expect([blind.status, blind.json.message]).toEqual([
      422,
      'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    ])
  })
})

describe('paths', () => {
  it('that lead nowhere, and verbs that do not fit, are refused in the shape of the API', async () => {
    const world = await startWorld()
    for (const [method, path, status] of [
      ['GET', '/nowhere', 404],
      ['GET', '/apis/example.com/v1/things', 404],
      ['GET', '/api/v1/namespaces/default/endpoints', 404],
      ['GET', `${APPS}/deployments/app/scale`, 404],
      ['DELETE', '/api/v1/namespaces/default/secrets', 405],
      ['GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 405],
    ] as const) {
      expect((await world.call(method, path)).status, `${method} ${path}`).toBe(status)
    }
  })

  it('of discovery name every kind that is served', async () => {
    const world = await startWorld()
    expect((await world.get('/apis')).groups.map((group: any) => group.name)).toContain('apps')
    expect((await world.get('/apis/apps')).preferredVersion.groupVersion).toBe('apps/v1')
    expect((await world.get('/apis/apps/v1')).resources.map((each: any) => each.name)).toContain('deployments/status')
    expect((await world.get('/api/v1')).resources.map((each: any) => each.name)).toContain('secrets')
    expect((await world.get('/api')).versions).toEqual(['v1'])
  })
})

describe('a patched document', () => {
  it('is echoed as the real one would write it, whichever kind of patch spoilt it', async () => {
    const world = await startWorld()
    world.hands.addSecret({ name: 's', data: { KEY: 'v' }, annotations: { html: '<&>' } })
    const path = '/api/v1/namespaces/default/secrets/s'
    const strategic = await world.call('PATCH', path, { data: { KEY: '!' } }, { type: STRATEGIC })
    expect(strategic.json.message).toBe(' "" is invalid: patch: Invalid value: "map[data:map[KEY:!]]": illegal base64 data at input byte 0')
    const json = await world.call('PATCH', path, [{ op: 'replace', path: '/data/KEY', value: `${base64('ok')}=` }], { type: JSON_PATCH })
    expect(json.json.message).toContain('\\\\u003c\\\\u0026\\\\u003e')
    expect(json.json.message).toMatch(/illegal base64 data at input byte 4$/)
  })
})
