import { describe, expect, it } from 'vitest'
import { recordOf, addressOf, slotsOf } from '../../../src/adapters/targets/aws-secrets-manager-address.ts'
import { awsSecretsManager } from '../../../src/adapters/targets/aws-secrets-manager.ts'
import { surroundings } from '../../contract/targets/aws-harness.ts'
import { fakeKey } from '../../contract/targets/fake-key.ts'

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/keys-AbC1d2'
const ROLE = 'arn:aws:iam::123456789012:role/team/keyrot'
const KMS = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const base = { secret: 'app/keys', region: 'eu-west-1', consumers: 'reread' }
const problems = (settings: Record<string, unknown>): readonly string[] =>
  awsSecretsManager.schema.safeParse({ ...base, ...settings }).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

describe('the settings', () => {
  it.each([
    {},
    { secret: ARN },
    { secret: ARN, region: undefined },
    { field: 'OPENAI_API_KEY' },
    { field: 'a b.c"d' },
    { role: ROLE, profile: 'prod', kmsKey: KMS },
  ])('take %j', (settings) => {
    expect(problems(settings)).toEqual([])
  })

  it.each([
    [{ secret: '' }, 'secret: must be the name of a secret, or its complete ARN'],
    [{ secret: 'with blank' }, 'secret: must be the name of a secret, or its complete ARN'],
    [{ secret: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:' }, 'secret: must be the name of a secret, or its complete ARN'],
    [{ secret: fakeKey('a').secret.reveal() }, 'secret: must be the name of a secret, or its complete ARN'],
    [{ region: undefined }, 'region: is needed where `secret` is a name'],
    [{ secret: ARN, region: 'us-east-1' }, 'region: is not the region of the ARN in `secret`'],
    [{ region: 'Ireland' }, 'region: must be a region, such as eu-west-1'],
    [{ role: 'keyrot' }, 'role: must be the ARN of a role'],
    [{ kmsKey: 'alias/mine' }, 'kmsKey: must be the ARN of a KMS key'],
    [{ field: 'a\nb' }, 'field: must hold 1 to 256 characters, none of them control characters or backticks'],
    [{ field: '' }, 'field: must hold 1 to 256 characters, none of them control characters or backticks'],
  ])('refuse %j', (settings, problem) => {
    expect(problems(settings)).toContain(problem)
  })

  it('want to be told how consumers get the key', () => {
    expect(problems({ consumers: undefined }).map((line) => line.split(':')[0])).toEqual(['consumers'])
    expect(problems({ consumers: 'reload' })).toHaveLength(1)
  })
})

describe('the address', () => {
  it('is one for every spelling of a secret', async () => {
    const record = 'aws-secrets-manager:eu-west-1/app/keys'
    for (const secret of [ARN, 'app/keys']) {
      expect(recordOf(addressOf({ secret, region: 'eu-west-1' }))).toBe(record)
      const target = await awsSecretsManager.connect('x', awsSecretsManager.schema.parse({ ...base, secret }), surroundings('http://127.0.0.1:1'))
      expect(target.traits).toEqual({ reads: 'value', fallback: true, consumers: 'reread', record })
    }
  })

  it('keeps what looks like a suffix in a name', () => {
    expect(addressOf({ secret: 'my-secret', region: 'eu-west-1' }).name).toBe('my-secret')
    expect(addressOf({ secret: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:my-secret-AbCdEf' }).name).toBe('my-secret')
  })
})

describe('slots', () => {
  const meet = (left: Parameters<typeof slotsOf>[0], right: Parameters<typeof slotsOf>[0]): boolean => {
    const own = new Set(slotsOf(left))
    return slotsOf(right).some((slot) => own.has(slot))
  }
  const plain = { secret: 'app/keys', region: 'eu-west-1' }

  it('of one place meet, however it is spelled', () => {
    expect(meet(plain, { secret: ARN })).toBe(true)
    expect(meet({ ...plain, role: ROLE }, { secret: ARN, profile: 'prod' })).toBe(true)
    expect(meet({ ...plain, field: 'A' }, { ...plain, field: 'A' })).toBe(true)
  })

  it('of two places do not: another field, region, account, or the same name under another identity', () => {
    expect(meet({ ...plain, field: 'A' }, { ...plain, field: 'B' })).toBe(false)
    expect(meet(plain, { ...plain, region: 'us-east-1' })).toBe(false)
    expect(meet({ ...plain, role: ROLE }, { ...plain, role: ROLE.replace('123456789012', '210987654321') })).toBe(false)
    expect(meet({ ...plain, profile: 'staging' }, { ...plain, profile: 'prod' })).toBe(false)
  })
})

describe('permissions', () => {
  const sheets = (...blocks: readonly Record<string, unknown>[]) =>
    awsSecretsManager
      .permissions(blocks.map((settings, at) => ({ name: `t${at}`, settings: awsSecretsManager.schema.parse({ ...base, ...settings }) })))
      .map(({ title, body }) => [title, JSON.parse(body)] as const)
  const actions = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage']

  it('are the four calls on the named secrets, and nothing else', () => {
    expect(sheets({ secret: ARN, region: undefined }, { secret: 'zoo' }, { secret: 'zoo', field: 'B' })).toEqual([
      [
        'IAM policy for the identity that keyrot runs as',
        {
          Version: '2012-10-17',
          Statement: [
            { Sid: 'KeyrotSecrets', Effect: 'Allow', Action: actions, Resource: [ARN, 'arn:aws:secretsmanager:eu-west-1:*:secret:zoo-??????'].toSorted() },
          ],
        },
      ],
    ])
  })

  it('name the KMS key only where the config does, and through Secrets Manager only', () => {
    const [[, policy] = ['', null]] = sheets({ kmsKey: KMS }, { secret: 'zoo' })
    expect(policy.Statement[1]).toEqual({
      Sid: 'KeyrotKms',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [KMS],
      Condition: { StringEquals: { 'kms:ViaService': ['secretsmanager.eu-west-1.amazonaws.com'] } },
    })
  })

  it('are one policy for each identity, and one for taking the role', () => {
    const all = sheets(
      { role: ROLE },
      { profile: 'prod', role: ROLE, secret: 'zoo' },
      { profile: 'prod', secret: 'own' },
      { region: 'cn-north-1', secret: 'far' },
    )
    expect(all.map(([title]) => title)).toEqual([
      `IAM policy for ${ROLE}`,
      'IAM policy for the identity that keyrot runs as',
      'IAM policy for the profile prod',
      'IAM policy for the identity that keyrot runs as, to take its roles',
      'IAM policy for the profile prod, to take its roles',
    ])
    expect(all[0]?.[1].Statement[0].Resource).toEqual(['app/keys', 'zoo'].map((name) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-??????`))
    expect(all[1]?.[1].Statement[0].Resource).toEqual(['arn:aws-cn:secretsmanager:cn-north-1:*:secret:far-??????'])
    expect(all[3]?.[1].Statement).toEqual([{ Sid: 'KeyrotRoles', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: [ROLE] }])
  })
})
