/** The records and journals of one config as plain files: `<folder>/credentials/<credential>/{record.json,<run>.jsonl}`. */
import { join } from 'node:path'
import type { Clock, Ids, JournalSummary, Records } from '../ports/system.ts'
import { nodeCalls } from './calls.ts'
import type { FileCalls } from './calls.ts'
import { factsOf, namesIn, speaking, toStateError } from './files.ts'
import { openFolder } from './folder.ts'
import { readHost } from './host.ts'
import type { HostFacts } from './host.ts'
import { bodyOf, checkedRun, RUN_PATTERN } from './event-text.ts'
import { JournalWriter, readJournal } from './journal.ts'
import { loadRecord, saveRecord } from './record-file.ts'

export interface RecordParts {
  readonly clock: Clock
  readonly ids: Ids
  readonly host?: HostFacts
  readonly calls?: FileCalls
  /** Asked right before each write, one for all words that go together; throws for a run whose lock is lost. */
  readonly fence?: Fence
}

/** Whether the run that writes about this credential still may. */
export type Fence = (credential: string) => Promise<void>

const UNFENCED: Fence = async () => undefined

/**
 * Opens the store in a state folder. Nothing is written before the first `save` or `append`; then the folder is made.
 * Throws `KR_STATE_UNSAFE` for a folder that others could change.
 */
export async function openRecords(folder: string, { clock, ids, host = readHost(), calls = nodeCalls, fence = UNFENCED }: RecordParts): Promise<Records> {
  const home = openFolder(folder, calls)
  const around = { clock, ids, host, calls }
  const writers = new Map<string, JournalWriter>()
  const recordPath = (credential: string): string => join(home.credential(credential), 'record.json')
  const journalPath = (credential: string, run: string): string => join(home.credential(credential), `${checkedRun(run)}.jsonl`)
  return {
    load: async (credential) => {
      const path = recordPath(credential)
      const { record, condition, revision } = speaking(path, () => loadRecord(path, credential, around))
      return { record, condition, revision }
    },
    save: async (record, revision) => {
      await fence(record.credential)
      const path = recordPath(record.credential)
      home.prepareCredential(record.credential)
      return saveRecord(path, record, revision, around).catch((error: unknown) => {
        throw toStateError(error, path)
      })
    },
    append: async (event) => {
      const { credential, run } = event
      const path = journalPath(credential, run)
      const before = { fence: () => fence(credential), prepare: () => home.prepareCredential(credential) }
      const writer = writers.get(path) ?? new JournalWriter(path, { credential, run }, before, calls)
      writers.set(path, writer)
      await writer.append(bodyOf(event))
    },
    journal: async (credential, run) => {
      const path = journalPath(credential, run)
      return speaking(path, () => readJournal(path, credential, run, calls))
    },
    runs: async (credential) => {
      const path = home.credential(credential)
      const names = speaking(path, () => namesIn(calls, path)).filter((name) => name.endsWith('.jsonl') && RUN_PATTERN.test(name.slice(0, -6)))
      const summaries = names.map((name) => speaking(path, () => summarise(join(path, name), credential, name.slice(0, -6), calls)))
      return summaries.toSorted((left, right) => right.startedAt - left.startedAt || (left.run < right.run ? 1 : -1))
    },
  }
}

function summarise(path: string, credential: string, run: string, calls: FileCalls): JournalSummary {
  const { events, damaged } = readJournal(path, credential, run, calls)
  const changedAt = Math.round(factsOf(calls, path)?.mtimeMs ?? 0)
  return {
    credential,
    run,
    startedAt: events[0]?.at ?? changedAt,
    lastAt: events.at(-1)?.at ?? changedAt,
    events: events.length,
    outcome: events.findLast(({ type }) => type.startsWith('run.'))?.type.slice(4) ?? 'unknown',
    ...(damaged === 0 ? {} : { damaged }),
  }
}
