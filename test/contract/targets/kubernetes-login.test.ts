/** Which cluster a kubeconfig means and how keyrot logs in there: files, contexts, tokens, certificates, plugins; and what is refused. */
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeIdentities } from '../../wire/certificates.ts'
import { answer, connect, kubeconfigOf, makeFolder, serve, surroundings, type Folder, type OwnServer } from './kubernetes-harness.ts'

const SECRET = { metadata: { name: 'openai', resourceVersion: '1' }, data: {} }

let folder: Folder
let seen: (string | undefined)[]
const servers: OwnServer[] = []
beforeEach(async () => {
  folder = await makeFolder()
  seen = []
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
  await folder.remove()
})

/** A server that accepts the credentials of `accepts`, and notes what it was given. */
async function start(accepts: (authorization: string | undefined) => boolean = () => true, tls?: ServerOptions): Promise<string> {
  const own = await serve(
    ({ headers, socket }, response) => {
      const peer =
        'getPeerCertificate' in socket ? (socket as { getPeerCertificate(): { subject?: { CN?: string } } }).getPeerCertificate().subject?.CN : undefined
      seen.push(peer ?? headers.authorization)
      if (accepts(headers.authorization)) answer(response, 200, SECRET)
      else answer(response, 401, { reason: 'Unauthorized' })
    },
    tls === undefined ? undefined : (handle) => createSecureServer(tls, handle),
  )
  servers.push(own)
  return own.url
}

const OPTIONS = { fallback: 'none' }
const by = async (path: string, more: object = {}) => connect({ ...OPTIONS, ...more }, surroundings({ KUBECONFIG: path }, { root: folder.root }))
const refusal = (code: string, kind: string): object => expect.objectContaining({ name: 'KeyrotError', code, kind })
const BAD = refusal('KR_KUBERNETES_KUBECONFIG', 'config')

describe('the kubeconfig', () => {
  it('is the first that says something, of the files of KUBECONFIG that exist', async () => {
    const server = await start()
    const first = await folder.write('one', JSON.stringify({ clusters: [{ name: 'test', cluster: { server } }] }))
    const second = await folder.write('two', kubeconfigOf({ server: 'http://127.0.0.1:1', user: { token: 'second' } }))
    await (await by([join(folder.root, 'none'), first, second].join(':'))).observe()
    expect(seen).toEqual(['Bearer second'])
  })

  it('is the one that the config names, from its folder', async () => {
    await folder.write('named', kubeconfigOf({ server: await start() }))
    await (await by('/nowhere', { kubeconfig: 'named' })).observe()
    expect(seen).toEqual(['Bearer token-of-a-test'])
  })

  it('is that of the home folder where nothing else is said, and its context may be chosen', async () => {
    const two = JSON.parse(kubeconfigOf({ server: 'http://127.0.0.1:1' })) as { contexts: object[]; clusters: object[]; 'current-context': string }
    two.contexts.push({ name: 'other', context: { cluster: 'other', user: 'test' } })
    two.clusters.push({ name: 'other', cluster: { server: await start() } })
    const path = await folder.write('config', JSON.stringify(two))
    await (await by(path, { context: 'other' })).observe()
    expect(seen).toHaveLength(1)
    await expect(by(path, { context: 'third' })).rejects.toEqual(BAD)
  })

  it.each<[string, string]>([
    ['no YAML', '{ "a": [ '],
    ['empty', ''],
    ['full of references', `a: &a [1]\nb: [${'*a,'.repeat(5_000)}]`],
    ['with a user that has no name', JSON.stringify({ users: [{ user: {} }] })],
    ['without a context', '{}'],
    ['with a context that leads nowhere', JSON.stringify({ 'current-context': 'x', contexts: [{ name: 'x', context: { cluster: 'y', user: 'z' } }] })],
    ['with an old way to log in', kubeconfigOf({ server: 'http://127.0.0.1:1', user: { 'auth-provider': { name: 'gcp', config: {} } } })],
    ['with a proxy of another kind', kubeconfigOf({ server: 'http://127.0.0.1:1', cluster: { 'proxy-url': 'socks5://127.0.0.1:1' } })],
  ])('that cannot be used is refused: %s', async (_words, text) => {
    await expect(by(await folder.write('config', text))).rejects.toEqual(BAD)
  })

  it('that is not there is refused, and so is one outside the folder of the config', async () => {
    await expect(by(join(folder.root, 'none'))).rejects.toEqual(BAD)
    await expect(by('x', { kubeconfig: '../config' })).rejects.toThrow('must stay under')
  })

  it('is never quoted', async () => {
    const canary = ['canary', 'token'].join('-')
    const error: unknown = await by(await folder.write('config', `users: [ ${canary} : : ]`)).catch((thrown: unknown) => thrown)
    expect(error).toEqual(BAD)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(canary)
  })
})

