/** Operations on a secret as a whole: its birth, its end, and what is known of it. */
import { invalidParameter, invalidRequest, nameTaken, tokenTaken, validation } from '../errors.ts'
import { CURRENT } from '../labels.ts'
import { Secret } from '../secrets.ts'
import { liveSecretOf, seconds, secretOf, textOf, type Outcome, type Visit, type World } from '../world.ts'
import { addVersion, page, valueOf } from './values.ts'

const DAY = 86_400_000
const NAME = /^[A-Za-z0-9/_+=.@!-]+$/

export function createSecret(visit: Visit): Outcome {
  const { world } = visit
  const name = textOf(visit, 'Name') ?? ''
  if (!NAME.test(name)) throw validation('Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!')
  const region = world.region(visit.region)
  const token = textOf(visit, 'ClientRequestToken') ?? ''
  const value = valueOf(visit)
  const known = region.all().find((secret) => secret.name === name)
  if (known !== undefined) return repeated(known, token, value)
  const secret = new Secret(name, visit.region, world.options.account, world.now())
  secret.description = textOf(visit, 'Description')
  secret.kmsKeyId = textOf(visit, 'KmsKeyId')
  addTags(secret, visit.input['Tags'])
  if (value !== undefined) addVersion(world, secret, token, value, [CURRENT])
  region.add(secret)
  return { body: named(secret, value === undefined ? undefined : token), effect: `create secret ${name}` }
}

function repeated(secret: Secret, token: string, value: ReturnType<typeof valueOf>): Outcome {
  if (secret.deletedAt !== null) throw invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.")
  const version = secret.versions.get(token)
  if (version === undefined || value === undefined || !version.holds(value)) throw nameTaken(secret.name)
  return { body: named(secret, token), effect: null }
}

function named(secret: Secret, version: string | undefined): Outcome['body'] {
  return { ARN: secret.arn, Name: secret.name, ...(version === undefined ? {} : { VersionId: version }) }
}

/** Unlike `PutSecretValue` it is not idempotent: a token that is a version already is an error. */
export function updateSecret(visit: Visit): Outcome {
  const secret = liveSecretOf(visit)
  const value = valueOf(visit)
  const token = textOf(visit, 'ClientRequestToken') ?? ''
  if (value !== undefined && secret.versions.has(token)) throw tokenTaken(token, secret.arn)
  secret.description = textOf(visit, 'Description') ?? secret.description
  secret.kmsKeyId = textOf(visit, 'KmsKeyId') ?? secret.kmsKeyId
  secret.changedAt = visit.world.now()
  if (value !== undefined) addVersion(visit.world, secret, token, value, [CURRENT])
  return { body: named(secret, value === undefined ? undefined : token), effect: `update ${secret.name}` }
}

export function deleteSecret(visit: Visit): Outcome {
  const days = visit.input['RecoveryWindowInDays']
  const atOnce = visit.input['ForceDeleteWithoutRecovery'] === true
  if (atOnce && days !== undefined) throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
  const window = typeof days === 'number' ? days : 30
  if (!Number.isInteger(window) || window < 7 || window > 30)
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).')
  const secret = liveSecretOf(visit)
  const now = visit.world.now()
  if (atOnce) visit.world.region(visit.region).remove(secret)
  secret.deletedAt = atOnce ? now : now + window * DAY
  secret.changedAt = now
  return { body: { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(secret.deletedAt) }, effect: `delete ${secret.name}` }
}

export function restoreSecret(visit: Visit): Outcome {
  const secret = secretOf(visit)
  secret.deletedAt = null
  secret.changedAt = visit.world.now()
  return { body: { ARN: secret.arn, Name: secret.name }, effect: `restore ${secret.name}` }
}

export function tagResource(visit: Visit): Outcome {
  const secret = liveSecretOf(visit)
  addTags(secret, visit.input['Tags'])
  secret.changedAt = visit.world.now()
  return { body: {}, effect: `tag ${secret.name}` }
}

function addTags(secret: Secret, tags: unknown): void {
  for (const tag of Array.isArray(tags) ? (tags as { Key?: unknown; Value?: unknown }[]) : []) {
    if (typeof tag?.Key !== 'string' || tag.Key === '' || tag.Key.length > 128) throw invalidParameter('A tag key must be 1-128 characters long.')
    secret.tags.set(tag.Key, typeof tag.Value === 'string' ? tag.Value : '')
  }
}

export function describeSecret(visit: Visit): Outcome {
  const secret = secretOf(visit)
  const labelled = labelsOf(secret)
  const body = { ...facts(visit.world, secret), ...(labelled === null ? {} : { VersionIdsToStages: labelled }) }
  return { body: { ...body, ...replication(visit.world, secret) }, effect: null }
}

export function listSecrets(visit: Visit): Outcome {
  const all = visit.world.region(visit.region).all()
  const shown = all.filter((secret) => secret.deletedAt === null || visit.input['IncludePlannedDeletion'] === true)
  const { part, next } = page(visit, shown)
  const entries = part.map((secret) => {
    const labelled = labelsOf(secret)
    return { ...facts(visit.world, secret), ...(labelled === null ? {} : { SecretVersionsToStages: labelled }) }
  })
  return { body: { SecretList: entries, ...next }, effect: null }
}

/** Versions without labels are deprecated and not shown; a secret without any leaves the member out. */
function labelsOf(secret: Secret): Record<string, string[]> | null {
  const labelled = [...secret.versions.values()].filter((version) => version.labels.size > 0)
  return labelled.length === 0 ? null : Object.fromEntries(labelled.map((version) => [version.id, version.stages]))
}

/** What `DescribeSecret` and `ListSecrets` both say; members without a value are left out. */
function facts(world: World, secret: Secret): Record<string, unknown> {
  const given: Record<string, unknown> = {
    ARN: secret.arn,
    CreatedDate: seconds(secret.createdAt),
    DeletedDate: secret.deletedAt === null ? undefined : seconds(secret.deletedAt),
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    LastAccessedDate: secret.accessedAt === null ? undefined : seconds(secret.accessedAt),
    LastChangedDate: seconds(secret.changedAt),
    Name: secret.name,
    OwningService: secret.owningService,
    PrimaryRegion: secret.replicas.length === 0 ? undefined : world.options.region,
    Tags: secret.tags.size === 0 ? undefined : [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
    ...(secret.rotation
      ? {
          RotationEnabled: true,
          RotationLambdaARN: `arn:aws:lambda:${world.options.region}:${world.options.account}:function:rotate`,
          RotationRules: { AutomaticallyAfterDays: 30 },
        }
      : {}),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** A replica follows a while after each change of its primary. */
function replication(world: World, secret: Secret): Record<string, unknown> {
  if (secret.replicas.length === 0) return {}
  const caughtUp = world.now() - secret.changedAt >= world.options.replicaDelayMs
  return { ReplicationStatus: secret.replicas.map(({ region, status }) => ({ Region: region, Status: status ?? (caughtUp ? 'InSync' : 'InProgress') })) }
}
