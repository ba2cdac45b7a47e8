/** The rules of Secrets Manager that emulators commonly get wrong, and those that a rotation stands on. Source: API reference. */
import { randomUUID as uuid } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { START, startAwsWorld } from './aws-world.ts'

const DAY = 86_400_000

describe('a version', () => {
  it('put again with the same token and value is a no-op: labels stay, and nothing has changed', async () => {
    const { call, secret, labels, sandbox } = await startAwsWorld()
    const one = await secret(1)
    sandbox.hands.advance(1_000)
    const again = await call('PutSecretValue', { SecretId: one.name, SecretString: 'v1', ClientRequestToken: one.ids[1], VersionStages: ['OTHER'] })
    expect(again).toMatchObject({ VersionId: one.ids[1], VersionStages: ['L1'] })
    expect(await labels(one)).toEqual({ 0: 'AWSCURRENT', 1: 'L1' })
    expect(sandbox.hands.view(one.name).changedAt).toBe(START)
  })

  it('put with the same token and another value is refused, and keeps its value', async () => {
    const { call, failure, secret } = await startAwsWorld()
    const one = await secret(1)
    for (const changed of [{ SecretString: 'else' }, { SecretBinary: Buffer.from('v1') }])
      expect(await failure('PutSecretValue', { SecretId: one.name, ...changed, ClientRequestToken: one.ids[1] })).toBe('ResourceExistsException')
    expect((await call('GetSecretValue', { SecretId: one.name, VersionId: one.ids[1] })).SecretString).toBe('v1')
  })

  it('takes a label from another version; one left without labels is deprecated: hidden, and still there by its id', async () => {
    const { call, secret, labels } = await startAwsWorld()
    const one = await secret(2)
    await call('UpdateSecretVersionStage', { SecretId: one.name, VersionStage: 'L1', MoveToVersionId: one.ids[2], RemoveFromVersionId: one.ids[1] })
    expect(await labels(one)).toEqual({ 0: 'AWSCURRENT', 2: 'L1 L2' })
    expect((await call('ListSecretVersionIds', { SecretId: one.name })).Versions).toHaveLength(2)
    const all = (await call('ListSecretVersionIds', { SecretId: one.name, IncludeDeprecated: true })).Versions
    expect(all.map(({ VersionId, VersionStages }: Record<string, unknown>) => [VersionId, VersionStages])).toContainEqual([one.ids[1], undefined])
    expect((await call('GetSecretValue', { SecretId: one.name, VersionId: one.ids[1] })).SecretString).toBe('v1')
  })

  it('that is the first of its secret becomes current whatever label it was given', async () => {
    const { call, sandbox } = await startAwsWorld()
    sandbox.hands.create({ name: 'bare' })
    expect((await call('DescribeSecret', { SecretId: 'bare' })).VersionIdsToStages).toBeUndefined()
    const put = await call('PutSecretValue', { SecretId: 'bare', SecretString: 'x', VersionStages: ['MINE'] })
    expect(put.VersionStages).toEqual(['AWSCURRENT', 'MINE'])
    expect((await call('PutSecretValue', { SecretId: 'bare', SecretString: 'y', VersionStages: ['MINE'] })).VersionStages).toEqual(['MINE'])
  })

  it('without labels goes when there are too many, but not within a day', async () => {
    const { failure, secret, sandbox } = await startAwsWorld({ maxVersions: 3 })
    const { name } = await secret()
    const put = () => failure('PutSecretValue', { SecretId: name, SecretString: uuid() })
    expect([await put(), await put(), await put()]).toEqual(['none', 'none', 'LimitExceededException'])
    sandbox.hands.advance(DAY)
    expect(await put()).toBe('none')
    expect(sandbox.hands.view(name).versions).toHaveLength(3)
  })
})

