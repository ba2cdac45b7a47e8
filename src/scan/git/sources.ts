/** Where git keeps texts, as sources of a scan: what would be committed, what a range of commits brought, all of history. */
import type { BlobReader } from './answers.ts'
import { readBlobs } from './blobs.ts'
import { changesTo, COMMIT_FORMAT, LISTING, type TakeChanges } from './changes.ts'
import type { Git } from './process.ts'
import { endsOf, pushedOf, refuseCut } from './range.ts'
import { refsBesideCommits } from './refs.ts'

/** Hands every blob of a source to the reader, each once. */
export type GitSource = (git: Git, reader: BlobReader) => Promise<void>

/** The blobs that the next commit would bring: the index against HEAD, or against nothing before the first commit. */
export const staged: GitSource = (git, reader) => readBlobs(git, (take) => listed(git, take, 'diff', '--cached', ...LISTING, '--diff-filter=d'), reader)

/** Every blob of every ref, with the commit that first brought it. */
export const history: GitSource = (git, reader) =>
  readBlobs(
    git,
    async (take) => {
      await committed(git, take, ['--all'])
      await refsBesideCommits(git, take)
    },
    reader,
  )

/** The blobs that the commits of a range brought, those included that a later commit of it took away again. */
export function range(written: string): GitSource {
  return async (git, reader) => {
    const revisions = await endsOf(git, written)
    await refuseCut(git, revisions)
    await readBlobs(git, (take) => committed(git, take, revisions), reader)
  }
}

/** What a push would send: `lines` are what git gives a pre-push hook on stdin. */
export function push(remote: string, lines: string): GitSource {
  return async (git, reader) => {
    const revisions = await pushedOf(git, remote, lines)
    if (revisions !== null) await readBlobs(git, (take) => committed(git, take, revisions), reader)
  }
}

/**
 * Oldest first, parents before children: the first commit that lists a blob is the one that brought it. `-c` lists of a merge what is
 * in none of its parents, `--root` all of the first commit; together that is every blob that any of the commits holds.
 */
function committed(git: Git, take: TakeChanges, revisions: readonly string[]): Promise<void> {
  const order = ['--reverse', '--date-order', '-c', '--root']
  return listed(git, take, 'log', ...order, ...LISTING, '--no-show-signature', '--encoding=UTF-8', COMMIT_FORMAT, ...revisions, '--')
}

async function listed(git: Git, take: TakeChanges, ...args: readonly string[]): Promise<void> {
  const list = git(...args)
  list.input.end()
  await list.each(changesTo(take))
}
