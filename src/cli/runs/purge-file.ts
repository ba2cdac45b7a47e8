/** The file for `git filter-repo`: written once, outside every repository, so that it is neither committed nor rewritten itself. */
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { replacementLines } from '../../domain/purge.ts'
import { refused } from '../base-command.ts'

/** Writes it and resolves with its real path. Refuses a place inside a repository, and a file that is something else. */
export function writePurgeFile(given: string): string {
  const folder = realOf(dirname(resolve(given)))
  const path = join(folder, basename(given))
  if (isInRepository(folder)) throw refused('KR_PURGE_FILE', '--purge-file lies inside a git repository', 'choose a place outside, such as ../purge.txt')
  const text = `${replacementLines().join('\n')}\n`
  try {
    if (!existsSync(path)) writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
    else if (readFileSync(path, 'utf8') !== text) throw refused('KR_PURGE_FILE', 'there is another file at the place of --purge-file', 'choose another name')
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw refused('KR_PURGE_FILE', 'the file of --purge-file cannot be written there')
    throw error
  }
  return path
}

function realOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    throw refused('KR_PURGE_FILE', 'the folder of --purge-file is not there')
  }
}

function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true
  // A bare repository has these in place of a .git.
  if (existsSync(join(folder, 'HEAD')) && existsSync(join(folder, 'objects'))) return true
  return dirname(folder) !== folder && isInRepository(dirname(folder))
}