describe('AWSCURRENT', () => {
  it('moves only when told from where, and drags AWSPREVIOUS behind it: there and back', async () => {
    const { call, failure, secret, labels } = await startAwsWorld()
    const one = await secret(1)
    const move = { SecretId: one.name, VersionStage: 'AWSCURRENT', MoveToVersionId: one.ids[1] }
    for (const wrong of [{}, { RemoveFromVersionId: one.ids[1] }, { RemoveFromVersionId: uuid() }])
      expect(await failure('UpdateSecretVersionStage', { ...move, ...wrong })).toBe('InvalidParameterException')
    expect(await labels(one)).toEqual({ 0: 'AWSCURRENT', 1: 'L1' })
    await call('UpdateSecretVersionStage', { ...move, RemoveFromVersionId: one.ids[0] })
    expect(await labels(one)).toEqual({ 0: 'AWSPREVIOUS', 1: 'AWSCURRENT L1' })
    expect((await call('GetSecretValue', { SecretId: one.name })).SecretString).toBe('v1')
    await call('UpdateSecretVersionStage', { ...move, MoveToVersionId: one.ids[0], RemoveFromVersionId: one.ids[1] })
    expect(await labels(one)).toEqual({ 0: 'AWSCURRENT', 1: 'AWSPREVIOUS L1' })
  })

  it('cannot be taken off, nor moved to a version that is not there', async () => {
    const { failure, secret, labels } = await startAwsWorld()
    const one = await secret(1)
    const from = { SecretId: one.name, VersionStage: 'AWSCURRENT', RemoveFromVersionId: one.ids[0] }
    expect(await failure('UpdateSecretVersionStage', from)).toBe('InvalidParameterException')
    expect(await failure('UpdateSecretVersionStage', { ...from, MoveToVersionId: uuid() })).toBe('ResourceNotFoundException')
    expect(await failure('UpdateSecretVersionStage', { SecretId: one.name, VersionStage: 'L1' })).toBe('InvalidParameterException')
    expect(await failure('UpdateSecretVersionStage', { SecretId: one.name, VersionStage: 'FREE', RemoveFromVersionId: one.ids[0] })).toBe(
      'InvalidParameterException',
    )
    expect(await labels(one)).toEqual({ 0: 'AWSCURRENT', 1: 'L1' })
  })

  it('moves in the secret’s own time: LastChangedDate follows every label', async () => {
    const { call, secret, sandbox } = await startAwsWorld()
    const one = await secret(1)
    sandbox.hands.advance(5_000)
    await call('UpdateSecretVersionStage', { SecretId: one.name, VersionStage: 'L1', RemoveFromVersionId: one.ids[1] })
    const { LastChangedDate, CreatedDate } = await call('DescribeSecret', { SecretId: one.name })
    expect([LastChangedDate.getTime(), CreatedDate.getTime()]).toEqual([START + 5_000, START])
    expect((await call('GetSecretValue', { SecretId: one.name })).CreatedDate.getTime()).toBe(START)
  })

  it('reads by default as it was a while ago, where that is asked for; by label and id at once', async () => {
    const { call, secret, sandbox } = await startAwsWorld({ defaultReadDelayMs: 300 })
    const one = await secret(1)
    sandbox.hands.advance(1_000)
    await call('UpdateSecretVersionStage', { SecretId: one.name, VersionStage: 'AWSCURRENT', MoveToVersionId: one.ids[1], RemoveFromVersionId: one.ids[0] })
    const read = async (which: Record<string, unknown>) => (await call('GetSecretValue', { SecretId: one.name, ...which })).SecretString
    expect([await read({}), await read({ VersionStage: 'AWSCURRENT' }), await read({ VersionId: one.ids[1] })]).toEqual(['v0', 'v1', 'v1'])
    sandbox.hands.advance(300)
    expect(await read({})).toBe('v1')
  })
})

describe('bounds', () => {
  it('of values are bytes, not characters', async () => {
    const { failure, secret } = await startAwsWorld()
    const { name } = await secret()
    const put = (SecretString: string) => failure('PutSecretValue', { SecretId: name, SecretString })
    expect(await put('é'.repeat(32_768))).toBe('none')
    expect(await put(`${'é'.repeat(32_768)}x`)).toBe('ValidationException')
    expect(await put('')).toBe('ValidationException')
    expect(await failure('PutSecretValue', { SecretId: name, SecretString: 'x', SecretBinary: Buffer.from('x') })).toBe('InvalidParameterException')
    expect(await failure('PutSecretValue', { SecretId: name })).toBe('InvalidRequestException')
  })

  it('of labels are twenty over all versions', async () => {
    const { failure, secret } = await startAwsWorld()
    const one = await secret(19)
    const label = (VersionStage: string) => failure('UpdateSecretVersionStage', { SecretId: one.name, VersionStage, MoveToVersionId: one.ids[0] })
    expect(await label('L21')).toBe('LimitExceededException')
    expect(await failure('PutSecretValue', { SecretId: one.name, SecretString: 'x', VersionStages: ['L21'] })).toBe('LimitExceededException')
    expect(await failure('PutSecretValue', { SecretId: one.name, SecretString: 'x', VersionStages: ['L19'] })).toBe('none')
  })

  it('of names are what AWS allows', async () => {
    const { failure } = await startAwsWorld()
    for (const Name of ['with blank', 'a?b', 'ü']) expect(await failure('CreateSecret', { Name, SecretString: 'x' })).toBe('ValidationException')
    expect(await failure('CreateSecret', { Name: 'Valid/_+=.@-Name', SecretString: 'x' })).toBe('none')
  })
})

