/** The Kubernetes target before an API server: the sandbox, or the cluster of KUBECONFIG. Needs no node and no controller. */
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { V1PodSpec } from '@kubernetes/client-node'
import { Secret } from '../../../src/domain/secret.ts'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { Assignment, Target } from '../../../src/ports/target.ts'
import { describeTarget, fakeKey, type Harness } from './target-contract.ts'
import { encoded, FALLBACK, KEY, openCluster, SECRET, type Cluster, type Namespace } from './kubernetes-world.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const OTHERS = {
  data: { OTHER: encoded('theirs'), BINARY: Buffer.from([0, 255, 1]).toString('base64') },
  metadata: { labels: { team: 'x' }, annotations: { note: 'y' } },
}

let cluster: Cluster
let app: Namespace
beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(() => cluster.close())
beforeEach(async () => {
  app = await cluster.namespace()
})
afterEach(() => app.close())

async function harness(
  settings: { readonly key?: string; readonly fallback?: string; readonly workloads?: readonly string[] },
  secret: object,
): Promise<Harness> {
  const own = await cluster.namespace()
  await own.addSecret(secret)
  const { key = KEY } = settings
  return {
    target: await own.connect(settings),
    others: async () => {
      const { data = {}, metadata = {}, type } = await own.secret()
      const theirs = <T>(map: Record<string, T> | undefined, isOurs: (name: string) => boolean) => Object.entries(map ?? {}).filter(([name]) => !isOurs(name))
      return {
        type,
        data: theirs(data, (name) => name === key || name === `${key}_FALLBACK`),
        annotations: theirs(metadata.annotations, (name) => name.startsWith('keyrot.dev/')),
        labels: theirs(metadata.labels, () => false),
      }
    },
    editOthers: async () => {
      await own.patchSecret({ data: { MORE: encoded(String(Math.random())) } })
    },
    setCurrent: async (value) => {
      await own.patchSecret({ data: { [key]: encoded(value) } })
    },
    cleanup: own.close,
  }
}

describeTarget('kubernetes', () => harness({}, OTHERS))
describeTarget('kubernetes without a fallback', () => harness({ fallback: 'none' }, OTHERS))
describeTarget('kubernetes, a data key that fits no annotation, in an empty Secret', () => harness({ key: `.${'k'.repeat(80)}.json` }, {}))
describeTarget('kubernetes with workloads', () => harness({ workloads: ['deployment/web'] }, OTHERS))

const write = async (target: Target, assignment: Assignment): Promise<void> => target.write(assignment, (await target.observe()).revision)
const nextSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_050))
/** Names of keys by annotation; the revisions behind them are the server's. */
const marks = async (): Promise<Record<string, string>> => {
  const ours = Object.entries((await app.secret()).metadata?.annotations ?? {}).filter(([name]) => name.startsWith('keyrot.dev/'))
  return Object.fromEntries(ours.map(([name, mark]) => [name, mark.replace(/ \d+$/, '')]))
}

