/**
 * What may be told to the outside about a credential: typed facts in forms that no key has, and words made of nothing else. A
 * notice cannot carry a key, because no text from outside has a place in it.
 */
import { DAY, type Ms } from './duration.ts'
import { CREDENTIAL_PATTERN } from './key-name.ts'

export const NOTICE_KINDS = ['due', 'parked', 'needs-person', 'revocation-outstanding', 'incident', 'done'] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

export interface NoticeFacts {
  readonly kind: NoticeKind
  readonly credential: string
  /** Stable code of what is behind it, such as `KR_APPROVAL_WANTED`. */
  readonly code: string
  readonly generation: number
  /** When it began, or by when it must be over (`due`). `null` = not known. */
  readonly since: Ms | null
}

export interface Notice extends NoticeFacts {
  /** The same for the same matter at the same level, wherever it is made: receivers may drop a second one. */
  readonly id: string
  /** Grows while nobody acts: 0 at once, then after a day, a week, and every month. For `due`: 30, 7 and 1 day before, and after. */
  readonly level: number
  readonly at: Ms
}

const CODE_PATTERN = /^KR_[A-Z][A-Z_]{0,60}$/

/** Days before the end of a key's age at which its being due is told; the last one is when it is overdue. */
const DUE_DAYS = [30, 7, 1, 0] as const
/** Days after which a standing matter is told again; then every thirty. */
const STANDING_DAYS = [0, 1, 7, 30] as const

/** Whether these facts have the forms that facts have; anything else is never told. */
export function isSafe({ kind, credential, code, generation, since }: NoticeFacts): boolean {
  const named = NOTICE_KINDS.includes(kind) && CREDENTIAL_PATTERN.test(credential) && CODE_PATTERN.test(code)
  return named && Number.isSafeInteger(generation) && generation >= 0 && (since === null || Number.isFinite(since))
}

/** The notice for some facts now, and since when it is in order; `null` where the next level is not reached, or the facts are no facts. */
export function noticeOf(facts: NoticeFacts, now: Ms): { readonly notice: Notice; readonly from: Ms } | null {
  if (!isSafe(facts)) return null
  const { kind, credential, code, generation, since } = facts
  const reached = kind === 'due' ? dueLevel(since, now) : standingLevel(since, now)
  if (reached === null) return null
  const id = `${credential}.g${generation}.${kind}.${code}.${reached.level}`
  return { notice: { kind, credential, code, generation, since, id, level: reached.level, at: now }, from: reached.from }
}

interface Reached {
  readonly level: number
  readonly from: Ms
}

function dueLevel(deadline: Ms | null, now: Ms): Reached | null {
  if (deadline === null) return null
  const level = DUE_DAYS.findLastIndex((days) => now >= deadline - days * DAY)
  return level === -1 ? null : { level, from: deadline - (DUE_DAYS[level] ?? 0) * DAY }
}

function standingLevel(since: Ms | null, now: Ms): Reached {
  if (since === null) return { level: Math.floor(now / DAY), from: Math.floor(now / DAY) * DAY }
  const days = Math.max(0, (now - since) / DAY)
  const months = Math.floor(days / 30)
  if (months >= 2) return { level: STANDING_DAYS.length - 2 + months, from: since + months * 30 * DAY }
  const level = STANDING_DAYS.findLastIndex((after) => days >= after)
  return { level, from: since + (STANDING_DAYS[level] ?? 0) * DAY }
}

const SUBJECTS: Record<NoticeKind, (notice: Notice) => string> = {
  due: ({ credential, since, at }) => `${credential}: its key is to be replaced by ${dateOf(since)}${since !== null && at >= since ? ', and was not' : ''}`,
  parked: ({ credential }) => `${credential}: its rotation cannot go on`,
  'needs-person': ({ credential }) => `${credential}: a person is wanted`,
  'revocation-outstanding': ({ credential }) => `${credential}: an old key is still alive`,
  incident: ({ credential, code }) =>
    `${credential}: ${code === 'KR_INCIDENT_OVER' ? 'a key had leaked; it is dead now' : 'a key has leaked, and is not answered yet'}`,
  done: ({ credential }) => `${credential}: is on its new key everywhere`,
}

const COMMANDS: Partial<Record<string, string>> = {
  KR_APPROVAL_WANTED: 'approve',
  KR_REVOKE_WANTED: 'revoke',
  KR_DONE_OLD_KEY_ALIVE: 'revoke',
  KR_NEW_KEY_WANTED: 'rotate',
  KR_FIRST_KEY_WANTED: 'rotate',
  KR_INCIDENT_OPEN: 'incident',
}

/** One sentence, and what it rests on. */
export function noticeText(notice: Notice): string {
  const told = SUBJECTS[notice.kind](notice)
  const since =
    notice.since === null || notice.kind === 'due' || notice.kind === 'done' || notice.code === 'KR_INCIDENT_OVER' ? '' : `, since ${dateOf(notice.since)}`
  const then = commandOf(notice)
  return `${told}${since} [${notice.code}]${then === null ? '' : `; ${then}`}`
}

/** What a person would call; `null` where nothing is wanted. */
export function commandOf({ kind, code, credential }: Notice): string | null {
  if (kind === 'done' || kind === 'due' || code === 'KR_INCIDENT_OVER') return null
  const verb = COMMANDS[code] ?? (kind === 'revocation-outstanding' ? 'revoke' : 'resume')
  return `keyrot ${verb} ${credential}`
}

function dateOf(at: Ms | null): string {
  return at === null ? 'a day that is not known' : new Date(at).toISOString().slice(0, 10)
}
