/** Before a matrix without defects means anything: each kind of defect, planted in a good adapter, is found. */
import { describe, expect, it } from 'vitest'
import { KeyrotError } from '../../src/domain/errors.ts'
import { playMatrix } from './matrix.ts'
import type { AnySubject } from './subject.ts'
import { openai } from './subjects/openai.ts'

type World = Awaited<ReturnType<typeof openai.start>>
type Adapter = Awaited<ReturnType<World['connect']>>
type Act = (provider: Adapter, world: World) => Promise<unknown>

const unavailable = (message: string): KeyrotError => new KeyrotError({ code: 'KR_BUG', kind: 'unavailable', message })

/** The adapter with one operation that does this. */
function planted(covers: 'list' | 'expire', act: Act, again: Act = act): AnySubject {
  return { ...openai, operations: [{ name: 'planted', covers: [covers], act, again }] }
}

async function problems(subject: AnySubject, fault: string): Promise<string> {
  const { defects } = await playMatrix(subject, (cell) => cell.fault.name === fault)
  return defects.flatMap((defect) => defect.problems).join('\n')
}

const thrown =
  (made: (error: object, world: World) => unknown): Act =>
  async (provider, world) =>
    provider.list().catch((error: object) => Promise.reject(made(error, world) as Error))

describe('the matrix finds', () => {
  it('nothing in the adapter as it is', async () => {
    expect(
      await problems(
        planted('list', (provider) => provider.list()),
        '503',
      ),
    ).toBe('')
  })

  it('a call that swallows a failure', async () => {
    expect(
      await problems(
        planted('list', (provider) => provider.list().catch(() => [])),
        '503',
      ),
    ).toContain('it said done')
  })

  it('a call that throws what it was given', async () => {
    expect(
      await problems(
        planted(
          'list',
          thrown(() => new Error('fetch failed')),
        ),
        'reset-before-headers',
      ),
    ).toContain('it threw something that is no KeyrotError')
  })

  it('a call that repeats itself', async () => {
    expect(
      await problems(
        planted('list', (provider) => provider.list().catch(() => provider.list())),
        '503',
      ),
    ).toContain('it asked GET api_keys again by itself')
  })

  it('a lost change that is told as one that never was', async () => {
    const act: Act = (provider, { ours }) => provider.expire(ours.id, 1_000).catch(() => Promise.reject(unavailable('not sent')))
    expect(await problems(planted('expire', act), 'effect-then-reset')).toContain('it said unavailable')
  })

  it.each([
    ['in clear', (key: string) => key],
    ['in base64', (key: string) => Buffer.from(`:${key}`).toString('base64')],
    ['in hex', (key: string) => Buffer.from(key).toString('hex')],
    ['for a URL', (key: string) => [...Buffer.from(key)].map((byte) => `%${byte.toString(16)}`).join('')],
  ])('a key %s, hidden in an error', async (_, put) => {
    const hide = thrown((error, { keys }) => Object.defineProperty(error, 'hidden', { value: put(keys['the admin key'] ?? ''), enumerable: false }))
    expect(await problems(planted('list', hide), '503')).toContain('it shows the admin key')
  })

  it('a text of the server in an error', async () => {
    const said = await problems(
      planted(
        'list',
        thrown(() => unavailable('they say: \u001b[31mpwned')),
      ),
      '503',
    )
    expect(said).toContain('no terminal should get')
    expect(said).toContain('repeats a text of the server: pwned')
  })

  it('a cause', async () => {
    expect(
      await problems(
        planted(
          'list',
          thrown((error) => Object.assign(unavailable('x'), { cause: error })),
        ),
        '503',
      ),
    ).toContain('carries a cause')
  })

  it('a key printed on the way', async () => {
    const act: Act = (provider, { keys }) => {
      process.stderr.write(`retrying with ${keys['the admin key']}\n`)
      return provider.list()
    }
    expect(await problems(planted('list', act), '503')).toContain('any key')
  })

  it('a change to what belongs to others', async () => {
    const act = thrown((error, { addKeys }) => {
      addKeys(1)
      return error
    })
    expect(await problems(planted('list', act), '503')).toContain('what belongs to others has changed')
  })

  it('an end that differs', async () => {
    const [act, again]: Act[] = [(provider, { ours }) => provider.expire(ours.id, 1_000), (provider, { ours }) => provider.expire(ours.id, 2_000)]
    expect(await problems(planted('expire', act as Act, again), '503')).toContain('the end differs')
  })

  it('a call site that nobody named, and one that is never reached', async () => {
    const list = planted('list', (provider) => provider.list())
    const nameless = await playMatrix({ ...list, sites: openai.sites.filter(({ name }) => name !== 'GET api_keys') }, () => false)
    expect(nameless.courses.flatMap(({ unnamed }) => unnamed).join()).toMatch(/^GET \/v1\/organization\/projects\/[^/]+\/api_keys$/)
    expect((await playMatrix(list, () => false)).unreached).toContain('DELETE api_key')
  })
})
