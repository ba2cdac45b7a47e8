import { describe, expect, it } from 'vitest'
import { APPS, base64, DEPLOYMENTS, SECRETS, startWorld, until, type World } from './kubernetes-world.ts'

const APP = `${DEPLOYMENTS}/app`
const KEYS = { name: 'keys' }

const restart = (mark: string) => ({ spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': mark } } } } })

async function running(options: Parameters<typeof startWorld>[0] = {}, spec: Record<string, any> = {}): Promise<World> {
  const world = await startWorld(options)
  world.hands.addSecret({ name: 'keys', data: { OPENAI_API_KEY: 'old' } })
  world.hands.addWorkload({ name: 'app', secret: 'keys', replicas: 3, spec })
  await world.hands.settled()
  return world
}

/** Whether `kubectl rollout status` would end well. */
function isRolledOut({ metadata, spec, status }: any): boolean {
  const { observedGeneration = 0, updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  return observedGeneration >= metadata.generation && updatedReplicas >= spec.replicas && replicas <= updatedReplicas && availableReplicas >= updatedReplicas
}

const progressing = (deployment: any) => deployment.status.conditions?.find((condition: any) => condition.type === 'Progressing')

describe('a rollout', () => {
  it('lags behind the request, and old pods outlive it with the old key', async () => {
    const world = await running({ terminationMs: 1_500 })
    const { hands } = world
    const before = new Set(hands.pods().map((pod) => pod.uid))
    const oldPrint = hands.secretPrint(KEYS, 'OPENAI_API_KEY')
    hands.editSecret(KEYS, { OPENAI_API_KEY: 'new' })
    const newPrint = hands.secretPrint(KEYS, 'OPENAI_API_KEY')
    const asked = await world.merge(APP, restart('1'))
    expect(asked.json.status.observedGeneration).toBeLessThan(asked.json.metadata.generation)
    await until(async () => isRolledOut(await world.get(APP)), 'rolled out')
    const old = hands.pods().filter((pod) => before.has(pod.uid))
    expect(old.length).toBeGreaterThan(0)
    expect(old.every((pod) => pod.terminating && pod.env['OPENAI_API_KEY'] === oldPrint)).toBe(true)
    await until(async () => (await world.get(APP)).status.terminatingReplicas === old.length, 'the Deployment counts them')
    await hands.settled()
    const left = hands.pods()
    expect(left.map((pod) => pod.env['OPENAI_API_KEY'])).toEqual([newPrint, newPrint, newPrint])
    expect(left.some((pod) => before.has(pod.uid))).toBe(false)
    const done = await world.get(APP)
    expect(done.status).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0 })
    expect(progressing(done)).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' })
    expect(done.metadata.annotations['deployment.kubernetes.io/revision']).toBe('2')
  })

  it('never has fewer serving pods than its bounds allow, nor more than its surge', async () => {
    const world = await running()
    await world.merge(APP, restart('1'))
    await until(async () => {
      const { status } = await world.get(APP)
      const live = world.hands.pods().filter((pod) => !pod.terminating)
      expect(status.availableReplicas ?? 0).toBeGreaterThanOrEqual(3)
      expect(live.length).toBeLessThanOrEqual(4)
      return isRolledOut(await world.get(APP))
    }, 'rolled out')
  })

  it('keeps a ReplicaSet for each template, and takes one up again that comes back', async () => {
    const world = await running()
    await world.merge(APP, restart('1'))
    await world.hands.settled()
    await world.merge(APP, { spec: { template: { metadata: { annotations: null } } } })
    await world.hands.settled()
    const { items } = await world.get(`${APPS}/replicasets`)
    const shown = items.map((set: any) => [set.metadata.annotations['deployment.kubernetes.io/revision'], set.spec.replicas]).toSorted()
    expect(shown).toEqual([
      ['2', 0],
      ['3', 3],
    ])
    const owner = items[0].metadata.ownerReferences[0]
    expect([owner.kind, owner.name, owner.controller]).toEqual(['Deployment', 'app', true])
  })

  it('that cannot come up stands still, is said to have failed after its deadline, and recovers', async () => {
    const world = await running({ secondMs: 1 }, { progressDeadlineSeconds: 100 })
    world.hands.hang({ name: 'app' })
    await world.merge(APP, restart('1'))
    await until(async () => progressing(await world.get(APP))?.reason === 'ProgressDeadlineExceeded', 'the deadline')
    const failed = await world.get(APP)
    expect(progressing(failed)).toMatchObject({ status: 'False', message: expect.stringMatching(/^ReplicaSet "app-\w+" has timed out progressing\.$/) })
    expect(failed.status).toMatchObject({ updatedReplicas: 1, availableReplicas: 3, unavailableReplicas: 1 })
    expect(world.hands.pods().filter((pod) => pod.ready)).toHaveLength(3)
    world.hands.hang({ name: 'app' }, false)
    await world.hands.settled()
    expect(progressing(await world.get(APP))).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' })
  })

  it('waits while paused, though the template has changed', async () => {
    const world = await running()
    world.hands.pause({ name: 'app' })
    await world.merge(APP, restart('1'))
    await until(async () => progressing(await world.get(APP))?.reason === 'DeploymentPaused', 'the pause is seen')
    await world.hands.settled()
    const paused = await world.get(APP)
    expect([paused.status.observedGeneration, paused.status.updatedReplicas]).toEqual([paused.metadata.generation, undefined])
    expect((await world.get(`${APPS}/replicasets`)).items).toHaveLength(1)
    await world.merge(APP, { spec: { replicas: 2 } })
    await world.hands.settled()
    expect(world.hands.pods()).toHaveLength(2)
    world.hands.pause({ name: 'app' }, false)
    await until(async () => isRolledOut(await world.get(APP)), 'rolled out after all')
  })

  it('by Recreate starts nothing before all that is old is gone', async () => {
    const world = await running({}, { strategy: { type: 'Recreate' } })
    const before = new Set(world.hands.pods().map((pod) => pod.uid))
    await world.merge(APP, restart('1'))
    await until(async () => {
      const pods = world.hands.pods()
      expect(pods.every((pod) => before.has(pod.uid)) || pods.every((pod) => !before.has(pod.uid))).toBe(true)
      return isRolledOut(await world.get(APP))
    }, 'rolled out')
  })

  it('counts a pod only after minReadySeconds', async () => {
    const world = await running({ secondMs: 20 }, { minReadySeconds: 20 })
    await world.merge(APP, restart('1'))
    await until(async () => {
      const { readyReplicas, availableReplicas } = (await world.get(APP)).status
      return readyReplicas > availableReplicas
    }, 'a ready pod that is not yet available')
    await until(async () => isRolledOut(await world.get(APP)), 'rolled out')
  })

  it('follows its number of replicas up and down', async () => {
    const world = await running()
    await world.merge(APP, { spec: { replicas: 5 } })
    await world.hands.settled()
    expect(world.hands.pods()).toHaveLength(5)
    await world.merge(APP, { spec: { replicas: 0 } })
    await world.hands.settled()
    expect(world.hands.pods()).toHaveLength(0)
    expect(isRolledOut(await world.get(APP))).toBe(true)
  })

  it('takes everything with it when it is deleted, each pod in its time', async () => {
    const world = await running({ terminationMs: 100 })
    expect((await world.call('DELETE', APP)).json.status).toBe('Success')
    await until(() => world.hands.pods().length === 3 && world.hands.pods().every((pod) => pod.terminating), 'pods end')
    await until(() => world.hands.pods().length === 0, 'pods are gone')
    expect((await world.get(`${APPS}/replicasets`)).items).toEqual([])
  })

  it('waits for a Secret that is not there, and says why', async () => {
    const world = await startWorld()
    world.hands.addWorkload({ name: 'app', secret: 'keys', replicas: 1 })
    await until(() => world.hands.pods().length === 1, 'a pod')
    await until(async () => {
      const { items } = await world.get('/api/v1/namespaces/default/pods')
      return items[0].status.containerStatuses?.[0].state.waiting?.message === 'secret "keys" not found'
    }, 'the reason')
    await world.call('POST', SECRETS, { metadata: { name: 'keys' }, data: { OPENAI_API_KEY: base64('v') } })
    await world.hands.settled()
    expect(world.hands.pods()[0]?.ready).toBe(true)
  })
})
