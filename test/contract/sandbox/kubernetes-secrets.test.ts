import { describe, expect, it } from 'vitest'
import { APPLY, base64, JSON_PATCH, MERGE, SECRETS, startWorld, STRATEGIC, type World } from './kubernetes-world.ts'

const S = `${SECRETS}/s`

async function withSecret(options: Parameters<typeof startWorld>[0] = {}): Promise<World> {
  const world = await startWorld(options)
  world.hands.addSecret({ name: 's', data: { KEY: 'old', OTHER: 'stays' }, annotations: { a: '1' } })
  return world
}

describe('patches of a Secret', () => {
  it('keep other keys, whichever kind they are', async () => {
    const world = await withSecret()
    const kinds: readonly [string, unknown][] = [
      [MERGE, { data: { KEY: base64('one') } }],
      [STRATEGIC, { data: { KEY: base64('two') } }],
      [JSON_PATCH, [{ op: 'replace', path: '/data/KEY', value: base64('three') }]],
      [MERGE, { stringData: { KEY: 'four' } }],
    ]
    for (const [type, body] of kinds) expect((await world.call('PATCH', S, body, { type })).status).toBe(200)
    expect((await world.get(S)).data).toEqual({ KEY: base64('four'), OTHER: base64('stays') })
  })

  it('are refused when a resource version is stale, in every kind, and when only it differs', async () => {
    const world = await withSecret()
    const { resourceVersion } = (await world.get(S)).metadata
    world.hands.editSecret({ name: 's' }, { OTHER: 'edited' })
    for (const type of [MERGE, STRATEGIC]) {
      const refused = await world.call('PATCH', S, { metadata: { resourceVersion }, data: { KEY: base64('new') } }, { type })
      expect([refused.status, refused.json.reason]).toEqual([409, 'Conflict'])
    }
    const same = await world.merge(S, { metadata: { resourceVersion }, data: { KEY: base64('old') } })
    expect(same.status).toBe(409)
    const tested = await world.call('PATCH', S, [{ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }], { type: JSON_PATCH })
    expect([tested.status, tested.json.reason]).toEqual([422, 'Invalid'])
    expect(world.hands.secretValue({ name: 's' }, 'KEY')).toBe('old')
  })

  it('that change nothing leave the resource version alone, and no watch is told', async () => {
    const world = await withSecret()
    const { resourceVersion } = (await world.get(S)).metadata
    const same = await world.merge(S, { data: { KEY: base64('old') }, metadata: { annotations: { a: '1' } } })
    const put = await world.call('PUT', S, same.json)
    expect([same.json.metadata.resourceVersion, put.json.metadata.resourceVersion]).toEqual([resourceVersion, resourceVersion])
    expect((await world.get(SECRETS)).metadata.resourceVersion).toBe(resourceVersion)
  })

  it('of the default kind must be a list, and of an unknown kind are not read', async () => {
    const world = await withSecret()
    const object = await world.call('PATCH', S, { data: {} }, { type: JSON_PATCH })
    expect([object.status, object.json.message]).toEqual([400, 'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch'])
    expect((await world.call('PATCH', S, { data: {} }, { type: 'application/json' })).status).toBe(415)
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'Secret' }))
    expect((await world.call('PATCH', S, many, { type: JSON_PATCH })).status).toBe(413)
  })

  it('as JSON patch are whole or not at all, and read escapes', async () => {
    const world = await withSecret()
    const key = '/metadata/annotations/keyrot~1mark'
    const broken = [
      { op: 'add', path: key, value: 'x' },
      { op: 'remove', path: '/data/ABSENT' },
    ]
    expect((await world.call('PATCH', S, broken, { type: JSON_PATCH })).status).toBe(422)
    expect((await world.get(S)).metadata.annotations).toEqual({ a: '1' })
    const good = [
      { op: 'add', path: key, value: 'x' },
      { op: 'copy', from: '/data/KEY', path: '/data/COPY' },
      { op: 'move', from: '/data/OTHER', path: '/data/MOVED' },
      { op: 'remove', path: '/metadata/annotations/a' },
    ]
    const { json } = await world.call('PATCH', S, good, { type: JSON_PATCH })
    expect(json.metadata.annotations).toEqual({ 'keyrot/mark': 'x' })
    expect(json.data).toEqual({ KEY: base64('old'), COPY: base64('old'), MOVED: base64('stays') })
  })

  it('that cannot be read answer with the whole object, values of other keys included', async () => {
    const world = await withSecret()
    const { status, json } = await world.merge(S, { data: { KEY: 'not base64!' } })
    expect([status, json.reason, json.details.causes[0].field]).toEqual([422, 'Invalid', 'patch'])
    const echoed = JSON.stringify(base64('stays')).slice(1, -1)
    expect(json.message).toContain(echoed)
    expect(json.details.causes[0].message).toContain(echoed)
    expect(json.message).toMatch(/illegal base64 data at input byte 3$/)
  })
})

