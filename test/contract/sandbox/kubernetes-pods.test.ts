import { describe, expect, it } from 'vitest'
import type { RunningPod, Runtime } from '../../../src/sandbox/kubernetes/kubernetes.ts'
import { PODS, startWorld, until, type World } from './kubernetes-world.ts'

/** A runtime that remembers what it was told. */
function recorder(started: Runtime['started'] = () => undefined): Runtime & { readonly told: string[]; readonly pods: RunningPod[] } {
  const told: string[] = []
  const pods: RunningPod[] = []
  return {
    told,
    pods,
    started(pod) {
      told.push(`started ${pod.name}`)
      pods.push(pod)
      return started(pod)
    },
    stopped: (name) => void told.push(`stopped ${name}`),
    refreshed: (pod) => {
      told.push(`refreshed ${pod.name}`)
      pods.push(pod)
    },
  }
}

async function withPods(runtime: Runtime): Promise<World> {
  const world = await startWorld({ runtime })
  world.hands.addSecret({ name: 'keys', data: { OPENAI_API_KEY: 'old', OTHER: 'other' } })
  return world
}

describe('what a pod is handed', () => {
  it.each([
    [{ via: 'env' }, { OPENAI_API_KEY: 'old' }, {}],
    [{ via: 'env', variable: 'KEY' }, { KEY: 'old' }, {}],
    [{ via: 'envFrom' }, { OPENAI_API_KEY: 'old', OTHER: 'other' }, {}],
    [{ via: 'envFrom', prefix: 'APP_' }, { APP_OPENAI_API_KEY: 'old', APP_OTHER: 'other' }, {}],
    [{ via: 'volume' }, {}, { '/etc/keys/OPENAI_API_KEY': 'old', '/etc/keys/OTHER': 'other' }],
    [{ via: 'projected' }, {}, { '/etc/keys/OPENAI_API_KEY': 'old' }],
    [{ via: 'subPath' }, {}, { '/etc/keys/OPENAI_API_KEY': 'old' }],
    [{ via: 'env', key: 'ABSENT', optional: true }, {}, {}],
  ] as const)('by %j', async (way, env, files) => {
    const runtime = recorder()
    const world = await withPods(runtime)
    world.hands.addPod({ name: 'p', secret: 'keys', ...way })
    await world.hands.settled()
    expect(runtime.pods.map((pod) => [pod.name, pod.env, pod.files])).toEqual([['p', env, files]])
  })

  it('stays as it was in variables and subPath mounts; volumes follow later', async () => {
    const runtime = recorder()
    const world = await withPods(runtime)
    for (const via of ['env', 'envFrom', 'volume', 'projected', 'subPath'] as const) world.hands.addPod({ name: via.toLowerCase(), secret: 'keys', via })
    await world.hands.settled()
    const seen = () => Object.fromEntries(world.hands.pods().map(({ name, env, files }) => [name, env['OPENAI_API_KEY'] ?? files['/etc/keys/OPENAI_API_KEY']]))
    const old = world.hands.secretPrint({ name: 'keys' }, 'OPENAI_API_KEY')
    world.hands.editSecret({ name: 'keys' }, { OPENAI_API_KEY: 'new' })
    expect(new Set(Object.values(seen()))).toEqual(new Set([old]))
    await until(() => runtime.told.filter((line) => line.startsWith('refreshed')).length === 2, 'both volumes')
    const renewed = world.hands.secretPrint({ name: 'keys' }, 'OPENAI_API_KEY')
    expect(seen()).toEqual({ env: old, envfrom: old, volume: renewed, projected: renewed, subpath: old })
  })

  it('as a variable stays as it was even where a volume beside it follows', async () => {
    const runtime = recorder()
    const world = await withPods(runtime)
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'OPENAI_API_KEY' } } }]
    const containers = [{ name: 'app', image: 'app:1', env, volumeMounts: [{ name: 'v', mountPath: '/keys/' }] }]
    const volumes = [{ name: 'v', secret: { secretName: 'keys', items: [{ key: 'OPENAI_API_KEY', path: 'own/name' }] } }]
    await world.call('POST', PODS, { metadata: { name: 'p' }, spec: { containers, volumes } })
    await world.hands.settled()
    world.hands.editSecret({ name: 'keys' }, { OPENAI_API_KEY: 'new' })
    await until(() => runtime.told.includes('refreshed p'), 'the volume')
    expect(runtime.pods.at(-1)).toMatchObject({ env: { KEY: 'old' }, files: { '/keys/own/name': 'new' } })
  })

  it('is in a spec that refers to the Secret and to nothing else of that kind', async () => {
    const world = await withPods(recorder())
    world.hands.addWorkload({ name: 'app', secret: 'keys', via: 'env', replicas: 1 })
    await world.hands.settled()
    const [pod] = (await world.get(PODS)).items
    expect(pod.spec.containers[0].env).toEqual([{ name: 'OPENAI_API_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'OPENAI_API_KEY' } } }])
    // the volume that admission adds to every pod is projected, and holds no Secret
    expect(pod.spec.volumes.map((volume: any) => volume.projected.sources.map((source: any) => Object.keys(source)[0]))).toEqual([
      ['serviceAccountToken', 'configMap', 'downwardAPI'],
    ])
  })
})

describe('the runtime', () => {
  it('is told of the end only when the pod is really gone', async () => {
    const runtime = recorder()
    const world = await withPods(runtime)
    world.hands.addPod({ name: 'p', secret: 'keys' })
    await world.hands.settled()
    const { status, json } = await world.call('DELETE', `${PODS}/p`)
    expect([status, json.kind, json.metadata.deletionGracePeriodSeconds]).toEqual([200, 'Pod', 30])
    expect(world.hands.pods()[0]).toMatchObject({ terminating: true, ready: true })
    expect(runtime.told).toEqual(['started p'])
    await until(() => world.hands.pods().length === 0, 'gone')
    expect(runtime.told).toEqual(['started p', 'stopped p'])
  })

  it('keeps a pod in the list until its processes have ended', async () => {
    let end = (): void => undefined
    const runtime: Runtime = { started: () => undefined, stopped: () => new Promise<void>((resolve) => (end = resolve)) }
    const world = await withPods(runtime)
    world.hands.addPod({ name: 'p', secret: 'keys' })
    await world.hands.settled()
    world.hands.tune({ terminationMs: 1 })
    world.hands.deletePod({ name: 'p' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(world.hands.pods()).toMatchObject([{ name: 'p', terminating: true }])
    end()
    await until(() => world.hands.pods().length === 0, 'gone')
  })

  it('lets a pod go at once where no grace is given', async () => {
    const runtime = recorder()
    const world = await withPods(runtime)
    world.hands.addPod({ name: 'p', secret: 'keys' })
    await world.hands.settled()
    await world.call('DELETE', `${PODS}/p?gracePeriodSeconds=0`)
    expect([world.hands.pods(), runtime.told]).toEqual([[], ['started p', 'stopped p']])
  })

  it('holds a pod unready until what it starts is there', async () => {
    let open = (): void => undefined
    const runtime = recorder(() => new Promise<void>((resolve) => (open = resolve)))
    const world = await withPods(runtime)
    world.hands.addPod({ name: 'p', secret: 'keys' })
    await until(() => runtime.told.length === 1, 'started')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(world.hands.pods()[0]).toMatchObject({ phase: 'Running', ready: false })
    open()
    await world.hands.settled()
    expect(world.hands.pods()[0]?.ready).toBe(true)
  })

  it('of a pod that never comes up leaves it so', async () => {
    const world = await withPods(recorder(() => Promise.reject(new Error('no'))))
    world.hands.addPod({ name: 'p', secret: 'keys' })
    await until(() => world.hands.pods()[0]?.phase === 'Running', 'started')
    await expect(world.hands.settled(60)).rejects.toThrow('did not settle')
  })

  it('is told of the end of all when the cluster closes', async () => {
    const runtime = recorder()
    const world = await withPods(runtime)
    world.hands.addPod({ name: 'p', secret: 'keys' })
    await world.hands.settled()
    await world.cluster.close()
    expect(runtime.told).toEqual(['started p', 'stopped p'])
  })
})
