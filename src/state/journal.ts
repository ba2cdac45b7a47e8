/** The journal of one run: appended to, durable before the effect, and never read as permission for anything. */
import { dirname } from 'node:path'
import { KeyrotError } from '../domain/errors.ts'
import type { RunEvent } from '../domain/events.ts'
import type { JournalReading } from '../ports/system.ts'
import type { FileCalls } from './calls.ts'
import { fromText, readChain, seal } from './codec.ts'
import type { Chain } from './codec.ts'
import { FILE_MODE, FLAGS, errno, readAll, readFile, syncFolder, toStateError, writeAll } from './files.ts'
import { EVENT_STEPS, migrate, newer } from './migrate.ts'
import { fit } from './shape.ts'
import { runEvent } from './shapes.ts'

export const JOURNAL_FORMAT = 1

/** Binds the chain to its run: a journal under another name does not verify. */
export function saltOf(credential: string, run: string): string {
  return `keyrot journal ${credential} ${run}`
}

/** Every event that can be believed, in order. Throws `KR_STATE_NEWER`. An absent journal holds none. */
export function readJournal(path: string, credential: string, run: string, calls: FileCalls): JournalReading {
  const file = readFile(calls, path)
  if (file === null) return { events: [], damaged: 0, torn: false }
  return readEvents(readChain(file.bytes, saltOf(credential, run)), credential, run, path)
}

/** The events of a chain; what is of another run, or of no known shape, counts as damaged. `place` names for people where it lies. */
export function readEvents(chain: Chain, credential: string, run: string, place: string): JournalReading {
  const events: RunEvent[] = []
  for (const { body, format } of chain.bodies) {
    const event = fit(runEvent, migrate(fromText(body), format, JOURNAL_FORMAT, EVENT_STEPS, place))
    if (event !== null && event.credential === credential && event.run === run) events.push(event)
  }
  return { events, damaged: chain.damaged + chain.bodies.length - events.length, torn: chain.torn }
}

interface Waiting {
  readonly body: string
  readonly resolve: () => void
  readonly reject: (error: KeyrotError) => void
}

/** Where the file ended after our last write. */
interface Tail {
  readonly ino: number
  readonly size: number
  readonly sum: string
}

/** What comes before a commit: whether it may be made at all, and where a new file would lie. */
interface Before {
  readonly fence: () => Promise<void>
  readonly prepare: () => void
}

/**
 * Appends with group commit: while one `fdatasync` is under way the lines that come meanwhile wait together for the next.
 * A failure rejects everybody who waits. After a failed `fdatasync` this writer is done for good: the kernel may have
 * dropped the bytes and would call the next one a success.
 */
export class JournalWriter {
  readonly #path: string
  readonly #salt: string
  readonly #before: Before
  readonly #calls: FileCalls
  #queue: Waiting[] = []
  #pumping = false
  #tail: Tail | null = null
  #broken: KeyrotError | null = null

  constructor(path: string, names: { credential: string; run: string }, before: Before, calls: FileCalls) {
    this.#path = path
    this.#salt = saltOf(names.credential, names.run)
    this.#before = before
    this.#calls = calls
  }

  /** Durable when it resolves. `body` is the JSON text of one event. */
  append(body: string): Promise<void> {
    if (this.#broken !== null) return Promise.reject(this.#broken)
    return new Promise((resolve, reject) => {
      this.#queue.push({ body, resolve, reject })
      if (!this.#pumping) void this.#pump()
    })
  }

  async #pump(): Promise<void> {
    this.#pumping = true
    // lines of one turn of the event loop share their first commit too
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      try {
        await this.#commit(batch.map(({ body }) => body))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        const told = toStateError(error, this.#path)
        const waiting = [...batch, ...this.#queue]
        this.#queue = []
        for (const { reject } of waiting) reject(told)
      }
    }
    this.#pumping = false
  }

  async #commit(bodies: readonly string[]): Promise<void> {
    await this.#before.fence()
    const fd = this.#open()
    try {
      const tail = this.#findTail(fd)
      this.#tail = null
      const { bytes, sum } = this.#chain(tail.sum, bodies)
      this.#write(fd, tail.size, bytes)
      await this.#datasync(fd)
      if (tail.size === 0) syncFolder(this.#calls, dirname(this.#path))
      this.#tail = { ino: tail.ino, size: tail.size + bytes.length, sum }
    } finally {
      this.#calls.close(fd)
    }
  }

  /** The file as we left it, or a new one: its folder is looked at only then. */
  #open(): number {
    if (this.#tail !== null) {
      try {
        return this.#calls.open(this.#path, FLAGS.append, FILE_MODE)
      } catch (error) {
        if (errno(error) !== 'ENOENT') throw error
      }
    }
    this.#before.prepare()
    return this.#calls.open(this.#path, FLAGS.append | FLAGS.ifAbsent, FILE_MODE)
  }

  /** The end we left, if it is still the end; else what a fresh look finds, torn line repaired. */
  #findTail(fd: number): Tail {
    const { ino, size } = this.#calls.stat(fd)
    const known = this.#tail
    if (known?.ino === ino && known.size === size) return known
    this.#tail = null
    if (known?.ino === ino && size > known.size) throw conflict(this.#path)
    const chain = readChain(readAll(this.#calls, fd).bytes, this.#salt)
    if (chain.bodies.some(({ format }) => format > JOURNAL_FORMAT)) throw newer(this.#path)
    if (chain.length < size) this.#calls.truncate(fd, chain.length)
    if (chain.newlineMissing) writeAll(this.#calls, fd, Buffer.from('\n'))
    return { ino, size: chain.length + (chain.newlineMissing ? 1 : 0), sum: chain.sum }
  }

  #chain(from: string, bodies: readonly string[]): { bytes: Buffer; sum: string } {
    let sum = from
    const lines = bodies.map((body) => {
      const sealed = seal(sum, JOURNAL_FORMAT, body)
      sum = sealed.sum
      return sealed.line
    })
    return { bytes: Buffer.from(lines.join('')), sum }
  }

  /** All or nothing: what a failed write leaves behind is cut off again, or dropped as torn by the next reader. */
  #write(fd: number, before: number, bytes: Buffer): void {
    try {
      writeAll(this.#calls, fd, bytes)
    } catch (error) {
      try {
        this.#calls.truncate(fd, before)
      } catch {
        // the first failure is the one to tell
      }
      throw error
    }
  }

  async #datasync(fd: number): Promise<void> {
    try {
      await this.#calls.datasync(fd)
    } catch (error) {
      this.#broken = toStateError(error, this.#path)
      throw this.#broken
    }
  }
}

function conflict(path: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_STATE_CONFLICT',
    kind: 'conflict',
    message: `another run writes to the journal of this one: ${path}`,
    hints: ['run the same command again: it looks at what is there now'],
    facts: { path },
  })
}
