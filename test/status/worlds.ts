/**
 * For every code of the table a world in which it is so, its twin in which it is not, and what mends it. A mend that is typed is taken
 * from the finding itself; what a person does elsewhere is done by the sandbox's hands.
 */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DAY, NS, type Finding, type Scene } from './scene.ts'

export interface World {
  readonly code: string
  /** Makes the world; in the twin everything but the one wrong is the same. */
  make(scene: Scene, wrong: boolean): Promise<void>
  /** Carries out what the finding says. */
  mend(scene: Scene, finding: Finding): Promise<void>
}

const byHand = { name: 'by hand' }

async function typed(scene: Scene, { command }: Finding): Promise<void> {
  if (command === null) throw new Error('the finding names nothing to type')
  const { code, stdout, stderr } = await scene.type(command)
  if (code !== 0) throw new Error(`${command}: ${String(code)}\n${stdout}${stderr}`)
}

/** `prod` holds this key instead of its good one. */
function holding(code: string, wish: Parameters<Scene['key']>[0]): World {
  return {
    code,
    make: async (scene, wrong) => scene.put('web', scene.key(wrong ? { ...byHand, ...wish } : byHand).value),
    mend: typed,
  }
}

/** A rotation that has come to its soak, and stays in it on a slow machine too: the overlap ends when the policy says so. */
async function soaking(scene: Scene): Promise<void> {
  await writePolicy(scene, ['overlap: 1h', 'revoke: prompt'])
  const { code, stdout, stderr } = await scene.run(['rotate', 'prod', '--yes'])
  if (code !== 10) throw new Error(`rotate: ${String(code)}\n${stdout}${stderr}`)
}

/** Another admin key in the place of the one that keyrot was given. */
function adminKey(code: string, wish: Parameters<Scene['sandbox']['addAdminKey']>[0]): World {
  return {
    code,
    make: async (scene, wrong) => void (scene.adminKey = scene.sandbox.addAdminKey(wrong ? wish : {}).value),
    mend: async (scene) => void (scene.adminKey = scene.sandbox.addAdminKey().value),
  }
}

const LIMITS: readonly (readonly [string, (scene: Scene) => void, (scene: Scene) => void])[] = [
  ['no-spend-limit', ({ sandbox, project }) => sandbox.setSpendLimit(project, null), ({ sandbox, project }) => sandbox.setSpendLimit(project, 1)],
  ['no-spend-alert', ({ sandbox, project }) => sandbox.setSpendAlert(project, null), ({ sandbox, project }) => sandbox.setSpendAlert(project, 1)],
  ['models-open', ({ sandbox, project }) => sandbox.allowModels(project, null), ({ sandbox, project }) => sandbox.allowModels(project, ['gpt-5-mini'])],
]

