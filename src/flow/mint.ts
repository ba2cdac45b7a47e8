/**
 * Mint: make sure that the incoming key's value is at hand, creating the key if it is not. The provider shows a value once,
 * so a value that was lost is not searched for: the next attempt gets the next name, and the lost key dies of its birth life.
 */
import { formatKeyName } from '../domain/key-name.ts'
import { MAX_ATTEMPTS } from '../domain/policy.ts'
import { halfLife, hasBirthLife } from '../domain/warrant.ts'
import { KeyrotError } from '../domain/errors.ts'
import type { Ms } from '../domain/duration.ts'
import type { KeyNote } from '../domain/record.ts'
import type { Secret } from '../domain/secret.ts'
import { everywhere, incoming, isDead, type Context } from './context.ts'
import type { KnownKey } from './identify.ts'
import { valueHeldElsewhere } from './others.ts'
import { onHumanTime } from './question.ts'
import { goForward } from './turn.ts'
import { conclude, needed, reconsider, satisfied, stopped, type Act, type Look, type StepLogic } from './step.ts'

export const mint: StepLogic = { look, act }

async function look(cx: Context): Promise<Look> {
  const key = incoming(cx)
  if (everywhere(cx) && !isDead(cx, key)) return satisfied('every target has the key; its value is no longer needed')
  if (cx.direction === 'back') return lookBack(cx, key)
  if (key === null) return needed('no key of this generation is at hand')
  if (key.secret === null) return needed('the value of this generation is lost')
  return isDead(cx, key) || isSpent(cx, key) ? needed('the key of this generation ends too soon or is gone') : satisfied('its value is at hand')
}

function lookBack(cx: Context, key: KnownKey | null): Look {
  if (key?.secret == null) return needed('the value of the old key is not at hand')
  return isDead(cx, key) ? needed('the old key is dead') : satisfied('the value of the old key is at hand')
}

/** Whether a key at hand can no longer become current: expired, vanished, or past the half of its life in which it may be committed. */
function isSpent(cx: Context, key: KnownKey): boolean {
  const listing = cx.survey.listing
  if (listing === null || key.id === null) return false
  if (key.listed === null) return isOldNews(cx, key)
  const { createdAt, expiresAt } = key.listed
  if (expiresAt === null) return false
  if (expiresAt <= listing.serverTime) return true
  return hasBirthLife(createdAt, expiresAt, cx.credential.policy.birthLife) && listing.serverTime >= halfLife(createdAt, expiresAt)
}

/** A key that a listing misses is gone, unless it is too young for a stale listing to show it. */
function isOldNews(cx: Context, key: KnownKey): boolean {
  const attempt = cx.book.run.attempts.find((note) => note.key?.id === key.id)
  return attempt === undefined || cx.ws.clock.now() - attempt.intendedAt > 2 * cx.credential.policy.listDelay
}

async function act(cx: Context): Promise<Act> {
  if (cx.direction === 'back') return goForward(cx, incoming(cx)?.secret == null ? 'its value is in no slot that can be read' : 'it is dead')
  await abandonLost(cx)
  return cx.credential.provider.mint === undefined ? paste(cx) : create(cx)
}

/** The attempt whose value is lost is over: the ratchet in the record says whether it may ever die without a warrant. */
async function abandonLost(cx: Context): Promise<void> {
  const key = incoming(cx)
  const open = cx.book.run.attempts.filter((note) => !note.abandoned)
  if (open.length === 0 && key === null) return
  await cx.book.saveRun((run) => ({ ...run, attempts: run.attempts.map((note) => ({ ...note, abandoned: true })) }))
  await cx.book.append('key.abandoned', { step: 'mint', data: { name: key?.name ?? open.at(-1)?.name ?? null } })
}

async function create(cx: Context): Promise<Act> {
  const attempt = Math.max(cx.spent, cx.book.record.attempts) + 1 + (cannotWait(cx) ? 1 : 0)
  // A key that a person has made needs no name of ours to be found by.
  if (attempt > MAX_ATTEMPTS) return cx.options.pasted === null ? stopped(triesUsed(cx)) : paste(cx)
  if (await waitOutUnseen(cx)) return reconsider('an earlier create has been waited out')
  const name = formatKeyName({ ns: cx.ws.ns, credential: cx.credential.name, generation: cx.book.run.generation, attempt })
  await intend(cx, attempt, name)
  const minted = await cx.credential.provider.mint?.(name, birthLife(cx))
  if (minted === undefined) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'the provider lost its ability to mint' })
  const note: KeyNote = { id: minted.id, name, fingerprint: minted.secret.fingerprint }
  cx.memory.keep(minted.secret, note)
  await cx.book.noteAttempt(attempt, { key: note })
  cx.facts.moments.set('minted', cx.ws.clock.now())
  await cx.book.append('key.minted', { step: 'mint', data: { id: note.id, name, fingerprint: note.fingerprint } })
  return conclude('a key was minted')
}

/** Life at birth: short where keys can end by themselves, so that a lost value costs little. */
export function birthLife(cx: Context): Ms | null {
  const { provider, policy } = cx.credential
  return provider.limits.expiry && policy.lifetime !== null ? policy.birthLife : null
}

