/** Others write to the same secret: between our calls, beside our field, over our labels. Theirs stays. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Target } from '../../../src/ports/target.ts'
import { AWS_DEFAULTS, startAws, type AwsSandbox } from '../../../src/sandbox/aws/aws.ts'
import { connectAws, surroundings, useKey } from './aws-harness.ts'
import { fakeKey } from './fake-key.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const C = fakeKey('c')
const START = Date.UTC(2026, 10, 20, 12)

let sandbox: AwsSandbox
beforeEach(async () => {
  // signatures are judged by no clock, so that the sandbox's own may stand still
  sandbox = await startAws({ ...AWS_DEFAULTS, clock: () => START })
  useKey(sandbox.credentials)
})
afterEach(() => sandbox.close())

const documentWith = (key: typeof A, other = 1): string => `{"other": ${other}, "KEY": ${JSON.stringify(key.secret.reveal())}}`
const value = (held: unknown): string | undefined => (held as { secret?: typeof A.secret } | null)?.secret?.reveal()

/** The secret `app` with this text, if it is not there yet; and the target on one of its fields. */
async function secretWith(document: string, settings: Record<string, unknown> = {}, credential = 'prod'): Promise<Target> {
  if (document !== '') sandbox.hands.create({ name: 'app', value: document })
  return connectAws({ secret: 'app', field: 'KEY', ...settings }, surroundings(sandbox.url, { credential }))
}

async function write(target: Target, assignment: Parameters<Target['write']>[0]): Promise<void> {
  await target.write(assignment, (await target.observe()).revision)
}

const current = (): string | null => sandbox.hands.value('app')
const labels = (): Record<string, string> =>
  Object.fromEntries(sandbox.hands.view('app').versions.flatMap((version) => version.labels.map((label) => [label, version.id])))
const changes = (): number => sandbox.log.filter(({ effect }) => effect !== null).length

describe('an edit by somebody else', () => {
  it('between our look and our write is a conflict before anything is sent', async () => {
    const target = await secretWith(documentWith(A))
    const { revision } = await target.observe()
    sandbox.hands.put('app', documentWith(A, 2))
    const before = changes()
    await expect(target.write({ current: B }, revision)).rejects.toMatchObject({ code: 'KR_AWS_CHANGED', kind: 'conflict' })
    expect(changes()).toBe(before)
    expect(current()).toBe(documentWith(A, 2))
  })

  it.each(['PutSecretValue', 'UpdateSecretVersionStage'])('right before our %s is a conflict, and stays', async (operation) => {
    const target = await secretWith(documentWith(A))
    if (operation === 'UpdateSecretVersionStage') await write(target, { fallback: B })
    const { revision } = await target.observe()
    let edits = 0
    sandbox.hands.meddle((call) => {
      if (call.operation === operation && (edits += 1) === 1) sandbox.hands.put('app', documentWith(A, 2))
      return 'answer'
    })
    await expect(target.write({ current: B, fallback: A }, revision)).rejects.toMatchObject({ code: 'KR_AWS_CHANGED', kind: 'conflict' })
    sandbox.hands.meddle(null)
    expect(current()).toBe(documentWith(A, 2))
    await write(target, { current: B, fallback: A })
    expect(current()).toBe(documentWith(B, 2))
    expect(value((await target.observe()).fallback)).toBe(A.secret.reveal())
  })

  it('that makes the first version before ours does is a conflict, and stays', async () => {
    sandbox.hands.create({ name: 'app' })
    const target = await connectAws({ secret: 'app' }, surroundings(sandbox.url))
    const { revision } = await target.observe()
    sandbox.hands.meddle(({ operation }) => {
      if (operation === 'PutSecretValue') sandbox.hands.put('app', C.secret.reveal())
      return 'answer'
    })
    await expect(target.write({ current: A }, revision)).rejects.toMatchObject({ code: 'KR_AWS_CHANGED', kind: 'conflict' })
    expect(current()).toBe(C.secret.reveal())
  })

  it('of our own label is a conflict', async () => {
    const target = await secretWith(documentWith(A))
    await write(target, { fallback: B })
    const { revision } = await target.observe()
    sandbox.hands.meddle(({ operation }) => {
      if (operation === 'UpdateSecretVersionStage') sandbox.hands.label('app', 'keyrot.abcd1234.prod.next', labels()['AWSCURRENT'] ?? '')
      return 'answer'
    })
    await expect(target.write({ fallback: null }, revision)).rejects.toMatchObject({ kind: 'conflict' })
  })

  it('that did what we were about to do is none', async () => {
    const target = await secretWith(documentWith(A))
    await write(target, { fallback: B })
    const { revision } = await target.observe()
    sandbox.hands.meddle(({ operation, input }) => {
      if (operation === 'UpdateSecretVersionStage') sandbox.hands.unlabel('app', String(input['VersionStage']))
      return 'answer'
    })
    await target.write({ fallback: null }, revision)
    expect(Object.keys(labels())).toEqual(['AWSCURRENT'])
  })
})

