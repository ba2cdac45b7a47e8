/** From facts to findings. Pure: one rule per matter, each with its own threshold and words. The codes are stable. */
import { DAY, formatDuration, type Ms } from '../domain/duration.ts'
import type { Policy } from '../domain/policy.ts'
import type { OutstandingNote, RunNote } from '../domain/record.ts'
import type { RunFinding, SlotRole } from '../domain/run.ts'
import type { StatusOrphan } from '../domain/status.ts'
import type { RecordCondition } from '../ports/system.ts'
import type { UnclearCode } from '../flow/assess.ts'
import type { KnownKey } from '../flow/identify.ts'

export type KeyInUse = Pick<KnownKey, 'id' | 'fingerprint' | 'listed'>

export interface TargetFacts {
  readonly name: string
  readonly type: string
  readonly current: SlotRole
  readonly fallback: SlotRole
  /** Whether the fallback slot holds a key of this credential, whatever its part. */
  readonly ownFallback: boolean
  /** Code of the error that kept it from being read. */
  readonly unread: string | null
}

export interface CredentialFacts {
  readonly name: string
  readonly policy: Policy
  /** The provider's clock where it can be asked, else our own. */
  readonly now: Ms
  readonly situation: 'settled' | 'empty' | 'open' | UnclearCode
  readonly generation: number
  /** `unreadable` with its error's code where even the condition is not known. */
  readonly record: RecordCondition | { readonly unreadable: string }
  readonly run: RunNote | null
  /** Keys that consumers are given now; the first stands for the credential. */
  readonly inUse: readonly KeyInUse[]
  /** Birth of the oldest key that this credential still has to leave behind. */
  readonly bornAt: Ms | null
  /** `none`: the provider has no listing; else the code of the error that kept it from us. */
  readonly listing: 'complete' | 'none' | { readonly unreadable: string }
  readonly outstanding: readonly OutstandingNote[]
  /** Other credentials with a slot that holds a key of this one. */
  readonly sharedWith: readonly string[]
  readonly orphans: readonly StatusOrphan[]
  /** Committed keys of ours that may be in a slot which cannot be seen. */
  readonly unplaced: number
  readonly targets: readonly TargetFacts[]
}

type Rule = (facts: CredentialFacts) => readonly (RunFinding | null)[]

/** An open run is in good time for this long beyond its overlap and quiet time. */
const PATIENCE: Ms = 7 * DAY
/** A key that nobody called for this long after its birth may be one that consumers never got. */
const UNUSED: Ms = DAY

const RULES: readonly Rule[] = [age, end, owner, use, openRun, record, outstanding, shared, orphans, agreement, unread]

/** Findings about the credential as a whole. */
export function audit(facts: CredentialFacts): readonly RunFinding[] {
  return RULES.flatMap((rule) => rule(facts)).filter((finding) => finding !== null)
}

/** When a rotation is due: counted from the birth of the oldest key to the death of the old one. */
export function dueAt(facts: Pick<CredentialFacts, 'bornAt' | 'policy'>): Ms | null {
  return facts.bornAt === null ? null : facts.bornAt + facts.policy.maxAge
}

/** Findings about one target. */
export function auditTarget(facts: CredentialFacts, target: TargetFacts): readonly RunFinding[] {
  if (target.unread !== null) return [warning('cannot-tell', `${target.name} cannot be read (${target.unread})`)]
  const found: RunFinding[] = []
  if (target.current === 'foreign') found.push(error('drift', `${target.name} holds a current key that keyrot did not put there`))
  if (target.current === 'absent' && facts.situation === 'settled') found.push(error('drift', `${target.name} holds no key, others do`))
  if (target.fallback === 'foreign' && !target.ownFallback)
    found.push(warning('drift', `${target.name} holds a key in its fallback slot that keyrot did not put there`))
  if (target.ownFallback && facts.situation === 'settled')
    found.push(warning('fallback-left', `${target.name} still holds an earlier key in its fallback slot, though no run is open`))
  return found
}

function age(facts: CredentialFacts): readonly (RunFinding | null)[] {
  const due = dueAt(facts)
  if (due === null || facts.now < due - facts.policy.warnBefore) return []
  if (facts.now < due) return [warning('due-soon', `due in ${days(due - facts.now)}`)]
  return [error('overdue', `overdue by ${days(facts.now - due)}: a key may live ${formatDuration(facts.policy.maxAge)}`)]
}

function end(facts: CredentialFacts): readonly (RunFinding | null)[] {
  return facts.inUse.map(({ listed }) => {
    if (listed === null) return null
    if (listed.expiresAt === null) return facts.policy.lifetime === null ? null : info('no-expiry', 'the key in use never ends by itself')
    const left = listed.expiresAt - facts.now
    if (left <= 0) return error('ends-soon', 'the key in use has ended')
    return left <= facts.policy.safetyHorizon ? error('ends-soon', `the key in use ends in ${days(left)}`) : null
  })
}

