/** Preflight: everything that can be known before anything changes. Reads only, but for a life that is about to end. */
import { formatDuration } from '../domain/duration.ts'
import { committedLife, MAX_SKEW, neededLife } from '../domain/policy.ts'
import { parseKeyName } from '../domain/key-name.ts'
import type { Secret } from '../domain/secret.ts'
import { EVIDENCE_AGE } from '../domain/warrant.ts'
import type { BoundTarget } from '../ports/workspace.ts'
import { everywhere, incoming, isDead, isLeaving, noteDead, roleIn, rolesIn, settledAt, type Context, type TargetRemark } from './context.ts'
import { drift } from './deliver.ts'
import { isGone } from './gone.ts'
import { isListable, sameKey, type KnownKey } from './identify.ts'
import { proveUntil } from './probe.ts'
import { lookForWitness, noteProven } from './witness.ts'
import { ACTED, blocked, needed, satisfied, type Act, type Look, type StepLogic, type Stop } from './step.ts'

export const preflight: StepLogic = { look, act }

type Check = (cx: Context, remarks: Promise<readonly TargetRemark[]>) => Stop | null | Promise<Stop | null>

const CHECKS: readonly Check[] = [
  rightsHeld,
  nothingInTheWay,
  clockInBounds,
  lifeFitsPolicy,
  nothingForeign,
  currentKeysAnswer,
  predecessorNamed,
  rollbackPossible,
]

async function look(cx: Context): Promise<Look> {
  // Asked at once with the rights, and heard in its turn: another check may end the look before that.
  const remarks = remarksOn(cx)
  remarks.catch(() => undefined)
  for (const check of CHECKS) {
    const stop = await check(cx, remarks)
    if (stop !== null) return blocked(stop)
  }
  return endsSoon(cx) === null ? satisfied('all checks passed') : needed('the key in use ends within the safety horizon')
}

function refuse(cx: Context, code: `KR_${string}`, message: string, hints: readonly string[] = []): Stop {
  return { status: cx.book.run.attempts.length === 0 ? 'failed' : 'parked', code, message, hints }
}

/** Before anything changes, once in an invocation: no right is known to be missing. What cannot be tested is not held against the run. */
async function rightsHeld(cx: Context): Promise<Stop | null> {
  if (cx.book.run.attempts.length > 0 || cx.facts.rightsHeld || everywhere(cx)) return null
  const { provider, targets } = cx.credential
  const asked = [provider, ...targets.map((bound) => bound.target)].map(async (one) => (await one.rights?.()) ?? [])
  const missing = (await Promise.all(asked)).flat().filter((right) => right.state === 'missing')
  cx.facts.rightsHeld = missing.length === 0
  if (cx.facts.rightsHeld) return null
  const hints = missing.map((right) => (right.hint === undefined ? right.what : `${right.what}: ${right.hint}`))
  return refuse(cx, 'KR_RIGHT_MISSING', `${cx.credential.name} cannot be rotated: ${missing.length === 1 ? 'a right is' : 'rights are'} missing`, hints)
}

/** Who else manages a record, and what stands against writing there; what is only worth knowing becomes a finding. */
async function nothingInTheWay(cx: Context, asked: Promise<readonly TargetRemark[]>): Promise<Stop | null> {
  const remarks = await asked
  const open = remarks.filter(
    ({ severity, managedElsewhere, target }) => severity === 'obstacle' && !(managedElsewhere === true && cx.options.managedElsewhere.includes(target)),
  )
  for (const { code, severity, message, target } of remarks) if (severity !== 'obstacle') cx.findings.push({ code, severity, message: `${target}: ${message}` })
  if (open.length === 0) return null
  const hints = open.flatMap(({ target, hint, managedElsewhere }) => [
    ...(hint === undefined ? [] : [`${target}: ${hint}`]),
    ...(managedElsewhere === true ? [`or accept by name that it may be written back: --managed-elsewhere ${target}`] : []),
  ])
  const stop = refuse(cx, 'KR_TARGET_OBSTACLE', open.map(({ target, message }) => `${target}: ${message}`).join('; '), hints)
  return cx.book.run.attempts.length === 0 ? { ...stop, status: 'refused' } : stop
}

