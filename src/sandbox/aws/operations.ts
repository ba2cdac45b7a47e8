/** The table of what the embedded Secrets Manager answers. */
import type { Operation } from './world.ts'
import { createSecret, deleteSecret, describeSecret, listSecrets, restoreSecret, tagResource, updateSecret } from './operations/secrets.ts'
import { getSecretValue, listSecretVersionIds, putSecretValue, updateSecretVersionStage } from './operations/values.ts'

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateSecret: createSecret,
  DeleteSecret: deleteSecret,
  DescribeSecret: describeSecret,
  GetSecretValue: getSecretValue,
  ListSecretVersionIds: listSecretVersionIds,
  ListSecrets: listSecrets,
  PutSecretValue: putSecretValue,
  RestoreSecret: restoreSecret,
  TagResource: tagResource,
  UpdateSecret: updateSecret,
  UpdateSecretVersionStage: updateSecretVersionStage,
}
