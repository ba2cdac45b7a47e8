/** `status`, `plan` and `check` change nothing: no port of theirs that could is called, and the cloud saw reads only. */
import { appendFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { gatherStatus } from '../../src/audit/status.ts'
import { planRun } from '../../src/engine/runs.ts'
import type { Workspace } from '../../src/ports/workspace.ts'
import { OPTIONS } from '../unit/engine/stage.ts'
import { makeCloudWorld } from '../cloud/world.ts'
import { keyrot, type Ran } from '../cli/support/cli.ts'
import { Scene } from './scene.ts'

/** Everything in the ports that changes something outside, or claims it. */
const CHANGES = {
  provider: ['mint', 'retire', 'retireAccount', 'expire'],
  target: ['write', 'reload', 'unmark'],
  records: ['save', 'append'],
  locks: ['acquire'],
} as const

/** A port whose changing methods only tell that they were called. */
function watched<T extends object>(port: T, names: readonly string[], calls: string[]): T {
  return new Proxy(port, {
    get: (inner, name) => {
      const found: unknown = Reflect.get(inner, name)
      if (typeof found !== 'function') return found
      return names.includes(String(name)) ? async () => void calls.push(String(name)) : found.bind(inner)
    },
  })
}

function watchedWorkspace(ws: Workspace, calls: string[]): Workspace {
  return {
    ...ws,
    records: watched(ws.records, CHANGES.records, calls),
    locks: watched(ws.locks, CHANGES.locks, calls),
    credentials: ws.credentials.map((credential) => ({
      ...credential,
      provider: watched(credential.provider, CHANGES.provider, calls),
      targets: credential.targets.map((bound) => ({ ...bound, target: watched(bound.target, CHANGES.target, calls) })),
    })),
  }
}

const open: Scene[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((scene) => scene.close()))
})

/** Two credentials on one key, an old one of them, a rotation under way: something of everything. */
async function busyScene(): Promise<Scene> {
  const scene = await Scene.open()
  open.push(scene)
  scene.policy = ['overlap: 1h', 'quiet: 1s', 'verifyWindow: 20s', 'listDelay: 1s', 'revoke: auto']
  await scene.lay({ prod: { web: 'production' }, other: { worker: 'staging' } })
  await scene.put('worker', scene.key({ name: 'by hand', ageMs: 100 * 86_400_000, person: true }).value)
  const { code } = await scene.run(['rotate', 'prod', '--yes'])
  expect(code).toBe(10)
  return scene
}

async function filesOf(folder: string): Promise<readonly string[]> {
  // Node's cache of compiled code is not keyrot's doing, nor part of a project.
  const paths = (await readdir(folder, { recursive: true })).filter((path) => !path.startsWith('.cache')).toSorted()
  return Promise.all(
    paths.map(async (path) => {
      const found = await stat(join(folder, path))
      return found.isDirectory() ? path : `${path} ${found.size} ${found.mtimeMs}`
    }),
  )
}

describe('commands that only look', () => {
  it('call no port that changes anything', async () => {
    const scene = await busyScene()
    const calls: string[] = []
    const ws = watchedWorkspace(await scene.workspace(), calls)
    const report = await gatherStatus(ws)
    for (const { name } of ws.credentials) await planRun(ws, name, OPTIONS)
    for (const { provider, targets } of ws.credentials) {
      await provider.rights?.()
      await Promise.all(targets.map(async ({ target }) => target.rights?.()))
    }
    expect(report.credentials.map(({ phase }) => phase)).toEqual(['promoted', 'settled'])
    expect(calls).toEqual([])
  })

  it('are judged by ports that do tell', async () => {
    const scene = await busyScene()
    const calls: string[] = []
    const ws = watchedWorkspace(await scene.workspace(), calls)
    await ws.locks.acquire(['x'])
    await ws.credentials[0]?.targets[0]?.target.write({}, null)
    await ws.credentials[0]?.provider.expire?.('key_1', 1)
    expect(calls).toEqual(['acquire', 'write', 'expire'])
  })

  it('send nothing but reads, and leave every file as it was', async () => {
    const scene = await busyScene()
    const [seen, files] = [scene.sandbox.log.length, await filesOf(scene.folder)]
    for (const command of ['status', 'plan', 'check']) {
      const { code, stderr } = await scene.run([command])
      expect([0, 4, 10], `${command}: ${stderr}`).toContain(code)
    }
    const sent = scene.sandbox.log.slice(seen)
    expect(sent.length).toBeGreaterThan(10)
    // A probe calls with a key as a consumer would: it uses a model and changes nothing.
    const changing = sent.filter(({ method, path, effect }) => (method !== 'GET' && path !== '/responses') || (effect !== null && !effect.startsWith('call ')))
    expect(changing.map(({ method, path }) => `${method} ${path}`)).toEqual([])
    expect(await filesOf(scene.folder)).toEqual(files)
  }, 180_000)

  it('change nothing in any cloud, with the state in one of them', async () => {
    const world = await makeCloudWorld({ policy: '{ overlap: 1h, quiet: 1s, verifyWindow: 20s, listDelay: 1s, revoke: auto }', callsPerSecond: 0 })
    try {
      await appendFile(join(world.folder, 'rotation.config.yaml'), 'state: { type: kubernetes, namespace: default }\n')
      const run = (...args: string[]): Promise<Ran> => keyrot(args, { cwd: world.folder, env: world.env })
      const rotated = await run('rotate', 'prod', '--yes')
      expect(rotated.code, rotated.stderr).toBe(10)
      const { openai, aws, kubernetes, vercel } = world.clouds
      const logs = [openai.sandbox.log, aws.log, kubernetes.log, vercel.log]
      expect(logs.map((log) => log.some(({ effect }) => effect !== null))).toEqual([true, true, true, true])
      const seen = logs.map(({ length }) => length)
      for (const command of ['status', 'plan', 'check']) {
        const { code, stderr } = await run(command)
        expect([0, 4, 10], `${command}: ${stderr}`).toContain(code)
      }
      const sent = logs.map((log, at) => log.slice(seen[at]))
      expect(sent.map(({ length }) => length > 0)).toEqual([true, true, true, true])
      expect(sent.flat().flatMap(({ effect }) => (effect === null || effect.startsWith('call ') ? [] : [effect]))).toEqual([])
    } finally {
      await world.close()
    }
  }, 180_000)
})
