/** What a kubeconfig's exec plugin inherits from keyrot: the environment, without the keys. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeKey } from './fake-key.ts'
import { kubeconfigOf, makeFolder, type Folder } from './kubernetes-harness.ts'
import { KEY, SECRET, startEmbedded, type Embedded } from './kubernetes-world.ts'

const CHILD = fileURLToPath(new URL('kubernetes-child.ts', import.meta.url))
const ADMIN = fakeKey('q').secret.reveal()
const SPARE = fakeKey('w').secret.reveal()
const IN_USE = fakeKey('v').secret.reveal()

let cluster: Embedded
let folder: Folder
beforeEach(async () => {
  cluster = await startEmbedded()
  cluster.sandbox.hands.addSecret({ name: SECRET, data: { [KEY]: IN_USE } })
  folder = await makeFolder()
})
afterEach(() => Promise.all([cluster.close(), folder.remove()]))

/** Writes a config with two targets of one cluster, and a kubeconfig whose plugin writes its whole environment down. */
async function prepare(): Promise<void> {
  const dump = join(folder.root, 'environment.jsonl')
  const credential = JSON.stringify({ kind: 'ExecCredential', status: { token: cluster.sandbox.token } })
  const script = `require('fs').appendFileSync(${JSON.stringify(dump)}, JSON.stringify(process.env) + '\\n'); process.stdout.write(${JSON.stringify(credential)})`
  const user = {
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script], env: [{ name: 'FROM_KUBECONFIG', value: 'yes' }] },
  }
  await folder.write('kubeconfig', kubeconfigOf({ server: cluster.sandbox.url, user }))
  const target = (key: string): string => `{ type: kubernetes, namespace: default, secret: ${SECRET}, key: ${key}, consumers: manual }`
  const config = [
    'version: 1',
    'ns: testtest',
    'providers:',
    "  main: { type: openai, project: proj_x, serviceAccount: svc_x, adminKey: 'env:MY_ADMIN_KEY', scopes: all }",
    `targets: { one: ${target(KEY)}, two: ${target('SPARE')} }`,
    'credentials: { a: { provider: main, targets: [one] }, b: { provider: main, targets: [two] } }',
  ]
  await folder.write('rotation.config.yaml', config.join('\n'))
}

function run(env: Readonly<Record<string, string>>): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [CHILD, folder.root], {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder.root, KUBECONFIG: join(folder.root, 'kubeconfig'), ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
}

describe('an exec plugin that writes its environment down', () => {
  it('finds no key in it, and is run once for all targets of a cluster', async () => {
    await prepare()
    const ran = await run({ MY_ADMIN_KEY: ADMIN, OPENAI_API_KEY: SPARE, AWS_PROFILE: 'dev' })
    expect(ran).toEqual({ code: 0, output: 'value absent' })
    const dumped = await readFile(join(folder.root, 'environment.jsonl'), 'utf8')
    expect(dumped.trimEnd().split('\n')).toHaveLength(1)
    const environment = JSON.parse(dumped) as Record<string, string>
    expect(environment).toMatchObject({ HOME: folder.root, AWS_PROFILE: 'dev', FROM_KUBECONFIG: 'yes' })
    for (const key of [ADMIN, SPARE, IN_USE]) expect(dumped).not.toContain(key)
  })

  it('would find what keyrot was not told of: the dump is whole', async () => {
    await prepare()
    await run({ MY_ADMIN_KEY: ADMIN, UNTOLD: SPARE })
    expect(await readFile(join(folder.root, 'environment.jsonl'), 'utf8')).toContain(SPARE)
  })
})
