/** The rows of the live view as data: what one verb of one run has come to. No clock, no terminal. */
import type { RunEvent } from '../domain/events.ts'
import type { Ms } from '../domain/duration.ts'
import type { Verb } from '../domain/plan.ts'
import { printable } from '../domain/printable.ts'
import { VERB_WORDS, eventDetail } from './text/event.ts'
import { lasted } from './text/time.ts'

type PlaceState = 'works' | 'waits' | 'failed' | 'done'

export interface Row {
  readonly credential: string
  readonly verb: Verb
  /** Set once targets go on with the next verb while others are still at this one, as they do in an incident. */
  next?: Verb
  readonly since: Ms
  /** Per target; a verb without targets has one place, named `''`. */
  readonly places: Map<string, { readonly state: PlaceState; readonly detail: string }>
}

/** Up to this many targets get a line each; beyond, only those that wait or fail (listr2 repaints every row on every change). */
const HANDFUL = 6
/** Lines for waiting or failing targets when there are many. */
const MOST_TROUBLE = 8

const STATES: Partial<Record<RunEvent['type'], PlaceState>> = {
  'step.intended': 'works',
  'step.waiting': 'waits',
  'step.done': 'done',
  'step.satisfied': 'done',
  'step.blocked': 'failed',
  'step.failed': 'failed',
}

/** The verb and target an event is about, where it is about a step. */
export function placeOf(event: RunEvent): { verb: Verb; target: string; state: PlaceState } | null {
  // A step that moved the ground is done when the next look says so.
  const state = event.type === 'step.done' && event.code === 'KR_RECONSIDER' ? 'works' : STATES[event.type]
  const [verb = '', ...target] = (event.step ?? '').split(':')
  return state === undefined || !(verb in VERB_WORDS) ? null : { verb: verb as Verb, target: target.join(':'), state }
}

const NEXT: Partial<Record<Verb, Verb>> = { promote: 'reload' }

/** Notes the event in the row, at a cost that does not grow with the row; `false` when it belongs to another one. */
export function note(row: Row, event: RunEvent): boolean {
  const place = placeOf(event)
  if (place === null) return true
  if (event.credential !== row.credential) return false
  if (place.verb !== row.verb && place.verb !== row.next) {
    const underWay = [...row.places.values()].some(({ state }) => state === 'works')
    if (!underWay || NEXT[row.verb] !== place.verb) return false
    row.next = place.verb
  }
  row.places.set(place.target, { state: place.state, detail: place.state === 'waits' || place.state === 'failed' ? eventDetail(event) : '' })
  return true
}

export type RowEnd = 'done' | 'failed' | 'open'

/** How a row that nothing more will happen to ended. */
export function endOf(row: Row): RowEnd {
  const states = [...row.places.values()].map((place) => place.state)
  if (states.includes('failed')) return 'failed'
  return states.every((state) => state === 'done') ? 'done' : 'open'
}

/** The row's lines: the step with a counter and its time, then targets of a handful, or those in trouble. */
export function rowLines(row: Row, targets: number, now: Ms, named: boolean): string[] {
  const places = [...row.places].filter(([target]) => target !== '')
  const done = places.filter(([, place]) => place.state === 'done').length
  const total = Math.max(targets, places.length)
  const counter = places.length === 0 || total < 2 ? '' : `  ${done} of ${total}`
  const own = row.places.get('')?.detail ?? ''
  const elapsed = now - row.since >= 2_000 ? `  ${lasted(now - row.since)}` : ''
  const verbs = row.next === undefined ? [row.verb] : [row.verb, row.next]
  const head = `${named ? `${printable(row.credential)} ` : ''}${verbs.join(', ')}: ${verbs.map((verb) => VERB_WORDS[verb]).join(', ')}${counter}${elapsed}${own === '' ? '' : ` - ${own}`}`
  const shown =
    total <= HANDFUL
      ? places.filter(([, place]) => total > 1 || place.detail !== '')
      : places.filter(([, place]) => place.state === 'waits' || place.state === 'failed').slice(0, MOST_TROUBLE)
  return [head, ...shown.map(([target, place]) => `  ${printable(target)}: ${PLACE_WORDS[place.state]}${place.detail === '' ? '' : ` - ${place.detail}`}`)]
}

const PLACE_WORDS: Record<PlaceState, string> = { works: 'at it', waits: 'waits', failed: 'failed', done: 'done' }
