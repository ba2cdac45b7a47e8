/** Every request that the target sends in its life, before the published Smithy model, and what it asks by: never by default. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAws, type AwsSandbox, type Call } from '../../../src/sandbox/aws/aws.ts'
import { awsSpec, awsSpecMissing } from '../aws-spec.ts'
import { connectAws, surroundings, useKey } from './aws-harness.ts'
import { fakeKey } from './fake-key.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const calls: Call[] = []

let sandbox: AwsSandbox
beforeAll(async () => {
  sandbox = await startAws()
  useKey(sandbox.credentials)
  sandbox.hands.meddle((call) => {
    calls.push(call)
    return 'answer'
  })
  sandbox.hands.create({ name: 'app', value: '{"KEY": "", "n": 1}' })
  sandbox.hands.create({ name: 'bare' })
  for (const settings of [{ secret: 'app', field: 'KEY' }, { secret: 'bare' }]) {
    const target = await connectAws(settings, surroundings(sandbox.url))
    for (const assignment of [{ current: A }, { fallback: B }, { current: B, fallback: A }, { current: A, fallback: B }, { fallback: null }])
      await target.write(assignment, (await target.observe()).revision)
    await target.remarks?.()
    await target.rights?.()
  }
})
afterAll(() => sandbox.close())

const of = (operation: string): readonly Call['input'][] => calls.filter((call) => call.operation === operation).map(({ input }) => input)

describe('the requests of the target', () => {
  it('are of four kinds', () => {
    expect([...new Set(calls.map(({ operation }) => operation))].toSorted()).toEqual([
      'DescribeSecret',
      'GetSecretValue',
      'PutSecretValue',
      'UpdateSecretVersionStage',
    ])
  })

  it('read by version id', () => {
    expect(of('GetSecretValue').filter(({ VersionId }) => VersionId === undefined)).toEqual([])
  })

  it('never put a version without a label of ours: without one it would be current at once', () => {
    expect(of('PutSecretValue').length).toBeGreaterThan(3)
    for (const { VersionStages } of of('PutSecretValue')) expect(VersionStages).toEqual([expect.stringMatching(/^keyrot\.abcd1234\.prod\.(?:next|prev)$/)])
  })

  it('move AWSCURRENT as a compare-and-swap, and no label of AWS besides', () => {
    const moves = of('UpdateSecretVersionStage').filter(({ VersionStage }) => !String(VersionStage).startsWith('keyrot.abcd1234.prod.'))
    expect(new Set(moves.map(({ VersionStage }) => VersionStage))).toEqual(new Set(['AWSCURRENT']))
    for (const { MoveToVersionId, RemoveFromVersionId } of moves) expect([MoveToVersionId, RemoveFromVersionId]).not.toContain(undefined)
  })
})

const spec = awsSpec()

describe.skipIf(spec === null)(`the requests of the target before the Smithy model${awsSpecMissing}`, () => {
  it('are valid, every one', () => {
    expect(calls.length).toBeGreaterThan(50)
    for (const { operation, input } of calls) expect(spec?.checkInput(operation, input), operation).toEqual([])
  })
})