describe('a Secret over a rotation', () => {
  it('bears the marker of each slot, and loses it with the slot', async () => {
    await app.addSecret(OTHERS)
    const target = await app.connect()
    await write(target, { current: A })
    await write(target, { fallback: B })
    expect(await marks()).toEqual({ [`keyrot.dev/${KEY}`]: A.marker, [`keyrot.dev/${FALLBACK}`]: B.marker })
    await write(target, { current: B, fallback: A })
    await write(target, { fallback: null })
    expect(await marks()).toEqual({ [`keyrot.dev/${KEY}`]: B.marker })
    const before = await target.observe()
    expect(before.marked).toBeUndefined()
    await target.unmark?.(before.revision)
    expect(await marks()).toEqual({})
    expect((await app.secret()).data).toMatchObject({ [KEY]: encoded(B.secret.reveal()) })
  })

  it('is dated by the last change of the key in use, and by nothing else', async () => {
    await app.addSecret(OTHERS)
    const target = await app.connect()
    await write(target, { current: A })
    const { since } = await target.observe()
    await nextSecond()
    await write(target, { fallback: B })
    await app.patchSecret({ data: { OTHER: encoded('more') } })
    await app.patchSecret({ metadata: { annotations: { note: 'z' } } })
    expect((await target.observe()).since).toBe(since)
    await write(target, { current: B, fallback: A })
    const promoted = (await target.observe()).since ?? 0
    expect(promoted).toBeGreaterThan(since ?? Number.POSITIVE_INFINITY)
    await nextSecond()
    await write(target, { fallback: null })
    await target.unmark?.((await target.observe()).revision)
    expect((await target.observe()).since).toBe(promoted)
    await app.patchSecret({ data: { [KEY]: encoded('a stranger') } })
    expect((await target.observe()).since).toBeGreaterThan(promoted)
  })

  it('is left to whoever changes it between our look and our write', async () => {
    await app.addSecret({ data: { [KEY]: encoded(A.secret.reveal()) } })
    const target = await app.connect()
    const { revision } = await target.observe()
    const theirs = await app.patchSecret({ data: { [KEY]: encoded('theirs') } })
    await expect(target.write({ current: B }, revision)).rejects.toMatchObject({ code: 'KR_KUBERNETES_CONFLICT', kind: 'conflict' })
    await expect(target.unmark?.(revision)).rejects.toMatchObject({ kind: 'conflict' })
    expect(await app.secret()).toEqual(theirs)
  })

  it('is refused as it is when it can never change, with a way out', async () => {
    await app.addSecret({ data: { [KEY]: encoded(A.secret.reveal()) }, immutable: true })
    const target = await app.connect()
    await expect(write(target, { current: B })).rejects.toMatchObject({
      code: 'KR_KUBERNETES_IMMUTABLE',
      kind: 'refused',
      hints: [expect.stringContaining('create a Secret of another name')],
    })
    expect(await target.remarks?.()).toContainEqual(expect.objectContaining({ code: 'immutable-secret', severity: 'obstacle' }))
  })

  it('must be there', async () => {
    await expect((await app.connect()).observe()).rejects.toMatchObject({ code: 'KR_KUBERNETES_NO_SECRET', kind: 'not-found' })
  })

  it('shows nothing of itself when the server says no', async () => {
    const canary = ['sk', 'proj', 'other'].join('-') + 'T3Blbk' + 'FJ'.repeat(20)
    await app.addSecret({ data: { OTHER: encoded(canary) } })
    const target = await app.connect()
    const big = { secret: new Secret('x'.repeat(1_100_000)), marker: 'm' }
    const error: unknown = await write(target, { current: big }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(KeyrotError)
    expect(error).toMatchObject({ code: 'KR_KUBERNETES_REJECTED', kind: 'rejected', facts: { status: 422, providerCode: 'Invalid' } })
    for (const text of [inspect([error, target], { depth: 12, showHidden: true }), JSON.stringify(error), String((error as Error).stack)])
      for (const form of [canary, encoded(canary), 'xxxxxxxxxx', 'eHh4eHh4']) expect(text).not.toContain(form)
  })
})

describe('the fallback slot where the config does not name one', () => {
  const reloader = { metadata: { annotations: { 'reloader.stakater.com/match': 'true' } }, data: { [KEY]: encoded(A.secret.reveal()) } }

  it('is there, unless a reloader is seen to watch the Secret', async () => {
    await app.addSecret(OTHERS)
    const plain = await app.connect()
    expect((await plain.observe()).fallback).toEqual({ is: 'absent' })
    expect(plain.traits.fallback).toBe(true)
    await app.patchSecret({ metadata: reloader.metadata })
    const watched = await app.connect()
    expect((await watched.observe()).fallback).toBeNull()
    expect(watched.traits.fallback).toBe(false)
    await expect(watched.write({ fallback: B }, null)).rejects.toMatchObject({ code: 'KR_KUBERNETES_NO_FALLBACK', kind: 'refused' })
    const asked = await app.connect({ fallback: FALLBACK })
    expect((await asked.observe()).fallback).toEqual({ is: 'absent' })
    expect(asked.traits.fallback).toBe(true)
    expect(await asked.remarks?.()).toContainEqual(expect.objectContaining({ code: 'reloader', severity: 'warning' }))
  })

  it('is there as long as it holds something, whoever begins to watch meanwhile', async () => {
    await app.addSecret(OTHERS)
    const target = await app.connect()
    await write(target, { current: A, fallback: B })
    await app.patchSecret({ metadata: reloader.metadata })
    for (const one of [target, await app.connect()]) {
      expect((await one.observe()).fallback).toMatchObject({ is: 'value' })
      expect(one.traits.fallback).toBe(true)
    }
    await write(target, { fallback: null })
    expect((await target.observe()).fallback).toEqual({ is: 'absent' })
    expect((await (await app.connect()).observe()).fallback).toBeNull()
  })

  it('is none where a reloader restarts a named workload', async () => {
    await app.addSecret(OTHERS)
    await app.addDeployment('web', { annotations: { 'secret.reloader.stakater.com/reload': SECRET } })
    const target = await app.connect({ workloads: ['deployment/web'] })
    expect((await target.observe()).fallback).toBeNull()
    const found = await target.remarks?.()
    expect(found).toContainEqual(expect.objectContaining({ code: 'restarts', message: expect.stringContaining('4 times, with `fallback: none` twice') }))
  })

  it('is there where the named workload is missing', async () => {
    await app.addSecret(OTHERS)
    const target = await app.connect({ workloads: ['deployment/web'] })
    expect((await target.observe()).fallback).toEqual({ is: 'absent' })
    expect(await target.remarks?.()).toContainEqual(expect.objectContaining({ code: 'workload-missing', severity: 'obstacle' }))
  })
})

describe('who else writes the Secret', () => {
  it.each([
    ['helm', 'Helm'],
    ['argocd-controller', 'Argo CD'],
    ['externalsecrets.external-secrets.io/openai', 'External Secrets'],
  ])('is seen by managed fields: %s', async (manager, who) => {
    await app.addSecret({ data: { [KEY]: encoded(A.secret.reveal()) } }, manager)
    expect(await (await app.connect()).remarks?.()).toContainEqual(
      expect.objectContaining({ code: 'managed-elsewhere', severity: 'obstacle', managedElsewhere: true, message: expect.stringContaining(who) }),
    )
  })

  it('is nobody in a Secret that people made and keyrot keeps', async () => {
    await app.addSecret(OTHERS)
    const target = await app.connect()
    await write(target, { current: A, fallback: B })
    expect(await target.remarks?.()).toEqual([])
  })
})

describe('a restart', () => {
  const template = async (): Promise<Record<string, string>> => (await app.deployment('web')).spec?.template.metadata?.annotations ?? {}

  it('is asked for once for each promotion, as kubectl asks for it', async () => {
    await app.addSecret(OTHERS)
    await app.addDeployment('web')
    const target = await app.connect({ workloads: ['deployment/web'] })
    await write(target, { current: A })
    expect((await target.reloaded?.(A.marker))?.state).toBe('no')
    await target.reload?.(A.marker)
    const first = await template()
    expect(first['kubectl.kubernetes.io/restartedAt']).toMatch(/^\d{4}-\d\d-\d\dT/)
    expect(first[`keyrot.dev/restarted-for.${SECRET}_${KEY}`]).toContain(A.marker)
    await target.reload?.(A.marker)
    expect(await template()).toEqual(first)
    await write(target, { current: B })
    await target.reload?.(B.marker)
    const second = await template()
    expect(second[`keyrot.dev/restarted-for.${SECRET}_${KEY}`]).toContain(B.marker)
    expect((await app.deployment('web')).spec?.template.spec?.containers).toHaveLength(1)
  })

  it('is asked for again when the same key had to be promoted again', async () => {
    await app.addSecret(OTHERS)
    await app.addDeployment('web')
    const target = await app.connect({ workloads: ['deployment/web'] })
    await write(target, { current: A })
    await target.reload?.(A.marker)
    const first = await template()
    // within one second, as the server dates: a pod that was started in between holds what was put back
    await app.patchSecret({ data: { [KEY]: encoded('put back by a controller') } })
    await write(target, { current: A })
    await target.reload?.(A.marker)
    const tag = `keyrot.dev/restarted-for.${SECRET}_${KEY}`
    expect((await template())[tag]).not.toBe(first[tag])
  })
})

describe('pods that use the Secret', () => {
  const volume = (more: object, mount: object = {}): Partial<V1PodSpec> => ({
    containers: [{ name: 'c', image: 'busybox', volumeMounts: [{ name: 'v', mountPath: '/k', ...mount }] }],
    volumes: [{ name: 'v', ...more }],
  })
  const cases: [string, Partial<V1PodSpec>][] = [
    ['env', {}],
    ['envFrom', { containers: [{ name: 'c', image: 'busybox', envFrom: [{ secretRef: { name: SECRET, optional: true } }] }] }],
    ['volume', volume({ secret: { secretName: SECRET, optional: true } })],
    ['projected', volume({ projected: { sources: [{ secret: { name: SECRET, optional: true } }] } })],
    ['volume, subPath', volume({ secret: { secretName: SECRET, optional: true } }, { subPath: KEY })],
  ]
  it.each(cases)('are found by %s', async (ways, spec) => {
    await app.addSecret(OTHERS)
    await app.addPod('bare', spec)
    await app.addPod('unrelated', { containers: [{ name: 'c', image: 'busybox' }] })
    const target = await app.connect()
    await write(target, { current: A })
    expect(await target.stragglers?.()).toEqual([`pod bare (${ways}, older than the new key)`])
    const rereads = await (await app.connect({ consumers: 'reread' })).stragglers?.()
    expect(rereads).toHaveLength(/env|subPath/.test(ways) ? 1 : 0)
    expect(await (await app.connect({ ignoreConsumers: ['bar*'] })).stragglers?.()).toEqual([])
  })

  it('may have been started after the promotion', async () => {
    await app.addSecret(OTHERS)
    const target = await app.connect()
    await write(target, { current: A })
    await nextSecond()
    await app.addPod('young', {})
    expect(await target.stragglers?.()).toEqual([])
    expect(await (await app.connect({ workloads: ['deployment/web'] })).stragglers?.()).toEqual(['pod young (env, outside the named workloads)'])
  })
})

describe('rights', () => {
  it('are asked one by one', async () => {
    const rights = (await (await app.connect({ workloads: ['statefulset/db'] })).rights?.()) ?? []
    expect(rights.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'proven'))
  })
})
