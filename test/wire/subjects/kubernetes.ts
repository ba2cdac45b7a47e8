/** The Kubernetes target before the matrix, with workloads to restart and pods enough for a second page. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Progress, Remark, Target } from '../../../src/ports/target.ts'
import type { Right } from '../../../src/ports/provider.ts'
import { kubernetes as declaration } from '../../../src/adapters/targets/kubernetes.ts'
import { startKubernetes, type Hands } from '../../../src/sandbox/kubernetes/kubernetes.ts'
import { newKeyValue } from '../../../src/sandbox/openai/keys.ts'
import { surroundings } from '../../contract/providers/bench.ts'
import { kubernetes as dialect } from '../dialects.ts'
import type { Fault } from '../faults.ts'
import type { Said } from '../meaning.ts'
import type { Site } from '../proxy.ts'
import type { Operation, Subject } from '../subject.ts'
import { A, B, bring, HANDLED, slotOperations, type TargetStage } from './slots.ts'

interface World extends TargetStage {
  readonly hands: Hands
}

const SECRET = { name: 'openai' }
const IN_DEFAULT = '/api/v1/namespaces/default'
const WORKLOAD = '/apis/apps/v1/namespaces/default/(?:deployments|statefulsets|daemonsets)/[^/]+'

const SITES: readonly Site[] = [
  { name: 'GET secret', effect: 'read', method: 'GET', path: new RegExp(`^${IN_DEFAULT}/secrets/[^/]+$`) },
  { name: 'PATCH secret', effect: 'write', method: 'PATCH', path: new RegExp(`^${IN_DEFAULT}/secrets/[^/]+$`) },
  { name: 'GET workload', effect: 'read', method: 'GET', path: new RegExp(`^${WORKLOAD}$`) },
  { name: 'PATCH workload', effect: 'write', method: 'PATCH', path: new RegExp(`^${WORKLOAD}$`) },
  { name: 'GET pods', effect: 'read', method: 'GET', path: new RegExp(`^${IN_DEFAULT}/pods$`), pages: true },
  { name: 'POST access review', effect: 'read', method: 'POST', path: /^\/apis\/authorization\.k8s\.io\/v1\/selfsubjectaccessreviews$/ },
]

const promoted: Operation<Target, World>['prepare'] = async (_, target) => {
  for (const step of [{ current: A }, { fallback: B }, { current: B, fallback: A }]) await bring(target, step)
}

const reloaded: Operation<Target, World>['prepare'] = async (world, target) => {
  await promoted?.(world, target)
  await target.reload?.(B.marker)
  await world.hands.settled()
}

/** Pages of a list that are short, or come twice, show pods that are there: none of them can be missed by the restart's own count. */
const anyPage = (fault: Fault): readonly Said[] | null =>
  fault.name.endsWith('-page') && fault.name !== 'login-page' ? ['done', 'cannot-tell', 'unavailable'] : null
const noSuchWorkload = (fault: Fault, site: Site): boolean => site.name === 'GET workload' && /^(?:answer|hostile) 404/.test(fault.name)

const OPERATIONS: readonly Operation<Target, World>[] = [
  ...slotOperations<World>(),
  {
    name: 'first look',
    covers: ['observe'],
    prepare: async ({ settings }, target) => {
      await bring(target, { current: A })
      delete settings['fallback']
    },
    act: (target) => target.observe(),
    // Whether a reloader watches is asked of the workloads; without an answer to that, there is the usual fallback.
    allows: (fault, site) => (site.name === 'GET workload' && /^(?:answer|hostile|gateway) 40[34]/.test(fault.name) ? ['done'] : null),
  },
  {
    name: 'unmark',
    covers: ['unmark'],
    prepare: promoted,
    act: async (target) => target.unmark?.((await target.observe()).revision),
  },
  {
    name: 'reload',
    covers: ['reload'],
    prepare: promoted,
    act: async (target) => target.reload?.(B.marker),
    allows: (fault, site) => (noSuchWorkload(fault, site) ? ['refused'] : null),
  },
  {
    name: 'reloaded',
    covers: ['reloaded'],
    prepare: reloaded,
    act: async (target) => target.reloaded?.(B.marker),
    says: (value) => ({ yes: 'done', no: 'cannot-tell', unknown: 'cannot-tell', failed: 'refused' })[(value as Progress).state] as Said,
    allows: (fault, site) => (noSuchWorkload(fault, site) ? ['refused'] : anyPage(fault)),
  },
  {
    name: 'stragglers',
    covers: ['stragglers'],
    prepare: async (world, target) => {
      world.hands.tune({ podsStart: false })
      for (let at = 0; at < 260; at += 1) world.hands.addPod({ name: `crowd-${at}`, secret: 'another' })
      await promoted?.(world, target)
    },
    act: async (target) => target.stragglers?.(),
    allows: anyPage,
  },
  {
    name: 'remarks',
    covers: ['remarks'],
    prepare: async (_, target) => bring(target, { current: A }),
    act: async (target) => target.remarks?.(),
    says: (value) => ((value as readonly Remark[]).some(({ severity }) => severity === 'obstacle') ? 'refused' : 'done'),
    allows: (fault, site) => {
      if (noSuchWorkload(fault, site)) return ['refused']
      // Who may not list pods is told so among the rights; the other remarks are still worth having.
      return site.name === 'GET pods' && /^(?:answer|hostile|gateway) 403/.test(fault.name) ? ['done'] : anyPage(fault)
    },
  },
  {
    name: 'rights',
    covers: ['rights'],
    act: async (target) => target.rights?.(),
    says: rightsSay,
    allows: (fault) => (/ 40[034]| 422|type$|body$|page$|in-200$|json$|length-short$/.test(fault.name) ? ['cannot-tell', 'unavailable'] : null),
  },
]