export const WORLDS: readonly World[] = [
  holding('overdue', { ageMs: 100 * DAY }),
  holding('due-soon', { ageMs: 80 * DAY }),
  holding('ends-soon', { expiresInSeconds: 3 * 86_400 }),
  holding('no-expiry', { expiresInSeconds: null }),
  holding('owner-is-person', { person: true }),
  holding('owner-left', { ownerAccess: 'inactive' }),
  {
    code: 'never-used',
    make: async (scene, wrong) => scene.put('web', scene.key({ ...byHand, used: !wrong }).value),
    mend: async (scene) => calling(scene, await idOf(scene, 'web')),
  },
  {
    code: 'idle',
    make: async (scene, wrong) => {
      const key = scene.key({ ...byHand, used: false, ageMs: 60 * DAY })
      scene.sandbox.addCalls(key.id, { model: 'gpt-5-mini', agoMs: (wrong ? 40 : 10) * DAY })
      await scene.put('web', key.value)
    },
    mend: async (scene) => calling(scene, await idOf(scene, 'web')),
  },
  {
    code: 'old-key-called',
    make: async (scene, wrong) => {
      await soaking(scene)
      // The provider tells last uses in whole seconds.
      await pause(1_100)
      if (wrong) calling(scene, scene.good.id)
      await pause(20)
    },
    mend: async (scene, finding) => {
      await writePolicy(scene, ['overlap: 0s', 'revoke: prompt'])
      await typed(scene, { ...finding, command: /`(.+)`/.exec(finding.mend)?.[1] ?? null })
    },
  },
  {
    code: 'open-run',
    make: async (scene, wrong) => {
      if (wrong) await soaking(scene)
    },
    mend: async (scene, finding) => {
      await writePolicy(scene, ['overlap: 0s', 'revoke: auto'])
      await typed(scene, finding)
    },
  },
  {
    code: 'parked-run',
    make: async (scene, wrong) => {
      await soaking(scene)
      if (!wrong) return
      await writePolicy(scene, ['overlap: 0s', 'revoke: prompt'])
      await scene.type('keyrot rotate prod')
    },
    // Its code asks for a decision: here the config makes it.
    mend: async (scene, finding) => {
      await writePolicy(scene, ['overlap: 0s', 'revoke: auto'])
      await typed(scene, finding)
    },
  },
  {
    code: 'state-damaged',
    make: async (scene, wrong) => {
      await scene.type('keyrot rotate prod')
      const folder = join(scene.folder, '.keyrot')
      const records = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('record.json'))
      if (records.length !== 1) throw new Error(`which is the record? ${records.join(', ')}`)
      if (wrong) await writeFile(join(folder, records[0] ?? ''), '{"format":1,"ns"')
    },
    mend: typed,
  },
  {
    code: 'state-missing',
    make: async (scene, wrong) => {
      await scene.type('keyrot rotate prod')
      if (wrong) await scene.forgetState()
    },
    mend: typed,
  },
  {
    code: 'revocation-outstanding',
    make: async (scene, wrong) => {
      await scene.lay({ prod: { web: null }, other: { worker: null } })
      await scene.put('worker', wrong ? scene.good.value : scene.key(byHand).value)
      await scene.type('keyrot rotate prod')
      await scene.put('worker', scene.key(byHand).value)
    },
    mend: typed,
  },
  {
    code: 'orphan',
    make: async (scene, wrong) => void scene.key({ name: wrong ? `keyrot.${NS}.prod.g1.a1` : 'of somebody else' }),
    mend: async (scene, { evidence }) => (evidence['keyIds'] as string[]).forEach((id) => scene.sandbox.deleteKey(id)),
  },
  {
    code: 'production-elsewhere',
    make: async (scene, wrong) => {
      await scene.lay({ prod: { web: 'production', test: wrong ? 'staging' : 'production' } })
      await scene.put('test', scene.good.value)
    },
    mend: async (scene, finding) => {
      await scene.lay({ prod: { web: 'production' }, staging: { test: 'staging' } })
      await typed(scene, finding)
    },
  },
  {
    code: 'shared-key',
    make: async (scene, wrong) => {
      await scene.lay({ prod: { web: null }, other: { worker: null } })
      await scene.put('worker', wrong ? scene.good.value : scene.key(byHand).value)
    },
    mend: typed,
  },
  {
    code: 'drift',
    make: async (scene, wrong) => {
      await scene.lay({ prod: { web: null, worker: null } })
      await scene.put('worker', wrong ? scene.key(byHand).value : scene.good.value)
    },
    mend: (scene) => scene.put('worker', scene.good.value),
  },
  {
    code: 'unknown-value',
    make: async (scene, wrong) => {
      if (wrong) scene.sandbox.deleteKey(scene.good.id)
      await pause(20)
    },
    mend: typed,
  },
  {
    code: 'fallback-left',
    make: async (scene, wrong) => scene.put('web', scene.good.value, wrong ? scene.good.value : undefined),
    mend: typed,
  },
  ...LIMITS.map(([code, spoil, set]): World => ({
    code,
    make: async (scene, wrong) => (wrong ? spoil(scene) : undefined),
    mend: async (scene) => set(scene),
  })),
  adminKey('admin-key-old', { ageMs: 100 * DAY }),
  adminKey('admin-key-ends', { expiresInSeconds: 2 * 86_400 }),
  {
    code: 'admin-key-broad',
    make: async (scene, wrong) => {
      if (wrong) scene.sandbox.addProject('Elsewhere')
    },
    mend: async (scene) => void (scene.adminKey = scene.sandbox.addAdminKey({ projects: [scene.project] }).value),
  },
  {
    code: 'cannot-tell',
    make: async (scene, wrong) => {
      if (wrong) scene.sandbox.fault({ kind: 'error', status: 503, match: { path: '/api_keys$' }, times: -1 })
    },
    mend: async (scene) => scene.sandbox.clearFaults(),
  },
]

/** A consumer calls, now. */
function calling(scene: Scene, id: string): void {
  if (!scene.sandbox.useKey(id, 'gpt-5-mini')) throw new Error('the key was not let in')
}

async function idOf(scene: Scene, target: string): Promise<string> {
  const value = await scene.held(target)
  const key = scene.sandbox
    .state()
    .keys.find(({ redacted }) => value.startsWith(redacted.split('...')[0] ?? '') && value.endsWith(redacted.split('...')[1] ?? ''))
  return key?.id ?? ''
}

async function writePolicy(scene: Scene, lines: readonly string[]): Promise<void> {
  scene.policy = ['quiet: 1s', 'verifyWindow: 20s', 'listDelay: 1s', ...lines]
  await scene.lay({ prod: { web: null } })
}
