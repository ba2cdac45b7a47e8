/**
 * What each operation takes, transcribed from the API reference (version 2017-10-17): which members must be there, of which type and
 * length. A test holds this table against the published Smithy model.
 */
import { AwsFailure, invalidParameter, invalidRequest, validation } from './errors.ts'

export type Input = Readonly<Record<string, unknown>>

interface Member {
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'base64'
  readonly required?: true
  readonly min?: number
  readonly max?: number
}

const SECRET_ID: Member = { type: 'string', required: true, min: 1, max: 2048 }
const TOKEN: Member = { type: 'string', min: 32, max: 64 }
const VERSION_ID: Member = { type: 'string', min: 32, max: 64 }
const STAGE: Member = { type: 'string', min: 1, max: 256 }
const TEXT: Member = { type: 'string', min: 1, max: 65_536 }
const BINARY: Member = { type: 'base64', min: 1, max: 65_536 }
const DESCRIPTION: Member = { type: 'string', max: 2048 }
const KMS_KEY: Member = { type: 'string', max: 2048 }
const PAGE: Member = { type: 'number', min: 1, max: 100 }
const NEXT: Member = { type: 'string', min: 1, max: 4096 }
const TAGS: Member = { type: 'list' }

export const MEMBERS: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  CreateSecret: {
    Name: { type: 'string', required: true, min: 1, max: 512 },
    ClientRequestToken: TOKEN,
    Description: DESCRIPTION,
    KmsKeyId: KMS_KEY,
    SecretBinary: BINARY,
    SecretString: TEXT,
    Tags: TAGS,
  },
  DeleteSecret: { SecretId: SECRET_ID, RecoveryWindowInDays: { type: 'number' }, ForceDeleteWithoutRecovery: { type: 'boolean' } },
  DescribeSecret: { SecretId: SECRET_ID },
  GetSecretValue: { SecretId: SECRET_ID, VersionId: VERSION_ID, VersionStage: STAGE },
  ListSecretVersionIds: { SecretId: SECRET_ID, MaxResults: PAGE, NextToken: NEXT, IncludeDeprecated: { type: 'boolean' } },
  ListSecrets: { MaxResults: PAGE, NextToken: NEXT, IncludePlannedDeletion: { type: 'boolean' } },
  PutSecretValue: {
    SecretId: SECRET_ID,
    ClientRequestToken: TOKEN,
    SecretBinary: BINARY,
    SecretString: TEXT,
    VersionStages: { type: 'list', min: 1, max: 20 },
  },
  RestoreSecret: { SecretId: SECRET_ID },
  TagResource: { SecretId: SECRET_ID, Tags: { ...TAGS, required: true } },
  UpdateSecret: {
    SecretId: SECRET_ID,
    ClientRequestToken: TOKEN,
    Description: DESCRIPTION,
    KmsKeyId: KMS_KEY,
    SecretBinary: BINARY,
    SecretString: TEXT,
  },
  UpdateSecretVersionStage: { SecretId: SECRET_ID, VersionStage: { ...STAGE, required: true }, RemoveFromVersionId: VERSION_ID, MoveToVersionId: VERSION_ID },
}

/** Writers name the version that they may make; every SDK fills it in, the wire does not. */
const TOKEN_WANTED = new Set(['CreateSecret', 'PutSecretValue', 'UpdateSecret'])

/** Throws what AWS answers to a request that breaks the contract. Unknown members are ignored, as AWS does. Values are never quoted. */
export function checkInput(operation: string, input: Input): void {
  for (const [name, member] of Object.entries(MEMBERS[operation] ?? {})) {
    const given = input[name]
    if (given !== undefined && given !== null) checkMember(name, member, given)
    else if (member.required === true) throw broken(name, 'Member must not be null')
  }
  if (TOKEN_WANTED.has(operation) && input['ClientRequestToken'] === undefined)
    throw invalidRequest('You must provide a ClientRequestToken value. We recommend a UUID-type value.')
}

function checkMember(name: string, member: Member, given: unknown): void {
  const size = sizeOf(name, member, given)
  const { min = 0, max = Number.POSITIVE_INFINITY } = member
  if (size >= min && size <= max) return
  if (name === 'ClientRequestToken') throw invalidParameter('ClientRequestToken must be 32-64 characters long.')
  const measure = member.type === 'number' ? 'value' : 'length'
  throw broken(name, size < min ? `Member must have ${measure} greater than or equal to ${min}` : `Member must have ${measure} less than or equal to ${max}`)
}

/** What the bounds of a member are about. Values are measured in bytes (quota "Length of a secret"), names in characters. */
function sizeOf(name: string, member: Member, given: unknown): number {
  if (member.type === 'number' && typeof given === 'number') return given
  if (member.type === 'list' && Array.isArray(given)) return given.length
  if (member.type === 'boolean' && typeof given === 'boolean') return 0
  if (member.type === 'base64' && typeof given === 'string') return Buffer.from(given, 'base64').length
  if (member.type === 'string' && typeof given === 'string') return name === 'SecretString' ? Buffer.byteLength(given) : given.length
  throw new AwsFailure('SerializationException', `${name} is not of the expected type`)
}

function broken(name: string, constraint: string): AwsFailure {
  const shown = name.slice(0, 1).toLowerCase() + name.slice(1)
  return validation(`1 validation error detected: Value at '${shown}' failed to satisfy constraint: ${constraint}`)
}
