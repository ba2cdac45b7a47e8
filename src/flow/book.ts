/** The record and the journal of one credential, as a tick writes them: every save is durable before the next effect. */
import { KeyrotError } from '../domain/errors.ts'
import type { EventType, RunEvent } from '../domain/events.ts'
import type { AttemptNote, CredentialRecord, KeyNote, RunNote, TargetNote } from '../domain/record.ts'
import type { Clock, Records } from '../ports/system.ts'

export type EventParts = Pick<RunEvent, 'step' | 'code' | 'data'>

type Change = (record: CredentialRecord) => CredentialRecord

interface Waiting {
  readonly change: Change
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Book {
  readonly #records: Records
  readonly #clock: Clock
  readonly #watch: (event: RunEvent) => void
  #record: CredentialRecord
  #revision: string | null
  #waiting: Waiting[] = []
  #saving = false
  #stored = true
  #pending = false
  #saved = false
  /** Amendments since the save under way was put together: they come after it. */
  #amendments: Change[] = []
  /** What a failed save had sent. */
  #doubtful: CredentialRecord | null = null

  constructor(parts: { records: Records; clock: Clock; watch: (event: RunEvent) => void; record: CredentialRecord; revision: string | null }) {
    this.#records = parts.records
    this.#clock = parts.clock
    this.#watch = parts.watch
    this.#record = parts.record
    this.#revision = parts.revision
  }

  get record(): CredentialRecord {
    return this.#record
  }

  /** The open run. Asking without one is a bug: every step runs inside a run. */
  get run(): RunNote {
    if (this.#record.run === null) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'a step ran outside a run' })
    return this.#record.run
  }

  /** Begins a run in memory; it is stored with the first effect, so that a run which changes nothing leaves nothing. */
  begin(run: RunNote): void {
    this.#record = {
      ...this.#record,
      generation: Math.max(this.#record.generation, run.generation),
      attempts: run.generation > this.#record.generation ? 0 : this.#record.attempts,
      run,
    }
    this.#stored = false
  }

  /** Changes the record in memory; stored with the next save. */
  amend(change: Change): void {
    this.#record = change(this.#record)
    this.#amendments.push(change)
    this.#pending = true
  }

  /** keyrot is about to call with the key that leaves: such a use is not a consumer's. Stored with the next save. */
  noteOwnCall(): void {
    const at = this.#clock.now()
    this.amend((record) => (record.run === null ? record : { ...record, run: { ...record.run, ownCallAt: at } }))
  }

  /** Whether the run has been stored: then ending it must be stored too. */
  get stored(): boolean {
    return this.#stored
  }

  /** Whether this invocation has written the record. */
  get saved(): boolean {
    return this.#saved
  }

  /** Whether something was noted that is not stored yet. */
  get pending(): boolean {
    return this.#pending
  }

  /** Stores the run before its first effect, and whatever was only noted so far. */
  async open(): Promise<void> {
    const begins = !this.#stored
    if (begins || this.#pending) await this.save((record) => record)
    if (begins) await this.append('run.started', { data: { generation: this.run.generation, direction: this.run.direction } })
  }

  /**
   * Changes the record and stores it; durable when it resolves. Changes that come while one save is under way wait together for the
   * next (group commit): a thousand targets do not write the whole record a thousand times. None is lost, and a save that fails fails
   * for all who waited for it.
   */
  save(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject })
      if (!this.#saving) void this.#saveWaiting()
    })
  }

  async #saveWaiting(): Promise<void> {
    this.#saving = true
    // changes of one turn of the event loop share their first save too
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#saveAll(batch.map(({ change }) => change))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#saving = false
  }

  async #saveAll(changes: readonly Change[]): Promise<void> {
    this.#amendments = []
    const next = { ...applied(changes, this.#record), updatedAt: this.#clock.now() }
    await this.#store(next).catch(async (error: unknown) => {
      if (!(error instanceof KeyrotError) || !error.retryable) throw error
      await this.#store(next)
    })
    this.#record = applied(this.#amendments, next)
    this.#stored = true
    this.#saved = true
    this.#pending = this.#amendments.length > 0
  }

  /**
   * A save that failed may have taken hold. If the store has exactly what was sent, its revision is ours and we go on; if it
   * still has what was there before, nothing happened; anything else is another writer's and fails as a conflict.
   */
  async #store(next: CredentialRecord): Promise<void> {
    if (this.#doubtful !== null) await this.#settleDoubt(this.#doubtful)
    this.#doubtful = next
    this.#revision = await this.#records.save(next, this.#revision)
    this.#doubtful = null
  }

  async #settleDoubt(sent: CredentialRecord): Promise<void> {
    const { record, revision } = await this.#records.load(sent.credential)
    if (record !== null && JSON.stringify(record) === JSON.stringify(sent)) this.#revision = revision
    this.#doubtful = null
  }

  async saveRun(change: (run: RunNote) => RunNote): Promise<void> {
    await this.save((record) => (record.run === null ? record : { ...record, run: change(record.run) }))
  }

  async noteTarget(name: string, note: TargetNote): Promise<void> {
    await this.saveRun((run) => ({ ...run, targets: { ...run.targets, [name]: { ...run.targets[name], ...note } } }))
  }

  /** Takes back the receipts of an earlier promotion and its reload before the next one: their times must not pass for the new one's. */
  async forgetPromotion(name: string): Promise<void> {
    if (this.run.targets[name]?.promotedAt === undefined) return
    await this.saveRun((run) => {
      const { promotedAt: _promoted, promotedKey: _key, since: _since, reloadedAt: _reloaded, ...rest } = run.targets[name] ?? {}
      return { ...run, targets: { ...run.targets, [name]: rest } }
    })
  }

  /** Takes the store's date out of a receipt, before a write of our own moves it. */
  async loosenReceipt(name: string): Promise<void> {
    await this.saveRun((run) => {
      const { since: _, ...rest } = run.targets[name] ?? {}
      return { ...run, targets: { ...run.targets, [name]: rest } }
    })
  }

  async noteAttempt(number: number, change: Partial<AttemptNote>): Promise<void> {
    await this.saveRun((run) => ({ ...run, attempts: run.attempts.map((note) => (note.attempt === number ? { ...note, ...change } : note)) }))
  }

  /** Appends to the journal; durable when it resolves. */
  async append(type: EventType, parts: EventParts = {}): Promise<void> {
    const event = this.#event(type, parts)
    await this.#records.append(event)
    this.#watch(event)
  }

  /** Tells the views only: what is not worth a durable line. */
  tell(type: EventType, parts: EventParts = {}): void {
    this.#watch(this.#event(type, parts))
  }

  #event(type: EventType, parts: EventParts): RunEvent {
    return { type, at: this.#clock.now(), credential: this.#record.credential, run: this.#record.run?.id ?? '-', ...parts }
  }
}

function applied(changes: readonly Change[], record: CredentialRecord): CredentialRecord {
  return changes.reduce((before, change) => change(before), record)
}

/** A record for a credential that has none. */
export function blankRecord(ns: string, credential: string, now: number): CredentialRecord {
  return { format: 1, ns, credential, generation: 0, attempts: 0, current: null, run: null, outstanding: [], updatedAt: now }
}

/** Only what a record may hold of a key. */
export function plainNote(key: KeyNote | null): KeyNote | null {
  return key === null ? null : { id: key.id, name: key.name, fingerprint: key.fingerprint }
}
