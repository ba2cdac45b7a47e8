/**
 * Records and journals in a shared store, one sheet per credential: every durable word is one compare-and-swap that also carries the fence.
 * A run that lost its lease finds another fence there, and writes nothing more, whatever it still believes.
 */
import type { Sheet, SharedStore, Stored } from '../../ports/store.ts'
import type { Records } from '../../ports/system.ts'
import { checkedRun } from '../event-text.ts'
import { ABSENT, parseRecord, recordConflict, revisionIn, sealNext } from '../record-text.ts'
import { fenceText, fencedOut, termIn } from './fence.ts'
import { readingOf, runsIn, withEvent, type Journals } from './journal.ts'
import { sheetName, type Fences } from './locks.ts'
import { isConflict, putSurely } from './surely.ts'

/** How often somebody else's write between our look and ours is answered by a fresh look. */
const ROUNDS = 5
const BLANK: Sheet = { fence: '', texts: {} }

/** The records of one config, and the fences that its locks raise before them. */
export function openSharedRecords(ns: string, store: SharedStore): { readonly records: Records; readonly fences: Fences } {
  const desks = new Map<string, Desk>()
  const desk = (credential: string): Desk => {
    const known = desks.get(credential) ?? new Desk(store, sheetName(ns, credential), credential)
    desks.set(credential, known)
    return known
  }
  const journals = async (credential: string): Promise<Journals> => journalsIn(await desk(credential).look())
  return {
    fences: {
      termOf: async (credential) => termIn((await desk(credential).look()).fence),
      raise: (credential, fence) => desk(credential).raise(fence.term, fenceText(fence)),
      lower: (credential) => desk(credential).lower(),
    },
    records: {
      load: async (credential) => {
        const { texts } = await desk(credential).look()
        const { record, condition, revision } = texts['record'] === undefined ? ABSENT : parseRecord(texts['record'], credential, store.place)
        return { record, condition, revision }
      },
      save: async (record, revision) => {
        const sealed = sealNext(record, revision)
        await desk(record.credential).write((sheet) => withRecord(sheet, { ...sealed, replaces: revision, credential: record.credential, place: store.place }))
        return sealed.revision
      },
      append: async (event) => {
        checkedRun(event.run)
        await desk(event.credential).write((sheet) => ({ ...sheet, texts: { ...sheet.texts, ...withEvent(journalsIn(sheet), event) } }))
      },
      runs: async (credential) => runsIn(await journals(credential), credential),
      journal: async (credential, run) => readingOf(await journals(credential), credential, checkedRun(run), store.place),
    },
  }
}

interface Replacement {
  readonly line: string
  readonly replaces: string | null
  readonly credential: string
  readonly place: string
}

/** A record that cannot be believed is set aside, one at a time. */
function withRecord(sheet: Sheet, { line, replaces, credential, place }: Replacement): Sheet {
  const { record, ...others } = sheet.texts
  if (record !== undefined && revisionIn(record, credential) === replaces && replaces !== null) return { ...sheet, texts: { ...others, record: line } }
  const { condition, revision } = record === undefined ? ABSENT : parseRecord(record, credential, place)
  if (revision !== replaces) throw recordConflict(place)
  const aside = condition === 'damaged' && record !== undefined ? { damaged: record } : {}
  return { ...sheet, texts: { ...others, ...aside, record: line } }
}

function journalsIn({ texts }: Sheet): Journals {
  return { journal: texts['journal'] ?? '', runs: texts['runs'] ?? '[]' }
}

type Change = (sheet: Sheet) => Sheet

interface Waiting {
  readonly change: Change
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Where one sheet is written: what comes while a write is under way waits together for the next (group commit). */
class Desk {
  readonly #store: SharedStore
  readonly #name: string
  readonly #credential: string
  /** As it was last seen or written here; `undefined` = not looked yet. */
  #seen: Stored<Sheet> | null | undefined
  /** What our lease gives us to write under; `null` without a lease. */
  #fence: string | null = null
  #queue: Waiting[] = []
  #busy = false

  constructor(store: SharedStore, name: string, credential: string) {
    this.#store = store
    this.#name = name
    this.#credential = credential
  }

  async look(): Promise<Sheet> {
    const seen = await this.#store.sheets.read(this.#name)
    if (!this.#busy) this.#seen = seen
    return seen?.value ?? BLANK
  }

  async raise(term: number, fence: string): Promise<void> {
    await this.write((sheet) => {
      if (sheet.fence !== fence && termIn(sheet.fence) >= term) throw fencedOut(this.#credential)
      return { ...sheet, fence }
    })
    this.#fence = fence
  }

  lower(): void {
    this.#fence = null
  }

  write(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ change, resolve, reject })
      if (!this.#busy) void this.#pump()
    })
  }

  async #pump(): Promise<void> {
    this.#busy = true
    // changes of one turn of the event loop share their first write too
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      await this.#commit(batch).catch((error: unknown) => batch.forEach(({ reject }) => reject(error)))
    }
    this.#busy = false
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    for (let round = 1; ; round++) {
      if (this.#seen === undefined) this.#seen = await this.#store.sheets.read(this.#name)
      const before = this.#seen?.value ?? BLANK
      if (this.#fence !== null && before.fence !== this.#fence) throw fencedOut(this.#credential)
      const { sheet, fitting } = applied(batch, before)
      if (fitting.length === 0) return
      try {
        this.#seen = await putSurely(this.#store.sheets, this.#name, sheet, this.#seen?.revision ?? null, isSameSheet)
        for (const { resolve } of fitting) resolve()
        return
      } catch (error) {
        if (!isConflict(error) || round === ROUNDS) throw error
        this.#seen = undefined
      }
    }
  }
}

/** Each change on top of the one before; what does not fit is told so, and keeps the others from nothing. */
function applied(batch: readonly Waiting[], before: Sheet): { sheet: Sheet; fitting: readonly Waiting[] } {
  let sheet = before
  const fitting = batch.filter(({ change, reject }) => {
    try {
      sheet = change(sheet)
      return true
    } catch (error) {
      reject(error)
      return false
    }
  })
  return { sheet, fitting }
}

function isSameSheet(left: Sheet, right: Sheet): boolean {
  const names = new Set([...Object.keys(left.texts), ...Object.keys(right.texts)])
  return left.fence === right.fence && [...names].every((name) => left.texts[name] === right.texts[name])
}
