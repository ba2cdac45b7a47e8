/** The Vercel target before the matrix, down to the deployments it starts in each of its three ways. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Right } from '../../../src/ports/provider.ts'
import type { Progress, Remark, Target } from '../../../src/ports/target.ts'
import { connectVercel } from '../../../src/adapters/targets/vercel-target.ts'
import { vercel as declaration } from '../../../src/adapters/targets/vercel.ts'
import { newKeyValue } from '../../../src/sandbox/openai/keys.ts'
import { startVercel, type VariableWish, type VercelHands } from '../../../src/sandbox/vercel/vercel.ts'
import { surroundings } from '../../contract/providers/bench.ts'
import { vercel as dialect } from '../dialects.ts'
import type { Fault } from '../faults.ts'
import type { Said } from '../meaning.ts'
import type { Site } from '../proxy.ts'
import type { Operation, Subject } from '../subject.ts'
import { A, B, bring, HANDLED, observationSays, type TargetStage } from './slots.ts'

interface World extends TargetStage {
  readonly hands: VercelHands
  readonly project: string
  /** The variable as a person made it, with the old key. */
  readonly add: (wish?: Partial<VariableWish>) => void
}

const KEY = 'OPENAI_API_KEY'
const site = (name: string, effect: Site['effect'], path: string, more: Partial<Site> = {}): Site => ({
  name,
  effect,
  method: name.split(' ')[0] ?? '',
  path: new RegExp(`^${path}$`),
  ...more,
})

const SITES: readonly Site[] = [
  site('GET variables', 'read', '/v10/projects/[^/]+/env', { pages: true }),
  site('GET variable', 'read', '/v1/projects/[^/]+/env/[^/]+'),
  site('POST variable', 'write', '/v10/projects/[^/]+/env'),
  site('PATCH variable', 'write', '/v9/projects/[^/]+/env/[^/]+'),
  site('DELETE variable', 'write', '/v9/projects/[^/]+/env/[^/]+'),
  site('GET custom environments', 'read', '/v9/projects/[^/]+/custom-environments'),
  site('GET project', 'read', '/v9/projects/[^/]+'),
  site('GET deployments', 'read', '/v7/deployments', { pages: true }),
  site('GET deployment', 'read', '/v13/deployments/[^/]+'),
  site('POST deployment', 'write', '/v13/deployments'),
  site('GET names', 'read', '/v4/aliases'),
  site('GET rolling release', 'read', '/v1/projects/[^/]+/rolling-release'),
  site('GET shared variables', 'read', '/v1/env'),
  site('GET team', 'read', '/v2/teams/[^/]+'),
  site('POST hook', 'write', '/v1/integrations/deploy/[^/]+/[^/]+'),
]

type Prepare = NonNullable<Operation<Target, World>['prepare']>

const filled: Prepare = async ({ add }) => add()
const promoted: Prepare = async ({ add }, target) => {
  add()
  await bring(target, { current: B })
}
const withSettings =
  (settings: Record<string, unknown>, prepare: Prepare): Prepare =>
  async (world, target) => {
    await prepare(world, target)
    Object.assign(world.settings, settings)
  }
const serving: Prepare = async (world, target) => {
  await promoted(world, target)
  await target.reload?.(B.marker)
  while ((await target.reloaded?.(B.marker))?.state !== 'yes') await pause(5)
}

const reloading = (name: string, settings: Record<string, unknown>): Operation<Target, World> => ({
  name,
  covers: ['reload'],
  prepare: withSettings(settings, promoted),
  act: async (target) => target.reload?.(B.marker),
})

