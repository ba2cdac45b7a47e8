/** The state folder: `.keyrot/` beside the config, for its owner's eyes only and ignored by git. Made at the first write, not before. */
import { dirname, join } from 'node:path'
import { KeyrotError } from '../domain/errors.ts'
import { CREDENTIAL_PATTERN } from '../domain/key-name.ts'
import type { FileCalls, FileFacts } from './calls.ts'
import { FOLDER_MODE, errno, factsOf, replaceFile, speaking, syncFolder } from './files.ts'

export interface StateFolder {
  readonly path: string
  /** Throws `KR_STATE_UNSAFE` for a folder that others may write to, or `KR_STATE_…` when it cannot be made. Durable. */
  prepare(): void
  /** Where a credential's files are. The folder itself exists after `prepareCredential`. */
  credential(name: string): string
  prepareCredential(name: string): void
  readonly locks: string
}

/** The state folder at a path. Looks at what is there and refuses an unsafe one; writes nothing. */
export function openFolder(path: string, calls: FileCalls): StateFolder {
  const credential = (name: string): string => {
    if (!CREDENTIAL_PATTERN.test(name))
      throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'state was asked for a credential with an impossible name' })
    return join(path, 'credentials', name)
  }
  const folder: StateFolder = {
    path,
    credential,
    locks: join(path, 'locks'),
    prepare: () =>
      speaking(path, () => {
        refuseUnsafe(calls, path)
        makeFolder(calls, path)
        if (factsOf(calls, join(path, '.gitignore')) === null) writeIgnore(calls, path)
        for (const part of ['tmp', 'locks', 'credentials']) makeFolder(calls, join(path, part))
      }),
    prepareCredential: (name) => {
      folder.prepare()
      const home = credential(name)
      speaking(home, () => makeFolder(calls, home))
    },
  }
  speaking(path, () => refuseUnsafe(calls, path))
  return folder
}

function makeFolder(calls: FileCalls, path: string): void {
  const facts = factsOf(calls, path)
  if (facts?.isDirectory() === true) return
  if (facts !== null) throw unsafe(path, 'is not a folder', `move ${path} away`)
  if (factsOf(calls, dirname(path)) === null) makeFolder(calls, dirname(path))
  try {
    calls.mkdir(path, FOLDER_MODE)
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error
  }
  syncFolder(calls, dirname(path))
}

function writeIgnore(calls: FileCalls, path: string): void {
  const temp = join(path, '.gitignore.tmp')
  try {
    replaceFile(calls, join(path, '.gitignore'), temp, Buffer.from('*\n'))
  } catch (error) {
    // another process writes the very same file at this moment, or died there: it is written next time
    if (errno(error) !== 'EEXIST' && errno(error) !== 'ENOENT') throw error
  }
}

function refuseUnsafe(calls: FileCalls, path: string): void {
  const facts = factsOf(calls, path)
  if (facts === null) return
  const wrong = whatIsWrong(facts, calls.uid())
  if (wrong !== null) throw unsafe(path, wrong.what, wrong.hint.replace('PATH', path))
}

function whatIsWrong(facts: FileFacts, uid: number | null): { what: string; hint: string } | null {
  if (facts.isSymbolicLink()) return { what: 'is a symbolic link', hint: 'remove the link, or name the real folder with --state' }
  if (!facts.isDirectory()) return { what: 'is not a folder', hint: 'move PATH away' }
  if (uid !== null && facts.uid !== uid) return { what: 'belongs to another user', hint: 'run keyrot as the user who owns it' }
  if ((facts.mode & 0o022) !== 0) return { what: 'can be written by other users', hint: 'chmod 700 PATH' }
  return null
}

function unsafe(path: string, what: string, hint: string): KeyrotError {
  return new KeyrotError({ code: 'KR_STATE_UNSAFE', kind: 'refused', message: `the state folder ${what}: ${path}`, hints: [hint], facts: { path } })
}
