/** Notices as JSON to a webhook of your own, signed: HMAC-SHA256 over `timestamp.body`. */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { SECOND } from '../../domain/duration.ts'
import { commandOf, noticeText, type Notice } from '../../domain/notice.ts'
import { defineSink } from '../define.ts'
import { openPost, onSchema, hookSchema } from '../post.ts'

const schema = z.strictObject({
  url: hookSchema.describe('The address that takes the notices, by reference.'),
  signingKey: hookSchema.describe('The key of the signature, by reference; at least 16 characters.'),
  on: onSchema,
})

export const webhook = defineSink({
  type: 'webhook',
  title: 'a signed webhook',
  schema,
  connect: (name, { url, signingKey, on }, around) => {
    const post = openPost(around.secret(url), around)
    const key = around.secret(signingKey)
    return {
      name,
      type: 'webhook',
      wants: (notice) => on.includes(notice.kind),
      send: (notice) => {
        const body = JSON.stringify(bodyOf(notice))
        const timestamp = String(Math.floor(around.clock.now() / SECOND))
        const signature = createHmac('sha256', key.reveal()).update(`${timestamp}.${body}`).digest('hex')
        return post(body, { 'keyrot-timestamp': timestamp, 'keyrot-signature': `v1=${signature}` })
      },
    }
  },
})

/** The documented body (docs/notifications.md): fields may be added, never taken away. */
function bodyOf(notice: Notice): object {
  const { id, kind, credential, code, generation, level, at, since } = notice
  const stamp = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
  return { version: 1, id, kind, credential, code, generation, level, at: stamp(at), since: stamp(since), text: noticeText(notice), command: commandOf(notice) }
}
