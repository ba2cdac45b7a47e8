/** The Kubernetes target down to the running pods, in an embedded cluster whose controllers and nodes take their time. */
import { AppsV1Api, KubeConfig } from '@kubernetes/client-node'
import { parseAllDocuments } from 'yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kubernetes } from '../../../src/adapters/targets/kubernetes.ts'
import type { Target } from '../../../src/ports/target.ts'
import type { Hands, Rule, WorkloadWish } from '../../../src/sandbox/kubernetes/kubernetes.ts'
import { fakeKey } from './fake-key.ts'
import { connect, surroundings, type Settings } from './kubernetes-harness.ts'
import { FALLBACK, KEY, SECRET, startEmbedded, type Embedded } from './kubernetes-world.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const AT = { name: SECRET }

let cluster: Embedded
let hands: Hands
let ahead = 0
beforeEach(async () => {
  cluster = await startEmbedded({ clock: () => Date.now() + ahead, rolloutStepMs: 20, podStartMs: 20, podReadyMs: 10, terminationMs: 60 })
  hands = cluster.sandbox.hands
  hands.addSecret({ ...AT, data: { [KEY]: A.secret.reveal(), OTHER: 'theirs' } })
})
afterEach(() => cluster.close())

const open = (settings: Settings = {}, kubeconfig = cluster.path): Promise<Target> =>
  connect({ namespace: 'default', ...settings }, surroundings({ KUBECONFIG: kubeconfig }))
/** Dates of the cluster are whole seconds: what happens from now on bears another one. */
const nextSecond = (): void => void (ahead += 1_000)

/** Workloads that were there, and up, a good while before the promotion. */
async function running(...wishes: Omit<WorkloadWish, 'secret'>[]): Promise<Target> {
  for (const wish of wishes) hands.addWorkload({ secret: SECRET, ...wish })
  await hands.settled()
  nextSecond()
  const target = await open({ workloads: wishes.map(({ kind = 'Deployment', name }) => `${kind.toLowerCase()}/${name}`) })
  await target.write({ current: B, fallback: A }, (await target.observe()).revision)
  return target
}

