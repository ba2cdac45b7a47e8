/** What a write to a Vercel variable may touch, when it refuses, and what it makes of Vercel's refusals. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { Target } from '../../../src/ports/target.ts'
import type { EnvView, VariableWish } from '../../../src/sandbox/vercel/vercel.ts'
import { fakeKey } from './fake-key.ts'
import { ownSite, type OwnSite } from './vercel-harness.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const KEY = 'OPENAI_API_KEY'

let site: OwnSite
beforeEach(async () => {
  site = await ownSite()
})
afterEach(() => site.close())

function add(wish: Partial<VariableWish> = {}): EnvView {
  return site.sandbox.hands.addVariable(site.project, { key: KEY, value: A.secret.reveal(), ...wish })
}

const entries = (): readonly EnvView[] => site.sandbox.hands.variables(site.project)
const entry = (): EnvView => entries().find(({ key }) => key === KEY) as EnvView
const writes = () => site.sandbox.log.filter(({ method }) => method !== 'GET')

async function write(target: Target, content: typeof B | null = B): Promise<void> {
  await target.write({ current: content }, (await target.observe()).revision)
}

async function failureOf(act: Promise<unknown>): Promise<KeyrotError> {
  const error: unknown = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(KeyrotError)
  return error as KeyrotError
}

describe('an entry that is there', () => {
  it('keeps its type, environments and comment; the mark stands behind the comment and goes again', async () => {
    const before = add({ type: 'plain', target: ['preview', 'production'], comment: 'asked for by finance' })
    const target = site.connect({ environments: ['production', 'preview'] })
    await write(target)
    expect(entry()).toEqual({
      ...before,
      fingerprint: B.secret.fingerprint,
      comment: expect.stringMatching(/^asked for by finance \[keyrot keyrot\.abcd1234\.demo\.g1\.a98 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\]$/),
      updatedAt: expect.any(Number),
    })
    expect(writes()).toHaveLength(1)
    expect(Object.keys(writes()[0]?.body as object)).toEqual(['value', 'comment'])
    await target.unmark?.((await target.observe()).revision)
    expect(entry()).toMatchObject({ comment: 'asked for by finance', fingerprint: B.secret.fingerprint })
  })

  it('is changed for its branch alone', async () => {
    add({ target: ['preview'], gitBranch: 'feature' })
    const general = add({ target: ['preview'] })
    await write(site.connect({ environments: ['preview'], gitBranch: 'feature', redeploy: 'none' }))
    expect(entries().map(({ gitBranch, fingerprint }) => [gitBranch, fingerprint])).toEqual([
      ['feature', B.secret.fingerprint],
      [null, general.fingerprint],
    ])
  })

  it('of custom environments is found by slug', async () => {
    const { id } = site.sandbox.hands.addCustomEnvironment(site.project, 'qa')
    add({ target: ['production'], customEnvironmentIds: [id] })
    await write(site.connect({ environments: ['qa', 'production'] }))
    expect(entry()).toMatchObject({ target: ['production'], customEnvironmentIds: [id], fingerprint: B.secret.fingerprint })
    expect(await failureOf(site.connect({ environments: ['nowhere', 'production'] }).observe())).toMatchObject({
      code: 'KR_VERCEL_ENVIRONMENTS',
      kind: 'refused',
    })
  })

  it('is found on a later page', async () => {
    site.sandbox.hands.tune({ envPage: 2 })
    for (let count = 0; count < 5; count += 1)
      await site.call('POST', `/v10/projects/${site.project}/env`, { key: `OTHER_${count}`, value: 'x', type: 'plain', target: ['production'] })
    add()
    expect((await site.connect().observe()).current).toMatchObject({ is: 'value' })
  })

  it.each([
    ['covers more environments', { target: ['production', 'preview'] }, { environments: ['production'] }, 'also covers preview'],
    ['covers fewer', { target: ['production'] }, { environments: ['production', 'preview'] }, 'entries of their own: [production]'],
  ])('is refused with a list where it %s', async (_, wish, settings, words) => {
    add(wish)
    const target = site.connect(settings)
    for (const act of [target.observe(), target.write({ current: B }, null)]) {
      const error = await failureOf(act)
      expect(error).toMatchObject({ code: 'KR_VERCEL_ENVIRONMENTS', kind: 'refused' })
      expect(error.message).toContain(words)
    }
    expect(writes()).toEqual([])
  })

  it.each([
    ['sensitive', 'readable'],
    ['encrypted', 'sensitive'],
  ] as const)('is refused when it is %s and the config says %s', async (type, visibility) => {
    add({ type })
    const error = await failureOf(site.connect({ visibility }).observe())
    expect(error).toMatchObject({ code: 'KR_VERCEL_KIND', kind: 'refused' })
    expect(error.hints).toEqual([`set \`visibility: ${type === 'sensitive' ? 'sensitive' : 'readable'}\``])
  })

  it('is refused when it is empty, a system variable, or not shown', async () => {
    const { id } = add({ value: '' })
    expect(await failureOf(site.connect().observe())).toMatchObject({ code: 'KR_VERCEL_EMPTY' })
    site.sandbox.hands.editVariable(site.project, id, { value: A.secret.reveal() })
    site.sandbox.hands.tune({ showValues: false })
    expect(await failureOf(site.connect().observe())).toMatchObject({ code: 'KR_VERCEL_UNREADABLE' })
    expect(await site.connect().rights?.()).toContainEqual(expect.objectContaining({ what: `read the value of ${KEY}`, state: 'missing' }))
    site.sandbox.hands.editVariable(site.project, id, { type: 'system' })
    expect(await failureOf(site.connect().observe())).toMatchObject({ code: 'KR_VERCEL_KIND' })
  })

  it('is not taken away, whatever is asked: keyrot did not create it', async () => {
    add()
    const target = site.connect()
    await write(target)
    expect(await failureOf(write(target, null))).toMatchObject({ code: 'KR_VERCEL_NOT_OURS', kind: 'refused' })
    expect(entry().fingerprint).toBe(B.secret.fingerprint)
  })
})

describe('no entry', () => {
  it('is created with what the config says, and may be taken away until the mark is gone', async () => {
    const { id } = site.sandbox.hands.addCustomEnvironment(site.project, 'qa')
    const target = site.connect({ visibility: 'sensitive', environments: ['production', 'qa'] })
    await write(target, A)
    expect(entry()).toMatchObject({
      type: 'sensitive',
      target: ['production'],
      customEnvironmentIds: [id],
      comment: expect.stringMatching(/^\[keyrot .* created\]$/),
    })
    await write(target)
    await write(target, null)
    expect(entries()).toEqual([])
    await write(target, A)
    await target.unmark?.((await target.observe()).revision)
    expect(await failureOf(write(target, null))).toMatchObject({ code: 'KR_VERCEL_NOT_OURS' })
  })

  it('cannot be told where variables are hidden, and nothing is created then', async () => {
    add({ hidden: true })
    const target = site.connect()
    expect((await target.observe()).current).toEqual({ is: 'unknown' })
    expect(await failureOf(write(target))).toMatchObject({ code: 'KR_VERCEL_HIDDEN', kind: 'refused' })
    expect(writes()).toEqual([])
  })

  it('that becomes sensitive by a policy of the team is taken away again', async () => {
    site.sandbox.hands.tune({ forceSensitive: true })
    expect(await failureOf(write(site.connect()))).toMatchObject({ code: 'KR_VERCEL_KIND', kind: 'refused' })
    expect(entries()).toEqual([])
  })

  it('stays none where a 201 lists it as failed', async () => {
    site.sandbox.refuse({ as: 'failed-in-201', method: 'POST' })
    const error = await failureOf(write(site.connect()))
    expect(error).toMatchObject({ code: 'KR_VERCEL_CHANGED', kind: 'conflict', facts: { status: 201, providerCode: 'env_conflict' } })
    expect(error.message).not.toContain('already exists for the target')
  })
})

describe('the mark', () => {
  const MOST = 500

  it('is left out of a readable entry whose comment has no room; no word of the comment is touched', async () => {
    add({ comment: 'c'.repeat(MOST) })
    const target = site.connect()
    await write(target)
    expect(entry()).toMatchObject({ comment: 'c'.repeat(MOST), fingerprint: B.secret.fingerprint })
    expect((await target.observe()).marked).toBe(false)
  })

  it('of a sensitive entry needs room: it is the only thing that tells', async () => {
    const before = add({ type: 'sensitive', comment: 'c'.repeat(MOST - 10) })
    const target = site.connect({ visibility: 'sensitive' })
    expect(await failureOf(write(target))).toMatchObject({ code: 'KR_VERCEL_COMMENT', kind: 'refused' })
    expect(entry()).toEqual(before)
    expect(await target.remarks?.()).toContainEqual(expect.objectContaining({ code: 'comment-too-long', severity: 'obstacle' }))
  })

  it('says less where there is little room', async () => {
    add({ type: 'sensitive', comment: 'c'.repeat(MOST - 100) })
    const target = site.connect({ visibility: 'sensitive' })
    const { revision } = await target.observe()
    await target.write({ current: { ...B, predecessor: `keyrot.abcd1234.demo.g0.id.${'k'.repeat(40)}` } }, revision)
    expect(entry().comment).not.toContain(' after ')
    expect(await target.observe()).toMatchObject({ current: { is: 'marker', marker: B.marker } })
  })

  it('fits to the last character', async () => {
    add({ type: 'sensitive', comment: 'c' })
    const target = site.connect({ visibility: 'sensitive' })
    await write(target)
    const length = (entry().comment ?? '').length - 1
    site.sandbox.hands.editVariable(site.project, entry().id, { comment: 'c'.repeat(MOST - length) })
    await write(target)
    expect(entry().comment).toHaveLength(MOST)
  })

  it('of another credential or another config is a word like any other', async () => {
    const theirs = 'shared [keyrot keyrot.abcd1234.other.g1.a1 2026-11-20T12:00:00Z] [keyrot keyrot.zzzz1234.demo.g1.a1 2026-11-20T12:00:00Z]'
    add({ comment: theirs, type: 'sensitive' })
    const target = site.connect({ visibility: 'sensitive' })
    expect(await target.observe()).toMatchObject({ current: { is: 'unknown' }, marked: false })
    await write(target)
    expect(entry().comment).toContain(theirs)
    await target.unmark?.((await target.observe()).revision)
    expect(entry().comment).toBe(theirs)
  })

  it('is believed by another process too, until somebody changes the entry', async () => {
    add({ type: 'sensitive' })
    const settings = { visibility: 'sensitive' }
    await write(site.connect(settings))
    expect((await site.connect(settings).observe()).current).toEqual({ is: 'marker', marker: B.marker })
    site.sandbox.hands.advance(120_000)
    site.sandbox.hands.editVariable(site.project, entry().id, { value: 'somebody else put this here' })
    expect(await site.connect(settings).observe()).toMatchObject({ current: { is: 'unknown' }, marked: true })
  })

  it('that its own process left is believed to the millisecond', async () => {
    add({ type: 'sensitive' })
    const target = site.connect({ visibility: 'sensitive' })
    await write(target)
    site.sandbox.hands.editVariable(site.project, entry().id, { value: 'somebody else put this here' })
    expect((await target.observe()).current).toEqual({ is: 'unknown' })
  })
})

describe('an edit by somebody else', () => {
  it('between the look and the write is noticed, and nothing is overwritten', async () => {
    add()
    const target = site.connect()
    const { revision } = await target.observe()
    site.sandbox.hands.editVariable(site.project, entry().id, { value: 'theirs' })
    const theirs = entry()
    expect(await failureOf(target.write({ current: B }, revision))).toMatchObject({ code: 'KR_VERCEL_CHANGED', kind: 'conflict' })
    expect(entry()).toEqual(theirs)
  })

  it('in the one request after the last look is seen by reading back', async () => {
    add()
    const target = site.connect()
    const { revision } = await target.observe()
    // every request waits a little before it looks: the edit falls between the change and the read-back
    site.sandbox.hands.tune({ latencyMs: 80 })
    const writing = failureOf(target.write({ current: B }, revision))
    await logged('PATCH')
    site.sandbox.hands.editVariable(site.project, entry().id, { value: 'theirs' })
    expect(await writing).toMatchObject({ code: 'KR_VERCEL_CHANGED', kind: 'conflict' })
  })

  it('of more than the value, right after the write, is not taken for our own doing', async () => {
    add()
    const target = site.connect()
    site.sandbox.hands.tune({ latencyMs: 80 })
    const writing = failureOf(write(target))
    await logged('PATCH')
    site.sandbox.hands.editVariable(site.project, entry().id, { target: ['production', 'preview'] })
    expect(await writing).toMatchObject({ code: 'KR_VERCEL_ALTERED', kind: 'refused' })
  })

  it('between the listing and the reading of the value is one look too many', async () => {
    add()
    site.sandbox.hands.tune({ latencyMs: 80 })
    const looking = failureOf(site.connect().observe())
    await logged('GET')
    site.sandbox.hands.editVariable(site.project, entry().id, { target: ['production', 'preview'] })
    expect(await looking).toMatchObject({ code: 'KR_VERCEL_CHANGED', kind: 'conflict' })
  })

  /** Until the sandbox has answered such a request. */
  async function logged(wanted: string): Promise<void> {
    while (!site.sandbox.log.some(({ method }) => method === wanted)) await new Promise((resolve) => setTimeout(resolve, 2))
  }
})