function owner(facts: CredentialFacts): readonly (RunFinding | null)[] {
  return facts.inUse.map(({ listed }) =>
    listed?.owner.kind === 'person'
      ? warning('owner-is-person', 'the key in use belongs to a person and dies with their account; a rotation moves to a service account')
      : null,
  )
}

function use(facts: CredentialFacts): readonly (RunFinding | null)[] {
  return facts.inUse.map(({ listed }) => {
    if (listed === null) return null
    if (listed.lastUsedAt === undefined) return info('cannot-tell', 'the provider does not say when the key in use was last used')
    if (listed.lastUsedAt !== null || facts.now - listed.createdAt < UNUSED) return null
    return info('never-used', 'nobody has called with the key in use yet; do its consumers have it?')
  })
}

function openRun(facts: CredentialFacts): readonly (RunFinding | null)[] {
  const { run, policy } = facts
  if (facts.situation !== 'open') return []
  if (run === null) return [warning('open-run', `the targets show a rotation under way that no record tells of; continue it: keyrot rotate ${facts.name}`)]
  if (run.parked !== null)
    return [warning('parked-run', `the run has stopped and something is wanted (${run.parked.code}); continue it: keyrot resume ${facts.name}`)]
  const late = facts.now - run.startedAt > policy.overlap + policy.quiet + PATIENCE
  return [(late ? warning : info)('open-run', `a run is open for ${days(facts.now - run.startedAt)}`)]
}

function record(facts: CredentialFacts): readonly (RunFinding | null)[] {
  if (typeof facts.record === 'object') return [warning('cannot-tell', `the stored record cannot be read (${facts.record.unreadable})`)]
  if (facts.record === 'damaged') return [warning('state-damaged', 'the stored record is damaged; the next run rebuilds it from what it sees')]
  if (facts.record === 'absent' && (facts.generation > 0 || facts.situation === 'open'))
    return [info('state-missing', 'no record is stored here; what is shown was concluded from the targets and the provider')]
  return []
}

function outstanding(facts: CredentialFacts): readonly (RunFinding | null)[] {
  return facts.outstanding.map(({ key, since }) =>
    warning(
      'revocation-outstanding',
      `the old key ${key.id ?? key.name ?? key.fingerprint ?? 'of unknown id'} is alive since ${days(facts.now - since)}; revoke it: keyrot revoke ${facts.name}`,
    ),
  )
}

function shared(facts: CredentialFacts): readonly (RunFinding | null)[] {
  return facts.sharedWith.length === 0
    ? []
    : [warning('shared-key', `${facts.sharedWith.join(', ')} ${facts.sharedWith.length === 1 ? 'holds' : 'hold'} a key of this credential, too`)]
}

function orphans(facts: CredentialFacts): readonly (RunFinding | null)[] {
  const name = (kind: StatusOrphan['kind']): string =>
    facts.orphans
      .filter((orphan) => orphan.kind === kind)
      .map((orphan) => orphan.id)
      .join(', ')
  const [sweepable, committed] = [name('sweepable'), name('committed')]
  return [
    sweepable === '' ? null : info('orphan', `never put to use, ends by itself or with the next run: ${sweepable}`),
    committed === '' ? null : warning('orphan', `alive and in no target; a person must decide: ${committed}`),
  ]
}

const UNCLEAR: Record<UnclearCode, RunFinding> = {
  'targets-disagree': error('drift', 'the targets hold different keys'),
  'ambiguous-key': warning('cannot-tell', 'several keys of the provider look like the one in use'),
  'which-is-new': warning('cannot-tell', 'two keys are held and nothing says which is the new one'),
  'needs-state': warning('cannot-tell', 'nothing that can be read says how far the rotation has come'),
}

function agreement(facts: CredentialFacts): readonly (RunFinding | null)[] {
  const { situation } = facts
  return situation === 'settled' || situation === 'empty' || situation === 'open' ? [] : [UNCLEAR[situation]]
}

function unread(facts: CredentialFacts): readonly (RunFinding | null)[] {
  const { listing, inUse, unplaced } = facts
  const lost = listing === 'complete' && inUse.some((key) => key.listed === null)
  return [
    typeof listing === 'object' ? warning('cannot-tell', `the provider's list of keys cannot be read (${listing.unreadable})`) : null,
    listing === 'none' ? info('cannot-tell', 'the provider cannot be asked without an admin key: age, end and last use are not known') : null,
    lost ? warning('cannot-tell', 'a key in use is not among the keys that the provider lists') : null,
    unplaced === 0 ? null : warning('cannot-tell', `${unplaced} of our keys may be in slots that cannot be seen`),
  ]
}

function days(span: Ms): string {
  return span < DAY ? 'less than a day' : `${Math.floor(span / DAY)} d`
}

function info(code: string, message: string): RunFinding {
  return { code, severity: 'info', message }
}

function warning(code: string, message: string): RunFinding {
  return { code, severity: 'warning', message }
}

function error(code: string, message: string): RunFinding {
  return { code, severity: 'error', message }
}
