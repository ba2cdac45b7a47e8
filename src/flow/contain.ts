/**
 * Contain: a leaked key's end at the provider while its incident goes on. Near, it is a deletion put on a clock: should keyrot and its
 * machine vanish, the key dies by itself. So it asks what a deletion asks. As long as somebody out of sight may live on the key, its end
 * is far, whoever moved it near before; and whatever ends an invocation moves it out again.
 */
import type { ContainedNote, IncidentNote, RunNote } from '../domain/record.ts'
import { KeyrotError, toKeyrotError } from '../domain/errors.ts'
import { SECOND } from '../domain/duration.ts'
import { committedLife, LONGEST_LIFE } from '../domain/policy.ts'
import { isDead, isLeaked, leaving, wasCommitted, type Context } from './context.ts'
import { sameKey, type KnownKey } from './identify.ts'
import { referencesElsewhere } from './others.ts'
import { ACTED, needed, satisfied, skipped, type Act, type Look, type StepLogic } from './step.ts'

export const contain: StepLogic = { look, act }

/** What moving an end takes; there is less than a walk where an invocation ended early. */
export type Releasing = Pick<Context, 'ws' | 'credential' | 'book' | 'facts' | 'findings'>

/** A leaked key whose end can be moved, and who may live on it out of sight. */
interface Leaked {
  readonly key: KnownKey
  readonly id: string
  readonly dependents: readonly string[]
}

async function look(cx: Context): Promise<Look> {
  if (cx.credential.provider.expire === undefined) {
    say(cx, 'not-contained', 'no admin key is configured: the leaked key lives until a person revokes it')
    return skipped('no admin key is configured')
  }
  const all = await leakedKeys(cx)
  for (const { dependents } of all.filter((one) => one.dependents.length > 0))
    say(cx, 'not-contained', `the leaked key does not end by itself: ${dependents.join(', ')} may live on it, and cannot be moved or was not named`)
  return all.some((one) => isOpen(cx, one)) ? needed('the leaked key does not end when it should') : satisfied('the leaked key ends when it should')
}

async function act(cx: Context): Promise<Act> {
  for (const leaked of await leakedKeys(cx)) {
    if (!isOpen(cx, leaked)) continue
    if (leaked.dependents.length === 0) await moveNear(cx, leaked.id)
    else await tolerant(cx, leaked.id, () => moveOut(cx, leaked.id), 'its end stays where it is')
  }
  return ACTED
}

/** Moves the end on while the run waits for something slow. Costs nothing while half of the time is left. */
export async function prolong(cx: Context): Promise<void> {
  for (const one of incidentOf(cx)?.contained ?? []) if (!isOver(cx, one.id) && !isHeld(cx, one)) await moveNear(cx, one.id)
}

/** A key that was never in use is left out: it ends of its birth life, and nobody lives on it. */
async function leakedKeys(cx: Context): Promise<readonly Leaked[]> {
  const used = leaving(cx).filter((key) => sameKey(key, cx.roles.a) || wasCommitted(cx, key))
  const movable = used.flatMap((key) => (key.id === null || isOver(cx, key.id) || cx.facts.uncontainable.has(key.id) ? [] : [{ key, id: key.id }]))
  return Promise.all(movable.map(async (one) => ({ ...one, dependents: [...outOfReach(cx, one.key), ...(await elsewhere(cx, one))] })))
}

function isOver(cx: Releasing, id: string): boolean {
  return cx.book.run.retired.includes(id) || isDead(cx, { id, name: null, fingerprint: null })
}

/** Targets that the incident goes without, and that nobody has given up by name; a key that has not leaked is given up nowhere. */
function outOfReach(cx: Context, key: KnownKey): readonly string[] {
  return cx.debts.filter((name) => !isLeaked(cx, key) || incidentOf(cx)?.without.includes(name) !== true)
}

/** Slots of other credentials that hold the key, or cannot show that they do not. Looked at once in an invocation: the deletion looks again. */
async function elsewhere(cx: Context, { key, id }: { key: KnownKey; id: string }): Promise<readonly string[]> {
  const known = cx.facts.elsewhere.get(id)
  if (known !== undefined) return known
  const { holders, unsure } = await referencesElsewhere(cx, key)
  const found = [...holders, ...(cx.options.waive.includes('unreferenced') ? [] : unsure)]
  cx.facts.elsewhere.set(id, found)
  return found
}

