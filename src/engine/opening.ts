/** How an invocation begins: survey, look twice at what is strange, conclude, and decide which run this is. */
import { KeyrotError } from '../domain/errors.ts'
import { adoptedMarker, isOurs, parseKeyName } from '../domain/key-name.ts'
import type { AttemptNote, RunNote, TargetNote } from '../domain/record.ts'
import type { Ms } from '../domain/duration.ts'
import { hasBirthLife } from '../domain/warrant.ts'
import type { BoundCredential, RunOptions, Workspace } from '../ports/workspace.ts'
import { assess, roleOf, type Situation } from '../flow/assess.ts'
import type { Survey } from '../flow/terrain.ts'
import { plainNote, type Book } from '../flow/book.ts'
import { receiptKey, type Memory, type Roles, type Start, type WalkFacts } from '../flow/context.ts'
import { identify, type KnownKey } from '../flow/identify.ts'
import { keysOf } from '../flow/keys.ts'
import { takeSurvey } from '../flow/survey.ts'

export interface Ground {
  readonly ws: Workspace
  readonly credential: BoundCredential
  readonly options: RunOptions
  readonly book: Book
  readonly memory: Memory
  readonly facts: WalkFacts
  /** Targets that an incident goes without; `credential` does not have them. */
  readonly debts: readonly string[]
  /** The survey of just now, where finding out what can be reached was one. */
  readonly seen?: Survey
}

export interface Opening {
  readonly survey: Survey
  readonly situation: Situation
}

/** Surveys and assesses. A value nobody knows is looked at again after the listing's delay: it may be too new to be listed. */
export async function lookAround(ground: Ground): Promise<Opening> {
  const first = ground.seen === undefined ? await assessNow(ground) : assessed(ground, ground.seen)
  if (first.survey.listing === null || !isStrange(ground, first.situation)) return first
  await ground.ws.clock.sleep(ground.credential.policy.listDelay)
  return assessNow(ground)
}

async function assessNow(ground: Ground): Promise<Opening> {
  return assessed(ground, await takeSurvey(ground.credential, ground.ws.clock))
}

/** A survey, and the situation that it shows by the record as it stands now. */
export function assessed(ground: Ground, survey: Survey): Opening {
  return { survey, situation: concludeFrom(ground, survey) }
}

/** The situation that a survey shows, with the record as it stands now; a lost record is no record until a run has begun. */
export function concludeFrom(ground: Ground, survey: Survey): Situation {
  const { ws, credential, options, book, memory, facts } = ground
  const record = facts.recordKept || book.record.run !== null ? book.record : null
  return assess({
    ns: ws.ns,
    credential: credential.name,
    birthLife: credential.policy.birthLife,
    survey,
    record,
    memory: memory.entries,
    from: options.from ?? null,
  })
}

/** Whether a slot holds a value that neither the record nor the provider can place. */
function isStrange(ground: Ground, situation: Situation): boolean {
  if (situation.is === 'unclear') return situation.why === 'targets-disagree'
  const known = ground.memory.entries
  return [...situation.slots.values()].some((slot) =>
    [slot.current, slot.fallback].some(
      (found) =>
        found.is === 'key' && found.key.id === null && found.key.secret !== null && !known.some((entry) => entry.note.fingerprint === found.key.fingerprint),
    ),
  )
}

/** The parts of the run that a situation describes. */
export function rolesOf(situation: Situation): Roles {
  if (situation.is === 'open') return { a: situation.predecessor, b: situation.successor, older: situation.superseded }
  return { a: situation.is === 'settled' ? situation.predecessor : null, b: null, older: [] }
}

export function spentOf(situation: Situation): number {
  return situation.is === 'unclear' ? 0 : situation.spent
}

/** A run of which nothing has happened yet. */
export function freshRun({ ws, options }: Ground, generation: number): RunNote {
  return {
    id: ws.ids.token(12),
    generation,
    direction: 'forward',
    startedAt: ws.clock.now(),
    reason: options.reason,
    predecessor: null,
    attempts: [],
    targets: {},
    ownCallAt: null,
    decision: null,
    answers: [],
    retired: [],
    dead: [],
    parked: null,
  }
}

/** A run for a situation: the one under way, rebuilt where the record was lost, or a new one of the next generation. */
export function runFor(ground: Ground, situation: Situation, survey: Survey): RunNote {
  const base = freshRun(ground, situation.is === 'open' ? situation.generation : situation.generation + 1)
  const predecessor = plainNote(rolesOf(situation).a)
  if (situation.is !== 'open') return { ...base, predecessor }
  const attempts = [
    ...situation.superseded.map((key) => attemptOf(ground, key, survey, true)),
    ...(situation.successor === null ? [] : [attemptOf(ground, situation.successor, survey, false)]),
  ]
  return { ...base, predecessor, attempts, targets: witnessed(ground, situation, survey) }
}

