import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { newAuthority } from '../../../src/sandbox/kubernetes/certificates.ts'
import type { Rule } from '../../../src/sandbox/kubernetes/kubernetes.ts'
import { DEPLOYMENTS, MERGE, PODS, SECRETS, startWorld, type World } from './kubernetes-world.ts'

const ROLE: readonly Rule[] = [
  { namespace: 'default', apiGroups: [''], resources: ['secrets'], verbs: ['get', 'patch'], resourceNames: ['keys'] },
  { namespace: 'default', apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  { namespace: 'default', apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch', 'list'], resourceNames: ['app'] },
]

async function limited(): Promise<World> {
  const world = await startWorld()
  world.hands.grant('narrow', 'keyrot', ROLE)
  world.hands.addSecret({ name: 'keys', data: { OPENAI_API_KEY: 'plain' } })
  world.hands.addSecret({ name: 'others', data: { K: 'plain' } })
  return world
}

describe('rights', () => {
  it('are those of the rules, by verb, kind, name and namespace', async () => {
    const world = await limited()
    const status = async (method: string, path: string, body?: unknown) => (await world.call(method, path, body, { as: 'narrow', type: MERGE })).status
    expect(await status('GET', `${SECRETS}/keys`)).toBe(200)
    expect(await status('PATCH', `${SECRETS}/keys`, { metadata: { annotations: { a: '1' } } })).toBe(200)
    expect(await status('GET', `${SECRETS}/others`)).toBe(403)
    expect(await status('GET', SECRETS)).toBe(403)
    expect(await status('DELETE', `${SECRETS}/keys`)).toBe(403)
    expect(await status('GET', PODS)).toBe(200)
    expect(await status('GET', '/api/v1/pods')).toBe(403)
    expect(await status('GET', '/api/v1/namespaces/kube-system/pods')).toBe(403)
    expect(await status('GET', `${DEPLOYMENTS}?fieldSelector=metadata.name%3Dapp`)).toBe(200)
    expect(await status('GET', DEPLOYMENTS)).toBe(403)
    expect(await status('GET', `${DEPLOYMENTS}/app/status`)).toBe(403)
    expect(await status('GET', '/version')).toBe(200)
  })

  it('are refused in the words of the real server', async () => {
    const world = await limited()
    const named = await world.call('GET', `${SECRETS}/others`, undefined, { as: 'narrow' })
    expect(named.json).toMatchObject({
      message: 'secrets "others" is forbidden: User "keyrot" cannot get resource "secrets" in API group "" in the namespace "default"',
      reason: 'Forbidden',
      details: { name: 'others', kind: 'secrets' },
    })
    const scope = await world.call('GET', '/apis/apps/v1/deployments', undefined, { as: 'narrow' })
    expect(scope.json.message).toBe('deployments.apps is forbidden: User "keyrot" cannot list resource "deployments" in API group "apps" at the cluster scope')
    const nobody = await world.call('GET', SECRETS, undefined, { as: null })
    expect([nobody.status, nobody.json.message.includes('system:anonymous')]).toEqual([403, true])
  })

  it('can be taken while a client works, and so can the token', async () => {
    const world = await limited()
    const status = async () => (await world.call('GET', `${SECRETS}/keys`, undefined, { as: 'narrow' })).status
    expect(await status()).toBe(200)
    world.hands.grant('narrow', 'keyrot', [])
    expect(await status()).toBe(403)
    world.hands.revoke('narrow')
    expect(await status()).toBe(401)
  })

  it('let an apply make something only with the right to create', async () => {
    const world = await limited()
    world.hands.grant('patcher', 'patcher', [{ apiGroups: [''], resources: ['secrets'], verbs: ['patch'] }])
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'new' } }
    const refused = await world.call('PATCH', `${SECRETS}/new?fieldManager=x`, body, { as: 'patcher', type: 'application/apply-patch+yaml' })
    expect([refused.status, refused.json.reason]).toEqual([403, 'Forbidden'])
  })

  it('are told to who asks: a review needs the name where the rule has one', async () => {
    const world = await limited()
    const review = async (resourceAttributes: object) => {
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
      const { status, json } = await world.call('POST', path, { spec: { resourceAttributes } }, { as: 'narrow' })
      expect(status).toBe(201)
      return json.status.allowed
    }
    const asked = { namespace: 'default', group: '', resource: 'secrets' }
    expect(await review({ ...asked, verb: 'patch', name: 'keys' })).toBe(true)
    expect(await review({ ...asked, verb: 'patch', name: 'others' })).toBe(false)
    expect(await review({ ...asked, verb: 'patch' })).toBe(false)
    expect(await review({ ...asked, verb: 'delete', name: 'keys' })).toBe(false)
    expect(await review({ ...asked, namespace: 'kube-system', verb: 'get', name: 'keys' })).toBe(false)
    expect(await review({ namespace: 'default', group: 'apps', resource: 'deployments', subresource: 'status', verb: 'patch', name: 'app' })).toBe(false)
    const rules = await world.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'default' } }, { as: 'narrow' })
    expect(rules.json.status.resourceRules).toContainEqual({ apiGroups: [''], resources: ['pods'], verbs: ['list'] })
  })
})

describe('the official client', () => {
  const clientOf = (text: string): CoreV1Api => {
    const config = new KubeConfig()
    config.loadFromString(text)
    return config.makeApiClient(CoreV1Api)
  }

  it('gets in with the kubeconfig as it is given, over http', async () => {
    const world = await limited()
    const secret = await clientOf(world.cluster.kubeconfig).readNamespacedSecret({ namespace: 'default', name: 'keys' })
    expect(Object.keys(secret.data ?? {})).toEqual(['OPENAI_API_KEY'])
  })

  it('gets in over https, by token or by client certificate, and trusts nobody else', async () => {
    const world = await startWorldOverTls()
    const { cluster } = world
    const read = (text: string) => clientOf(text).readNamespacedSecret({ namespace: 'default', name: 'keys' })
    expect(cluster.url).toMatch(/^https:/)
    expect((await read(cluster.kubeconfig)).metadata?.name).toBe('keys')
    expect((await read(cluster.kubeconfigCertified('ada', ROLE))).metadata?.name).toBe('keys')
    await expect(clientOf(cluster.kubeconfigCertified('ada', ROLE)).listNamespacedSecret({ namespace: 'default' })).rejects.toMatchObject({ code: 403 })
    expect(cluster.log.at(-1)?.user).toBe('ada')
    const stranger = newAuthority(Date.now()).client('ada')
    const foreign = Buffer.from(stranger.certificate).toString('base64')
    const forged = cluster
      .kubeconfigCertified('ada', ROLE)
      .replace(/client-certificate-data: .*/, `client-certificate-data: ${foreign}`)
      .replace(/client-key-data: .*/, `client-key-data: ${Buffer.from(stranger.key).toString('base64')}`)
    await expect(read(forged)).rejects.toMatchObject({ code: 403 })
    const untrusting = cluster.kubeconfig.replace(/certificate-authority-data: .*/, 'tls-server-name: localhost')
    await expect(read(untrusting)).rejects.toThrow('fetch failed')
  })
})

async function startWorldOverTls(): Promise<World> {
  const world = await startWorld({ tls: true })
  world.hands.addSecret({ name: 'keys', data: { OPENAI_API_KEY: 'plain' } })
  return world
}
