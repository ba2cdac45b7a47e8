/** Tags may name a blob or a folder instead of a commit; no commit then lists what they hold. */
import { textOf, type Git } from './process.ts'
import type { Change, TakeChanges } from './changes.ts'

const KINDS = '--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)'

/** The blobs of refs that lead to no commit. */
export async function refsBesideCommits(git: Git, take: TakeChanges): Promise<void> {
  const lines = (await textOf(git('for-each-ref', KINDS))).split('\n').filter((line) => line !== '')
  for (const line of lines) {
    const [type, oid = '', peeledType = '', peeled = '', ...name] = line.split(' ')
    const [kind, id] = peeledType === '' ? [type, oid] : [peeledType, peeled]
    const path = name.join(' ')
    if (kind === 'blob') await take([{ oid: id, path, commit: null }])
    if (kind === 'tree') await take(await blobsBelow(git, id, path))
  }
}

async function blobsBelow(git: Git, tree: string, ref: string): Promise<readonly Change[]> {
  const entries = (await textOf(git('ls-tree', '-r', '-z', '--full-tree', tree))).split('\0')
  return entries.flatMap((entry) => {
    const [, oid, path] = /^\d+ blob ([0-9a-f]+)\t([^]*)$/.exec(entry) ?? []
    return oid === undefined ? [] : [{ oid, path: `${ref}:${path ?? ''}`, commit: null }]
  })
}
