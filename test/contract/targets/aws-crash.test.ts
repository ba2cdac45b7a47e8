/** Every call of a write, cut off before and after its effect; then the same write again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Assignment, Target } from '../../../src/ports/target.ts'
import { startAws, type AwsSandbox } from '../../../src/sandbox/aws/aws.ts'
import { connectAws, surroundings, useKey } from './aws-harness.ts'
import { fakeKey } from './fake-key.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const C = fakeKey('c')

let sandbox: AwsSandbox
beforeAll(async () => {
  sandbox = await startAws()
  useKey(sandbox.credentials)
})
afterAll(() => sandbox.close())

interface Scene {
  readonly target: Target
  readonly secret: string
}

let count = 0

/** A secret in which these writes were made in peace, each after the edit of somebody else that stands before it. */
async function scene(document: string | undefined, before: readonly (Assignment | string)[]): Promise<Scene> {
  const secret = `app/${(count += 1)}`
  sandbox.hands.create({ name: secret, ...(document === undefined ? {} : { value: document }) })
  const target = await connectAws({ secret, ...(document === undefined ? {} : { field: 'KEY' }) }, surroundings(sandbox.url))
  for (const step of before) {
    if (typeof step === 'string') sandbox.hands.put(secret, step)
    else await write(target, step)
  }
  return { target, secret }
}

async function write(target: Target, assignment: Assignment): Promise<void> {
  await target.write(assignment, (await target.observe()).revision)
}

/** Everything that must not differ between two ways to the same end. Version ids hold the ARN, so that texts stand in. */
async function endOf({ target, secret }: Scene): Promise<unknown> {
  const { current, fallback } = await target.observe()
  const view = sandbox.hands.view(secret)
  return {
    current: view.versions.find(({ labels }) => labels.includes('AWSCURRENT'))?.fingerprint,
    slots: [current, fallback].map((held) => (held?.is === 'value' ? held.secret.fingerprint : held)),
    versions: view.versions.map(({ fingerprint, labels }) => `${fingerprint} ${labels.join(' ')}`).toSorted(),
  }
}

const withA = `{"OTHER": 1, "KEY": ${JSON.stringify(A.secret.reveal())}}`
const edited = (key: typeof A): string => `{"OTHER": 2, "KEY": ${JSON.stringify(key.secret.reveal())}}`
const stage = { fallback: B }
const promote = { current: B, fallback: A }
const rollback = { current: A, fallback: B }

const SCENES: readonly (readonly [string, string | undefined, readonly (Assignment | string)[], Assignment])[] = [
  ['the first key of a plain secret', undefined, [], { current: A }],
  ['the first key of a plain secret, with a second one', undefined, [], promote],
  ['stage', withA, [], stage],
  ['stage over an older staged key', withA, [{ fallback: C }], stage],
  ['promote', withA, [stage], promote],
  ['promote without a stage', withA, [], promote],
  ['promote without a word of the fallback', withA, [stage], { current: B }],
  ['promote after an edit of another field', withA, [stage, edited(A)], promote],
  ['promote over a dead key', withA, [stage], { current: B, fallback: null }],
  ['promote a second key over the first', withA, [stage, promote], { current: C, fallback: B }],
  ['roll back', withA, [stage, promote], rollback],
  ['roll back after an edit of another field', withA, [stage, promote, edited(B)], rollback],
  ['turn forward again', withA, [stage, promote, rollback], promote],
  ['settle', withA, [stage, promote], { fallback: null }],
  ['take a key off', withA, [stage], { current: null }],
]

describe.each(SCENES)('%s', (_title, document, before, assignment) => {
  it('comes to the same end from every cut', async () => {
    const peace = await scene(document, before)
    const { revision } = await peace.target.observe()
    const from = sandbox.log.length
    await peace.target.write(assignment, revision)
    const calls = sandbox.log.slice(from).map(({ operation }) => operation)
    const end = await endOf(peace)
    expect(calls.filter((call) => !call.startsWith('Get') && call !== 'DescribeSecret').length).toBeGreaterThan(0)
    for (const [at, operation] of calls.entries()) {
      for (const fate of ['cut-before', 'cut-after'] as const) {
        const disturbed = await scene(document, before)
        const seen = await disturbed.target.observe()
        let left = at
        sandbox.hands.meddle(() => (left-- > 0 ? 'answer' : fate))
        const changes = operation === 'PutSecretValue' || operation === 'UpdateSecretVersionStage'
        await expect(disturbed.target.write(assignment, seen.revision), `${operation} ${fate}`).rejects.toMatchObject({
          kind: changes ? 'ambiguous' : 'unavailable',
          code: 'KR_HTTP_CUT_OFF',
        })
        sandbox.hands.meddle(null)
        await write(disturbed.target, assignment)
        expect(await endOf(disturbed), `${fate} at call ${at}, ${operation}`).toEqual(end)
      }
    }
  })
})

describe('a run cut off again and again', () => {
  it('gets there one call at a time', async () => {
    const peace = await scene(withA, [stage, promote])
    const end = await endOf(peace)
    const disturbed = await scene(withA, [])
    let cuts = 0
    for (const wanted of [stage, promote]) {
      for (let done = false; !done;) {
        let writes = 0
        sandbox.hands.meddle(({ operation }) => (/^(?:Put|Update)/.test(operation) && (writes += 1) === 1 ? 'cut-after' : 'answer'))
        done = await write(disturbed.target, wanted).then(
          () => true,
          () => false,
        )
        cuts += done ? 0 : 1
        sandbox.hands.meddle(null)
      }
    }
    expect(await endOf(disturbed)).toEqual(end)
    expect(cuts).toBe(4)
  })
})
