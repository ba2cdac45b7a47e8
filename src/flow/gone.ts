/** A key that is refused where nothing else can be compared: dead only if the provider does not list it as living, twice. */
import type { Context } from './context.ts'
import { isListedAs, type KnownKey } from './identify.ts'

/** Looks, so that a listing which is late has caught up: absent twice in a row, a listing's delay apart. */
const LOOKS = 4

/** Whether the provider has no living key like this one. Without a listing only a person can say. */
export async function isGone(cx: Context, key: KnownKey): Promise<boolean> {
  const { provider, policy } = cx.credential
  if (provider.list === undefined) return personSaysDead(cx)
  let absent = 0
  for (let look = 0; look < LOOKS && absent < 2; look++) {
    if (look > 0) await cx.ws.clock.sleep(policy.listDelay)
    const { keys, serverTime } = await provider.list()
    const living = keys.some((listed) => isListedAs(key, listed) && (listed.expiresAt === null || listed.expiresAt > serverTime))
    absent = living ? 0 : absent + 1
  }
  return absent >= 2
}

async function personSaysDead(cx: Context): Promise<boolean> {
  const question = {
    id: 'predecessor-dead',
    title: `the key in use of ${cx.credential.name} is refused; was it revoked?`,
    facts: ['no admin key is configured, so the provider cannot be asked'],
  }
  return (await cx.ws.prompter?.confirm(question)) ?? false
}