/** What `reloaded` says on the way, ending with the first that is not `no`; a repetition is said once. */
async function said(target: Target): Promise<readonly string[]> {
  const lines: string[] = []
  for (;;) {
    const { state, why } = (await target.reloaded?.(B.marker)) ?? { state: 'unknown' }
    const line = why === undefined ? state : `${state}: ${why}`
    if (lines.at(-1) !== line) lines.push(line)
    if (state !== 'no') return lines
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const holds = (print: string | null): boolean => hands.pods().every(({ env }) => env[KEY] === print)

describe('a restart', () => {
  it.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)('of a %s is done when every pod has the new key and no other pod is left', async (kind) => {
    const target = await running({ kind, name: 'web' })
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'no', why: expect.stringContaining('2 pods with the older key are left') })
    await target.reload?.(B.marker)
    expect((await said(target)).at(-1)).toBe('yes')
    expect(hands.pods()).toHaveLength(2)
    expect(holds(hands.secretPrint(AT, KEY))).toBe(true)
    expect(hands.pods().some(({ terminating }) => terminating)).toBe(false)
    expect(await target.stragglers?.()).toEqual([])
  })

  it('is not done while pods that end still have the old key', async () => {
    hands.tune({ terminationMs: 600 })
    const target = await running({ name: 'web' })
    await target.reload?.(B.marker)
    const lines = await said(target)
    expect(lines).toContain('no: deployment/web: 2 pods with the older key are still ending')
    expect(lines.at(-1)).toBe('yes')
  })

  it('is not held up by pods that are over but still listed', async () => {
    const target = await running({ name: 'web' })
    const [over] = hands.pods()
    hands.finishPod({ name: over?.name ?? '' })
    await hands.settled()
    await target.reload?.(B.marker)
    expect((await said(target)).at(-1)).toBe('yes')
    expect(hands.pods().map(({ phase }) => phase)).toContain('Succeeded')
    expect(await target.stragglers?.()).toEqual([])
  })

  it('counts the pods of a workload that was made anew with other labels', async () => {
    const target = await running({ name: 'web' })
    await target.reload?.(B.marker)
    await said(target)
    const config = new KubeConfig()
    config.loadFromFile(cluster.path)
    const [apps, at] = [config.makeApiClient(AppsV1Api), { namespace: 'default', name: 'web' }]
    const { spec } = await apps.readNamespacedDeployment(at)
    await apps.deleteNamespacedDeployment(at)
    const app = { app: 'another' }
    const template = { metadata: { labels: app }, spec: spec!.template.spec! }
    await apps.createNamespacedDeployment({
      namespace: 'default',
      body: { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: app }, template } },
    })
    await hands.settled()
    nextSecond()
    await target.write({ current: A, fallback: B }, (await target.observe()).revision)
    expect(await target.reloaded?.(A.marker)).toMatchObject({ state: 'no', why: expect.stringContaining('2 pods with the older key are left') })
  })

  it('of several workloads is done with the last of them', async () => {
    const target = await running({ name: 'web' }, { kind: 'StatefulSet', name: 'db' })
    await target.reload?.(B.marker)
    expect((await said(target)).at(-1)).toBe('yes')
    expect(holds(hands.secretPrint(AT, KEY))).toBe(true)
  })

  it('of a workload without pods is done at once', async () => {
    const target = await running({ name: 'web', replicas: 0 })
    expect(await target.reloaded?.(B.marker)).toEqual({ state: 'yes' })
    expect(await target.stragglers?.()).toEqual([])
  })

  it('is not asked for where another controller has done it already', async () => {
    const target = await running({ name: 'web' })
    nextSecond()
    for (const { name } of hands.pods()) hands.deletePod({ name })
    await hands.settled()
    expect(await target.reloaded?.(B.marker)).toEqual({ state: 'yes' })
  })

  it('that its pods do not survive fails by the deadline of the workload', async () => {
    hands.tune({ secondMs: 50 })
    const target = await running({ name: 'web', spec: { progressDeadlineSeconds: 4 } })
    hands.hang({ name: 'web' })
    await target.reload?.(B.marker)
    expect((await said(target)).at(-1)).toBe('failed: deployment/web: new pods did not become available within its progress deadline')
  })
})

describe('a restart that cannot reach every pod', () => {
  const cases: [string, Omit<WorkloadWish, 'secret'>, string][] = [
    ['a paused Deployment', { name: 'web', spec: {} }, 'deployment/web is paused, so its pods are not replaced'],
    [
      'a StatefulSet replaced by hand',
      { kind: 'StatefulSet', name: 'web', spec: { updateStrategy: { type: 'OnDelete' } } },
      'statefulset/web replaces pods only',
    ],
    ['a DaemonSet replaced by hand', { kind: 'DaemonSet', name: 'web', spec: { updateStrategy: { type: 'OnDelete' } } }, 'daemonset/web replaces pods only'],
    [
      'a StatefulSet with a partition',
      { kind: 'StatefulSet', name: 'web', spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } } },
      'statefulset/web keeps the pods below number 1',
    ],
  ]
  it.each(cases)('is refused, and nothing is restarted: %s', async (_words, wish, words) => {
    const target = await running(wish, { name: 'healthy' })
    if (wish.kind === undefined) hands.pause({ name: 'web' })
    await expect(target.reload?.(B.marker)).rejects.toMatchObject({ code: 'KR_KUBERNETES_WORKLOAD', kind: 'refused', message: expect.stringContaining(words) })
    expect(cluster.sandbox.log.filter(({ method, path }) => method === 'PATCH' && path.startsWith('/apis/apps/'))).toEqual([])
    expect(await target.reloaded?.(B.marker)).toMatchObject({ state: 'failed', why: expect.stringContaining(words) })
    expect(await target.remarks?.()).toContainEqual(expect.objectContaining({ code: 'workload-stuck', severity: 'obstacle' }))
  })

  it('is refused for a workload that does not exist', async () => {
    const target = await running({ name: 'web' })
    hands.deleteWorkload({ name: 'web' })
    await expect(target.reload?.(B.marker)).rejects.toMatchObject({ code: 'KR_KUBERNETES_WORKLOAD', message: 'deployment/web does not exist' })
    expect(await target.reloaded?.(B.marker)).toEqual({ state: 'failed', why: 'deployment/web does not exist' })
  })

  it('is done once somebody has replaced the pods', async () => {
    const target = await running({ kind: 'StatefulSet', name: 'web', spec: { updateStrategy: { type: 'OnDelete' } } })
    nextSecond()
    for (const { name } of hands.pods()) hands.deletePod({ name })
    await hands.settled()
    expect(await target.reloaded?.(B.marker)).toEqual({ state: 'yes' })
    expect(await target.stragglers?.()).toEqual([])
  })
})