const OPERATIONS: readonly Operation<Target, World>[] = [
  { name: 'observe', covers: ['observe'], prepare: filled, act: (target) => target.observe(), says: observationSays },
  {
    name: 'observe over pages',
    covers: ['observe'],
    prepare: async ({ hands, project, add }) => {
      add()
      for (let at = 0; at < 4; at += 1) {
        await pause(2)
        hands.addVariable(project, { key: `MORE_${at}`, value: 'x' })
      }
      hands.tune({ envPage: 2 })
    },
    act: (target) => target.observe(),
    says: observationSays,
  },
  {
    name: 'observe a custom environment',
    covers: ['observe'],
    prepare: async ({ hands, project, settings, add }) => {
      const { id } = hands.addCustomEnvironment(project, 'staging')
      add({ customEnvironmentIds: [id] })
      Object.assign(settings, { environments: ['production', 'staging'] })
    },
    act: (target) => target.observe(),
    says: observationSays,
  },
  { name: 'fill', covers: ['write'], act: (target) => bring(target, { current: B }) },
  { name: 'take back', covers: ['write'], prepare: async (_, target) => bring(target, { current: B }), act: (target) => bring(target, { current: null }) },
  { name: 'promote', covers: ['write'], prepare: filled, act: (target) => bring(target, { current: B }) },
  { name: 'roll back', covers: ['write'], prepare: promoted, act: (target) => bring(target, { current: A }) },
  {
    name: 'promote what is write-only',
    covers: ['write'],
    prepare: withSettings({ visibility: 'sensitive' }, async ({ add }) => add({ type: 'sensitive' })),
    act: (target) => bring(target, { current: B }),
  },
  { name: 'unmark', covers: ['unmark'], prepare: promoted, act: async (target) => target.unmark?.((await target.observe()).revision) },
  reloading('reload', {}),
  reloading('reload by git', { redeploy: 'git' }),
  reloading('reload by hook', { redeploy: 'hook', deployHook: 'env:HOOK' }),
  { name: 'reloaded', covers: ['reloaded'], prepare: serving, act: async (target) => target.reloaded?.(B.marker), says: progressSays },
  { name: 'stragglers', covers: ['stragglers'], prepare: promoted, act: async (target) => target.stragglers?.() },
  {
    name: 'stragglers in stages',
    covers: ['stragglers'],
    prepare: async (world, target) => {
      world.hands.rollInStages(world.project, [{ targetPercentage: 10, requireApproval: true }])
      await promoted(world, target)
    },
    act: async (target) => target.stragglers?.(),
  },
  {
    name: 'leftovers',
    covers: ['leftovers'],
    prepare: async (world, target) => {
      for (let at = 0; at < 110; at += 1) world.hands.addBuilt(world.project, { target: null })
      await pause(2)
      await promoted(world, target)
    },
    act: async (target) => target.leftovers?.(),
  },
  {
    name: 'remarks',
    covers: ['remarks'],
    prepare: filled,
    act: async (target) => target.remarks?.(),
    says: (value) => ((value as readonly Remark[]).some(({ severity }) => severity === 'obstacle') ? 'refused' : 'done'),
  },
  {
    name: 'rights',
    covers: ['rights'],
    prepare: filled,
    act: async (target) => target.rights?.(),
    says: rightsSay,
    // A token that is not accepted is a right that is missing.
    allows: (fault) => (/^(?:answer|hostile) 40[13]/.test(fault.name) ? ['forbidden'] : null),
  },
]

function progressSays(value: unknown): Said {
  return ({ yes: 'done', no: 'cannot-tell', unknown: 'cannot-tell', failed: 'refused' } as const)[(value as Progress).state]
}

function rightsSay(value: unknown): Said {
  const states = (value as readonly Right[]).filter(({ what }) => what.startsWith('read')).map(({ state }) => state)
  return states.includes('missing') ? 'forbidden' : states.includes('untestable') ? 'cannot-tell' : 'done'
}

const STRANGER = newKeyValue('proj')
const QUICK = { writeMs: 0, queueMs: 1, initMs: 1, buildMs: 1, aliasMs: 1, hookMs: 1 }