describe('a Secret', () => {
  it('is created whole or refused, each time in its own words', async () => {
    const world = await startWorld()
    const create = async (body: unknown) => {
      const { status, json } = await world.call('POST', SECRETS, body)
      return [status, json.reason]
    }
    expect(await create({ metadata: { name: 'bad' }, data: { K: '***' } })).toEqual([400, 'BadRequest'])
    expect(await create({ metadata: { name: 'bad' }, data: { K: 1 } })).toEqual([400, 'BadRequest'])
    expect(await create({ metadata: { name: 'Bad_Name' } })).toEqual([422, 'Invalid'])
    expect(await create({ metadata: {} })).toEqual([422, 'Invalid'])
    expect(await create({ metadata: { name: 'bad', annotations: { 'a b': 'x' } } })).toEqual([422, 'Invalid'])
    expect(await create({ metadata: { name: 'bad', annotations: { 'a/b/c': 'x' } } })).toEqual([422, 'Invalid'])
    expect(await create({ metadata: { name: 'bad', annotations: { big: 'x'.repeat(262_145) } } })).toEqual([422, 'Invalid'])
    expect(await create({ metadata: { name: 'bad', labels: { a: 'not a label' } } })).toEqual([422, 'Invalid'])
    expect(await create({ metadata: { name: 'bad' }, data: { '..x': '' } })).toEqual([422, 'Invalid'])
    expect(await create({ metadata: { name: 'bad' }, type: 'kubernetes.io/tls' })).toEqual([422, 'Invalid'])
    expect(await create({ metadata: { name: 'bad', namespace: 'other' } })).toEqual([400, 'BadRequest'])
    expect(await create({ kind: 'ConfigMap', metadata: { name: 'bad' } })).toEqual([400, 'BadRequest'])
    expect(await create({ apiVersion: 'v2', metadata: { name: 'bad' } })).toEqual([400, 'BadRequest'])
    expect(await create('{')).toEqual([400, 'BadRequest'])
    expect(await create({ metadata: { name: 'big' }, data: { K: 'x'.repeat(3_200_000) } })).toEqual([413, 'RequestEntityTooLarge'])
    expect((await world.call('POST', '/api/v1/namespaces/nowhere/secrets', { metadata: { name: 'x' } })).status).toBe(404)
    expect((await world.get(SECRETS)).items).toEqual([])
    const generated = await world.call('POST', SECRETS, { metadata: { generateName: 'gen-' }, unknown: 'dropped' })
    expect([generated.status, generated.json.type, generated.json.unknown]).toEqual([201, 'Opaque', undefined])
    expect(generated.json.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/)
  })

  it('that is immutable keeps its data and lets its metadata go', async () => {
    const world = await startWorld()
    world.hands.addSecret({ name: 's', data: { KEY: 'old' }, immutable: true })
    expect((await world.merge(S, { data: { KEY: base64('new') } })).json.details.causes).toHaveLength(1)
    expect((await world.merge(S, { immutable: false, data: { KEY: base64('new') } })).json.details.causes).toHaveLength(2)
    expect((await world.merge(S, { metadata: { annotations: { b: '2' } } })).status).toBe(200)
  })

  it('is replaced with the resource version of its last read, or blindly without one', async () => {
    const world = await withSecret()
    const read = await world.get(S)
    world.hands.editSecret({ name: 's' }, { KEY: 'edited' })
    expect((await world.call('PUT', S, read)).status).toBe(409)
    expect((await world.call('PUT', S, { ...read, metadata: { name: 's' }, data: { KEY: base64('put') } })).json.data).toEqual({ KEY: base64('put') })
    expect((await world.call('PUT', S, { metadata: { name: 't' } })).status).toBe(400)
    expect((await world.call('PUT', S, { metadata: { name: 's', uid: 'another' } })).status).toBe(409)
    expect((await world.call('PUT', `${SECRETS}/absent`, { metadata: { name: 'absent' } })).status).toBe(404)
  })

  it('is deleted under preconditions, and after its finalizers', async () => {
    const world = await withSecret()
    const { uid, resourceVersion } = (await world.get(S)).metadata
    expect((await world.call('DELETE', S, { preconditions: { uid: 'another' } })).status).toBe(409)
    expect((await world.call('DELETE', S, { dryRun: ['All'] })).status).toBe(200)
    expect((await world.call('DELETE', `${S}?dryRun=All`)).status).toBe(200)
    await world.merge(S, { metadata: { finalizers: ['example.com/wait'] } })
    expect((await world.call('DELETE', S, { preconditions: { resourceVersion } })).status).toBe(409)
    const ending = await world.call('DELETE', S, { preconditions: { uid } })
    expect(ending.json.metadata.deletionTimestamp).toMatch(/Z$/)
    expect((await world.get(S)).metadata.finalizers).toEqual(['example.com/wait'])
    await world.merge(S, { metadata: { finalizers: null } })
    expect((await world.call('GET', S)).status).toBe(404)
  })
})