describe('one secret, many writers', () => {
  it('lets two credentials of one JSON secret rotate side by side', async () => {
    const both = (first: typeof A, second: typeof A): string => `{ "KEY" : "${first.secret.reveal()}", "n": 1e3, "OTHER":"${second.secret.reveal()}"}\n`
    const first = await secretWith(both(A, C))
    const second = await secretWith('', { field: 'OTHER' }, 'other')
    const [D, E] = [fakeKey('d'), fakeKey('e')]
    await write(first, { fallback: B })
    await write(second, { fallback: D })
    await write(first, { current: B, fallback: A })
    expect(current()).toBe(both(B, C))
    await write(second, { current: D, fallback: C })
    expect(current()).toBe(both(B, D))
    await write(first, { current: A, fallback: B })
    expect(current()).toBe(both(A, D))
    expect(value((await second.observe()).fallback)).toBe(C.secret.reveal())
    await write(first, { fallback: null })
    await write(second, { current: E, fallback: null })
    expect(current()).toBe(both(A, E))
    expect(Object.keys(labels()).toSorted()).toEqual(['AWSCURRENT', 'AWSPREVIOUS'])
  })

  it("neither reads nor touches labels that are not ours, AWS's own among them", async () => {
    const target = await secretWith(documentWith(A))
    const theirs = ['AWSPENDING', 'keyrot.abcd1234.other.next', 'keyrot.zzzz9999.prod.prev', 'keyrot.abcd1234.prod.next.not', 'TEAM']
    const foreign = sandbox.hands.put('app', documentWith(C), theirs)
    expect((await target.observe()).fallback).toEqual({ is: 'absent' })
    await write(target, { fallback: B })
    await write(target, { current: B, fallback: A })
    await write(target, { fallback: null })
    for (const label of theirs) expect(labels()[label]).toBe(foreign)
  })

  it('finds its versions among many, and moves back over them', async () => {
    const target = await secretWith(documentWith(A))
    await write(target, { fallback: B })
    for (let other = 2; other < 60; other += 1) sandbox.hands.put('app', documentWith(A, other))
    await write(target, { current: B, fallback: A })
    expect(current()).toBe(documentWith(B, 59))
    for (let other = 60; other < 80; other += 1) sandbox.hands.put('app', documentWith(B, other))
    await write(target, { current: A, fallback: B })
    expect(current()).toBe(documentWith(A, 79))
    expect(sandbox.hands.view('app').versions.length).toBeGreaterThan(80)
  })

  it('says so when the secret has no room for another version', async () => {
    const target = await secretWith(documentWith(A))
    for (let other = 2; other <= 100; other += 1) sandbox.hands.put('app', documentWith(A, other))
    await expect(write(target, { fallback: B })).rejects.toMatchObject({ code: 'KR_AWS_LIMIT', kind: 'rejected' })
    sandbox.hands.advance(25 * 3_600_000)
    await write(target, { fallback: B })
  })
})

describe('a version id', () => {
  it('is the same on every try, and another for another field, base, key or secret', async () => {
    const target = await secretWith(documentWith(A))
    const put = (): string => String(sandbox.log.findLast(({ operation }) => operation === 'PutSecretValue')?.input['ClientRequestToken'])
    await write(target, { fallback: B })
    const first = put()
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    await write(target, { fallback: null })
    await write(target, { fallback: B })
    expect(put()).toBe(first)
    expect(labels()['keyrot.abcd1234.prod.next']).toBe(first)
    sandbox.hands.put('app', documentWith(A, 2))
    await write(target, { fallback: C })
    await write(target, { fallback: B })
    expect(put()).not.toBe(first)
  })

  it('that an earlier run left behind with another value gives way to the next one', async () => {
    const target = await secretWith(documentWith(A))
    await write(target, { fallback: B })
    await write(target, { fallback: null })
    const again = { secret: C.secret, marker: B.marker }
    await write(target, { fallback: again })
    expect(value((await target.observe()).fallback)).toBe(C.secret.reveal())
    const before = sandbox.hands.view('app').versions.length
    await write(target, { fallback: null })
    await write(target, { fallback: again })
    expect(sandbox.hands.view('app').versions.length).toBe(before)
  })
})

describe('what cannot be trusted', () => {
  it('is not made current: a version that reads back as something else', async () => {
    const target = await secretWith(documentWith(A))
    let put = ''
    sandbox.hands.meddle(({ operation, input }) => {
      if (operation === 'PutSecretValue') put = String(input['ClientRequestToken'])
      if (operation !== 'GetSecretValue' || input['VersionId'] !== put) return 'answer'
      return { body: JSON.stringify({ VersionId: put, SecretString: documentWith(C), VersionStages: [] }) }
    })
    await expect(write(target, { current: B })).rejects.toMatchObject({ code: 'KR_AWS_READ_BACK', kind: 'rejected' })
    expect(current()).toBe(documentWith(A))
  })

  it('has no date before it came into use: not when it was staged, nor when it was current the time before', async () => {
    const target = await secretWith(documentWith(A))
    const since = async (): Promise<number | null> => (await target.observe()).since
    const hour = 3_600_000
    await write(target, { fallback: B })
    sandbox.hands.advance(hour)
    await write(target, { current: B, fallback: A })
    expect(await since()).toBe(START + hour)
    sandbox.hands.advance(hour)
    await write(target, { current: A, fallback: B })
    expect(await since()).toBe(START + 2 * hour)
  })
})
