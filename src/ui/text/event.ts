/**
 * One line per event for people who read a log. Rules of everything in this folder: lower case, no full stop, keys by
 * name and fingerprint only, and every text that was not written by keyrot goes through `printable`.
 */
import type { EventType, RunEvent } from '../../domain/events.ts'
import type { Verb } from '../../domain/plan.ts'
import { printable } from '../../domain/printable.ts'
import { moment } from './time.ts'

/** What each verb does, for a row of the live view. */
export const VERB_WORDS: Record<Verb, string> = {
  preflight: 'look at everything first',
  restore: 'restore what others broke',
  mint: 'make a new key',
  stage: 'put it into the fallback slots',
  verify: 'prove that it works',
  commit: 'give it its full life',
  promote: 'make it current',
  reload: 'let consumers take it up',
  drain: 'let old and new overlap',
  retire: 'revoke the old key, see it refused',
  settle: 'clear the fallback slots',
  sweep: 'clear away what is left over',
}

const EVENT_WORDS: Record<EventType, string> = {
  'run.started': 'rotation begins',
  'run.resumed': 'rotation goes on',
  'run.waiting': 'nothing to do for now',
  'run.parked': 'stopped, safe: both keys are alive',
  'run.failed': 'failed; nothing changed, or everything is put back',
  'run.done': 'rotation is done',
  'run.rolled-back': 'rolled back',
  'situation.found': 'situation',
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
  'key.retired': 'old key revoked and seen refused',
  'key.swept': 'left-over key deleted',
  'item.answered': 'answered by a person',
  'item.waived': 'waived by flag',
  finding: 'note',
}

/** The facts of an event that people want, in one clause; empty where there are none. */
export function eventDetail(event: RunEvent): string {
  const data = event.data ?? {}
  const parts = Object.entries(data).flatMap(([name, value]) => {
    if (value === null || value === '') return []
    if (typeof value === 'number' && /(?:at|until)$/i.test(name) && value > 1e11) return [`${name === 'until' ? 'until' : name} ${moment(value)}`]
    return [name === 'why' || name === 'message' || name === 'evidence' ? String(value) : `${name} ${String(value)}`]
  })
  const code = event.code === undefined ? [] : [codeWords(event.code)]
  return printable([...code, ...parts].join(', '), 300)
}

/** `KR_WAITING_OVERLAP` → `waiting overlap`; other codes are words already. */
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
