/**
 * The ladder: delete the key by id; refused → delete the account that keyrot made for exactly this key; else end its life in a
 * second; else a person, who may stop the whole place (engine/place.ts). Each rung only after a definite no to the one before.
 */
import { SECOND } from '../domain/duration.ts'
import { KeyrotError } from '../domain/errors.ts'
import { isOurs, parseKeyName } from '../domain/key-name.ts'
import type { Warrant } from '../domain/warrant.ts'
import type { ProviderKey } from '../ports/provider.ts'
import { incoming, type Context } from './context.ts'
import { soakEnd } from './drain.ts'
import type { KnownKey } from './identify.ts'
import { proveOnce } from './probe.ts'
import { calling, factsForPerson, onHumanTime } from './question.ts'
import type { Stop } from './step.ts'

/** Ends a key by the gentlest rung that holds; a stop where none does. That it is dead is for the caller to observe. */
export async function endKey(cx: Context, key: KnownKey, listed: ProviderKey | null, warrant: Warrant): Promise<Stop | null> {
  const { provider } = cx.credential
  if (provider.retire === undefined || listed === null) return askToRevoke(cx, key)
  await cx.book.append('key.retired', { step: 'retire', code: 'KR_DELETING', data: { id: listed.id } })
  await cx.book.saveRun((run) => ({ ...run, retired: [...run.retired.filter((id) => id !== listed.id), listed.id] }))
  cx.facts.moments.set('deleted', cx.ws.clock.now())
  const deleted = (await provider.retire(warrant)) === 'gone' || (await endAccount(cx, listed, warrant)) || (await cutLife(cx, listed))
  return deleted ? null : refusedToDie(cx)
}

/** An account is deleted only if keyrot made it for exactly this key and a complete listing shows no other key on it. */
async function endAccount(cx: Context, key: ProviderKey, warrant: Warrant): Promise<boolean> {
  const { provider } = cx.credential
  const { owner } = key
  const madeForIt =
    owner.kind === 'service-account' && owner.id !== null && owner.name === key.name && isOurs(parseKeyName(owner.name), cx.ws.ns, cx.credential.name)
  if (!madeForIt || owner.id === null || provider.retireAccount === undefined || provider.list === undefined) return false
  const siblings = (await provider.list()).keys.filter((other) => other.owner.id === owner.id && other.id !== key.id)
  return siblings.length === 0 && (await provider.retireAccount(warrant, owner.id)) === 'gone'
}

async function cutLife(cx: Context, key: ProviderKey): Promise<boolean> {
  if (cx.credential.provider.expire === undefined) return false
  try {
    await cx.credential.provider.expire(key.id, SECOND)
    return true
  } catch (error) {
    if (!isDefiniteNo(error)) throw error
    return false
  }
}

function isDefiniteNo(error: unknown): boolean {
  return error instanceof KeyrotError && (error.kind === 'rejected' || error.kind === 'forbidden')
}

/** The last resort, where the provider has limits that can be set from here. Never taken without being asked for. */
export function lastResort({ name, provider }: Context['credential']): string[] {
  if (provider.setRateLimit === undefined) return []
  return [`last resort, it stops every program in ${provider.project ?? 'the project'}: keyrot revoke ${name} --stop-project`]
}

/** No API can revoke: a person does, and keyrot checks that it was done. */
async function askToRevoke(cx: Context, key: KnownKey): Promise<Stop | null> {
  if (await isRefused(cx, key)) return null
  const page = cx.credential.provider.dashboard
  const { prompter } = cx.ws
  const { leaves } = calling(cx)
  const question = { id: 'revoked-by-hand', title: `revoke the ${leaves} of ${cx.credential.name} at ${page}; done?`, facts: factsForPerson(cx, soakEnd(cx)) }
  const done = prompter === null ? false : await onHumanTime(cx, () => prompter.confirm(question))
  if (done) return null
  return {
    status: 'parked',
    code: 'KR_REVOKE_BY_HAND',
    message: `the ${leaves} of ${cx.credential.name} must be revoked by a person: no admin key is configured`,
    hints: [
      `revoke it at ${page}${key.fingerprint === null ? '' : ` (fingerprint ${key.fingerprint})`}`,
      `then let keyrot prove it dead: keyrot revoke ${cx.credential.name}`,
    ],
    command: `keyrot revoke ${cx.credential.name}`,
  }
}

/** Whether a person has done it already: where nobody can be asked, the key itself can. */
async function isRefused(cx: Context, { secret }: KnownKey): Promise<boolean> {
  const other = incoming(cx)?.secret ?? null
  if (secret === null || other === null) return false
  const verdict = await proveOnce(cx, secret, other, false)
  cx.book.noteOwnCall()
  return verdict.is === 'dead'
}

function refusedToDie(cx: Context): Stop {
  return {
    status: 'person',
    code: 'KR_RETIRE_REFUSED',
    message: `the provider refuses to delete the ${calling(cx).leaves} of ${cx.credential.name}`,
    hints: [`revoke it at ${cx.credential.provider.dashboard}`, `then: keyrot revoke ${cx.credential.name}`, ...lastResort(cx.credential)],
    command: `keyrot revoke ${cx.credential.name}`,
  }
}