describe('pods outside the named workloads', () => {
  it('are named before a run and before the old key dies, whoever started them', async () => {
    hands.addPod({ ...AT, secret: SECRET, name: 'bare' })
    hands.addJob({ secret: SECRET, name: 'import', via: 'volume' })
    hands.addJob({ secret: SECRET, name: 'night-29384756', via: 'envFrom' })
    const target = await running({ name: 'web' }, { name: 'api' })
    const some = await open({ workloads: ['deployment/web'] })
    await target.reload?.(B.marker)
    await said(target)
    const kinds = (lines: readonly string[] = []): readonly string[] =>
      lines.map((line) => line.replace(/^pod (bare|api|import|night)(?:-\S+)? /, '$1 ')).toSorted()
    const old = ['bare (env, older than the new key)', 'import (volume, older than the new key)', 'night (envFrom, older than the new key)']
    expect(kinds(await target.stragglers?.())).toEqual(old)
    expect(kinds(await some.stragglers?.())).toEqual(['api (env, outside the named workloads)', 'api (env, outside the named workloads)', ...old].toSorted())
    expect(await some.remarks?.()).toContainEqual(expect.objectContaining({ code: 'unnamed-consumers', severity: 'warning' }))
    const ignoring = await open({ workloads: ['deployment/web', 'deployment/api'], ignoreConsumers: ['bare', 'job/import', 'cronjob/night'] })
    expect(await ignoring.stragglers?.()).toEqual([])
  })

  it('are no matter once they are over; a CronJob that sleeps and a workload without pods hold nothing', async () => {
    hands.addJob({ secret: SECRET, name: 'import' })
    hands.addCronJob({ secret: SECRET, name: 'nightly' })
    hands.addWorkload({ secret: SECRET, name: 'asleep', replicas: 0 })
    const target = await running({ name: 'web' })
    for (const { name } of hands.pods().filter(({ owner }) => owner === 'Job/import')) hands.finishPod({ name })
    await target.reload?.(B.marker)
    expect((await said(target)).at(-1)).toBe('yes')
    expect(await target.stragglers?.()).toEqual([])
  })
})

describe('a rollback', () => {
  it('restarts once more, and knows the pods of either direction', async () => {
    const target = await running({ name: 'web' })
    await target.reload?.(B.marker)
    await said(target)
    nextSecond()
    await target.write({ current: A, fallback: B }, (await target.observe()).revision)
    expect((await target.reloaded?.(A.marker))?.state).toBe('no')
    expect(await target.stragglers?.()).toHaveLength(2)
    await target.reload?.(A.marker)
    await hands.settled()
    expect((await target.reloaded?.(A.marker))?.state).toBe('yes')
    expect(holds(A.secret.fingerprint)).toBe(true)
    expect(await target.stragglers?.()).toEqual([])
  })
})