/** Asked once in an invocation, and not where everything is in place already. */
async function remarksOn(cx: Context): Promise<readonly TargetRemark[]> {
  if (everywhere(cx)) return []
  cx.facts.remarks ??= (await Promise.all(cx.credential.targets.map((bound) => remarksOf(bound)))).flat()
  return cx.facts.remarks
}

async function remarksOf({ name, target }: BoundTarget): Promise<TargetRemark[]> {
  return ((await target.remarks?.()) ?? []).map((remark) => ({ ...remark, target: name }))
}

function clockInBounds(cx: Context): Stop | null {
  const { listing, at } = cx.survey
  if (listing === null || Math.abs(listing.serverTime - at) <= MAX_SKEW) return null
  return refuse(cx, 'KR_CLOCK_SKEW', `this machine's clock is more than ${formatDuration(MAX_SKEW)} away from the provider's`, [
    'set the clock; times decide when keys may die',
  ])
}

function lifeFitsPolicy(cx: Context): Stop | null {
  const { policy, provider } = cx.credential
  const life = committedLife(policy, provider.limits.maxLife)
  const wanted = neededLife(policy)
  if (life === null || life >= wanted) return null
  return refuse(
    cx,
    'KR_LIFETIME_TOO_SHORT',
    `keys of ${cx.credential.name} would live ${formatDuration(life)}, but the policy needs ${formatDuration(wanted)}`,
    ['lifetime must cover maxAge + warnBefore + overlap + quiet + safetyHorizon'],
  )
}

function nothingForeign(cx: Context): Stop | null {
  for (const bound of cx.credential.targets) {
    const seen = cx.survey.observations.get(bound.name)
    if (seen === undefined) continue
    const roles = rolesIn(cx, seen)
    if (roles.current === 'foreign') return drift(cx, bound.name, 'current', seen)
    // Staging would stop there: better before a key is minted than after.
    const stages = cx.direction === 'forward' && bound.target.traits.reads !== 'nothing' && !settledAt(cx, bound.name, seen)
    if (stages && roles.fallback === 'foreign') return drift(cx, bound.name, 'fallback', seen)
  }
  return null
}

/** Baseline: each key found in a `current` slot answers, now or a moment ago. A dead one is noted, and turns the run into a recovery. */
async function currentKeysAnswer(cx: Context): Promise<Stop | null> {
  lookForWitness(cx, cx.survey.listing)
  for (const key of currentKeys(cx)) {
    if (key.secret === null && !isDead(cx, key) && (await isMissing(cx, key))) reportDead(cx, key)
    if (key.secret === null || isDead(cx, key) || hasAnswered(cx, key) || (sameKey(key, cx.facts.proven?.key ?? null) && everywhere(cx))) continue
    const spare = spareFor(cx, key)
    if (isLeaving(cx, key) || spare !== null) cx.book.noteOwnCall()
    const verdict = await proveUntil(cx, key.secret, spare, cx.ws.clock.now(), false)
    if (verdict.is === 'live') {
      cx.facts.answered.push({ key, at: cx.ws.clock.now() })
      // One answer proves a key in use; one that is still to be promoted has to answer several times (verify).
      if (sameKey(key, incoming(cx)) && everywhere(cx)) noteProven(cx, key, false)
    } else if (verdict.is === 'dead' || (verdict.reason === 'refused-without-comparison' && (await isGone(cx, key)))) {
      reportDead(cx, key)
    } else if (verdict.reason === 'scope-narrower-than-old-key' || verdict.reason === 'no-quota' || verdict.reason === 'scope-not-comparable') {
      cx.findings.push({ code: 'probe-limited', severity: 'warning', message: `the key in use is accepted, but not for this probe (${verdict.reason})` })
    } else {
      return refuse(cx, 'KR_CANNOT_TELL', `cannot tell whether the key in use of ${cx.credential.name} works (${verdict.reason})`, [
        'check the network, the proxy and the probe, then run again',
      ])
    }
  }
  return null
}

/** Whether a walk of the plan that was given up a moment ago has heard the key answer. */
function hasAnswered(cx: Context, key: KnownKey): boolean {
  return cx.facts.answered.some((answer) => sameKey(answer.key, key) && cx.ws.clock.now() - answer.at <= EVIDENCE_AGE)
}

/** A key whose value is not at hand is judged by the listing alone: missing now and at a second look. */
async function isMissing(cx: Context, key: KnownKey): Promise<boolean> {
  return cx.survey.listing !== null && isListable(key) && key.listed === null && (await isGone(cx, key))
}

