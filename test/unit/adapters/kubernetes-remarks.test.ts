import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { managersOf } from '../../../src/adapters/targets/kubernetes-elsewhere.ts'
import { isWatched } from '../../../src/adapters/targets/kubernetes-reloaders.ts'
import { remarksOn, type Scene } from '../../../src/adapters/targets/kubernetes-remarks.ts'
import { secretObject, workloadOf, wrote, type Raw } from './kubernetes-objects.ts'

const SCENE: Scene = {
  shown: 'app/openai',
  target: 'cluster',
  names: { key: 'KEY', fallback: 'KEY_FALLBACK' },
  chosen: false,
  secret: secretObject({ data: { KEY: 'x' }, metadata: { managedFields: [wrote('kubectl-create', '2026-01-01T00:00:00Z', ['KEY'])] } }),
  workloads: [],
  watched: false,
  consumers: 'reload',
  outsiders: [],
}
const web = (parts: Parameters<typeof workloadOf>[0] = {}) => ({ name: 'deployment/web' as const, kind: 'deployment' as const, found: workloadOf(parts) })
const codes = (scene: Partial<Scene>): readonly string[] => remarksOn({ ...SCENE, ...scene }).map(({ code }) => code)

describe('who else writes the Secret', () => {
  const ownedBy = (kind: string): Raw => ({ ownerReferences: [{ apiVersion: 'x', kind, name: 'n', uid: 'u', controller: true }] })
  const writtenBy = (manager: string): Raw => ({ managedFields: [wrote(manager, '2026-01-01T00:00:00Z', ['KEY'])] })
  it.each<[string, Raw]>([
    ['External Secrets', ownedBy('ExternalSecret')],
    ['External Secrets', { labels: { 'reconcile.external-secrets.io/managed': 'true' } }],
    ['External Secrets', writtenBy('externalsecrets.external-secrets.io/openai')],
    ['External Secrets', writtenBy('external-secrets')],
    ['Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'app:/Secret:app/openai' } }],
    ['Argo CD', writtenBy('argocd-controller')],
    ['Helm', { annotations: { 'meta.helm.sh/release-name': 'web' } }],
    ['Helm', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }],
    ['Helm', writtenBy('helm')],
    ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }],
    ['Flux', writtenBy('kustomize-controller')],
    ['Sealed Secrets', ownedBy('SealedSecret')],
    ['Sealed Secrets', { annotations: { 'sealedsecrets.bitnami.com/managed': 'true' } }],
    ['the Vault Secrets Operator', ownedBy('VaultStaticSecret')],
    ['Terraform', writtenBy('Terraform')],
    ['the object that owns it (owner reference)', ownedBy('Gadget')],
    ['whoever its label app.kubernetes.io/managed-by names', { labels: { 'app.kubernetes.io/managed-by': 'our-own-operator' } }],
  ])('%s, by %o', (who, metadata) => {
    expect(managersOf(secretObject({ metadata }))).toEqual([who])
  })

  it('nobody: people with kubectl, keyrot itself, and those who wrote no data', () => {
    const managedFields = [
      ...['kubectl-create', 'kubectl-edit', 'kubectl-client-side-apply', 'node-fetch', 'keyrot:KEY', 'keyrot'].map((name) =>
        wrote(name, '2026-01-01T00:00:00Z', ['KEY']),
      ),
      { manager: 'helm', time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:metadata': {} } },
    ]
    expect(managersOf(secretObject({ metadata: { managedFields } }))).toEqual([])
    expect(codes({})).toEqual([])
  })

  it('stands against writing until a person lifts it, by the name of the target', () => {
    const [remark] = remarksOn({ ...SCENE, secret: secretObject({ metadata: ownedBy('ExternalSecret') }) })
    expect(remark).toMatchObject({
      code: 'managed-elsewhere',
      severity: 'obstacle',
      managedElsewhere: true,
      hint: expect.stringContaining('--managed-elsewhere cluster'),
    })
  })
})

describe('obstacles that no flag lifts', () => {
  it('an immutable Secret, with a way out; one that is being deleted', () => {
    const found = remarksOn({ ...SCENE, secret: secretObject({ immutable: true, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }) })
    expect(found.map(({ code }) => code)).toEqual(['immutable-secret', 'secret-being-deleted'])
    for (const remark of found) expect(remark).toMatchObject({ severity: 'obstacle' })
    expect(found.every(({ managedElsewhere }) => managedElsewhere === undefined)).toBe(true)
    expect(found[0]?.hint).toContain('create a Secret of another name')
  })

  it('a workload that is missing, or that a restart would not reach', () => {
    expect(codes({ workloads: [{ ...web(), found: null }] })).toContain('workload-missing')
    expect(codes({ workloads: [web({ spec: { paused: true } })] })).toContain('workload-stuck')
  })
})

