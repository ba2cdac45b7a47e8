import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { webhook } from '../../../src/adapters/sinks/webhook.ts'
import { around, NOTICE, NOW } from './around.ts'
import { startReceiver, type Receiver } from './receiver.ts'

const SIGNING = 'a signing key of some length'.replaceAll(' ', '-')
const page = readFileSync(join(import.meta.dirname, '../../../docs/sinks/webhook.md'), 'utf8')

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())

const sink = (): ReturnType<typeof webhook.connect> =>
  webhook.connect('pager', webhook.schema.parse({ url: 'env:HOOK', signingKey: 'env:KEY' }), around({ 'env:HOOK': receiver.url, 'env:KEY': SIGNING }))

/** The check as the docs give it. */
async function documentedCheck(): Promise<(headers: object, body: string, key: string, now: number) => boolean> {
  const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const module = (await import(`data:text/javascript,${encodeURIComponent(`${code}\nexport { isGenuine }`)}`)) as { isGenuine: never }
  return module.isGenuine
}

describe('the webhook sink', () => {
  it('signs what it sends, as documented', async () => {
    await sink().send(NOTICE)
    const { headers, body } = receiver.received.at(-1)!
    expect(headers['keyrot-signature']).toBe(
      `v1=${createHmac('sha256', SIGNING)
        .update(`${NOW / 1000}.${body}`)
        .digest('hex')}`,
    )
    const isGenuine = await documentedCheck()
    expect(isGenuine(headers, body, SIGNING, NOW)).toBe(true)
    expect(isGenuine(headers, body.replace('prod', 'test'), SIGNING, NOW)).toBe(false)
    expect(isGenuine(headers, body, `${SIGNING}x`, NOW)).toBe(false)
    expect(isGenuine(headers, body, SIGNING, NOW + 301_000)).toBe(false)
    expect(isGenuine({}, body, SIGNING, NOW)).toBe(false)
  })

  it('tells facts only, and neither its key nor its address', async () => {
    await sink().send(NOTICE)
    const { headers, body } = receiver.received.at(-1)!
    expect(JSON.parse(body)).toEqual({
      version: 1,
      id: 'prod-api.g4.needs-person.KR_APPROVAL_WANTED.0',
      kind: 'needs-person',
      credential: 'prod-api',
      code: 'KR_APPROVAL_WANTED',
      generation: 4,
      level: 0,
      at: '2026-11-21T14:00:00.000Z',
      since: '2026-11-21T13:00:00.000Z',
      text: 'prod-api: a person is wanted, since 2026-11-21 [KR_APPROVAL_WANTED]; keyrot approve prod-api',
      command: 'keyrot approve prod-api',
    })
    expect(JSON.stringify([headers, body])).not.toContain(SIGNING)
  })

  it('says that nobody took it, by the host alone', async () => {
    receiver.status = 503
    const error = await sink()
      .send(NOTICE)
      .catch((thrown: unknown) => thrown as Error)
    receiver.status = 200
    expect(error).toMatchObject({ code: 'KR_NOTIFY_REFUSED', facts: { status: 503 } })
    expect(JSON.stringify(error)).not.toContain('/hook/')
  })
})