describe("Vercel's refusals", () => {
  it.each([
    ['rate-limit', { kind: 'rate-limited', code: 'KR_VERCEL_RATE_LIMITED', facts: { status: 429, retryAfterMs: 7_000, providerCode: 'rate_limited' } }],
    ['ongoing-update', { kind: 'unavailable', code: 'KR_VERCEL_BUSY', retryable: true, facts: { status: 400 } }],
    ['forbidden', { kind: 'forbidden', code: 'KR_VERCEL_FORBIDDEN' }],
    ['transferring', { kind: 'rejected', code: 'KR_VERCEL_REJECTED', facts: { status: 409, providerCode: 'conflict' } }],
    ['payment', { kind: 'rejected', code: 'KR_VERCEL_REJECTED', facts: { status: 402 } }],
    ['internal', { kind: 'ambiguous', code: 'KR_VERCEL_AMBIGUOUS' }],
  ] as const)('%s of a change', async (as, meaning) => {
    const before = add()
    const target = site.connect()
    site.sandbox.refuse({ as, method: 'PATCH', retryAfter: 7 })
    expect(await failureOf(write(target))).toMatchObject(meaning)
    expect(entry()).toEqual(before)
    await write(target)
    expect(entry().fingerprint).toBe(B.secret.fingerprint)
  })

  it('in words of its own choosing are not repeated', async () => {
    add()
    const target = site.connect()
    site.sandbox.refuse({ as: 'hostile', method: 'PATCH' })
    const error = await failureOf(write(target))
    expect(error).toMatchObject({ code: 'KR_VERCEL_REJECTED', facts: { status: 400 } })
    expect(error.facts).not.toHaveProperty('providerCode')
    expect(JSON.stringify([error, error.message, error.stack])).not.toMatch(/pwned|u001b/)
  })

  it('of two writers at once, one is turned away and nothing is lost', async () => {
    site.sandbox.hands.tune({ writeMs: 150 })
    add()
    add({ key: 'OTHER_KEY' })
    const [first, second] = [site.connect(), site.connect({ variable: 'OTHER_KEY' })]
    expect(first.traits.record).toBe(second.traits.record)
    const outcomes = await Promise.allSettled([write(first), write(second)])
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as KeyrotError] : []))
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({ code: 'KR_VERCEL_BUSY', kind: 'unavailable' })
  })

  it('a lost answer to a change is ambiguous, and the next look tells', async () => {
    add()
    const target = site.connect()
    site.sandbox.refuse({ as: 'lost', method: 'PATCH' })
    expect(await failureOf(write(target))).toMatchObject({ kind: 'ambiguous', code: 'KR_HTTP_CUT_OFF' })
    expect((await target.observe()).current).toMatchObject({ is: 'value', secret: B.secret })
  })

  it('a lost answer of a sensitive change is told by the mark', async () => {
    add({ type: 'sensitive' })
    const target = site.connect({ visibility: 'sensitive' })
    await write(target, A)
    site.sandbox.refuse({ as: 'lost', method: 'PATCH' })
    expect(await failureOf(write(target))).toMatchObject({ kind: 'ambiguous' })
    expect((await target.observe()).current).toEqual({ is: 'marker', marker: B.marker })
  })

  it('fresh authentication is asked for: no token can answer that', async () => {
    add()
    site.sandbox.hands.challenge(site.project)
    expect(await failureOf(site.connect().observe())).toMatchObject({
      code: 'KR_VERCEL_STEP_UP',
      kind: 'forbidden',
      facts: { providerCode: 'challenge_required' },
    })
    expect(await site.connect().rights?.()).toContainEqual(expect.objectContaining({ what: `read the value of ${KEY}`, state: 'missing' }))
  })

  it('a token that is not known, a team that is missing, a project that is not there', async () => {
    const around = { secret: () => fakeKey('t').secret }
    expect(await failureOf(site.connect({}, around).observe())).toMatchObject({ code: 'KR_VERCEL_UNAUTHORIZED', kind: 'unauthorized' })
    expect(await failureOf(site.connect({ team: undefined }).observe())).toMatchObject({ code: 'KR_VERCEL_NOT_FOUND', kind: 'not-found' })
    expect(await failureOf(site.connect({ project: 'elsewhere' }).observe())).toMatchObject({ code: 'KR_VERCEL_NOT_FOUND', kind: 'not-found' })
  })

  it('a key with blanks is not sent', async () => {
    add()
    const target = site.connect()
    const broken = { secret: new (A.secret.constructor as new (text: string) => typeof A.secret)('sk-1\nX=2'), marker: A.marker }
    expect(await failureOf(write(target, broken))).toMatchObject({ code: 'KR_VERCEL_VALUE', kind: 'refused' })
    expect(writes()).toEqual([])
  })
})

it('neither the log of the sandbox nor an error holds a value', async () => {
  add({ comment: `the key is ${A.secret.reveal()}` })
  await write(site.connect())
  const text = JSON.stringify([site.sandbox.log, site.sandbox.hands.variables(site.project)])
  for (const key of [A, B]) expect(JSON.stringify(site.sandbox.log).includes(key.secret.reveal())).toBe(false)
  expect(text.includes(B.secret.reveal())).toBe(false)
})
