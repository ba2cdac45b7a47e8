/** Looks through everything a source of git has. */
import type { Hit, ScanReport } from '../../domain/hit.ts'
import type { Inspector, Where } from '../inspect.ts'
import { LongText } from '../long.ts'
import type { Change } from './changes.ts'
import type { Git } from './process.ts'
import type { GitSource } from './sources.ts'

/** Keeps hits only, in the order in which their blobs were listed. `onBlob` hears of every blob that was looked through. Throws what the source throws. */
export async function scanGit(git: Git, source: GitSource, inspector: Inspector, onBlob: (soFar: number) => void = () => undefined): Promise<ScanReport> {
  const found: (readonly [nth: number, hits: readonly Hit[]])[] = []
  let pieces = 0
  let bytes = 0
  const take = (nth: number, hits: readonly Hit[]): void => {
    if (hits.length > 0) found.push([nth, hits])
  }
  const count = (length: number): void => {
    bytes += length
    onBlob(++pieces)
  }
  await source(git, {
    whole: (blob, content) => {
      take(blob.nth, inspector.inspect({ ...whereOf(blob), bytes: content }))
      count(content.length)
    },
    long: (blob) => {
      const text = new LongText(inspector, whereOf(blob))
      return {
        push: (part) => {
          bytes += part.length
          text.push(part)
        },
        end: () => {
          take(blob.nth, text.end())
          count(0)
        },
      }
    },
  })
  const hits = found.toSorted(([left], [right]) => left - right).flatMap(([, own]) => own)
  return { hits, skipped: [], pieces, bytes }
}

function whereOf({ path, commit }: Change): Where {
  return commit === null ? { path } : { path, commit: commit.id, author: commit.author, when: commit.when }
}
