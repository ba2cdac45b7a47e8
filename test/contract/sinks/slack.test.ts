import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slack } from '../../../src/adapters/sinks/slack.ts'
import { around, NOTICE } from './around.ts'
import { startReceiver, type Receiver } from './receiver.ts'

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())

const settings = slack.schema.parse({ url: 'env:HOOK' })
const connected = (address: string): ReturnType<typeof slack.connect> => slack.connect('team', settings, around({ 'env:HOOK': address }))

describe('the slack sink', () => {
  it('posts one sentence', async () => {
    await connected(receiver.url).send(NOTICE)
    const [{ body, headers } = { body: '', headers: {} }] = receiver.received
    expect(JSON.parse(body)).toEqual({ text: 'prod-api: a person is wanted, since 2026-11-21 [KR_APPROVAL_WANTED]; keyrot approve prod-api' })
    expect(headers['content-type']).toBe('application/json')
  })

  it.each([
    [500, 'KR_NOTIFY_REFUSED'],
    [404, 'KR_NOTIFY_REFUSED'],
    [302, 'KR_HTTP_REDIRECTED'],
  ])('says that it was not taken: %i', async (status, code) => {
    receiver.status = status
    await expect(connected(receiver.url).send(NOTICE)).rejects.toMatchObject({ code })
    receiver.status = 200
  })

  it.each(['http://example.com/hook', 'https://user:word@example.com/hook', 'ftp://example.com', 'not an address'])(
    'refuses the address %s, and does not repeat it',
    (address) => {
      const attempt = (): unknown => connected(address)
      expect(attempt).toThrow(expect.objectContaining({ code: 'KR_NOTIFY_ADDRESS' }))
      expect(() => attempt()).toThrow(/^the address of a webhook is not an https address$/)
    },
  )

  it('wants what it was asked to want', () => {
    const picky = slack.connect('team', slack.schema.parse({ url: 'env:HOOK', on: ['incident'] }), around({ 'env:HOOK': receiver.url }))
    expect(picky.wants(NOTICE)).toBe(false)
    expect(picky.wants({ ...NOTICE, kind: 'incident' })).toBe(true)
    expect(connected(receiver.url).wants(NOTICE)).toBe(true)
  })
})