describe('a copy that kubectl apply left', () => {
  const applied = (text: string): Partial<Scene> => ({
    secret: secretObject({ metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } } }),
  })

  it('is told with the way to take it off, and never shown', () => {
    const canary = ['sk', 'canary', 'in', 'clear'].join('-')
    for (const member of ['data', 'stringData']) {
      const found = remarksOn({ ...SCENE, ...applied(JSON.stringify({ [member]: { KEY: canary } })) })
      expect(found).toMatchObject([{ code: 'last-applied-copy', severity: 'warning', hint: expect.stringContaining('kubectl -n app annotate secret openai') }])
      expect(inspect(found)).not.toContain(canary)
    }
  })

  it('is suspected in what cannot be read, and not in what holds other keys only', () => {
    expect(codes(applied('{'))).toEqual(['last-applied-copy'])
    expect(codes(applied(JSON.stringify({ data: { OTHER: 'x' }, stringData: null })))).toEqual([])
    expect(codes(applied(JSON.stringify({ stringData: { KEY_FALLBACK: 'x' } })))).toEqual(['last-applied-copy'])
  })
})

describe('restarts', () => {
  const say = (scene: Partial<Scene>): string =>
    remarksOn({ ...SCENE, ...scene })
      .map(({ message, hint }) => `${message} ${hint ?? ''}`)
      .join('\n')

  it('are counted for each choice', () => {
    expect(say({ workloads: [web()] })).toContain('each rotation restarts its pods once, with a fallback data key or without')
    expect(say({ watched: true, workloads: [web()] })).toContain(
      'with a fallback data key each rotation restarts its pods 4 times, with `fallback: none` twice',
    )
    expect(say({ watched: true })).toContain('3 times, with `fallback: none` once')
    expect(codes({})).not.toContain('restarts')
  })

  it('by a reloader are a warning where the config names a fallback, else said', () => {
    const of = (scene: Partial<Scene>) => remarksOn({ ...SCENE, watched: true, ...scene }).find(({ code }) => code === 'reloader')
    expect(of({ chosen: true })).toMatchObject({ severity: 'warning', hint: expect.stringContaining('fallback: none') })
    expect(of({ names: { key: 'KEY', fallback: null } })).toMatchObject({ severity: 'info', hint: expect.stringContaining('KEY_FALLBACK') })
    expect(of({ chosen: true, names: { key: 'KEY', fallback: null } })).toMatchObject({ severity: 'info' })
  })
})

describe('a reloader', () => {
  const wanted = { secret: 'openai', keys: ['KEY'] }
  const stakater = 'reloader.stakater.com'
  const onWorkload = (annotations: Raw, parts: Raw = {}) => [web({ metadata: { annotations }, ...parts })]
  const onSecret = (annotations: Raw) => secretObject({ metadata: { annotations } })

  it.each<[string, Raw]>([
    ['all that is referred to', { [`${stakater}/auto`]: 'true' }],
    ['all Secrets', { [`secret.${stakater}/auto`]: 'true' }],
    ['named Secrets', { [`secret.${stakater}/reload`]: 'other, openai' }],
    ['Wave', { 'wave.pusher.com/update-on-config-change': 'true' }],
  ])('is seen by the annotations of a workload: %s', (_words, annotations) => {
    expect(isWatched(secretObject(), onWorkload(annotations), wanted)).toBe(true)
    expect(isWatched(secretObject(), [web({ template: { metadata: { annotations } } })], wanted)).toBe(true)
    expect(isWatched(onSecret({ [`${stakater}/ignore`]: 'true' }), onWorkload(annotations), wanted)).toBe(false)
  })

  it('is seen by the annotation of the Secret', () => {
    expect(isWatched(onSecret({ [`${stakater}/match`]: 'true' }), [], wanted)).toBe(true)
  })

  it('is not seen where it is told off, or looks elsewhere', () => {
    const none: Raw[] = [{}, { [`${stakater}/auto`]: 'false' }, { [`secret.${stakater}/reload`]: 'other' }, { [`configmap.${stakater}/auto`]: 'true' }]
    for (const annotations of none) expect(isWatched(secretObject(), onWorkload(annotations), wanted)).toBe(false)
    const unrelated = [web({ metadata: { annotations: { [`${stakater}/auto`]: 'true' } }, template: { spec: { containers: [{ name: 'c' }] } } })]
    expect(isWatched(secretObject(), unrelated, wanted)).toBe(false)
    expect(isWatched(secretObject(), [{ ...web(), found: null }], wanted)).toBe(false)
  })
})

describe('pods that nobody named', () => {
  it('are told before a run begins, a long list shortened', () => {
    const outsiders = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `pod ${name} (env)`)
    const [remark] = remarksOn({ ...SCENE, outsiders })
    expect(remark).toMatchObject({ code: 'unnamed-consumers', severity: 'warning' })
    expect(remark?.message).toContain('pod e (env) and 2 more')
    expect(codes({ outsiders, consumers: 'reread' })).toEqual(['cannot-reread'])
  })
})

describe('a line end behind the key', () => {
  it('is told', () => {
    expect(codes({ secret: secretObject({ data: { KEY: 'x\n' } }) })).toEqual(['line-end'])
  })
})
