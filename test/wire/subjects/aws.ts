/** The AWS Secrets Manager target before the matrix: one field of a JSON secret, a secret without a version, and a role to take first. */
import type { Right } from '../../../src/ports/provider.ts'
import type { Remark, Target } from '../../../src/ports/target.ts'
import { awsSecretsManager as declaration } from '../../../src/adapters/targets/aws-secrets-manager.ts'
import { startAws, type SecretView } from '../../../src/sandbox/aws/aws.ts'
import { newKeyValue } from '../../../src/sandbox/openai/keys.ts'
import { surroundings } from '../../contract/providers/bench.ts'
import { sts } from '../dialect-sts.ts'
import { aws as dialect } from '../dialects.ts'
import type { Fault } from '../faults.ts'
import type { Said } from '../meaning.ts'
import type { Site } from '../proxy.ts'
import type { Operation, Subject } from '../subject.ts'
import { A, B, bring, HANDLED, observationSays, slotOperations, type TargetStage } from './slots.ts'

const call = (target: string, effect: Site['effect']): Site => ({ name: target, effect, method: 'POST', path: /^\/$/, target })

const SITES: readonly Site[] = [
  call('DescribeSecret', 'read'),
  call('GetSecretValue', 'read'),
  call('PutSecretValue', 'write'),
  call('UpdateSecretVersionStage', 'write'),
  { name: 'AssumeRole', effect: 'read', method: 'POST', path: /^\/$/, body: /(?:^|&)Action=AssumeRole(?:&|$)/, dialect: sts },
]

const ROLE = 'arn:aws:iam::123456789012:role/keyrot'
/** The standard chain reads the environment of the process: every world of this process knows the same key. */
const KEY = { accessKeyId: 'AKIAWIREWIREWIREWIRE', secretAccessKey: Buffer.from(newKeyValue('proj').slice(20, 50)).toString('base64') }
Object.assign(process.env, { AWS_ACCESS_KEY_ID: KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey })

const OPERATIONS: readonly Operation<Target, TargetStage>[] = [
  ...slotOperations(),
  {
    name: 'first version',
    covers: ['write'],
    claims: true,
    prepare: async (world) => void Object.assign(world.settings, { secret: 'empty', field: undefined }),
    act: (target) => bring(target, { current: B }),
    // The first version is in use as soon as it is there: who comes while it is read back comes after it.
    allows: ({ name }, site) => (name === 'overtaken' && site.name === 'GetSecretValue' ? ['done'] : null),
  },
  {
    name: 'observe with a role',
    covers: ['observe'],
    prepare: async (world, target) => {
      await bring(target, { current: A })
      Object.assign(world.settings, { role: ROLE })
    },
    act: (target) => target.observe(),
    says: observationSays,
  },
  {
    name: 'remarks',
    covers: ['remarks'],
    act: async (target) => target.remarks?.(),
    says: (value) => ((value as readonly Remark[]).some(({ severity }) => severity === 'obstacle') ? 'refused' : 'done'),
  },
  { name: 'rights', covers: ['rights'], act: async (target) => target.rights?.(), says: rightsSay },
]

function rightsSay(value: unknown): Said {
  const states = (value as readonly Right[]).filter(({ what }) => /Describe|Get/.test(what)).map(({ state }) => state)
  return states.includes('missing') ? 'forbidden' : states.includes('untestable') ? 'cannot-tell' : 'done'
}

const STRANGER = newKeyValue('proj')
const OTHERS = { database: STRANGER, nested: { a: [1, 2.5e3] }, last: 'x' }

async function start(): Promise<TargetStage> {
  const cloud = await startAws({ principals: [KEY] })
  const { hands } = cloud
  hands.create({ name: 'app', value: JSON.stringify(OTHERS) })
  hands.label('app', 'team-label', hands.view('app').versions[0]?.id ?? '')
  hands.create({ name: 'empty' })
  hands.create({ name: 'other', value: STRANGER })
  hands.addRole(ROLE)
  const settings: Record<string, unknown> = { secret: 'app', field: 'openai', region: cloud.region, consumers: 'reread' }
  return {
    behind: cloud.url,
    keys: { ...HANDLED, 'the secret access key': KEY.secretAccessKey, "somebody's key": STRANGER },
    settings,
    connect: async (url, deadlineMs) => {
      const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: url, AWS_ENDPOINT_URL_STS: url }
      const around = { ...surroundings({ env }), deadlineMs, ns: 'testtest', credential: 'wire' }
      return declaration.connect('cloud', declaration.schema.parse({ ...settings }), around)
    },
    state: async () => ['app', 'empty'].map((name) => ours(hands.view(name), (id) => hands.value(name, id))),
    litter: async () => ['app', 'empty'].flatMap((name) => hands.view(name).versions).filter(({ labels }) => labels.length === 0).length,
    others: async () => ['app', 'empty', 'other'].map((name) => theirs(hands.view(name), (id) => hands.value(name, id))),
    overtake: async () => void hands.put(secretIn(settings), settings['field'] === undefined ? STRANGER : JSON.stringify({ ...OTHERS, openai: STRANGER })),
    overtaken: async () => hands.value(secretIn(settings))?.includes(settings['field'] === undefined ? STRANGER : `"openai":"${STRANGER}"`) === true,
    edit: async () => void hands.put('app', JSON.stringify({ ...JSON.parse(hands.value('app') ?? '{}'), last: 'edited' })),
    close: () => cloud.close(),
  }
}

const secretIn = (settings: Readonly<Record<string, unknown>>): string => String(settings['secret'])

type ValueOf = (versionId: string) => string | null

/** By label: which key its version holds. Either of our own labels makes the fallback slot. */
function ours({ versions }: SecretView, valueOf: ValueOf): unknown {
  const own = versions.flatMap(({ id, labels }) => labels.map((label) => `${label.replace(/^keyrot\..*\.(?:next|prev)$/, 'fallback')}: ${keyIn(valueOf(id))}`))
  return own.filter((line) => !/^(?:team-label|AWSPREVIOUS):/.test(line)).toSorted((left, right) => left.localeCompare(right))
}

function keyIn(text: string | null): string {
  return Object.entries(HANDLED).find(([, value]) => text?.includes(value) === true)?.[0] ?? 'no key of ours'
}

/** The text in use without our field, and the version with the label of others. */
function theirs({ versions }: SecretView, valueOf: ValueOf): unknown {
  const current = versions.find(({ labels }) => labels.includes('AWSCURRENT'))
  const text = (current === undefined ? null : valueOf(current.id)) ?? ''
  const frame = Object.values(HANDLED).reduce((rest, value) => rest.replace(`,"openai":"${value}"`, '').replace(value, ''), text)
  return { frame, team: versions.findIndex(({ labels }) => labels.includes('team-label')) }
}

/** A version that went away between two looks is a change by others; an id that is in use for another text makes way for the next one. */
function allows({ name }: Fault, site: Site): readonly Said[] | null {
  if (site.name === 'GetSecretValue' && name.endsWith('ResourceNotFoundException')) return ['conflict', 'not-found']
  return site.name === 'PutSecretValue' && name.endsWith('ResourceExistsException') ? ['done'] : null
}

const leadsOn = ({ name }: Fault, site: Site): boolean => site.name === 'PutSecretValue' && name.endsWith('ResourceExistsException')

export const aws: Subject<Target, TargetStage> = {
  name: 'aws-secrets-manager',
  dialect,
  sites: SITES,
  operations: OPERATIONS.map((operation) => ({ ...operation, allows: (fault, site) => operation.allows?.(fault, site) ?? allows(fault, site) })),
  leadsOn,
  silent: [],
  start,
}
