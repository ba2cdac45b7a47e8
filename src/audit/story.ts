/** From the lines of a journal to a story. Pure. It tells what is written and names what is not; it concludes nothing from silence. */
import type { RunEvent } from '../domain/events.ts'
import type { CredentialRecord } from '../domain/record.ts'
import type { RunStory, StoryKey, StoryMoment, StoryWhat } from '../domain/story.ts'
import type { JournalReading } from '../ports/system.ts'

/** The story of one run. `record` is today's: it knows more of a run that is still open. An empty journal gives a story of what is missing. */
export function storyOf(credential: string, run: string | null, reading: JournalReading, record: CredentialRecord | null): RunStory {
  const events = reading.events.toSorted((left, right) => left.at - right.at)
  const moments = events.flatMap(momentOf)
  const open = record?.run != null && record.run.id === run ? record.run : null
  const declared = events.find((event) => isA(event, 'incident.declared'))
  const dead = moments.find(({ what }) => what === 'refused') ?? moments.find(({ what }) => what === 'unlisted') ?? null
  const story = {
    credential,
    run,
    kind: declared !== undefined ? ('incident' as const) : isRollback(events) ? ('rollback' as const) : ('rotation' as const),
    ...outcomeOf(events),
    by: byOf(declared),
    reason: open?.reason ?? null,
    startedAt: events[0]?.at ?? null,
    declaredAt: declared?.at ?? null,
    oldKey: oldKeyOf(events, declared) ?? open?.predecessor ?? null,
    newKey: newKeyOf(events) ?? (run === null ? (record?.current ?? null) : null),
    dead: dead === null ? null : { at: dead.at, seen: dead.what === 'refused' ? ('refused' as const) : ('unlisted' as const) },
    moments,
    left: moments.flatMap(({ what, target }) => (what === 'left' && target !== null ? [target] : [])),
  }
  return { ...story, missing: missingFrom(story, reading) }
}

/** Steps whose end is worth a line of its own. */
const DONE: Readonly<Record<string, StoryWhat>> = {
  stage: 'staged',
  verify: 'verified',
  commit: 'committed',
  promote: 'promoted',
  reload: 'reloaded',
  settle: 'settled',
}

/** By the text of the type: a journal may have been written by another version of keyrot. */
const PLAIN: Readonly<Record<string, StoryWhat>> = {
  'run.started': 'started',
  'run.waiting': 'waiting',
  'run.parked': 'parked',
  'run.failed': 'failed',
  'run.done': 'done',
  'run.rolled-back': 'rolled-back',
  'incident.declared': 'declared',
  'key.contained': 'contained',
  'key.released': 'released',
  'key.abandoned': 'abandoned',
  'key.swept': 'swept',
  'place.stopped': 'stopped',
  'place.started': 'started-again',
  'target.left': 'left',
  'item.answered': 'answered',
  'item.waived': 'waived',
}

function momentOf(event: RunEvent): StoryMoment[] {
  const what = whatOf(event)
  if (what === null) return []
  const [, target = null] = event.step?.split(':') ?? []
  const seen = what === 'refused' ? numberOf(event, 'since') : null
  const key = textOf(event, 'id') ?? textOf(event, 'name') ?? (what === 'pasted' ? textOf(event, 'fingerprint') : null)
  return [{ at: seen ?? event.at, what, target, key, note: noteOf(event, what) }]
}

function whatOf({ type, step, code }: RunEvent): StoryWhat | null {
  if (type === 'key.minted') return code === 'KR_PASTED' ? 'pasted' : 'minted'
  if (type === 'key.retired') return code === 'KR_DELETING' ? 'deletion-sent' : code === 'KR_UNLISTED' ? 'unlisted' : 'refused'
  // A step that changed the ground is looked at again before it counts.
  if (type === 'step.done') return code === 'KR_RECONSIDER' ? null : (DONE[step?.split(':')[0] ?? ''] ?? null)
  return PLAIN[type] ?? null
}