describe('the role that permissions prints', () => {
  const settings = kubernetes.schema.parse({ secret: SECRET, namespace: 'default', workloads: ['deployment/web', 'statefulset/db', 'daemonset/log'] })
  const sheets = kubernetes.permissions([{ name: 'cluster', settings }])
  const rules = (): Rule[] => {
    const [role] = parseAllDocuments(sheets[0]?.body ?? '').map((document) => document.toJS() as { rules?: Rule[] })
    return (role?.rules ?? []).map((rule) => ({ ...rule, namespace: 'default' }))
  }
  const limited = (granted: readonly Rule[]): Promise<Target> => {
    hands.grant('token-of-a-role', 'keyrot', granted)
    return open({ workloads: ['deployment/web'] })
  }
  beforeEach(async () => {
    const { writeFile } = await import('node:fs/promises')
    await writeFile(cluster.path, cluster.sandbox.kubeconfigFor('token-of-a-role'))
  })

  it('is enough for a whole rotation, and names every object that can be named', async () => {
    expect(rules()).toHaveLength(5)
    hands.addWorkload({ secret: SECRET, name: 'web' })
    const target = await limited(rules())
    expect((await target.rights?.())?.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'proven'))
    await target.remarks?.()
    await target.write({ fallback: B }, (await target.observe()).revision)
    await target.write({ current: B, fallback: A }, (await target.observe()).revision)
    await target.reload?.(B.marker)
    expect((await said(target)).at(-1)).toBe('yes')
    expect(await target.stragglers?.()).toEqual([])
    await target.write({ fallback: null }, (await target.observe()).revision)
    await target.unmark?.((await target.observe()).revision)
  })

  it('is needed in every part: without one, the right is missing and its act forbidden', async () => {
    hands.addWorkload({ secret: SECRET, name: 'web' })
    await hands.settled()
    const acts: [resource: string, verb: string, act: (target: Target) => Promise<unknown> | undefined][] = [
      ['secrets', 'get', (target) => target.observe()],
      ['secrets', 'patch', (target) => target.write({ current: B }, '1')],
      ['deployments', 'get', (target) => target.reloaded?.(B.marker)],
      ['deployments', 'patch', (target) => target.reload?.(B.marker)],
      ['pods', 'list', (target) => target.stragglers?.()],
    ]
    for (const [resource, verb, act] of acts) {
      const target = await limited(
        rules().map((rule) => (rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule)),
      )
      expect(await target.rights?.()).toContainEqual(expect.objectContaining({ what: expect.stringContaining(`${verb} ${resource}`), state: 'missing' }))
      await expect(act(target), `${verb} ${resource}`).rejects.toMatchObject({ code: 'KR_KUBERNETES_FORBIDDEN', kind: 'forbidden' })
    }
  })

  it('lets the first look pass without a right to look at workloads, and keeps the fallback', async () => {
    const target = await limited(rules().filter((rule) => rule.resources.includes('secrets')))
    expect((await target.observe()).fallback).toEqual({ is: 'absent' })
    expect(hands.secretValue(AT, FALLBACK)).toBeNull()
  })

  it('is one for each namespace of each cluster', () => {
    const other = kubernetes.schema.parse({ secret: 'other', namespace: 'default', consumers: 'manual' })
    const far = kubernetes.schema.parse({ secret: 'on', namespace: 'far', context: 'prod', consumers: 'manual' })
    const all = kubernetes.permissions([settings, other, far].map((one, index) => ({ name: `t${index}`, settings: one })))
    expect(all.map(({ title, format }) => [title, format])).toEqual([
      ['Kubernetes role, namespace default', 'yaml'],
      ['Kubernetes role, namespace far (context prod)', 'yaml'],
    ])
    expect(all[0]?.body).toContain('resourceNames: ["openai", "other"]')
    expect(all[1]?.body).toContain('resourceNames: ["on"]')
  })
})
