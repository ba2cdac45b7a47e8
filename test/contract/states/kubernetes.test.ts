/** State in a cluster: the sandbox, or whatever KUBECONFIG names. Everything is made in a namespace that goes away. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoordinationV1Api, CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { kubernetesState } from '../../../src/adapters/states/kubernetes.ts'
import type { FaultRule } from '../../../src/sandbox/openai/openai.ts'
import type { SharedStore } from '../../../src/ports/store.ts'
import { sheetName } from '../../../src/state/shared/locks.ts'
import { sampleEvent, sampleRecord } from '../../unit/state/sample.ts'
import { fakeHost } from '../../unit/state/kit.ts'
import { surroundings } from '../targets/kubernetes-harness.ts'
import { openCluster, startEmbedded, type Cluster, type Embedded } from '../targets/kubernetes-world.ts'
import { openingsOf } from './shelves.ts'
import { describeState } from './state-contract.ts'

const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
const NAME = sheetName('abcd1234', 'api')
const LOCK = ['credential:api']

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(() => cluster.close())

const storeOf = (kubeconfig: string, namespace: string): Promise<SharedStore> =>
  kubernetesState.open(kubernetesState.schema.parse({ namespace }), surroundings({ KUBECONFIG: kubeconfig }))

describeState('a Kubernetes namespace', async () => {
  const space = await cluster.namespace()
  const namespace = space.name
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-state-'))
  const { open, beatAll } = openingsOf(await storeOf(cluster.kubeconfig, namespace), folder, namespace.slice(-6))
  const map = (credential: string) => ({ namespace, name: sheetName('abcd1234', credential) })
  return {
    open,
    recordText: async (credential) => (await cluster.core.readNamespacedConfigMap(map(credential))).data?.['record'] ?? '',
    setRecordText: async (credential, text) => {
      if (text === null) await cluster.core.deleteNamespacedConfigMap(map(credential))
      else await cluster.core.patchNamespacedConfigMap({ ...map(credential), body: { data: { record: text } } }, MERGE)
    },
    everything: async () => (await cluster.core.listNamespacedConfigMap({ namespace })).items.flatMap(({ data }) => Object.values(data ?? {})).join('\n'),
    silence: async () => undefined,
    beatAll,
    cleanup: async () => {
      rmSync(folder, { recursive: true, force: true })
      await space.close()
    },
  }
})

describe('a lease in a cluster that loses answers', { timeout: 60_000 }, () => {
  const open: Embedded[] = []
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-state-'))
  afterEach(() => Promise.all(open.splice(0).map(({ close }) => close())))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function world() {
    const embedded = await startEmbedded()
    open.push(embedded)
    const config = new KubeConfig()
    config.loadFromFile(embedded.path)
    const at = { namespace: 'default', name: NAME }
    const [core, coordination] = [config.makeApiClient(CoreV1Api), config.makeApiClient(CoordinationV1Api)]
    const openings = openingsOf(await storeOf(embedded.path, 'default'), folder, `k${open.length}`)
    const alive = new Set<number>()
    return {
      ...openings,
      sandbox: embedded.sandbox,
      core,
      lease: () => coordination.readNamespacedLease(at),
      touchLease: (body: object) => coordination.patchNamespacedLease({ ...at, body }, MERGE),
      deleteLease: () => coordination.deleteNamespacedLease(at),
      map: () => core.readNamespacedConfigMap(at),
      machine: (pid: number, skew = 0) => openings.open(fakeHost(pid, alive, { boot: `boot-${pid}`, host: `machine-${pid}` }), { skew }),
    }
  }

  it('is a Lease and a ConfigMap that people can read, and are given back as client-go does', async () => {
    const { machine, lease, map, touchLease } = await world()
    const { locks, records } = await machine(7)
    const held = await locks.acquire(LOCK)
    await records.save(sampleRecord(), (await records.load('api')).revision)
    const { spec, metadata } = await lease()
    expect(spec).toMatchObject({ leaseDurationSeconds: 30, leaseTransitions: 1 })
    expect(JSON.parse(metadata?.annotations?.['keyrot.dev/holder'] ?? '')).toMatchObject({ host: 'machine-7', pid: 7 })
    const sheet = await map()
    expect(sheet.metadata?.annotations).toEqual({ 'keyrot.dev/fence': `1/${spec?.holderIdentity}` })
    expect(Object.keys(sheet.data ?? {})).toEqual(['record'])
    // a label of somebody else neither takes the lease away nor goes away
    await touchLease({ metadata: { labels: { theirs: 'yes' } } })
    expect(await held.stillHeld()).toBe(true)
    await held.release()
    expect((await lease()).spec?.holderIdentity ?? '').toBe('')
    expect((await lease()).metadata?.labels).toMatchObject({ theirs: 'yes' })
    await (await locks.acquire(LOCK)).release()
    expect((await lease()).spec?.leaseTransitions).toBe(2)
  })

  it.each([
    ['25 h ahead', 25 * 3_600_000],
    ['25 h behind', -25 * 3_600_000],
  ])('waits out one lease by its own clock, whatever the holder’s says: %s', async (_what, skew) => {
    const { machine, waited, beatAll } = await world()
    const far = await machine(1, skew)
    const near = await machine(2)
    const held = await far.locks.acquire(LOCK)
    const beats = setInterval(() => void beatAll(), 2)
    await expect(near.locks.acquire(LOCK)).rejects.toMatchObject({ code: 'KR_LOCKED' })
    clearInterval(beats)
    expect(await held.stillHeld()).toBe(true)
    const before = waited()
    const next = await near.locks.acquire(LOCK)
    expect(waited() - before).toBeGreaterThanOrEqual(30_000)
    expect(waited() - before).toBeLessThanOrEqual(32_000)
    expect([await held.stillHeld(), await next.stillHeld()]).toEqual([false, true])
  })

  it('is not taken from a holder whose clock stands still, nor from one that writes the same time again', async () => {
    const { machine, beatAll, touchLease, lease } = await world()
    const [one, other] = [await machine(1), await machine(2)]
    const held = await one.locks.acquire(LOCK)
    const { renewTime } = (await lease()).spec ?? {}
    const beats = setInterval(() => void touchLease({ metadata: { annotations: { n: String(Math.random()) } }, spec: { renewTime } }).catch(() => undefined), 2)
    await expect(other.locks.acquire(LOCK)).rejects.toMatchObject({ code: 'KR_LOCKED' })
    clearInterval(beats)
    await beatAll()
    expect(await held.stillHeld()).toBe(true)
  })

  it('refuses the write of a zombie that was under way when its lease ran out', async () => {
    const { machine, sandbox, map } = await world()
    const [zombie, next] = [await machine(1), await machine(2)]
    await zombie.locks.acquire(LOCK)
    const { revision } = await zombie.records.load('api')
    await zombie.records.save(sampleRecord(), revision)
    const before = await map()
    const held = await next.locks.acquire(LOCK)
    // the very bytes that the zombie would have sent, arriving now
    const late = { metadata: { resourceVersion: before.metadata?.resourceVersion }, data: { record: 'late' } }
    const answer = await fetch(`${sandbox.url}/api/v1/namespaces/default/configmaps/${NAME}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${sandbox.token}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify(late),
    })
    expect(answer.status).toBe(409)
    expect((await map()).data?.['record']).toBe(before.data?.['record'])
    expect(await held.stillHeld()).toBe(true)
  })

  it('starts above every earlier term when the Lease was deleted, and the old holder notices', async () => {
    const { machine, deleteLease, map } = await world()
    const [one, other] = [await machine(1), await machine(2)]
    for (let turns = 0; turns < 3; turns++) await (await one.locks.acquire(LOCK)).release()
    const held = await one.locks.acquire(LOCK)
    const { revision } = await one.records.load('api')
    await deleteLease()
    const next = await other.locks.acquire(LOCK)
    expect((await map()).metadata?.annotations?.['keyrot.dev/fence']).toMatch(/^5\//)
    expect([await held.stillHeld(), await next.stillHeld()]).toEqual([false, true])
    await expect(one.records.save(sampleRecord(), revision)).rejects.toMatchObject({ code: 'KR_LOCK_LOST' })
  })

  const KINDS: readonly FaultRule['kind'][] = ['effect-then-reset', 'effect-then-500', 'reset-before-headers', 'reset-mid-body', 'malformed-json', '503']
  it.each(KINDS)('finds out what became of each write whose answer is lost: %s', async (kind) => {
    const play = async (method: 'POST' | 'PATCH', nth: number): Promise<number> => {
      const { machine, sandbox, map } = await world()
      if (nth > 0) sandbox.fault({ kind, times: 1, skip: nth - 1, match: { method } })
      const { locks, records } = await machine(1)
      const held = await locks.acquire(LOCK)
      let { revision } = await records.load('api')
      for (let generation = 1; generation <= 2; generation++) {
        revision = await records.save(sampleRecord('api', generation), revision)
        await records.append(sampleEvent(generation))
      }
      expect((await records.load('api')).record?.generation).toBe(2)
      const { events, damaged } = await records.journal('api', 'r1')
      expect({ damaged, at: events.map(({ at }) => at) }).toEqual({ damaged: 0, at: [1, 2] })
      expect(await held.stillHeld()).toBe(true)
      await held.release()
      expect(sandbox.faults().map(({ hits }) => hits)).toEqual(nth > 0 ? [1] : [])
      expect((await map()).data?.['record']).toContain('"generation":2')
      return sandbox.log.filter((entry) => entry.method === method).length
    }
    for (const [method, least] of [
      ['POST', 2],
      ['PATCH', 6],
    ] as const) {
      const writes = await play(method, 0)
      expect(writes).toBeGreaterThanOrEqual(least)
      for (let nth = 1; nth <= writes; nth++) await play(method, nth)
    }
  })

  it.each(KINDS)('reaches the holder though an answer is lost, to the request or to the renewal that hears of it: %s', async (kind) => {
    for (const skip of [0, 1, 2]) {
      const { machine, sandbox, beatAll } = await world()
      const [one, other] = [await machine(1), await machine(2)]
      let told = 0
      const held = await one.locks.acquire(LOCK, () => void (told += 1))
      sandbox.fault({ kind, times: 1, skip, match: { method: 'PATCH' } })
      // what is known not to have arrived is told to the caller, who asks again
      await other.locks.ask?.(LOCK).catch(() => other.locks.ask?.(LOCK))
      await expect.poll(() => beatAll().then(() => told), { timeout: 20_000 }).toBe(1)
      expect(await held.stillHeld()).toBe(true)
      await held.release()
    }
  })
})
