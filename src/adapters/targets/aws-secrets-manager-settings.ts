/** What a target in AWS Secrets Manager is told. */
import { z } from 'zod'
import { addressOf, ROLE_ARN, SECRET_ARN, SECRET_NAMED } from './aws-secrets-manager-address.ts'

const KMS_ARN = /^arn:aws[a-z-]{0,20}:kms:[a-z0-9-]{1,40}:\d{12}:key\/[A-Za-z0-9-]{1,64}$/
// eslint-disable-next-line no-control-regex -- control characters are what this refuses
const PRINTABLE = /^[^\u0000-\u001f\u007f-\u009f`]{1,256}$/

export const schema = z
  .strictObject({
    secret: z
      .string()
      .regex(SECRET_NAMED, 'must be the name of a secret, or its complete ARN')
      .describe('The name of the secret, or its complete ARN with the six characters that AWS added.'),
    field: z
      .string()
      .regex(PRINTABLE, 'must hold 1 to 256 characters, none of them control characters or backticks')
      .optional()
      .describe('The field of a JSON secret that holds the key. Without it the whole secret is the key.'),
    region: z
      .string()
      .regex(/^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/, 'must be a region, such as eu-west-1')
      .optional()
      .describe(
        'The region of the secret. Needed with a name; an ARN says it itself. The environment is not asked: it must not choose which secret is changed.',
      ),
    profile: z
      .string()
      .regex(PRINTABLE, 'must be the name of a profile')
      .optional()
      .describe('A profile of the AWS config files. Default: the standard credential chain.'),
    role: z.string().regex(ROLE_ARN, 'must be the ARN of a role').optional().describe('The ARN of a role to assume with these credentials.'),
    kmsKey: z
      .string()
      .regex(KMS_ARN, 'must be the ARN of a KMS key')
      .optional()
      .describe('The ARN of the KMS key that encrypts the secret, where it is your own: `keyrot permissions` then prints the rights on it.'),
    consumers: z
      .enum(['reread', 'manual'])
      .describe('How programs get the new key: `reread` if they read the secret again by themselves, `manual` if a person restarts them (keyrot asks).'),
  })
  .refine(({ secret, region }) => region !== undefined || SECRET_ARN.test(secret), { path: ['region'], message: 'is needed where `secret` is a name' })
  .refine(({ secret, region }) => region === undefined || addressOf({ secret, region }).region === region, {
    path: ['region'],
    message: 'is not the region of the ARN in `secret`',
  })

export type Settings = z.output<typeof schema>
