/** Operations that make, read and label versions. */
import { AwsFailure, invalidParameter, invalidRequest, limitExceeded, tokenTaken, versionNotFound } from '../errors.ts'
import { attach, checkQuota, CURRENT, moveLabel } from '../labels.ts'
import { Version, type Secret, type Value } from '../secrets.ts'
import { liveSecretOf, seconds, textOf, type Outcome, type Visit, type World } from '../world.ts'

const DAY = 86_400_000

/** The value of a request, or `undefined` where it has none. */
export function valueOf(visit: Visit): Value | undefined {
  const text = textOf(visit, 'SecretString')
  const binary = textOf(visit, 'SecretBinary')
  if (text !== undefined && binary !== undefined)
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
  if (text !== undefined) return { text }
  return binary === undefined ? undefined : { bytes: Buffer.from(binary, 'base64') }
}

/** Adds a version. The first one of a secret becomes current whatever labels were asked for. */
export function addVersion(world: World, secret: Secret, id: string, value: Value, labels: readonly string[]): Version {
  const now = world.now()
  makeRoom(world, secret)
  checkQuota(secret, labels, world.options.maxLabels)
  const first = secret.versions.size === 0
  const version = new Version(id, value, now)
  secret.versions.set(id, version)
  for (const label of first ? [...labels, CURRENT] : labels) attach(secret, version, label, now)
  secret.changedAt = now
  return version
}

/** Versions without labels go, oldest first, once there are too many; none younger than a day does. */
function makeRoom(world: World, secret: Secret): void {
  if (secret.versions.size < world.options.maxVersions) return
  const old = [...secret.versions.values()].find((version) => version.labels.size === 0 && world.now() - version.createdAt >= DAY)
  if (old === undefined) throw limitExceeded('versions of a secret')
  secret.versions.delete(old.id)
}

export function putSecretValue(visit: Visit): Outcome {
  const secret = liveSecretOf(visit)
  const value = valueOf(visit)
  if (value === undefined) throw invalidRequest('You must provide either SecretString or SecretBinary.')
  if (secret.owningService !== undefined) throw managed(secret.owningService)
  const token = textOf(visit, 'ClientRequestToken') ?? ''
  const known = secret.versions.get(token)
  if (known !== undefined) {
    if (!known.holds(value)) throw tokenTaken(token, secret.arn)
    return { body: written(secret, known), effect: null }
  }
  const version = addVersion(visit.world, secret, token, value, stagesOf(visit) ?? [CURRENT])
  return { body: written(secret, version), effect: `add version ${token} to ${secret.name}` }
}

/** A secret that another service keeps can only be changed through that service. */
function managed(service: string): Error {
  return invalidRequest(`You can't perform this operation on the secret because it is managed by ${service}.`)
}

function stagesOf(visit: Visit): readonly string[] | undefined {
  const given = visit.input['VersionStages']
  if (!Array.isArray(given)) return undefined
  return given.map((stage) => {
    if (typeof stage !== 'string' || stage === '' || stage.length > 256) throw invalidParameter('A staging label must be 1-256 characters long.')
    return stage
  })
}

function written(secret: Secret, version: Version): Outcome['body'] {
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages }
}

export function getSecretValue(visit: Visit): Outcome {
  const secret = liveSecretOf(visit)
  const version = wanted(visit, secret)
  const now = visit.world.now()
  // day granularity, as AWS documents it
  version.accessedAt = now - (now % DAY)
  secret.accessedAt = version.accessedAt
  const value = version.value()
  const body = {
    ARN: secret.arn,
    CreatedDate: seconds(version.createdAt),
    Name: secret.name,
    ...('text' in value ? { SecretString: value.text } : { SecretBinary: value.bytes.toString('base64') }),
    VersionId: version.id,
    ...(version.labels.size === 0 ? {} : { VersionStages: version.stages }),
  }
  return { body, effect: null }
}

function wanted(visit: Visit, secret: Secret): Version {
  const id = textOf(visit, 'VersionId')
  const stage = textOf(visit, 'VersionStage')
  if (id !== undefined) {
    const version = secret.version(id)
    if (stage !== undefined && !version.labels.has(stage)) throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.')
    return version
  }
  const found = stage === undefined ? byDefault(visit.world, secret) : secret.labelled(stage)
  if (found === undefined) throw versionNotFound(`staging label: ${stage ?? CURRENT}`)
  return found
}

function byDefault(world: World, secret: Secret): Version | undefined {
  const seen = secret.past.findLast(({ at }) => at <= world.now() - world.options.defaultReadDelayMs) ?? secret.past[0]
  return seen === undefined ? undefined : secret.versions.get(seen.id)
}

export function updateSecretVersionStage(visit: Visit): Outcome {
  const secret = liveSecretOf(visit)
  if (secret.owningService !== undefined) throw managed(secret.owningService)
  const label = textOf(visit, 'VersionStage') ?? ''
  const to = textOf(visit, 'MoveToVersionId')
  const from = textOf(visit, 'RemoveFromVersionId')
  moveLabel(secret, { label, to, from }, visit.world.options.maxLabels, visit.world.now())
  secret.changedAt = visit.world.now()
  return { body: { ARN: secret.arn, Name: secret.name }, effect: `move ${label} to ${to ?? 'nothing'}` }
}

export function listSecretVersionIds(visit: Visit): Outcome {
  const secret = liveSecretOf(visit)
  const all = [...secret.versions.values()].filter((version) => visit.input['IncludeDeprecated'] === true || version.labels.size > 0)
  const { part, next } = page(visit, all)
  const versions = part.map((version) => ({
    CreatedDate: seconds(version.createdAt),
    KmsKeyIds: [secret.kmsKeyId ?? 'DefaultEncryptionKey'],
    ...(version.accessedAt === null ? {} : { LastAccessedDate: seconds(version.accessedAt) }),
    VersionId: version.id,
    ...(version.labels.size === 0 ? {} : { VersionStages: version.stages }),
  }))
  return { body: { ARN: secret.arn, Name: secret.name, Versions: versions, ...next }, effect: null }
}

/** One page of a list. The token is the index of the next item; anything else is refused. */
export function page<T>(visit: Visit, all: readonly T[]): { readonly part: readonly T[]; readonly next: { NextToken?: string } } {
  const size = typeof visit.input['MaxResults'] === 'number' ? visit.input['MaxResults'] : 100
  const token = textOf(visit, 'NextToken') ?? '0'
  if (!/^\d{1,9}$/.test(token)) throw new AwsFailure('InvalidNextTokenException', 'The NextToken value is invalid.')
  const from = Number(token)
  return { part: all.slice(from, from + size), next: from + size < all.length ? { NextToken: String(from + size) } : {} }
}