describe('a secret', () => {
  it('scheduled for deletion refuses everything but a look and its rescue', async () => {
    const { call, failure, secret } = await startAwsWorld()
    const one = await secret(1)
    expect(await failure('DeleteSecret', { SecretId: one.name, RecoveryWindowInDays: 6 })).toBe('InvalidParameterException')
    await call('DeleteSecret', { SecretId: one.name, RecoveryWindowInDays: 7 })
    const stage = { VersionStage: 'AWSCURRENT', MoveToVersionId: one.ids[1], RemoveFromVersionId: one.ids[0] }
    const inputs = { GetSecretValue: {}, PutSecretValue: { SecretString: 'x' }, UpdateSecretVersionStage: stage, UpdateSecret: { SecretString: 'x' } }
    for (const [operation, input] of Object.entries(inputs))
      expect(await failure(operation, { SecretId: one.name, ...input }), operation).toBe('InvalidRequestException')
    expect(await failure('CreateSecret', { Name: one.name, SecretString: 'x' })).toBe('InvalidRequestException')
    expect((await call('DescribeSecret', { SecretId: one.name })).DeletedDate.getTime()).toBe(START + 7 * DAY)
    expect((await call('ListSecrets', {})).SecretList).toEqual([])
    await call('RestoreSecret', { SecretId: one.name })
    expect((await call('GetSecretValue', { SecretId: one.name })).SecretString).toBe('v0')
    await call('DeleteSecret', { SecretId: one.name, ForceDeleteWithoutRecovery: true })
    expect(await failure('DescribeSecret', { SecretId: one.name })).toBe('ResourceNotFoundException')
  })

  it('is found by name, ARN and ARN without its suffix, in its own region', async () => {
    const { call, failure, secret, sandbox } = await startAwsWorld()
    const one = await secret()
    for (const id of [one.name, one.arn, one.arn.slice(0, -7)]) expect((await call('GetSecretValue', { SecretId: id })).ARN).toBe(one.arn)
    const far = sandbox.hands.create({ name: 'far', value: 'x', region: 'eu-west-1' })
    expect(await failure('GetSecretValue', { SecretId: far })).toBe('ResourceNotFoundException')
  })

  it('that another service manages is not written', async () => {
    const { failure, secret, sandbox } = await startAwsWorld()
    const one = await secret()
    sandbox.hands.set(one.name, { owningService: 'rds' })
    expect(await failure('PutSecretValue', { SecretId: one.name, SecretString: 'x' })).toBe('InvalidRequestException')
  })

  it('updates by UpdateSecret, which is not idempotent', async () => {
    const { call, failure, secret, labels } = await startAwsWorld()
    const one = await secret()
    const ids = [...one.ids, uuid()]
    const update = { SecretId: one.name, SecretString: 'new', ClientRequestToken: ids[1] }
    expect(await failure('UpdateSecret', update)).toBe('none')
    expect(await failure('UpdateSecret', update)).toBe('ResourceExistsException')
    expect(await labels({ ...one, ids })).toEqual({ 0: 'AWSPREVIOUS', 1: 'AWSCURRENT' })
    await call('UpdateSecret', { SecretId: one.name, Description: 'mine', KmsKeyId: 'alias/k' })
    expect(await call('DescribeSecret', { SecretId: one.name })).toMatchObject({ Description: 'mine', KmsKeyId: 'alias/k' })
  })

  it('tells of rotation, replicas and tags', async () => {
    const { call, sandbox } = await startAwsWorld()
    sandbox.hands.create({ name: 'far', value: 'x', replicas: ['eu-west-1'] })
    sandbox.hands.set('far', { rotation: true })
    await call('TagResource', { SecretId: 'far', Tags: [{ Key: 'a', Value: 'b' }] })
    const seen = async () => (await call('DescribeSecret', { SecretId: 'far' })).ReplicationStatus[0].Status
    expect(await call('DescribeSecret', { SecretId: 'far' })).toMatchObject({ RotationEnabled: true, Tags: [{ Key: 'a', Value: 'b' }] })
    expect(await seen()).toBe('InProgress')
    sandbox.hands.advance(500)
    expect(await seen()).toBe('InSync')
    sandbox.hands.replica('far', 'eu-west-1', 'Failed')
    expect(await seen()).toBe('Failed')
  })

  it('lists in pages', async () => {
    const { call, failure, secret } = await startAwsWorld()
    const one = await secret(4)
    const first = await call('ListSecretVersionIds', { SecretId: one.name, MaxResults: 3 })
    const rest = await call('ListSecretVersionIds', { SecretId: one.name, MaxResults: 3, NextToken: first.NextToken })
    expect([first.Versions.length, rest.Versions.length, rest.NextToken]).toEqual([3, 2, undefined])
    expect(await failure('ListSecretVersionIds', { SecretId: one.name, NextToken: 'x' })).toBe('InvalidNextTokenException')
  })
})

describe('values', () => {
  it('are in no log, no view and no inspection', async () => {
    const { call, secret, sandbox } = await startAwsWorld()
    const one = await secret()
    const value = `canary-${uuid()}`
    await call('PutSecretValue', { SecretId: one.name, SecretString: value })
    await call('GetSecretValue', { SecretId: one.name })
    const printed = inspect([sandbox, sandbox.log, sandbox.hands.view(one.name)], { depth: 12, showHidden: true })
    expect(sandbox.hands.value(one.name)).toBe(value)
    expect(printed).not.toContain(value)
    expect(JSON.stringify(sandbox.log)).not.toContain(value)
  })
})