describe('the address of the cluster', () => {
  const cluster = async (parts: Parameters<typeof kubeconfigOf>[0]) => by(await folder.write('config', kubeconfigOf(parts)))

  it('may be plain http on this machine only', async () => {
    await expect(cluster({ server: 'http://cluster.example:8080' })).rejects.toEqual(refusal('KR_ENDPOINT_PLAIN', 'refused'))
    await expect(cluster({ server: 'https://cluster.example:6443' })).resolves.toMatchObject({
      traits: { record: 'kubernetes:cluster.example:6443/app/openai' },
    })
    await expect(cluster({ server: 'gopher://cluster.example' })).rejects.toEqual(refusal('KR_ENDPOINT_INVALID', 'config'))
  })

  it('may go without proof of who is there on this machine only', async () => {
    const skip = { 'insecure-skip-tls-verify': true }
    await expect(cluster({ server: 'https://cluster.example', cluster: skip })).rejects.toEqual(refusal('KR_KUBERNETES_UNVERIFIED', 'refused'))
    const { selfSigned } = makeIdentities()
    const server = await start(undefined, selfSigned)
    await (await cluster({ server, cluster: skip })).observe()
    await expect((await cluster({ server })).observe()).rejects.toEqual(refusal('KR_HTTP_CERTIFICATE', 'unavailable'))
  })

  it('is proven by the authority of the kubeconfig, given or in a file', async () => {
    const { authority, good, unknownAuthority } = makeIdentities()
    const data = Buffer.from(authority).toString('base64')
    const server = await start(undefined, good)
    await (await cluster({ server, cluster: { 'certificate-authority-data': data } })).observe()
    await folder.write('ca.pem', authority)
    await (await cluster({ server, cluster: { 'certificate-authority': 'ca.pem' } })).observe()
    expect(seen).toHaveLength(2)
    const stranger = await start(undefined, unknownAuthority)
    await expect((await cluster({ server: stranger, cluster: { 'certificate-authority-data': data } })).observe()).rejects.toEqual(
      refusal('KR_HTTP_CERTIFICATE', 'unavailable'),
    )
  })

  it('says so when a certificate cannot be used', async () => {
    for (const broken of [{ 'certificate-authority-data': Buffer.from('nonsense').toString('base64') }, { 'certificate-authority': 'gone.pem' }])
      await expect((await cluster({ server: 'https://127.0.0.1:1', cluster: broken })).observe()).rejects.toEqual(BAD)
  })
})

