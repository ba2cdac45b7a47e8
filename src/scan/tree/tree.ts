/** Scanning a work tree with every core there is: one thread lists, all of them look. */
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Hit, ScanReport } from '../../domain/hit.ts'
import type { Inspector } from '../inspect.ts'
import { claimed, MOST_BATCHES, newClaims, takeFrom, type Order, type Result } from './board.ts'
import { envFileHits } from './env-files.ts'
import { fileScan, type Share } from './files.ts'
import { listFiles, type ListOptions } from './list.ts'

export interface TreeOptions extends ListOptions {
  readonly signal: AbortSignal
  /** Called now and then: files listed so far, files taken up so far. */
  readonly progress?: (listed: number | null, taken: number) => void
}

/** Fewer files than this are read before a thread would have started. */
const WORTH_A_THREAD = 1000
/** Beyond, the disk and the lister are what is waited for. */
const MOST_THREADS = 4

/** Where the program of a thread lies: beside this file in the source, in a place of its own in the bundle. */
const PROGRAM = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : '../scan/tree/worker.js', import.meta.url))

/** Looks through everything below some paths. Throws a usage error for a path that is not there. */
export async function scanTree(paths: readonly string[], inspector: Inspector, options: TreeOptions): Promise<ScanReport> {
  const shares: Share[] = []
  const seen = new Set<string>()
  for (let next = paths; next.length > 0; next = shares.at(-1)!.folders.filter((folder) => !seen.has(folder))) {
    next.forEach((folder) => seen.add(folder))
    shares.push(await scanRound(next, inspector, options))
  }
  const sum = (count: (share: Share) => number): number => shares.reduce((total, share) => total + count(share), 0)
  return {
    hits: shares.flatMap(({ hits }) => hits).toSorted(byPlace),
    skipped: shares.flatMap(({ skipped }) => skipped),
    pieces: sum(({ pieces }) => pieces),
    bytes: sum(({ bytes }) => bytes),
  }
}

/** One listing and all its files; submodules that it met are for the next round. */
async function scanRound(paths: readonly string[], inspector: Inspector, options: TreeOptions): Promise<Share> {
  const listing = listFiles(paths, options)
  const crew = new Crew(options.signal)
  const own = fileScan(inspector)
  let listed = 0
  try {
    for await (const batch of listing.batches) {
      listed += batch.length
      crew.offer(batch, listed >= WORTH_A_THREAD)
      options.progress?.(listed, crew.taken())
    }
    // Threads begin at the front, this one at the end.
    for (const batch of crew.fromTheEnd()) {
      own.scan(batch)
      options.progress?.(listed, crew.taken())
      await setImmediate()
    }
    const results = await crew.results()
    const suspects = fileScan(inspector)
    suspects.scan(results.flatMap((result) => result.suspects))
    const hits = [...suspects.share().hits, ...(await envFileHits(crew.paths(), options.gitIn))]
    const skipped = listing.unreadable.map((path) => ({ path, why: 'unreadable' as const }))
    return [own.share(), ...results.map((result) => ({ ...result, hits: [] }))].reduce(plus, { hits, skipped, folders: [], pieces: 0, bytes: 0 })
  } finally {
    await crew.dismiss()
  }
}

/** The threads besides this one, and the batches they share with it. */
class Crew {
  readonly #signal: AbortSignal
  readonly #claims = newClaims()
  readonly #take = takeFrom(this.#claims)
  readonly #batches: (readonly string[])[] = []
  #threads: readonly Worker[] = []

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  offer(paths: readonly string[], worthThreads: boolean): void {
    this.#signal.throwIfAborted()
    this.#batches.push(paths)
    if (worthThreads && this.#threads.length === 0) this.#start()
    else this.#tell(this.#batches.length - 1)
  }

  *fromTheEnd(): Generator<readonly string[]> {
    for (let index = this.#batches.length - 1; index >= 0; index--) {
      this.#signal.throwIfAborted()
      if (index >= MOST_BATCHES || this.#take(index)) yield this.#batches[index] ?? []
    }
  }

  /** About how many files somebody has taken up. */
  taken(): number {
    return claimed(this.#claims, this.#batches.length) * (this.#batches[0]?.length ?? 0)
  }

  *paths(): Generator<string> {
    for (const batch of this.#batches) yield* batch
  }

  results(): Promise<readonly Result[]> {
    return Promise.all(
      this.#threads.map(
        (thread) =>
          new Promise<Result>((resolve, reject) => {
            thread.once('message', resolve)
            thread.once('error', reject)
            thread.postMessage('done' satisfies Order)
          }),
      ),
    )
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  #start(): void {
    const count = Math.min(MOST_THREADS, availableParallelism() - 1)
    this.#threads = Array.from({ length: count }, () => new Worker(PROGRAM, { workerData: { claims: this.#claims }, env: {}, execArgv: [] }))
    this.#batches.forEach((_, index) => this.#tell(index))
  }

  #tell(index: number): void {
    if (index >= MOST_BATCHES) return
    const order: Order = { index, paths: this.#batches[index] ?? [] }
    for (const thread of this.#threads) thread.postMessage(order)
  }
}

function plus(left: Share, right: Share): Share {
  return {
    hits: [...left.hits, ...right.hits],
    skipped: [...left.skipped, ...right.skipped],
    folders: [...left.folders, ...right.folders],
    pieces: left.pieces + right.pieces,
    bytes: left.bytes + right.bytes,
  }
}

function byPlace({ at: left }: Hit, { at: right }: Hit): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : left.line - right.line || left.column - right.column
}
