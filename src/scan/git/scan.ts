/** Looks through everything a source of git has. */
import type { Hit, ScanReport } from '../../domain/hit.ts'
import type { Inspector, Where } from '../inspect.ts'
import { LongText } from '../long.ts'
import type { Change } from './changes.ts'
import type { Git } from './process.ts'
import type { GitSource } from './sources.ts'

/** Keeps hits only. `onBlob` hears of every blob that was looked through. Throws what the source throws. */
export async function scanGit(git: Git, source: GitSource, inspector: Inspector, onBlob: (soFar: number) => void = () => undefined): Promise<ScanReport> {
  const hits: Hit[] = []
  let pieces = 0
  let bytes = 0
  const take = (found: readonly Hit[]): void => {
    for (const hit of found) hits.push(hit)
  }
  const count = (length: number): void => {
    bytes += length
    onBlob(++pieces)
  }
  await source(git, {
    whole: (change, blob) => {
      take(inspector.inspect({ ...whereOf(change), bytes: blob }))
      count(blob.length)
    },
    long: (change) => {
      const text = new LongText(inspector, whereOf(change))
      return {
        push: (part) => {
          bytes += part.length
          text.push(part)
        },
        end: () => {
          take(text.end())
          count(0)
        },
      }
    },
  })
  return { hits, skipped: [], pieces, bytes }
}

function whereOf({ path, commit }: Change): Where {
  return commit === null ? { path } : { path, commit: commit.id, author: commit.author, when: commit.when }
}