function rightsSay(value: unknown): Said {
  const states = (value as readonly Right[]).map(({ state }) => state)
  return states.includes('missing') ? 'forbidden' : states.includes('untestable') ? 'cannot-tell' : 'done'
}

/** Nothing takes long here: what a delayed cluster does is for the contract suite. */
const QUICK = { rolloutStepMs: 2, podStartMs: 2, podReadyMs: 1, terminationMs: 5, volumeRefreshMs: 5, secondMs: 50 }
const STRANGER = newKeyValue('proj')

async function start(): Promise<World> {
  const cluster = await startKubernetes(QUICK)
  const { hands } = cluster
  const folder = await mkdtemp(join(tmpdir(), 'keyrot-wire-'))
  hands.addSecret({ ...SECRET, data: { OTHER: STRANGER, 'app.conf': 'a\nb' }, annotations: { 'team.example/owner': 'ada' }, labels: { team: 'web' } })
  hands.addSecret({ name: 'another', data: { OPENAI_API_KEY: STRANGER } })
  hands.addWorkload({ name: 'web', secret: 'openai', via: 'envFrom', replicas: 1 })
  hands.addWorkload({ name: 'feed', kind: 'StatefulSet', secret: 'openai', via: 'envFrom', replicas: 1 })
  hands.addWorkload({ name: 'strange', secret: 'another', replicas: 1 })
  await hands.settled()
  const settings = { secret: 'openai', fallback: 'OPENAI_API_KEY_FALLBACK', namespace: 'default', workloads: ['deployment/web', 'statefulset/feed'] }
  const read = async (path: string): Promise<Raw> =>
    (await fetch(cluster.url + path, { headers: { authorization: `Bearer ${cluster.token}` } })).json() as Promise<Raw>
  let files = 0
  return {
    behind: cluster.url,
    keys: { ...HANDLED, 'the token': cluster.token, "somebody's key": STRANGER },
    settings,
    hands,
    connect: async (url, deadlineMs) => {
      const kubeconfig = join(folder, `kubeconfig-${(files += 1)}`)
      await writeFile(kubeconfig, kubeconfigFor(cluster.kubeconfig.replace(cluster.url, url), url), { mode: 0o600 })
      const around = { ...surroundings({ env: {} }), root: folder, deadlineMs, ns: 'testtest', credential: 'wire' }
      return declaration.connect('web', declaration.schema.parse({ ...settings, kubeconfig }), around)
    },
    state: async () => ours(await read('/api/v1/namespaces/default/secrets/openai'), await Promise.all(WORKLOADS.map(read))),
    others: async () => theirs(await read('/api/v1/namespaces/default/secrets/openai'), await Promise.all(WORKLOADS.map(read))),
    overtake: async () => hands.editSecret(SECRET, { OPENAI_API_KEY: STRANGER }),
    overtaken: async () => hands.secretValue(SECRET, 'OPENAI_API_KEY') === STRANGER,
    edit: async () => hands.editSecret(SECRET, { 'app.conf': 'edited', MORE: 'new' }),
    close: async () => {
      await cluster.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const WORKLOADS = ['deployments/web', 'statefulsets/feed', 'deployments/strange'].map((name) => `/apis/apps/v1/namespaces/default/${name}`)
const OUR_KEYS = ['OPENAI_API_KEY', 'OPENAI_API_KEY_FALLBACK']

/** With trust in the system's authorities where there is TLS: the sandbox's own kubeconfig waives it. */
function kubeconfigFor(text: string, url: string): string {
  return url.startsWith('https:') ? text.replace('insecure-skip-tls-verify: true', 'disable-compression: false') : text
}

interface Raw {
  readonly metadata: { readonly annotations?: Record<string, string>; readonly labels?: Record<string, string> }
  readonly data?: Record<string, string>
  readonly spec?: { readonly replicas: number; readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } } }
}

const isOurs = (name: string): boolean => name.startsWith('keyrot.dev/') || name === 'kubectl.kubernetes.io/restartedAt' || OUR_KEYS.includes(name)
const only = (all: Record<string, string> | undefined, ourOwn: boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(all ?? {}).filter(([name]) => isOurs(name) === ourOwn))

/** Slots by name, marks, and for which promotion each workload was restarted; times and revisions are left out. */
function ours({ data, metadata }: Raw, workloads: readonly Raw[]): unknown {
  const named = Object.entries(HANDLED).map(([name, value]) => [Buffer.from(value).toString('base64'), name])
  const slots = Object.entries(only(data, true)).map(([name, value]) => [name, named.find(([text]) => text === value)?.[1] ?? 'something else'])
  const tags = workloads.map(({ spec }) =>
    Object.values(only(spec?.template.metadata.annotations, true)).map((tag) => tag.replace(/(?:\d+ )?\d{4}-\d\d-\d\dT.*Z$/, 'TIME')),
  )
  const marks = Object.entries(only(metadata.annotations, true)).map(([name, mark]) => [name, mark.replace(/ \d+$/, '')])
  return { slots: Object.fromEntries(slots) as unknown, marks: Object.fromEntries(marks) as unknown, tags }
}

function theirs({ data, metadata }: Raw, workloads: readonly Raw[]): unknown {
  const rest = workloads.map(({ spec }) => [spec?.replicas, only(spec?.template.metadata.annotations, false)])
  return { data: only(data, false), annotations: only(metadata.annotations, false), labels: metadata.labels, rest }
}

export const kubernetes: Subject<Target, World> = {
  name: 'kubernetes',
  dialect,
  sites: SITES,
  operations: OPERATIONS,
  silent: [],
  start,
}