/** Whether the end is not where it should be, or nobody knows where it is. */
function isOpen(cx: Context, { key, id, dependents }: Leaked): boolean {
  const note = incidentOf(cx)?.contained.find((one) => one.id === id)
  // A near end that is not on record may be that of a run whose record is lost: it is noted as ours, so that a stop moves it out.
  if (dependents.length === 0) return note === undefined || !isHeld(cx, note)
  if (note !== undefined) return true
  return !cx.facts.released.has(id) && (!cx.facts.recordKept || endsSoon(cx, key))
}

function endsSoon({ survey, ws, credential }: Context, { listed }: KnownKey): boolean {
  const end = listed?.expiresAt ?? null
  return end !== null && end - (survey.listing?.serverTime ?? ws.clock.now()) <= credential.policy.safetyHorizon
}

/** Whether the provider has taken an end from this invocation, and half of its time is left: the record says only what was meant. */
function isHeld(cx: Context, { id, until }: ContainedNote): boolean {
  return cx.facts.contained.has(id) && until >= cx.ws.clock.now() + (incidentOf(cx)?.deadman ?? 0) / 2
}

/** On record before the effect: whoever goes on knows that there is an end to move. */
async function moveNear(cx: Context, id: string): Promise<void> {
  const deadman = incidentOf(cx)?.deadman ?? 0
  cx.facts.contained.delete(id)
  await note(cx, id, cx.ws.clock.now() + deadman)
  await tolerant(cx, id, () => setNear(cx, id, deadman), 'it lives until it is deleted')
}

async function setNear(cx: Context, id: string, deadman: number): Promise<void> {
  await cx.credential.provider.expire?.(id, deadman)
  cx.facts.contained.add(id)
  cx.facts.moments.set('contained', cx.facts.moments.get('contained') ?? cx.ws.clock.now())
  await cx.book.append('key.contained', { step: 'contain', data: { id, until: cx.ws.clock.now() + deadman } })
}

async function moveOut(cx: Releasing, id: string): Promise<void> {
  const life = committedLife(cx.credential.policy, cx.credential.provider.limits.maxLife) ?? LONGEST_LIFE
  await cx.credential.provider.expire?.(id, life)
  cx.facts.released.add(id)
  await cx.book.append('key.released', { step: 'contain', data: { id } })
  await note(cx, id, null)
}

/** A definite no is said, and not asked for again; what is only out of reach is tried again by the engine. */
async function tolerant(cx: Context, id: string, move: () => Promise<void>, then: string): Promise<void> {
  try {
    await move()
  } catch (error) {
    if (!isRefusal(error)) throw error
    cx.facts.uncontainable.add(id)
    await note(cx, id, null)
    say(cx, 'not-contained', `the provider refuses to move the end of ${id}; ${then}`)
  }
}

const RELEASE_TRIES = 4

/** A run that stops before the deletion gives the consumers their time back; what it cannot move is said. */
export async function release(cx: Releasing): Promise<void> {
  for (const { id, until } of incidentOf(cx)?.contained ?? []) {
    if (isOver(cx, id) || (await releaseOne(cx, id))) continue
    say(cx, 'still-contained', `${id} ends by itself at ${new Date(until).toISOString()} unless the incident goes on before`)
  }
}

async function releaseOne(cx: Releasing, id: string): Promise<boolean> {
  for (let tries = 0; tries < RELEASE_TRIES; tries++) {
    // Whoever was told to stop does not wait, and tries all the same.
    if (tries > 0) await cx.ws.clock.sleep(SECOND * 2 ** (tries - 1)).catch(() => undefined)
    try {
      await moveOut(cx, id)
      return true
    } catch (thrown) {
      if (isRefusal(thrown) || toKeyrotError(thrown).kind === 'bug') return false
    }
  }
  return false
}

function incidentOf({ book }: Releasing): IncidentNote | null {
  return book.record.run?.incident ?? null
}

/** Puts the end of a key on record, or takes it off. */
async function note({ book }: Releasing, id: string, until: number | null): Promise<void> {
  const added: readonly ContainedNote[] = until === null ? [] : [{ id, until }]
  const noted = (run: RunNote): RunNote => {
    const { incident } = run
    return incident === undefined ? run : { ...run, incident: { ...incident, contained: [...incident.contained.filter((one) => one.id !== id), ...added] } }
  }
  await book.saveRun(noted)
}

function isRefusal(error: unknown): boolean {
  return error instanceof KeyrotError && ['rejected', 'forbidden', 'not-found', 'refused', 'unauthorized'].includes(error.kind)
}

function say(cx: Releasing, code: string, message: string): void {
  cx.findings.push({ code, severity: 'warning', message })
}