function currentKeys(cx: Context): KnownKey[] {
  const roles = [...cx.survey.observations.values()].map((seen) => roleIn(cx, seen.current))
  // Slots that show nothing hold the predecessor, by a person's word, until all is promoted.
  const byWord = roles.includes('unknown') && cx.roles.a?.secret != null && !everywhere(cx)
  return [roles.includes('a') || byWord ? cx.roles.a : null, roles.includes('b') ? cx.roles.b : null].filter((key): key is KnownKey => key !== null)
}

/** The other key, if it may be called: the outgoing one is left alone once everything is promoted, unless the incoming one is in doubt. */
function spareFor(cx: Context, key: KnownKey): Secret | null {
  const other = sameKey(key, cx.roles.a) ? cx.roles.b : cx.roles.a
  return other === null || isDead(cx, other) || everywhere(cx) ? null : other.secret
}

function reportDead(cx: Context, key: KnownKey): void {
  noteDead(cx, key, 'refused')
  cx.book.tell('finding', { step: 'preflight', code: 'KR_KEY_IN_USE_DEAD', data: { fingerprint: key.fingerprint } })
  cx.findings.push({ code: 'key-in-use-dead', severity: 'error', message: `the key in use of ${cx.credential.name} is refused by the provider` })
}

/** The predecessor must be a key that the provider knows in this project, or it could never be retired by id. */
function predecessorNamed(cx: Context): Stop | null {
  const key = cx.roles.a
  if (key === null || key.id !== null || cx.survey.listing === null || isDead(cx, key) || cx.options.changeProject || everywhere(cx)) return null
  if (parseKeyName(key.name) !== null) return null
  return refuse(cx, 'KR_KEY_NOT_IN_PROJECT', `the key in use of ${cx.credential.name} is not among the keys of the configured project`, [
    'set the project it belongs to, or accept the change with --change-project: limits, files and usage history stay behind in the old project',
  ])
}

/** Targets whose old value cannot be had cannot be rolled back: accepted by name, before anything changes. */
function rollbackPossible(cx: Context): Stop | null {
  const key = cx.roles.a
  if (key?.secret != null || isDead(cx, key)) return null
  const begun = cx.book.run.attempts.length > 0
  if (key === null ? (begun && knownEmpty(cx)) || !anyDark(cx) : begun) return null
  const missing = cx.credential.targets.map((bound) => bound.name).filter((name) => !cx.options.noRollback.includes(name))
  if (missing.length === 0) return null
  return {
    ...refuse(cx, 'KR_NO_ROLLBACK', `the old key's value cannot be read from any target, so ${missing.join(', ')} could not be rolled back`, [
      `accept it by name: ${missing.map((name) => `--no-rollback ${name}`).join(' ')}`,
      'or run at a terminal and paste the old key',
    ]),
    status: 'refused',
  }
}

/** A run that began with nothing: the record says so, or a slot that can be read is still empty. */
function knownEmpty(cx: Context): boolean {
  return cx.facts.recordKept || [...cx.survey.observations.values()].some((seen) => seen.current.is === 'absent')
}

/** Whether some target may hold a predecessor that nothing names: an empty slot, or one with our key, does not. */
function anyDark(cx: Context): boolean {
  return [...cx.survey.observations].some(([name, seen]) => roleIn(cx, seen.current) === 'unknown' && !settledAt(cx, name, seen))
}

/** The settled key, if it ends within the safety horizon and its end can be moved. */
function endsSoon(cx: Context): KnownKey | null {
  const key = cx.roles.a
  const { provider, policy } = cx.credential
  const end = key?.listed?.expiresAt ?? null
  const now = cx.survey.listing?.serverTime ?? 0
  if (key === null || end === null || provider.expire === undefined || isDead(cx, key) || everywhere(cx)) return null
  return end > now && end - now <= policy.safetyHorizon && !cx.facts.committed.some((note) => sameKey(note, key)) ? key : null
}

async function act(cx: Context): Promise<Act> {
  const key = endsSoon(cx)
  const life = committedLife(cx.credential.policy, cx.credential.provider.limits.maxLife)
  if (key?.id != null && life !== null) {
    await cx.credential.provider.expire?.(key.id, life)
    cx.facts.committed.push(key)
  }
  return ACTED
}