async function start(): Promise<World> {
  const cloud = await startVercel(QUICK)
  const { hands } = cloud
  const { id: project } = hands.addProject('shop', { domains: ['shop.example'] })
  hands.addVariable(project, { key: 'DATABASE_URL', value: STRANGER, comment: 'ada: ask me' })
  hands.addBuilt(project)
  const other = hands.variables(project)[0]?.id ?? ''
  const hook = hands.addHook(project, 'keys', 'main')
  const settings: Record<string, unknown> = { project, team: cloud.team ?? '', environments: ['production'], redeploy: 'deployment', token: 'env:TOKEN' }
  return {
    behind: cloud.url,
    keys: { ...HANDLED, 'the token': cloud.token, "somebody's key": STRANGER, 'the deploy hook': hook.path },
    settings,
    hands,
    project,
    add: (wish = {}) => void hands.addVariable(project, { key: KEY, value: A.secret.reveal(), comment: 'ours', ...wish }),
    connect: async (url, deadlineMs) => {
      const around = surroundings({ env: { VERCEL_API_URL: url }, secrets: { 'env:TOKEN': cloud.token, 'env:HOOK': url + hook.path } })
      return connectVercel('web', declaration.schema.parse(settings), { ...around, ns: 'testtest', credential: 'wire' }, deadlineMs)
    },
    state: async () => {
      // what a hook has promised may not be there yet
      await pause(5)
      return { variables: hands.variables(project).flatMap(ours), deployments: tagsOf(hands, project) }
    },
    others: async () => hands.variables(project).flatMap(theirs),
    edit: async () => hands.editVariable(project, other, { value: 'edited', comment: 'ada: edited' }),
    close: () => cloud.close(),
  }
}

type Variable = ReturnType<VercelHands['variables']>[number]

/** Our entry, with the time of the mark left out. */
function ours({ key, fingerprint, comment, ...rest }: Variable): readonly unknown[] {
  if (key !== KEY) return []
  const holds = [A, B].find(({ secret }) => secret.fingerprint === fingerprint)?.marker ?? 'something else'
  return [{ holds, comment: comment?.replace(/\d{4}-\d\d-\d\dT[\d:]+Z/, 'TIME'), type: rest.type, target: rest.target }]
}

function theirs({ key, type, target, comment, fingerprint }: Variable): readonly unknown[] {
  return key === KEY || key.startsWith('MORE') ? [] : [{ key, type, target, comment, fingerprint }]
}

/** What was deployed since, by what it says of itself. */
function tagsOf(hands: VercelHands, project: string): readonly string[] {
  const started = hands.deployments(project).filter(({ meta }) => meta['keyrot'] !== undefined || meta['deployHookName'] !== undefined)
  return started.map(
    ({ meta, env }) => `${meta['action'] ?? ''} ${meta['keyrot'] ?? meta['deployHookName'] ?? ''} ${env[KEY] === B.secret.fingerprint ? 'new' : 'old'}`,
  )
}

/**
 * What stands between two good pages nobody can miss. A policy or a list of the team is only worth knowing. And whatever is said to a
 * PATCH (its answer may be an empty object, by the specification), the entry is read back: that decides.
 */
function allows(fault: Fault, at: Site): readonly Said[] | null {
  if (['skipped-page', 'duplicate-page'].includes(fault.name)) return ['done', 'rejected', 'unavailable']
  if (at.name === 'PATCH variable' && isMalformed(fault)) return fault.effect ? ['done'] : ['conflict']
  return ['GET shared variables', 'GET team'].includes(at.name) ? ['done', 'unavailable'] : null
}

const isMalformed = ({ name }: Fault): boolean =>
  ['malformed-json', 'wrong-type', 'empty-body', 'wrong-length-short', 'login-page', 'error-in-200'].includes(name)

export const vercel: Subject<Target, World> = {
  name: 'vercel',
  dialect,
  sites: SITES,
  operations: OPERATIONS.map((operation) => ({ ...operation, allows: operation.allows ?? allows })),
  silent: [],
  start,
}
