/** Notices to a Slack-compatible webhook (Slack, Mattermost, Rocket.Chat, Discord's `/slack`): one `text`. */
import { z } from 'zod'
import { noticeText } from '../../domain/notice.ts'
import { defineSink } from '../define.ts'
import { openPost, onSchema, hookSchema } from '../post.ts'

const schema = z.strictObject({
  url: hookSchema.describe('The webhook’s address, by reference: whoever has it can write to the channel.'),
  on: onSchema,
})

export const slack = defineSink({
  type: 'slack',
  title: 'a Slack-compatible webhook',
  schema,
  connect: (name, { url, on }, around) => {
    const post = openPost(around.secret(url), around)
    return { name, type: 'slack', wants: (notice) => on.includes(notice.kind), send: (notice) => post(JSON.stringify({ text: plain(noticeText(notice)) })) }
  },
})

/** Slack reads `<`, `>` and `&` as markup; nothing in a notice has one, and nothing is to get one. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
