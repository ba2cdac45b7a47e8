/** What sinks share: the form of their settings, and one POST of a text. */
import { z } from 'zod'
import { SECOND, type Ms } from '../domain/duration.ts'
import { KeyrotError } from '../domain/errors.ts'
import { NOTICE_KINDS } from '../domain/notice.ts'
import type { Secret } from '../domain/secret.ts'
import type { Surroundings } from './define.ts'
import { isLoopback } from './endpoint.ts'
import { openHttp } from './http/http.ts'

/** A sink that is slow is not waited for: the run is over, and somebody waits for its end. */
const DEADLINE: Ms = 10 * SECOND
const MOST_BYTES = 64 * 1024

export const hookSchema = z.string().regex(/^(?:env:|file:)/, { error: 'a reference: env:NAME or file:path' })

export const onSchema = z
  .array(z.enum(NOTICE_KINDS))
  .min(1)
  .default([...NOTICE_KINDS])
  .describe('The kinds of notices it gets; all of them, if left out.')

/** A way to post texts to a secret address. Nothing of the address but its host is ever shown. Throws `KR_NOTIFY_ADDRESS` for one that cannot be meant. */
export function openPost(address: Secret, around: Surroundings): (body: string, headers?: Record<string, string>) => Promise<void> {
  const url = addressOf(address.reveal())
  const http = openHttp({ env: around.env, signal: around.signal, turn: around.turn, deadlineMs: around.deadlineMs ?? DEADLINE, maxBytes: MOST_BYTES })
  return async (body, headers = {}) => {
    const answer = await http.fetch(() => ({ 'content-type': 'application/json', 'user-agent': 'keyrot', ...headers }))(url, { method: 'POST', body })
    await answer.body?.cancel()
    if (answer.ok) return
    const message = `${url.host} did not take the notice`
    throw new KeyrotError({ code: 'KR_NOTIFY_REFUSED', kind: 'rejected', message, facts: { status: answer.status } })
  }
}

/** The address comes from the machine's own secrets, not from the config, and no key goes there: any host, but never in the clear. */
function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const usable = url !== null && url.username === '' && url.password === '' && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))
  if (usable) return url
  throw new KeyrotError({
    code: 'KR_NOTIFY_ADDRESS',
    kind: 'config',
    message: 'the address of a webhook is not an https address',
    hints: ['https://…, without user name and password'],
  })
}
