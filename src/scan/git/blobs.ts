/**
 * Reads blobs through `git cat-file --batch`: ids are written as they become known, contents read as they come. Unpacking is most of the
 * work, and a git does it on one core: where many blobs wait, a second one is started, and each blob asked of one of them.
 */
import type { Writable } from 'node:stream'
import { answersTo, type Blob, type BlobReader } from './answers.ts'
import type { TakeChanges } from './changes.ts'
import type { Git } from './process.ts'

/** Beyond, the one thread that looks through them is what is waited for. */
const MOST_BATCHES = 2
/** Fewer than this are read before another git would have started. */
const WORTH_ANOTHER = 256

/**
 * Hands over the blobs that `list` tells of, each id once, as git has them ready. Throws when git fails, `KR_GIT_PARTIAL` for a blob that
 * is not in this repository, and whatever `list` or the reader throws.
 */
export async function readBlobs(git: Git, list: (take: TakeChanges) => Promise<void>, reader: BlobReader): Promise<void> {
  const batches = [batchOf(git, reader)]
  const seen = new Set<string>()
  const ask: TakeChanges = (changes) => {
    const fresh: Blob[] = []
    for (const change of changes) if (!seen.has(change.oid)) fresh.push({ ...change, nth: seen.add(change.oid).size })
    return leastBusy(batches, () => batchOf(git, reader)).ask(fresh)
  }
  const answered = (): Promise<void>[] => batches.map((batch) => batch.answered)
  try {
    await list(ask)
    for (const { end } of batches) end()
    await Promise.all(answered())
  } finally {
    for (const { stop } of batches) stop()
    await Promise.allSettled(answered())
  }
}

/** One git, and what it was asked and has not answered. */
interface Batch {
  readonly waiting: () => number
  readonly ask: (blobs: readonly Blob[]) => Promise<void> | undefined
  readonly end: () => void
  readonly stop: () => void
  readonly answered: Promise<void>
}

function batchOf(git: Git, reader: BlobReader): Batch {
  const { input, each, stop } = git('cat-file', '--batch', '--buffer')
  const asked: Blob[] = []
  const answered = each(answersTo(asked, reader))
  // Its failure is heard once the list has come to its end.
  answered.catch(() => undefined)
  return {
    waiting: () => asked.length,
    ask: (blobs) => {
      for (const blob of blobs) asked.push(blob)
      return written(input, blobs.map(({ oid }) => `${oid}\n`).join(''))
    },
    end: () => void input.end(),
    stop,
    answered,
  }
}

function leastBusy(batches: Batch[], another: () => Batch): Batch {
  const least = batches.reduce((left, right) => (right.waiting() < left.waiting() ? right : left))
  if (least.waiting() < WORTH_ANOTHER || batches.length === MOST_BATCHES) return least
  const more = another()
  batches.push(more)
  return more
}

/** A promise where the other side should be waited for; it may also have gone. */
function written(input: Writable, text: string): Promise<void> | undefined {
  if (input.destroyed || input.write(text)) return undefined
  return new Promise((resolve) => {
    const goOn = (): void => {
      input.off('drain', goOn).off('close', goOn)
      resolve()
    }
    input.on('drain', goOn).on('close', goOn)
  })
}
