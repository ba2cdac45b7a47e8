/** The shapes of what is stored: the domain's types again, as readers. A new field in the domain does not compile until it stands here. */
import type { RunEvent, EventType } from '../domain/events.ts'
import { RECORD_FORMAT } from '../domain/record.ts'
import type {
  AnswerNote,
  ApprovalNote,
  AttemptNote,
  ContainedNote,
  CredentialRecord,
  Decision,
  IncidentNote,
  KeyNote,
  LimitNote,
  OutstandingNote,
  ParkNote,
  RunNote,
  StallNote,
  StoppedNote,
  TargetNote,
} from '../domain/record.ts'
import { count, flag, listOf, mapOf, maybe, object, oneOf, scalar, text, time } from './shape.ts'
import type { Reader } from './shape.ts'

const keyNote = object<KeyNote>({ id: maybe(text), name: maybe(text), fingerprint: maybe(text) }, {})

const attemptNote = object<AttemptNote>({ attempt: count, name: text, intendedAt: time, key: maybe(keyNote), committedAt: maybe(time), abandoned: flag }, {})

const targetNote = object<TargetNote>({}, { promotedAt: time, promotedKey: text, reloadedAt: time, firstReadBackAt: time, since: time, fellBack: count })

const decision = object<Decision>({ revoke: oneOf('now', 'after-overlap', 'leave-alive'), by: oneOf('person', 'flag', 'policy'), at: time }, {})

const answerNote = object<AnswerNote>({ item: text, by: oneOf('person', 'flag'), at: time }, {})

const parkNote = object<ParkNote>({ code: text, at: time }, {})

const approvalNote = object<ApprovalNote>({ planHash: text, generation: count, keys: listOf(text), at: time, until: time }, {})

const stallNote = object<StallNote>({ code: text, tries: count, firstAt: time, nextAt: time }, {})

const limitNote = object<LimitNote>({ id: text, model: text, most: mapOf(count) }, {})

const stoppedNote = object<StoppedNote>({ place: text, at: time, limits: listOf(limitNote) }, {})

const containedNote = object<ContainedNote>({ id: text, until: time }, {})

const incidentNote = object<IncidentNote>(
  {
    leaked: listOf(keyNote),
    declaredAt: time,
    severFirst: flag,
    deadman: time,
    without: listOf(text),
    by: oneOf('person', 'flag'),
    contained: listOf(containedNote),
  },
  {},
)

const runNote = object<RunNote>(
  {
    id: text,
    generation: count,
    direction: oneOf('forward', 'back'),
    startedAt: time,
    reason: maybe(text),
    predecessor: maybe(keyNote),
    attempts: listOf(attemptNote),
    targets: mapOf(targetNote),
    ownCallAt: maybe(time),
    decision: maybe(decision),
    answers: listOf(answerNote),
    retired: listOf(text),
    dead: listOf(text),
    parked: maybe(parkNote),
  },
  { successorCallAt: time, approval: approvalNote, incident: incidentNote },
)

const outstandingNote = object<OutstandingNote>({ key: keyNote, reason: oneOf('left-alive', 'shared-key', 'superseded'), since: time }, {})

export const credentialRecord = object<CredentialRecord>(
  {
    format: oneOf(RECORD_FORMAT),
    ns: text,
    credential: text,
    generation: count,
    attempts: count,
    current: maybe(keyNote),
    run: maybe(runNote),
    outstanding: listOf(outstandingNote),
    updatedAt: time,
  },
  { stall: stallNote, told: mapOf(time), stopped: stoppedNote },
)

/** The body of `record.json`: the record and how often it was written. */
export interface StoredRecord {
  readonly seq: number
  readonly record: CredentialRecord
}

export const storedRecord = object<StoredRecord>({ seq: count, record: credentialRecord }, {})

/** Types are not listed: a journal may hold one that this keyrot no longer, or not yet, writes. */
const eventType: Reader<EventType> = (value) => text(value) as EventType

export const runEvent = object<RunEvent>({ type: eventType, at: time, credential: text, run: text }, { step: text, code: text, data: mapOf(scalar) })
