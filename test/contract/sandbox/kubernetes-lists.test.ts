import { KubeConfig, Watch } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { base64, SECRETS, startWorld, until, type World } from './kubernetes-world.ts'

function addMany(world: World, count: number): void {
  for (let index = 0; index < count; index += 1) world.hands.addSecret({ name: `s${index}`, data: {}, labels: { half: index % 2 === 0 ? 'even' : 'odd' } })
}

const names = (list: any): string[] => list.items.map((item: any) => item.metadata.name)

describe('lists', () => {
  it('come in pages that show one moment, whatever happens between them', async () => {
    const world = await startWorld()
    addMany(world, 5)
    const first = await world.get(`${SECRETS}?limit=2`)
    expect([names(first), first.metadata.remainingItemCount]).toEqual([['s0', 's1'], 3])
    world.hands.deleteSecret({ name: 's2' })
    world.hands.addSecret({ name: 's2b', data: {} })
    const second = await world.get(`${SECRETS}?limit=2&continue=${encodeURIComponent(first.metadata.continue)}`)
    const third = await world.get(`${SECRETS}?limit=2&continue=${encodeURIComponent(second.metadata.continue)}`)
    expect([names(second), names(third), third.metadata.continue]).toEqual([['s2', 's3'], ['s4'], undefined])
    expect(names(await world.get(SECRETS))).toEqual(['s0', 's1', 's2b', 's3', 's4'])
    world.hands.addSecret({ name: 'later', data: {} })
    world.hands.forgetHistory()
    const expired = await world.call('GET', `${SECRETS}?limit=2&continue=${encodeURIComponent(first.metadata.continue)}`)
    expect([expired.status, expired.json.reason]).toEqual([410, 'Expired'])
    expect((await world.call('GET', `${SECRETS}?continue=nonsense`)).status).toBe(400)
  })

  it.each([
    ['labelSelector=half%3Deven', ['s0', 's2']],
    ['labelSelector=half%3D%3Deven', ['s0', 's2']],
    ['labelSelector=half!%3Deven', ['s1', 's3']],
    ['labelSelector=half+in+(odd,none)', ['s1', 's3']],
    ['labelSelector=half+notin+(odd)', ['s0', 's2']],
    ['labelSelector=!half', []],
    ['labelSelector=half', ['s0', 's1', 's2', 's3']],
    ['labelSelector=half%3Dodd,half!%3Deven', ['s1', 's3']],
    ['fieldSelector=metadata.name%3Ds3', ['s3']],
    ['fieldSelector=metadata.name!%3Ds3,type%3DOpaque', ['s0', 's1', 's2']],
  ])('choose by %s', async (query, expected) => {
    const world = await startWorld()
    addMany(world, 4)
    expect(names(await world.get(`${SECRETS}?${query}`))).toEqual(expected)
  })

  it('refuse selectors that the server does not understand', async () => {
    const world = await startWorld()
    for (const query of ['labelSelector=a%3D%3D%3Db%3D', 'fieldSelector=data.KEY%3Dx', 'fieldSelector=metadata.name']) {
      expect((await world.call('GET', `${SECRETS}?${query}`)).status, query).toBe(400)
    }
  })

  it('span all namespaces', async () => {
    const world = await startWorld()
    world.hands.addNamespace('other')
    addMany(world, 1)
    world.hands.addSecret({ namespace: 'other', name: 's0', data: {} })
    const { items } = await world.get('/api/v1/secrets?limit=1')
    expect(items).toHaveLength(1)
    expect((await world.get('/api/v1/secrets')).items.map((item: any) => item.metadata.namespace)).toEqual(['default', 'other'])
    await world.call('DELETE', '/api/v1/namespaces/other')
    expect((await world.get('/api/v1/secrets')).items).toHaveLength(1)
  })

  it('and reads can be held at a moment while writes go on', async () => {
    const world = await startWorld()
    addMany(world, 1)
    const release = world.hands.holdReads()
    expect((await world.merge(`${SECRETS}/s0`, { data: { K: base64('v') } })).json.data).toEqual({ K: base64('v') })
    expect((await world.get(`${SECRETS}/s0`)).data).toBeUndefined()
    expect((await world.get(SECRETS)).items[0].data).toBeUndefined()
    release()
    expect((await world.get(`${SECRETS}/s0`)).data).toEqual({ K: base64('v') })
  })
})

describe('watches', () => {
  async function watching(world: World, query: Record<string, string>): Promise<{ seen: string[]; stop(): void }> {
    const config = new KubeConfig()
    config.loadFromString(world.cluster.kubeconfig)
    const seen: string[] = []
    const controller = await new Watch(config).watch(
      SECRETS,
      query,
      (type, object) => seen.push(`${type} ${object.metadata?.name ?? object.reason}`),
      () => undefined,
    )
    return { seen, stop: () => controller.abort() }
  }

  it('begin with what is there, go on with what changes, and see a selection from inside', async () => {
    const world = await startWorld()
    addMany(world, 2)
    const all = await watching(world, {})
    const odd = await watching(world, { labelSelector: 'half=odd' })
    await until(() => all.seen.length === 2 && odd.seen.length === 1, 'what is there')
    world.hands.editSecret({ name: 's1' }, { K: 'v' })
    await world.merge(`${SECRETS}/s1`, { metadata: { labels: { half: 'even' } } })
    world.hands.deleteSecret({ name: 's0' })
    await until(() => all.seen.length === 5 && odd.seen.length === 3, 'the changes')
    expect(all.seen).toEqual(['ADDED s0', 'ADDED s1', 'MODIFIED s1', 'MODIFIED s1', 'DELETED s0'])
    expect(odd.seen).toEqual(['ADDED s1', 'MODIFIED s1', 'DELETED s1'])
    all.stop()
    odd.stop()
  })

  it('resume after a revision, and say when it is too old', async () => {
    const world = await startWorld()
    addMany(world, 1)
    const { resourceVersion } = (await world.get(SECRETS)).metadata
    world.hands.editSecret({ name: 's0' }, { K: 'v' })
    const resumed = await watching(world, { resourceVersion, allowWatchBookmarks: 'true' })
    await until(() => resumed.seen.includes('BOOKMARK undefined'), 'a bookmark')
    expect(resumed.seen[0]).toBe('MODIFIED s0')
    resumed.stop()
    world.hands.forgetHistory()
    const late = await watching(world, { resourceVersion })
    await until(() => late.seen.length === 1, 'the error')
    expect(late.seen).toEqual(['ERROR Expired'])
  })

  it('end by themselves when the time is up', async () => {
    const world = await startWorld()
    const response = await fetch(`${world.cluster.url}${SECRETS}?watch=1&timeoutSeconds=1`, { headers: { authorization: `Bearer ${world.cluster.token}` } })
    expect(await response.text()).toBe('')
  })
})
