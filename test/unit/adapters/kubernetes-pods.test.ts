import { describe, expect, it } from 'vitest'
import { isIgnored, isYounger, ownersOf, shownName, waysOf } from '../../../src/adapters/targets/kubernetes-pods.ts'
import { outsidersIn, stragglersIn, type Rules } from '../../../src/adapters/targets/kubernetes-stragglers.ts'
import { envOf, podOf, specOf, type Raw } from './kubernetes-objects.ts'

const WANTED = { secret: 'openai', keys: ['KEY', 'KEY_FALLBACK'] }
const volumes = (volume: Raw, mount: Raw = {}): Raw => ({
  volumes: [{ name: 'v', ...volume }],
  containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/x', ...mount }] }],
})

describe('how a pod refers to the Secret', () => {
  const cases: [string, Raw, string[]][] = [
    ['by one variable', { containers: [envOf('openai')] }, ['env']],
    ['by the fallback in a variable', { containers: [envOf('openai', 'KEY_FALLBACK')] }, ['env']],
    ['by all variables', { containers: [{ name: 'c', envFrom: [{ secretRef: { name: 'openai' } }] }] }, ['envFrom']],
    ['by a volume', volumes({ secret: { secretName: 'openai' } }), ['volume']],
    ['by a volume that gives our data key', volumes({ secret: { secretName: 'openai', items: [{ key: 'KEY', path: 'k' }] } }), ['volume']],
    ['by a projected volume', volumes({ projected: { sources: [{ secret: { name: 'openai' } }] } }), ['projected']],
    ['by one file of a volume', volumes({ secret: { secretName: 'openai' } }, { subPath: 'KEY' }), ['volume', 'subPath']],
    [
      'by one file of a projected volume',
      volumes({ projected: { sources: [{ secret: { name: 'openai' } }] } }, { subPathExpr: '$(N)' }),
      ['projected', 'subPath'],
    ],
    ['in an init container', { initContainers: [envOf('openai')] }, ['env']],
    ['in an ephemeral container', { ephemeralContainers: [envOf('openai')] }, ['env']],
    ['not, but to another Secret', { containers: [envOf('other')] }, []],
    ['not, but to another data key', { containers: [envOf('openai', 'OTHER')] }, []],
    ['not, but to another data key by a volume', volumes({ secret: { secretName: 'openai', items: [{ key: 'OTHER', path: 'k' }] } }), []],
    ['not, but pulls images with it', { imagePullSecrets: [{ name: 'openai' }] }, []],
    ['not at all, with members that are null', { containers: [{ name: 'c', env: null, envFrom: null, volumeMounts: null }], volumes: null }, []],
  ]
  it.each(cases)('%s', (_words, spec, ways) => {
    expect(waysOf(specOf(spec), WANTED)).toEqual(ways)
  })
})

const owned = (kind: string, name: string, labels: Raw = {}): Raw => ({
  labels,
  ownerReferences: [{ apiVersion: 'x', kind, name, uid: 'u', controller: true }],
})

describe('who started a pod', () => {
  const cases: [string, Raw, string[]][] = [
    [
      'a Deployment, by its ReplicaSet',
      owned('ReplicaSet', 'web-api-5d8f', { 'pod-template-hash': '5d8f' }),
      ['replicaset/web-api-5d8f', 'deployment/web-api'],
    ],
    ['a ReplicaSet of nobody', owned('ReplicaSet', 'web-5d8f'), ['replicaset/web-5d8f']],
    ['a ReplicaSet that only looks like it', owned('ReplicaSet', 'web-other', { 'pod-template-hash': '5d8f' }), ['replicaset/web-other']],
    ['a StatefulSet', owned('StatefulSet', 'db'), ['statefulset/db']],
    ['a DaemonSet', owned('DaemonSet', 'log'), ['daemonset/log']],
    ['a Job', owned('Job', 'import'), ['job/import']],
    ['a CronJob, by its Job', owned('Job', 'night-29384756'), ['job/night-29384756', 'cronjob/night']],
    ['nobody', {}, []],
  ]
  it.each(cases)('%s', (_words, metadata, owners) => {
    expect(ownersOf(podOf({}, metadata))).toEqual(owners)
  })
})

