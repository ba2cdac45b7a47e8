/**
 * Which files a scan of paths looks through. Inside a repository git itself says it, with every rule for ignoring that it knows: what it
 * keeps, ignored or not, and what it would take with the next `git add`. Elsewhere it is every file.
 */
import { lstatSync } from 'node:fs'
import { KeyrotError } from '../../domain/errors.ts'
import type { Git, GitRun } from '../git/process.ts'
import { walk } from './walk.ts'

export interface Listing {
  /** Paths as a person would type them, beginning with what was given. */
  readonly batches: AsyncIterable<readonly string[]>
  /** Folders that could not be read; complete once `batches` has ended. */
  readonly unreadable: readonly string[]
}

export interface ListOptions {
  /** Git in a folder; `null` where nobody may ask git. */
  readonly gitIn: ((folder: string) => Git) | null
  /** Every file, whatever git says. */
  readonly everything: boolean
}

const BATCH = 128
const LIST = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate']

/** Throws a usage error for a path that is not there. It is told by its number: what was typed may be a key. */
export function listFiles(paths: readonly string[], { gitIn, everything }: ListOptions): Listing {
  const unreadable: string[] = []
  const kinds = paths.map((path, at) => [path, kindOf(path, at + 1)] as const)
  return {
    unreadable,
    batches: (async function* () {
      for (const [path, kind] of kinds) {
        if (kind === 'file') yield [path]
        else yield* batched(filesIn(path, everything ? null : gitIn, (folder) => unreadable.push(folder)))
      }
    })(),
  }
}

function kindOf(path: string, position: number): 'file' | 'folder' {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new KeyrotError({ code: 'KR_USAGE', kind: 'usage', message: `there is nothing at path number ${position} of the command line` })
  return stat.isDirectory() ? 'folder' : 'file'
}

/** Files of one folder. A repository inside another one is listed by its own git. */
async function* filesIn(folder: string, gitIn: ListOptions['gitIn'], unreadable: (folder: string) => void): AsyncGenerator<string> {
  const git = gitIn?.(folder)
  if (git === undefined) return yield* walk(trimmed(folder), unreadable)
  const prefix = folder === '.' ? '' : `${trimmed(folder)}/`
  for await (const name of namesFrom(git(...LIST), () => unreadable(folder))) {
    if (name === null) return yield* walk(trimmed(folder), unreadable)
    if (name.endsWith('/')) yield* filesIn(`${prefix}${name.slice(0, -1)}`, gitIn, unreadable)
    else yield `${prefix}${name}`
  }
}

/** What git lists below the folder; one `null` where it is in no repository. */
async function* namesFrom(run: GitRun, unreadable: () => void): AsyncGenerator<string | null> {
  run.input.end()
  let rest = ''
  try {
    for await (const piece of run.output) {
      // A name may be cut anywhere, within a character too.
      const names = `${rest}${piece.toString('latin1')}`.split('\0')
      rest = names.pop() ?? ''
      for (const name of names) yield Buffer.from(name, 'latin1').toString('utf8')
    }
  } catch (error) {
    if (error instanceof KeyrotError && ['KR_GIT_NONE', 'KR_GIT_MISSING', 'KR_GIT_DISTRUSTS'].includes(error.code)) yield null
    else unreadable()
  }
}

async function* batched(names: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let batch: string[] = []
  for await (const name of names) {
    batch.push(name)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function trimmed(folder: string): string {
  return folder.length > 1 ? folder.replace(/\/+$/, '') : folder
}
