/** Reads blobs through one `git cat-file --batch`: ids are written as they become known, contents read as they come. */
import type { Writable } from 'node:stream'
import { answersTo, type BlobReader } from './answers.ts'
import type { Change, TakeChanges } from './changes.ts'
import type { Git } from './process.ts'

/**
 * Hands over the blobs that `list` tells of, each id once, in order. Throws when git fails, `KR_GIT_PARTIAL` for a blob that is not in
 * this repository, and whatever `list` or the reader throws.
 */
export async function readBlobs(git: Git, list: (take: TakeChanges) => Promise<void>, reader: BlobReader): Promise<void> {
  const batch = git('cat-file', '--batch', '--buffer')
  const asked: Change[] = []
  const seen = new Set<string>()
  const ask: TakeChanges = (changes) => {
    const fresh = changes.filter(({ oid }) => !seen.has(oid) && seen.add(oid).has(oid))
    asked.push(...fresh)
    return written(batch.input, fresh.map(({ oid }) => `${oid}\n`).join(''))
  }
  const listing = list(ask).then(
    () => void batch.input.end(),
    (error: unknown) => {
      batch.stop()
      throw error
    },
  )
  const [listed, answered] = await Promise.allSettled([listing, batch.each(answersTo(asked, reader))])
  if (listed.status === 'rejected') throw listed.reason
  if (answered.status === 'rejected') throw answered.reason
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