describe('managed fields', () => {
  it('tell who changed a key last, and when', async () => {
    let now = Date.UTC(2026, 10, 20, 12)
    const world = await startWorld({ clock: () => now })
    await world.call('POST', SECRETS, { metadata: { name: 's' }, stringData: { KEY: 'a', OTHER: 'b' } }, { agent: 'kubectl/v1.36 (linux)' })
    now += 60_000
    await world.merge(`${S}?fieldManager=keyrot`, { data: { KEY: base64('c') } })
    now += 60_000
    await world.merge(`${S}?fieldManager=keyrot`, { data: { KEY: base64('c') } })
    const { managedFields } = (await world.get(S)).metadata
    const shares = managedFields.map((entry: any) => [entry.manager, entry.operation, entry.time, entry.fieldsV1['f:data']])
    expect(shares).toEqual([
      ['kubectl', 'Update', '2026-11-20T12:00:00Z', { '.': {}, 'f:OTHER': {} }],
      ['keyrot', 'Update', '2026-11-20T12:01:00Z', { 'f:KEY': {} }],
    ])
  })

  it('guard an apply, which takes with it what it no longer claims', async () => {
    const world = await startWorld()
    const apply = (manager: string, data: Record<string, string>, force = '') =>
      world.call('PATCH', `${S}?fieldManager=${manager}${force}`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data }, { type: APPLY })
    expect((await apply('one', { A: base64('1'), B: base64('2') })).status).toBe(201)
    await world.merge(`${S}?fieldManager=two`, { data: { A: base64('3'), C: base64('4') } })
    const refused = await apply('one', { A: base64('1') })
    expect([refused.status, refused.json.message]).toEqual([409, 'Apply failed with 1 conflict: conflict with "two" using v1: .data.A'])
    expect((await apply('one', { A: base64('1') }, '&force=true')).json.data).toEqual({ A: base64('1'), C: base64('4') })
    expect((await world.call('PATCH', S, { data: {} }, { type: APPLY })).status).toBe(422)
  })
})
