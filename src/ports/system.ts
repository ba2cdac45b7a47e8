/** What the outside must offer besides providers and targets. Built once in `cli/compose.ts`, played by the simulator in tests. */
import type { Ms } from '../domain/duration.ts'
import type { RunEvent } from '../domain/events.ts'
import type { CredentialRecord } from '../domain/record.ts'
import type { Secret } from '../domain/secret.ts'

export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. */
  now(): Ms
  /** Resolves after `ms`, or rejects with `interrupted` when the invocation is told to stop. */
  sleep(ms: Ms): Promise<void>
}

/** Waits for a place among those that may go on at once, then does the work; any end of it frees the place. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>

export interface Ids {
  /** Random lower-case letters and digits, from a cryptographic source. */
  token(length: number): string
}

/** What reading the stored record met. Anything but `ok` is worth a rebuild from observation, except `newer`. */
export type RecordCondition = 'ok' | 'absent' | 'damaged'

export interface LoadedRecord {
  readonly record: CredentialRecord | null
  readonly condition: RecordCondition
  /** Compare-and-swap token of what was read; `null` when there was nothing. */
  readonly revision: string | null
}

/**
 * The store of records and journals of one config. Fits a folder of files as well as an object store with
 * conditional writes: `save` names the revision it replaces and fails with `conflict` when that is no longer there.
 */
export interface Records {
  /** Throws `KR_STATE_NEWER` (config kind) for a format this keyrot does not know. */
  load(credential: string): Promise<LoadedRecord>
  /** Durable when it resolves; returns the new revision. */
  save(record: CredentialRecord, revision: string | null): Promise<string>
  /** Appends one event to the journal of a run; durable when it resolves. */
  append(event: RunEvent): Promise<void>
  /** Every journalled run of a credential, newest first; damaged lines are counted, not hidden. */
  runs(credential: string): Promise<readonly JournalSummary[]>
  journal(credential: string, run: string): Promise<JournalReading>
}

export interface JournalSummary {
  readonly credential: string
  readonly run: string
  readonly startedAt: Ms
  readonly lastAt: Ms
  readonly events: number
  readonly outcome: string
  /** Lines that could not be believed; absent where there are none. */
  readonly damaged?: number
}

export interface JournalReading {
  readonly events: readonly RunEvent[]
  /** Lines whose checksum does not hold, or that could not be read. */
  readonly damaged: number
  /** Whether the last line was cut short. */
  readonly torn: boolean
}

export interface LockHolder {
  readonly host: string
  readonly pid: number
  readonly since: Ms
}

/** A held lock. `stillHeld` is asked before irreversible acts; losing it makes the tick stop. */
export interface Held {
  /** Every name of it; or one name, looked at now, and the others if that is not just a moment ago: cheap enough to be asked at each word. */
  stillHeld(name?: string): Promise<boolean>
  release(): Promise<void>
}

export interface Locks {
  /**
   * Takes every name, in one fixed order, or throws `KR_LOCKED` naming the holder; holds all or none. `giveWay` is called once if
   * somebody asks this holder to stop; without it nobody can.
   */
  acquire(names: readonly string[], giveWay?: () => void): Promise<Held>
  /** Asks the living holders of these names to stop at their next safe point. Takes nothing from anybody. Resolves with how long they may take; 0 where nobody holds any. */
  ask?(names: readonly string[]): Promise<Ms>
}

/** A question whose answer changes the run. Without a person there is no Prompter, and the run parks instead. */
export interface Prompter {
  confirm(question: Question): Promise<boolean>
  choose<T extends string>(question: Question, choices: readonly Choice<T>[]): Promise<T>
  /** Whether the person types this word: for what cannot be taken back. */
  repeat?(question: Question, word: string): Promise<boolean>
  /** Hidden input. `null` when the person gave nothing. */
  paste(question: Question): Promise<Secret | null>
}

export interface Question {
  readonly id: string
  readonly title: string
  readonly facts: readonly string[]
}

export interface Choice<T extends string> {
  readonly value: T
  readonly label: string
  readonly isDefault?: boolean
}