describe('who we are', () => {
  const as = async (user: Record<string, unknown>, accepts?: (authorization: string | undefined) => boolean, around: object = {}) =>
    connect(OPTIONS, surroundings({ KUBECONFIG: await folder.write('config', kubeconfigOf({ server: await start(accepts), user })) }, around))

  it('is told by a token, a token file, or a name and password', async () => {
    const file = await folder.write('token', 'from-a-file\n')
    await (await as({ token: 'given' })).observe()
    await (await as({ 'auth-provider': { name: 'tokenFile', config: { tokenFile: file } } })).observe()
    await (await as({ tokenFile: 'token', token: 'older' })).observe()
    await (await as({ username: 'me', password: 'pass' })).observe()
    expect(seen).toEqual(['Bearer given', 'Bearer from-a-file', 'Bearer from-a-file', `Basic ${Buffer.from('me:pass').toString('base64')}`])
  })

  it('is shown by a client certificate', async () => {
    const { authority, good } = makeIdentities()
    const server = await start(undefined, { ...good, ca: authority, requestCert: true })
    const user = { 'client-certificate-data': Buffer.from(good.cert).toString('base64'), 'client-key-data': Buffer.from(good.key).toString('base64') }
    const cluster = { 'certificate-authority-data': Buffer.from(authority).toString('base64') }
    await (await by(await folder.write('config', kubeconfigOf({ server, cluster, user })))).observe()
    expect(seen).toEqual(['loopback'])
  })

  const plugin = (script: string): Record<string, unknown> => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
      command: process.execPath,
      args: ['-e', script],
      env: [{ name: 'EXTRA', value: 'x' }],
    },
  })
  const credential = (token: string): string => `process.stdout.write(JSON.stringify({ kind: 'ExecCredential', status: { token: ${token} } }))`

  it('is asked of a plugin, once for many requests', async () => {
    const log = join(folder.root, 'ran')
    const one = await as(plugin(`require('fs').appendFileSync(${JSON.stringify(log)}, '.'); ${credential("'from-a-plugin-' + process.env.EXTRA")}`))
    await Promise.all([one.observe(), one.observe()])
    await one.observe()
    expect(seen).toEqual(Array.from({ length: 3 }, () => 'Bearer from-a-plugin-x'))
    expect(await readFile(log, 'utf8')).toBe('.')
  })

  it('is asked of a plugin beside the kubeconfig, which is told what it may rely on', async () => {
    const { authority, good } = makeIdentities()
    const server = await start(undefined, good)
    const script = `#!${process.execPath}\nconst { apiVersion, spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
      const token = [apiVersion, spec.interactive, spec.cluster.server, spec.cluster['certificate-authority-data'].length].join(',')
      process.stdout.write(JSON.stringify({ status: { token } }))`
    await folder.write('plugin.cjs', script, 0o700)
    const data = Buffer.from(authority).toString('base64')
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin.cjs', provideClusterInfo: true } }
    await (await by(await folder.write('config', kubeconfigOf({ server, cluster: { 'certificate-authority-data': data }, user })))).observe()
    expect(seen).toEqual([`Bearer client.authentication.k8s.io/v1,false,${server},${data.length}`])
  })

  it('is asked of the plugin anew once the cluster did not accept it', async () => {
    const log = join(folder.root, 'ran')
    const script = `const fs = require('fs'); fs.appendFileSync(${JSON.stringify(log)}, '.'); ${credential(`'t' + fs.readFileSync(${JSON.stringify(log)}, 'utf8').length`)}`
    const one = await as(plugin(script), (authorization) => authorization === 'Bearer t2')
    await expect(one.observe()).rejects.toEqual(refusal('KR_KUBERNETES_UNAUTHORIZED', 'unauthorized'))
    await one.observe()
    expect(seen).toEqual(['Bearer t1', 'Bearer t2'])
  })

  it.each<[string, string]>([
    ['ends with an error', "process.stderr.write('canary-of-a-plugin'); process.exit(1)"],
    ['says no JSON', "process.stdout.write('canary-of-a-plugin')"],
    ['says something else', 'process.stdout.write(\'{"canary-of-a-plugin": 1}\')'],
    ['gives a token that fits no header', credential("'canary-of-a-plugin\\u0001'")],
  ])('stays open when the plugin %s, and its words stay behind', async (_words, script) => {
    const error: unknown = await (await as(plugin(script))).observe().catch((thrown: unknown) => thrown)
    expect(error).toEqual(refusal('KR_KUBERNETES_LOGIN', 'unavailable'))
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary')
    expect(seen).toEqual([])
  })

  it('stays open when there is no such plugin', async () => {
    await expect((await as({ exec: { command: join(folder.root, 'none') } })).observe()).rejects.toEqual(refusal('KR_KUBERNETES_LOGIN', 'unavailable'))
  })

  it('is not waited for once keyrot is told to stop, and the plugin ends', async () => {
    const stop = new AbortController()
    const pidFile = join(folder.root, 'pid')
    const script = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`
    const one = await as(plugin(script), undefined, { signal: stop.signal })
    const outcome = one.observe().catch((thrown: unknown) => thrown)
    const pid = await until(async () => (existsSync(pidFile) ? Number(await readFile(pidFile, 'utf8')) || null : null))
    stop.abort()
    expect(await outcome).toEqual(refusal('KR_KUBERNETES_LOGIN', 'interrupted'))
    await until(async () => (isRunning(pid) ? null : true))
  })
})

async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await ask()
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