/**
 * Stores that show nothing are written before those of their wave that can be read (plan lanes), and not at all before the
 * promotion. So where every readable target holds the successor, a store whose own date is younger than the key was promoted.
 */
function witnessed(ground: Ground, situation: Situation & { is: 'open' }, survey: Survey): RunNote['targets'] {
  const roles = rolesOf(situation)
  const shown = ground.credential.targets.filter((bound) => bound.target.traits.reads !== 'nothing')
  const holds = (name: string): boolean => roleOf(situation.slots.get(name)?.current ?? { is: 'unknown' }, roles) === 'b'
  if (roles.b === null || shown.length === 0 || !shown.every((bound) => holds(bound.name))) return {}
  const promotedKey = receiptKey(roles.b)
  const born = (roles.b.listed?.createdAt ?? Number.POSITIVE_INFINITY) - (survey.listing?.serverTime ?? 0) + survey.at
  const dark = ground.credential.targets.filter((bound) => bound.target.traits.reads === 'nothing')
  const dateOf = (name: string): Ms => survey.observations.get(name)?.since ?? Number.NEGATIVE_INFINITY
  const notes = dark.flatMap(({ name, wave }): [string, TargetNote][] => {
    const since = dateOf(name)
    // Earlier waves come first: a store that is older than one of them was written by something else, such as a rollback.
    const inOrder = shown.every((bound) => bound.wave >= wave || dateOf(bound.name) <= since)
    return since > born && inOrder ? [[name, { promotedAt: since, promotedKey, since }]] : []
  })
  return Object.fromEntries(notes)
}

/** A rebuilt attempt. The ratchet is taken as set for any key that a slot holds as current, or that has outgrown its birth life. */
function attemptOf(ground: Ground, key: KnownKey, survey: Survey, abandoned: boolean): AttemptNote {
  const name = parseKeyName(key.name)
  const inUse = [...survey.observations.values()].some((seen) => {
    const found = identify(seen.current, {
      memory: [],
      notes: [plainNote(key) ?? { id: null, name: null, fingerprint: null }],
      listing: survey.listing && keysOf(survey.listing),
    })
    return roleOf(found, { a: null, b: key, older: [] }) === 'b'
  })
  const grown = key.listed !== null && !hasBirthLife(key.listed.createdAt, key.listed.expiresAt, ground.credential.policy.birthLife)
  return {
    attempt: name?.attempt ?? 1,
    name: key.name ?? adoptedMarker(ground.ws.ns, ground.credential.name, 0, key.id ?? 'unknown'),
    intendedAt: key.listed?.createdAt ?? 0,
    key: plainNote(key),
    committedAt: inUse || grown ? ground.ws.clock.now() : null,
    abandoned,
  }
}

/** What kind of beginning this is, for people and for the journal. */
export function startOf(situation: Situation, ns: string, credential: string): Start {
  if (situation.is === 'open') return 'resume'
  if (situation.is === 'empty') return 'bootstrap'
  const name = situation.is === 'settled' ? parseKeyName(situation.predecessor?.name) : null
  return isOurs(name, ns, credential) ? 'routine' : 'adopt'
}

/** A situation that a person must untangle first, in words. */
export function unclearError(situation: Situation & { is: 'unclear' }, credential: string): KeyrotError {
  const words: Record<typeof situation.why, readonly [string, readonly string[]]> = {
    'targets-disagree': [
      `the targets of ${credential} hold different keys, or another one than keyrot left there`,
      ['name the one to start from: --from TARGET', 'or bring the targets to one value first'],
    ],
    'ambiguous-key': [
      `several keys of the provider look like the one that ${credential} holds`,
      ['delete the keys that are not in use, or give them other names'],
    ],
    'which-is-new': [
      `${credential} holds two keys and nothing says which is the new one`,
      ['name the target whose current key is the old one: --from TARGET', 'or keep the .keyrot folder between runs'],
    ],
    'needs-state': [
      `nothing that can be read says how far ${credential} has come: this config needs a state store that survives`,
      ['keep the .keyrot folder between runs'],
    ],
  }
  const [message, hints] = words[situation.why]
  const kind = situation.why === 'needs-state' ? 'parked' : 'refused'
  return new KeyrotError({ code: `KR_${situation.why.replaceAll('-', '_').toUpperCase()}`, kind, message, hints })
}
