/** Which commits a range, or a push, means: as whole ids, so that no text from outside is ever an option of git. */
import { KeyrotError } from '../../domain/errors.ts'
import { textOf, type Git } from './process.ts'

/**
 * Revisions for `git log`: `A..B` what B has and A has not, `A...B` what B has since both parted. An end left out is HEAD. Throws
 * `KR_SCAN_RANGE` for anything else, and for an end that this repository does not know.
 */
export async function endsOf(git: Git, range: string): Promise<readonly string[]> {
  const [, from, dots, to] = /^(.*?)(\.{2,3})(.*)$/s.exec(range) ?? []
  if (dots === undefined) throw notARange('a range is written FROM..TO')
  const [a, b] = [await commitOf(git, from === '' ? 'HEAD' : (from ?? '')), await commitOf(git, to === '' ? 'HEAD' : (to ?? ''))]
  if (a === null || b === null) throw notARange('an end of the range is no commit of this repository')
  return [b, '--not', a]
}

function notARange(message: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_SCAN_RANGE',
    kind: 'usage',
    message,
    hints: ['for a pull request: --range origin/main..HEAD', 'in CI, fetch the whole history first (GitHub: fetch-depth: 0; GitLab: GIT_DEPTH: 0)'],
  })
}

/** The whole id of the commit that a name leads to, or `null`. */
async function commitOf(git: Git, name: string): Promise<string | null> {
  const run = git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)
  const answer = await textOf(run).catch((error: unknown) => {
    if (error instanceof KeyrotError && error.code === 'KR_GIT_FAILED') return ''
    throw error
  })
  return /^[0-9a-f]{40,64}$/.exec(answer.trim())?.[0] ?? null
}

/**
 * Revisions for what a push would send: the lines that git gives a pre-push hook on stdin (`ref id ref id`), without what the remote is
 * known to have. `null` when nothing is sent, as when branches are only deleted.
 */
export async function pushedOf(git: Git, remote: string, lines: string): Promise<readonly string[] | null> {
  const ids = lines.split('\n').flatMap((line) => {
    const [, local, , theirs] = line.trim().split(/ +/)
    return local !== undefined && theirs !== undefined && isId(local) && isId(theirs) ? [[local, theirs] as const] : []
  })
  const sent = ids.flatMap(([local]) => (isNone(local) ? [] : [local]))
  if (sent.length === 0) return null
  const known = await Promise.all(ids.flatMap(([, theirs]) => (isNone(theirs) ? [] : [commitOf(git, theirs)])))
  return [...sent, '--not', ...known.filter((id) => id !== null), ...(/^[\w.-]+(?:\/[\w.-]+)*$/.test(remote) ? [`--remotes=${remote}`] : [])]
}

const isId = (text: string): boolean => /^[0-9a-f]{40,64}$/.test(text)
const isNone = (id: string): boolean => /^0+$/.test(id)

/** Throws `KR_SCAN_CUT` when a shallow clone ends inside the range: commits between may hold what nobody would look at. */
export async function refuseCut(git: Git, revisions: readonly string[]): Promise<void> {
  if ((await textOf(git('rev-parse', '--is-shallow-repository'))).trim() !== 'true') return
  // A commit at the cut is walked as if it had no parents; its own text still names them.
  const roots = (await textOf(git('rev-list', '--max-parents=0', ...revisions, '--'))).split('\n').filter(isId)
  const texts = await Promise.all(roots.map((root) => textOf(git('cat-file', 'commit', root))))
  if (!texts.some((text) => /^parent /m.test(text.split('\n\n')[0] ?? ''))) return
  throw new KeyrotError({
    code: 'KR_SCAN_CUT',
    kind: 'failed',
    message: 'this clone is shallow and ends inside the range: commits are missing that should be scanned',
    hints: ['fetch the whole history first: git fetch --unshallow (GitHub: fetch-depth: 0; GitLab: GIT_DEPTH: 0)'],
  })
}
