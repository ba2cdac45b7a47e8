import { describe, expect, it } from 'vitest'
import { newKeyValue } from '../../../src/sandbox/openai/keys.ts'
import { APPLY, base64, DEPLOYMENTS, JSON_PATCH, SECRETS, startWorld, STRATEGIC, until, type World } from './kubernetes-world.ts'

describe('the request log', () => {
  it('tells what was asked and done, and of Secrets nothing but fingerprints', async () => {
    const world = await startWorld()
    for (const value of [newKeyValue('svcacct'), 'correct horse battery staple of no known form']) await sendEveryWay(world, value)
    expect(JSON.stringify(world.cluster.log)).not.toContain(world.cluster.token)
    expect(world.cluster.log.slice(0, 2)).toMatchObject([
      { method: 'POST', status: 201, user: 'admin', effect: 'create secrets default/s', reason: null },
      { method: 'PATCH', query: [['fieldManager', 'keyrot']], effect: null, body: { data: { KEY: expect.stringMatching(/^<value [0-9a-f]{12}>$/) } } },
    ])
  })
})

/** Sends a value in every form that writes a Secret, and by mistake in others where it looks like a key. */
async function sendEveryWay(world: World, value: string): Promise<void> {
  const path = `${SECRETS}/s`
  const copy = JSON.stringify({ data: { KEY: base64(value) } })
  await world.call('POST', SECRETS, {
    metadata: { name: 's', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': copy } },
    stringData: { KEY: value },
  })
  await world.merge(`${path}?fieldManager=keyrot`, { data: { KEY: base64(value) } })
  await world.call('PATCH', path, { data: { KEY: base64(value) } }, { type: STRATEGIC })
  await world.call('PATCH', path, [{ op: 'replace', path: '/data', value: { KEY: base64(value) } }], { type: JSON_PATCH })
  await world.call('PATCH', path, [{ op: 'test', path: '/data/KEY', value: base64(value) }], { type: JSON_PATCH })
  await world.call(
    'PATCH',
    `${path}?fieldManager=a`,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { KEY: base64(value) } },
    { type: APPLY },
  )
  await world.call('PUT', path, { metadata: { name: 's' }, data: { KEY: base64(value) } })
  await world.merge(path, { data: { KEY: value } })
  await world.call('POST', SECRETS, JSON.stringify(value))
  if (value.startsWith('sk-')) await world.call('GET', `${SECRETS}/${value}?fieldManager=${value}`)
  if (value.startsWith('sk-'))
    await world.merge(DEPLOYMENTS + '/absent', { metadata: { annotations: { plain: value, copy: `{"data":{"KEY":"${base64(value)}"}}` } } })
  const text = JSON.stringify(world.cluster.log)
  for (const form of [value, base64(value), base64(value).slice(0, 40), value.slice(12, 40)]) expect(text).not.toContain(form)
  expect(JSON.stringify(world.cluster)).not.toContain(value)
}

describe('what happens behind the client', () => {
  it('a controller puts the old value back, and signs for it', async () => {
    const world = await startWorld()
    world.hands.addSecret({ name: 's', data: { KEY: 'old' } })
    const stop = world.hands.putBack({ name: 's' }, 'KEY', 20)
    await world.merge(`${SECRETS}/s`, { data: { KEY: base64('new') } })
    expect(world.hands.secretValue({ name: 's' }, 'KEY')).toBe('new')
    await until(() => world.hands.secretValue({ name: 's' }, 'KEY') === 'old', 'put back')
    const { managedFields } = world.hands.secretMetadata({ name: 's' })
    expect(managedFields?.find((entry) => 'f:KEY' in ((entry.fieldsV1['f:data'] ?? {}) as object))?.manager).toBe('external-secrets')
    stop()
    await world.merge(`${SECRETS}/s`, { data: { KEY: base64('new') } })
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(world.hands.secretValue({ name: 's' }, 'KEY')).toBe('new')
  })

  it('people edit, annotate and delete, and speak of what is not there in one sentence', async () => {
    const world = await startWorld()
    world.hands.addSecret({ name: 's', data: { KEY: 'old', OTHER: 'x' }, labels: { a: 'b' } })
    world.hands.editSecret({ name: 's' }, { KEY: 'edited', OTHER: null })
    world.hands.annotateSecret({ name: 's' }, { mark: '1' })
    const read = await world.get(`${SECRETS}/s`)
    expect([read.data, read.metadata.annotations]).toEqual([{ KEY: base64('edited') }, { mark: '1' }])
    world.hands.deleteSecret({ name: 's' })
    expect(() => world.hands.secretValue({ name: 's' }, 'KEY')).toThrow('the sandbox has no Secret of this name')
  })

  it('delays can be changed while the cluster runs', async () => {
    const world = await startWorld({ podStartMs: 60_000 })
    world.hands.addSecret({ name: 'keys', data: { OPENAI_API_KEY: 'v' } })
    world.hands.tune({ podStartMs: 5 })
    world.hands.addPod({ name: 'p', secret: 'keys' })
    await world.hands.settled()
    expect(world.hands.pods()[0]?.ready).toBe(true)
  })
})

describe('faults', () => {
  it('spoil answers before or after the effect, in the shape of the API', async () => {
    const world = await startWorld()
    world.hands.addSecret({ name: 's', data: { KEY: 'old' } })
    const patch = { data: { KEY: base64('new') } }
    world.cluster.fault({ kind: '503', match: { method: 'PATCH', path: '/secrets/' } })
    const before = await world.merge(`${SECRETS}/s`, patch)
    expect([before.status, before.json.reason, world.hands.secretValue({ name: 's' }, 'KEY')]).toEqual([503, 'ServiceUnavailable', 'old'])
    world.cluster.fault({ kind: 'effect-then-reset', match: { method: 'PATCH' } })
    await expect(world.merge(`${SECRETS}/s`, patch)).rejects.toThrow('fetch failed')
    expect(world.hands.secretValue({ name: 's' }, 'KEY')).toBe('new')
    world.cluster.fault({ kind: '429', retryAfter: '7' })
    const limited = await world.call('GET', SECRETS)
    expect([limited.status, limited.json.reason, limited.headers.get('retry-after')]).toEqual([429, 'TooManyRequests', '7'])
    expect(world.cluster.log.map(({ fault, delivery, effect }) => [fault, delivery, effect])).toEqual([
      ['error', 'answered', null],
      ['effect-then-reset', 'reset', 'patch secrets default/s'],
      ['error', 'answered', null],
    ])
    expect(world.cluster.faults().map(({ hits }) => hits)).toEqual([1, 1, 1])
    world.cluster.clearFaults()
  })

  it('lose or repeat pages of a list', async () => {
    const world = await startWorld()
    for (const name of ['a', 'b', 'c', 'd']) world.hands.addSecret({ name, data: {} })
    const first = await world.get(`${SECRETS}?limit=1`)
    const next = `${SECRETS}?limit=1&continue=${encodeURIComponent(first.metadata.continue)}`
    world.cluster.fault({ kind: 'skipped-page' })
    world.cluster.fault({ kind: 'duplicate-page' })
    expect((await world.get(next)).items[0].metadata.name).toBe('c')
    expect((await world.get(next)).items[0].metadata.name).toBe('a')
  })
})
