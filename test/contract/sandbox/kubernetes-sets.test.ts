import { describe, expect, it } from 'vitest'
import { APPS, startWorld, until, type World } from './kubernetes-world.ts'

const restart = { spec: { template: { metadata: { annotations: { again: '1' } } } } }

async function running(kind: 'StatefulSet' | 'DaemonSet', spec: Record<string, any> = {}, options: Parameters<typeof startWorld>[0] = {}): Promise<World> {
  const world = await startWorld(options)
  world.hands.addSecret({ name: 'keys', data: { OPENAI_API_KEY: 'old' } })
  world.hands.addWorkload({ kind, name: 'set', secret: 'keys', replicas: 3, spec })
  await world.hands.settled()
  return world
}

function prints(world: World): Record<string, string | undefined> {
  return Object.fromEntries(world.hands.pods().map((pod) => [pod.name, pod.env['OPENAI_API_KEY']]))
}

describe('a StatefulSet', () => {
  const SET = `${APPS}/statefulsets/set`

  it('renews its pods one by one from the highest, under their names', async () => {
    const world = await running('StatefulSet')
    const { hands } = world
    const before = new Map(hands.pods().map((pod) => [pod.name, pod.uid]))
    expect([...before.keys()]).toEqual(['set-0', 'set-1', 'set-2'])
    hands.editSecret({ name: 'keys' }, { OPENAI_API_KEY: 'new' })
    await world.merge(SET, restart)
    const order: string[] = []
    await until(async () => {
      const pods = hands.pods()
      expect(pods.filter((pod) => !pod.ready || pod.terminating).length).toBeLessThanOrEqual(1)
      for (const { name, uid } of pods) if (before.get(name) !== uid && !order.includes(name)) order.push(name)
      const { status, metadata } = await world.get(SET)
      return status.observedGeneration === metadata.generation && status.currentRevision === status.updateRevision && order.length === 3
    }, 'renewed')
    expect(order).toEqual(['set-2', 'set-1', 'set-0'])
    await hands.settled()
    const print = hands.secretPrint({ name: 'keys' }, 'OPENAI_API_KEY')
    expect(prints(world)).toEqual({ 'set-0': print, 'set-1': print, 'set-2': print })
    expect((await world.get(SET)).status).toMatchObject({ replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3, availableReplicas: 3 })
  })

  it('keeps pods below the partition on the old template, and says so by its revisions', async () => {
    const world = await running('StatefulSet', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } })
    const old = prints(world)
    world.hands.editSecret({ name: 'keys' }, { OPENAI_API_KEY: 'new' })
    await world.merge(SET, restart)
    await until(async () => (await world.get(SET)).status.updatedReplicas === 1, 'the one above the partition')
    await world.hands.settled()
    const { status } = await world.get(SET)
    expect(status.currentRevision).not.toBe(status.updateRevision)
    expect(status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 })
    expect(prints(world)).toMatchObject({ 'set-0': old['set-0'], 'set-1': old['set-1'] })
    expect(prints(world)['set-2']).not.toBe(old['set-2'])
    const { items } = await world.get(`${APPS}/controllerrevisions`)
    expect(items.map((item: any) => item.revision)).toEqual(expect.arrayContaining([1, 2]))
  })

  it('by OnDelete waits for somebody to delete its pods', async () => {
    const world = await running('StatefulSet', { updateStrategy: { type: 'OnDelete' } })
    await world.merge(SET, restart)
    await until(async () => (await world.get(SET)).status.observedGeneration === 2, 'the change is seen')
    await world.hands.settled()
    expect((await world.get(SET)).status.updatedReplicas).toBeUndefined()
    world.hands.deletePod({ name: 'set-1' })
    await until(async () => (await world.get(SET)).status.updatedReplicas === 1, 'the deleted one is renewed')
  })

  it('grows from the lowest and shrinks from the highest', async () => {
    const world = await running('StatefulSet')
    await world.merge(SET, { spec: { replicas: 1 } })
    await world.hands.settled()
    expect(Object.keys(prints(world))).toEqual(['set-0'])
  })
})

describe('a DaemonSet', () => {
  const SET = `${APPS}/daemonsets/set`

  it('renews the pod of one node after the other', async () => {
    const world = await running('DaemonSet', {}, { nodes: 3 })
    expect((await world.get(SET)).status).toEqual({
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      desiredNumberScheduled: 3,
      numberReady: 3,
      observedGeneration: 1,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
    })
    world.hands.editSecret({ name: 'keys' }, { OPENAI_API_KEY: 'new' })
    const { json } = await world.merge(SET, restart)
    expect([json.metadata.generation, json.status.observedGeneration]).toEqual([2, 1])
    const before = new Set(Object.keys(prints(world)))
    await until(async () => {
      expect(world.hands.pods().filter((pod) => pod.ready && !pod.terminating).length).toBeGreaterThanOrEqual(2)
      const { status } = await world.get(SET)
      return status.observedGeneration === 2 && status.updatedNumberScheduled === 3 && status.numberAvailable === 3
    }, 'renewed')
    await world.hands.settled()
    const print = world.hands.secretPrint({ name: 'keys' }, 'OPENAI_API_KEY')
    expect(Object.values(prints(world))).toEqual([print, print, print])
    expect(Object.keys(prints(world)).filter((name) => before.has(name))).toEqual([])
  })

  it('whose new pod does not come up stops there', async () => {
    const world = await running('DaemonSet', {}, { nodes: 3 })
    world.hands.hang({ kind: 'DaemonSet', name: 'set' })
    await world.merge(SET, restart)
    await until(async () => (await world.get(SET)).status.numberUnavailable === 1 && world.hands.pods().every((pod) => !pod.terminating), 'the first new pod')
    world.hands.look()
    expect((await world.get(SET)).status).toMatchObject({ updatedNumberScheduled: 1, numberAvailable: 2 })
  })
})

describe('Jobs', () => {
  it('run a pod with the key of their start, once or whenever the hour comes', async () => {
    const world = await startWorld()
    const { hands } = world
    hands.addSecret({ name: 'keys', data: { OPENAI_API_KEY: 'old' } })
    hands.addJob({ name: 'once', secret: 'keys' })
    hands.addCronJob({ name: 'nightly', secret: 'keys' })
    const run = hands.runCronJob({ name: 'nightly' })
    await hands.settled()
    expect(hands.pods().map((pod) => pod.owner)).toEqual([`Job/${run}`, 'Job/once'])
    const { items } = await world.get('/apis/batch/v1/namespaces/default/jobs')
    expect(items.map((job: any) => [job.metadata.ownerReferences?.[0].kind, job.status.active])).toEqual([
      ['CronJob', 1],
      [undefined, 1],
    ])
    for (const pod of hands.pods()) hands.finishPod(pod)
    await hands.settled()
    expect(hands.pods().map((pod) => [pod.phase, pod.env])).toEqual([
      ['Succeeded', {}],
      ['Succeeded', {}],
    ])
    const done = await world.get('/apis/batch/v1/namespaces/default/jobs/once')
    expect(done.status).toMatchObject({ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] })
  })
})
