/** What stands against writing to a secret, what a person should know of it, and which rights keyrot holds on it. */
import { KeyrotError } from '../../domain/errors.ts'
import type { Right } from '../../ports/provider.ts'
import type { Remark } from '../../ports/target.ts'
import { CURRENT, holdersOf } from './aws-secrets-manager-look.ts'
import type { Described, Store } from './aws-secrets-manager-store.ts'

const PENDING = 'AWSPENDING'
/** Labels over all versions of a secret (user guide, "Quotas"); a rotation needs two of its own. */
const MAX_LABELS = 20

/** Two reads: the description, and the version in use, which tells whether it is binary. */
export async function remarksOn(store: Store): Promise<readonly Remark[]> {
  const described = await store.describe()
  const { name } = store
  const checks = [native(name, described), owned(name, described), pending(name, described), deletion(name, described), await binary(store, described)]
  return [...checks, quota(name, described), ...replicas(name, described)].flatMap((remark) => remark ?? [])
}

function native(name: string, { RotationEnabled: enabled }: Described): Remark | null {
  if (enabled !== true) return null
  return {
    code: 'native-rotation',
    severity: 'obstacle',
    managedElsewhere: true,
    message: `secret ${name} is rotated by AWS: its rotation would write over what keyrot writes, and the other way round`,
    hint: `turn it off (aws secretsmanager cancel-rotate-secret --secret-id ${name}), or say that it leaves this field alone`,
  }
}

function owned(name: string, { OwningService: owner }: Described): Remark | null {
  if (owner === undefined || owner === '') return null
  const service = /^[a-z0-9.-]{1,64}$/i.test(owner) ? owner : 'another service'
  return { code: 'managed-secret', severity: 'obstacle', message: `secret ${name} is managed by ${service}: AWS lets only that service change it` }
}

/** AWSPENDING beside the version in use is a rotation under way, or one that was broken off: RotateSecret would refuse either. */
function pending(name: string, described: Described): Remark | null {
  const holders = holdersOf(described)
  const id = holders.get(PENDING)
  if (id === undefined || id === holders.get(CURRENT)) return null
  const version = /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : 'VERSION'
  return {
    code: 'pending-version',
    severity: 'obstacle',
    message: `secret ${name} has a pending version that somebody else made: a rotation is under way or was broken off`,
    hint: `finish it, or: aws secretsmanager update-secret-version-stage --secret-id ${name} --version-stage ${PENDING} --remove-from-version-id ${version}`,
  }
}

function deletion(name: string, { DeletedDate: at }: Described): Remark | null {
  if (at === undefined) return null
  const hint = `to keep it: aws secretsmanager restore-secret --secret-id ${name}`
  return { code: 'deletion-scheduled', severity: 'obstacle', message: `secret ${name} is scheduled for deletion`, hint }
}

async function binary(store: Store, described: Described): Promise<Remark | null> {
  const current = holdersOf(described).get(CURRENT)
  if (current === undefined || described.DeletedDate !== undefined || (await store.get(current)).text !== null) return null
  return {
    code: 'binary-secret',
    severity: 'obstacle',
    message: `secret ${store.name} holds a binary value; keyrot keeps keys in text`,
    hint: 'store it as SecretString',
  }
}

function quota(name: string, described: Described): Remark | null {
  const used = holdersOf(described).size
  if (used + 2 <= MAX_LABELS) return null
  return {
    code: 'few-labels-left',
    severity: 'warning',
    message: `secret ${name} bears ${used} of ${MAX_LABELS} labels; a rotation needs two`,
    hint: 'finish open rotations of its other fields first',
  }
}

function replicas(name: string, { ReplicationStatus: statuses }: Described): readonly Remark[] {
  const behind = statuses.filter(({ Status }) => Status !== 'InSync')
  return behind.map(({ Region }) => {
    const region = Region !== undefined && /^[a-z0-9-]{1,40}$/.test(Region) ? Region : 'another region'
    const hint = 'see replication in the console; a failed replica keeps the old key until it is repaired'
    return {
      code: 'replica-behind',
      severity: 'warning' as const,
      message: `the replica of secret ${name} in ${region} is not in sync: consumers there may read an older value`,
      hint,
    }
  })
}

/** Reads are proven by making them; a write cannot be tested without writing. Anything but a plain "forbidden" is thrown. */
export async function rightsOn(store: Store): Promise<readonly Right[]> {
  const proven = async (action: string, call: () => Promise<unknown>): Promise<Right> => {
    try {
      await call()
      return { what: what(action), state: 'proven' }
    } catch (error) {
      if (!(error instanceof KeyrotError) || error.kind !== 'forbidden') throw error
      return { what: what(action), state: 'missing', hint: 'grant what `keyrot permissions` prints; a KMS key needs rights of its own' }
    }
  }
  const what = (action: string): string => `secretsmanager:${action} on ${store.name}`
  const untestable = (action: string): Right => ({ what: what(action), state: 'untestable' })
  let current: string | undefined
  const describe = await proven('DescribeSecret', async () => {
    current = holdersOf(await store.describe()).get(CURRENT)
  })
  const read = current === undefined ? untestable('GetSecretValue') : await proven('GetSecretValue', () => store.get(current ?? ''))
  return [describe, read, untestable('PutSecretValue'), untestable('UpdateSecretVersionStage')]
}
