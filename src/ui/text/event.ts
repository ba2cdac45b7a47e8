/**
 * One line per event for people who read a log. Rules of everything in this folder: lower case, no full stop, keys by
 * name and fingerprint only, and every text that was not written by keyrot goes through `printable`.
 */
import type { EventType, RunEvent } from '../../domain/events.ts'
import type { Verb } from '../../domain/plan.ts'
import { printable } from '../../domain/printable.ts'
import { moment } from '../../domain/moment.ts'
import { span } from './time.ts'

/** What each verb does, for a row of the live view. */
export const VERB_WORDS: Record<Verb, string> = {
  preflight: 'look at everything first',
  restore: 'restore what others broke',
  contain: 'let the leaked key end by itself soon',
  sever: 'delete the leaked key before anything else',
  mint: 'make a new key',
  stage: 'put it into the fallback slots',
  verify: 'prove that it works',
  commit: 'give it its full life',
  promote: 'make it current',
  reload: 'let consumers take it up',
  drain: 'let old and new overlap',
  retire: 'revoke the replaced key, see it refused',
  affirm: 'see its full life in the list',
  settle: 'clear the fallback slots',
  sweep: 'clear away what is left over',
}

const EVENT_WORDS: Record<EventType, string> = {
  'run.started': 'rotation begins',
  'run.resumed': 'rotation goes on',
  'run.waiting': 'nothing to do for now',
  'run.parked': 'stopped; it can go on from here',
  'run.failed': 'failed; nothing changed, or everything is put back',
  'run.done': 'rotation is done',
  'run.rolled-back': 'rolled back',
  'situation.found': 'looked around',
  'step.satisfied': 'is so already',
  'step.skipped': 'not needed',
  'step.intended': 'begins',
  'step.done': 'done',
  'step.waiting': 'waits',
  'step.blocked': 'cannot go on',
  'step.failed': 'failed',
  'key.minted': 'new key',
  'key.abandoned': 'key given up',
  'key.committed': 'key got its full life',
  'key.retired': 'old key',
  'key.swept': 'left-over key deleted',
  'item.answered': 'answered by a person',
  'incident.declared': 'incident',
  'key.contained': 'leaked key ends by itself unless this goes on',
  'key.released': 'end of the leaked key moved out again',
  'place.stopped': 'the whole project is stopped',
  'place.started': 'the project is started again',
  'target.left': 'goes on without it',
  'item.waived': 'waived',
  finding: 'note',
}

/** Where a rotation starts from. */
export const START_WORDS: Record<string, string> = {
  adopt: 'the first rotation: the key in use is adopted',
  bootstrap: 'nothing is there yet: a first key is made and put in place',
  recovery: 'the key in use is dead: a new one replaces it without overlap',
  routine: 'a routine rotation',
  resume: 'the open run is continued',
}

/** Codes that deserve better than their own name. */
const CODE_WORDS: Record<string, string> = {
  ...START_WORDS,
  KR_NEEDED: '',
  KR_RECONSIDER: 'everything is looked at again',
  KR_WAITING_LISTING: 'until the provider’s list is sure to be fresh',
  KR_WAITING_OVERLAP: 'the overlap is not over',
  KR_WAITING_QUIET: 'the quiet time is not over',
  KR_PASTED: 'given by a person',
  KR_DELETING: 'its deletion was sent',
  KR_OBSERVED_REFUSED: 'seen refused',
  KR_UNLISTED: 'no longer listed',
  KR_KEY_IN_USE_DEAD: 'the key in use is refused',
}

/** The facts of an event that people want, in one clause; empty where there are none. */
export function eventDetail(event: RunEvent): string {
  const facts = Object.entries(event.data ?? {}).flatMap(([name, value]) => factWords(name, value))
  const code = event.code === undefined ? '' : (CODE_WORDS[event.code] ?? codeWords(event.code))
  return printable([code, ...facts].filter((part) => part !== '').join(', '), 300)
}

function factWords(name: string, value: string | number | boolean | null): string[] {
  if (value === null || value === '' || name === 'pass' || name === 'kind') return []
  if (name === 'ms' && typeof value === 'number') return [`for ${span(value)}`]
  if (typeof value === 'number' && value > 1e11) return [`${name} ${moment(value)}`]
  return [name === 'why' || name === 'message' || name === 'evidence' ? String(value) : `${name} ${String(value)}`]
}

/** `KR_CLOCK_SKEW` → `clock skew`; other codes are words already. */
export function codeWords(code: string): string {
  return code.replace(/^KR_/, '').replaceAll(/[_-]/g, ' ').toLowerCase()
}

/** `14:03:07 api  promote web: done`. */
export function eventLine(event: RunEvent): string {
  const time = new Date(event.at).toISOString().slice(11, 19)
  const step = event.step === undefined ? '' : `${printable(event.step).replace(':', ' ')}: `
  const detail = eventDetail(event)
  return `${time} ${printable(event.credential)}  ${step}${EVENT_WORDS[event.type]}${detail === '' ? '' : ` (${detail})`}`
}