/**
 * A create that was sent and not answered may show up in listings late, and a lost record may hide one. Waits until any such
 * key would be visible; true if it waited, so that the world is looked at again.
 */
async function waitOutUnseen(cx: Context): Promise<boolean> {
  const { clock } = cx.ws
  const { listDelay } = cx.credential.policy
  if (cx.survey.listing === null) return false
  const last = cx.book.run.attempts.filter((note) => note.key === null).at(-1)?.intendedAt
  const hidden = cx.facts.recordKept || cx.facts.waitedOut || cannotWait(cx) ? undefined : clock.now()
  const from = Math.max(last ?? 0, hidden ?? 0)
  cx.facts.waitedOut = true
  const left = from + listDelay - clock.now()
  if (from === 0 || left <= 0) return false
  cx.book.tell('step.waiting', { step: 'mint', code: 'KR_WAITING_LISTING', data: { ms: left } })
  await clock.sleep(left)
  return true
}

/** An incident without a record passes over one name instead of waiting: a create that nobody remembers has at most that one. */
function cannotWait(cx: Context): boolean {
  return cx.book.run.incident !== undefined && !cx.facts.recordKept
}

/** The intent, durable before the create goes out (I7). A name is spent by its intent: it is never sent twice. */
async function intend(cx: Context, attempt: number, name: string): Promise<void> {
  const note = { attempt, name, intendedAt: cx.ws.clock.now(), key: null, committedAt: null, abandoned: false }
  await cx.book.save((record) => ({
    ...record,
    attempts: attempt,
    run: record.run === null ? null : { ...record.run, attempts: [...record.run.attempts, note] },
  }))
}

async function paste(cx: Context): Promise<Act> {
  const given = await askForKey(cx)
  if (given === null) return stopped(newKeyWanted(cx))
  const refusal = await refusalOf(cx, given)
  if (refusal !== null) return stopped({ status: 'refused', code: 'KR_PASTED_KEY_REFUSED', message: `the pasted key was refused: ${refusal}` })
  const attempt = Math.max(cx.spent, cx.book.record.attempts) + 1
  const name = formatKeyName({ ns: cx.ws.ns, credential: cx.credential.name, generation: cx.book.run.generation, attempt })
  await intend(cx, attempt, name)
  const fitting = (cx.survey.listing?.keys ?? []).filter((key) => given.fits(key.hint))
  const note: KeyNote = { id: fitting.length === 1 ? (fitting[0]?.id ?? null) : null, name, fingerprint: given.fingerprint }
  cx.memory.keep(given, note)
  await cx.book.noteAttempt(attempt, { key: note })
  cx.facts.moments.set('minted', cx.ws.clock.now())
  await cx.book.append('key.minted', { step: 'mint', code: 'KR_PASTED', data: { fingerprint: note.fingerprint } })
  return conclude('a key was pasted')
}

async function askForKey(cx: Context): Promise<Secret | null> {
  if (cx.options.pasted !== null) return cx.options.pasted
  const { prompter } = cx.ws
  if (prompter === null) return null
  return onHumanTime(cx, () =>
    prompter.paste({
      id: 'new-key',
      title: `paste the new key for ${cx.credential.name}`,
      facts: [`create it at ${cx.credential.provider.dashboard}`, 'it is not shown and not stored; it goes only into the targets'],
    }),
  )
}

async function refusalOf(cx: Context, given: Secret): Promise<string | null> {
  const shape = cx.credential.provider.refusePasted?.(given) ?? null
  if (shape !== null) return shape
  if (cx.roles.a?.fingerprint === given.fingerprint) return 'it is the key in use'
  const elsewhere = await valueHeldElsewhere(cx, given)
  return elsewhere === null ? null : `${elsewhere} holds it`
}

function newKeyWanted(cx: Context): Parameters<typeof stopped>[0] {
  return {
    status: 'parked',
    code: 'KR_NEW_KEY_WANTED',
    message: `${cx.credential.name}: a new key is wanted; without an admin key a person creates it`,
    hints: [`create a key at ${cx.credential.provider.dashboard}`, 'paste it at a terminal, or pipe it in with --new-key-stdin'],
    command: `keyrot ${cx.book.run.incident === undefined ? 'rotate' : 'incident'} ${cx.credential.name} --new-key-stdin`,
  }
}

/** An incident is not put back: a person makes the key that keyrot could not. */
function triesUsed(cx: Context): Parameters<typeof stopped>[0] {
  const { name, provider } = cx.credential
  const byHand = `keyrot incident ${name} --new-key-stdin`
  const incident = cx.book.run.incident !== undefined
  return {
    status: 'person',
    code: 'KR_TRIES_USED',
    message: `${name}: ${MAX_ATTEMPTS} keys were asked for in this generation and none could be put in place`,
    hints: [
      `see what failed: keyrot runs ${name}`,
      incident
        ? `make a key at ${provider.dashboard} and give it: ${byHand}`
        : `then begin anew with the next generation: keyrot rollback ${name}, then keyrot rotate ${name}`,
    ],
    command: incident ? byHand : `keyrot runs ${name}`,
  }
}