function noteOf(event: RunEvent, what: StoryWhat): string | null {
  if (what === 'answered') return `${event.code ?? ''} by a person`.trim()
  if (what === 'waived') return `${event.code ?? ''} by ${textOf(event, 'by') ?? 'flag'}`.trim()
  if (what === 'declared') return textOf(event, 'by')
  if (what === 'done' || what === 'rolled-back' || what === 'started') return null
  return ['waiting', 'parked', 'failed', 'left'].includes(what) ? (event.code ?? null) : null
}

function outcomeOf(events: readonly RunEvent[]): Pick<RunStory, 'outcome' | 'outcomeCode'> {
  const last = events.findLast(({ type }) => type.startsWith('run.') && type !== 'run.started' && type !== 'run.resumed')
  const went = events.indexOf(last as RunEvent)
  const wentOn = last !== undefined && events.slice(went + 1).some(({ type }) => type === 'step.intended')
  if (events.length === 0) return { outcome: 'unknown', outcomeCode: null }
  if (last === undefined || (wentOn && (last.type === 'run.waiting' || last.type === 'run.parked'))) return { outcome: 'unfinished', outcomeCode: null }
  return { outcome: last.type.slice('run.'.length) as RunStory['outcome'], outcomeCode: last.code ?? null }
}

function isRollback(events: readonly RunEvent[]): boolean {
  return events.some(({ type, data }) => type === 'run.rolled-back' || (type === 'run.started' && data?.['direction'] === 'back'))
}

function byOf(declared: RunEvent | undefined): RunStory['by'] {
  const by = declared === undefined ? null : textOf(declared, 'by')
  return by === 'person' || by === 'flag' ? by : null
}

/** What was declared leaked; else the key whose deletion was sent, or that was seen dead. */
function oldKeyOf(events: readonly RunEvent[], declared: RunEvent | undefined): StoryKey | null {
  const named = declared ?? events.find(({ type }) => type === 'key.retired')
  const id = named === undefined ? null : textOf(named, 'id')
  const fingerprint = named === undefined ? null : textOf(named, 'fingerprint')
  return id === null && fingerprint === null ? null : { id, name: null, fingerprint }
}

/** The last key that was made and not given up. */
function newKeyOf(events: readonly RunEvent[]): StoryKey | null {
  const given = new Set(events.filter(({ type }) => type === 'key.abandoned').map((event) => textOf(event, 'name')))
  const minted = events.findLast((event) => event.type === 'key.minted' && !given.has(textOf(event, 'name') ?? ''))
  return minted === undefined ? null : { id: textOf(minted, 'id'), name: textOf(minted, 'name'), fingerprint: textOf(minted, 'fingerprint') }
}

function missingFrom(story: Omit<RunStory, 'missing'>, { events, damaged, torn }: JournalReading): string[] {
  if (events.length === 0) return ['there is no journal: what was done, when and by whom is not on record here; the provider’s own log may have it']
  const over = story.outcome === 'done' || story.outcome === 'rolled-back'
  return [
    ...(damaged === 0 ? [] : [`${damaged} line(s) of the journal do not hold and are left out`]),
    ...(torn ? ['the last line was cut short, as by a crash'] : []),
    ...(events.some(({ type }) => type === 'run.started') ? [] : ['the beginning of the run is not in the journal']),
    ...(story.oldKey === null ? ['which key was to die is not in the journal'] : []),
    ...(story.dead === null && !over ? ['the old key was not seen dead'] : []),
    ...(story.dead === null && over ? ['that the old key was seen dead is not in the journal: it may live on'] : []),
    ...(story.by === null ? ['who began it is not in the journal'] : []),
  ]
}

function isA({ type }: RunEvent, name: string): boolean {
  return type === name
}

function textOf(event: RunEvent, name: string): string | null {
  const value = event.data?.[name]
  return typeof value === 'string' ? value : null
}

function numberOf(event: RunEvent, name: string): number | null {
  const value = event.data?.[name]
  return typeof value === 'number' ? value : null
}