describe('a pod is younger than the promotion', () => {
  const promotion = { at: Date.parse('2026-01-01T00:00:10Z'), tag: 'm 2026' }
  const born = (creationTimestamp: string | undefined, annotations: Raw = {}) => podOf({}, { creationTimestamp, annotations })

  it('by a later date, or by the tag of its template', () => {
    expect(isYounger(born('2026-01-01T00:00:11Z'), promotion, 't')).toBe(true)
    expect(isYounger(born('2026-01-01T00:00:10Z', { t: 'm 2026' }), promotion, 't')).toBe(true)
  })

  it('not by the same second, an older tag, or nothing', () => {
    expect(isYounger(born('2026-01-01T00:00:10Z'), promotion, 't')).toBe(false)
    expect(isYounger(born('2026-01-01T00:00:09Z', { t: 'm 2025' }), promotion, 't')).toBe(false)
    expect(isYounger(born(undefined), promotion, 't')).toBe(false)
    expect(isYounger(born('2026-01-01T00:00:11Z'), { at: null, tag: null }, 't')).toBe(false)
  })
})

describe('stragglers', () => {
  const RULES: Rules = { wanted: WANTED, workloads: ['deployment/web'], consumers: 'reload', ignore: [], tagName: 't' }
  const AGE = { at: Date.parse('2026-01-01T00:00:05Z'), tag: null }
  const old = '2026-01-01T00:00:01Z'
  const mine = owned('ReplicaSet', 'web-5d8f', { 'pod-template-hash': '5d8f' })
  const uses = { containers: [envOf('openai')] }
  const mounts = volumes({ secret: { secretName: 'openai' } })

  it('are older pods, and pods outside the named workloads', () => {
    const pods = [
      podOf(uses, { ...mine, name: 'web-new' }),
      podOf(uses, { ...mine, name: 'web-old', creationTimestamp: old }),
      podOf(uses, { ...mine, name: 'web-ending', creationTimestamp: old, deletionTimestamp: old }),
      podOf(uses, { name: 'bare' }),
      podOf(mounts, { ...owned('Job', 'import'), name: 'import-x', creationTimestamp: old }),
      podOf({}, { name: 'unrelated', creationTimestamp: old }),
    ]
    expect(stragglersIn(pods, AGE, RULES)).toEqual([
      'pod web-old (env, older than the new key)',
      'pod web-ending (env, older than the new key)',
      'pod bare (env, outside the named workloads)',
      'pod import-x (volume, older than the new key)',
    ])
    expect(outsidersIn(pods, RULES)).toEqual(['pod bare (env)', 'pod import-x (volume)'])
  })

  it('are told by age alone where no workload is named', () => {
    const pods = [podOf(uses, { name: 'new' }), podOf(uses, { name: 'old', creationTimestamp: old })]
    expect(stragglersIn(pods, AGE, { ...RULES, workloads: [], consumers: 'manual' })).toEqual(['pod old (env, older than the new key)'])
    expect(outsidersIn(pods, { ...RULES, workloads: [] })).toEqual([])
  })

  it('are only those that cannot read again, where the rest does', () => {
    const files = volumes({ secret: { secretName: 'openai' } }, { subPath: 'KEY' })
    const pods = [uses, mounts, files].map((spec, index) => podOf(spec, { name: `p${index}`, creationTimestamp: old }))
    expect(stragglersIn(pods, AGE, { ...RULES, workloads: [], consumers: 'reread' })).toEqual([
      'pod p0 (env, older than the new key)',
      'pod p2 (subPath, older than the new key)',
    ])
    expect(outsidersIn(pods, { ...RULES, workloads: [], consumers: 'reread' })).toEqual(['pod p0 (env)', 'pod p2 (subPath)'])
  })

  it.each(['Succeeded', 'Failed'])('are not pods that are over: %s', (phase) => {
    expect(stragglersIn([podOf(uses, { creationTimestamp: old }, { phase })], AGE, RULES)).toEqual([])
  })

  it('are all where the promotion has no date, but for those that are tagged', () => {
    const pods = [podOf(uses, { ...mine, name: 'a' }), podOf(uses, { ...mine, name: 'b', annotations: { t: 'm' } })]
    expect(stragglersIn(pods, { at: null, tag: 'm' }, RULES)).toEqual(['pod a (env, older than the new key)'])
  })

  it.each([
    ['web-*', true],
    ['web-5d8f-abcde', true],
    ['web', false],
    ['web.5d8f*', false],
    ['deployment/web', true],
    ['deployment/w*', true],
    ['replicaset/web-5d8f', true],
    ['deployment/other', false],
  ])('that the config takes out by %s: %s', (pattern, ignored) => {
    expect(isIgnored(podOf(uses, mine), [pattern])).toBe(ignored)
  })

  it('are never named by a text that could do something to a terminal', () => {
    expect(shownName('web-5d8f.x')).toBe('web-5d8f.x')
    for (const odd of ['\u001B[2J', '::error::x', 'Web', 'a b', '', '-a', 'a'.repeat(254)]) expect(shownName(odd)).toBe('(of an impossible name)')
  })
})
