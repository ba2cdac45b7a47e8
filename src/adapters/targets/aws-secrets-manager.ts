/** A key in AWS Secrets Manager: a plain string, or one field of a JSON secret. */
import { defineTarget } from '../define.ts'
import { addressOf, slotsOf } from './aws-secrets-manager-address.ts'
import { policiesFor } from './aws-secrets-manager-policy.ts'
import { schema } from './aws-secrets-manager-settings.ts'

export const awsSecretsManager = defineTarget({
  type: 'aws-secrets-manager',
  title: 'AWS Secrets Manager',
  schema,
  slots: slotsOf,
  reach: (settings) => ({ by: 'aws', region: addressOf(settings).region }),
  permissions: (blocks) => policiesFor(blocks.map(({ settings }) => settings)),
  connect: async (_name, settings, around) => new (await import('./aws-secrets-manager-target.ts')).AwsTarget(settings, around),
})
