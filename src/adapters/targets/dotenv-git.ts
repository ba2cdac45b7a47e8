/** Asks git about a file: is it tracked, would it be ignored? Git sees a clean environment and no repository's own commands. */
import { spawn } from 'node:child_process'
import { lstat } from 'node:fs/promises'
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path'

/** `unknown`: git is missing, failed, or distrusts the folder. `outside`: no work tree holds the file. */
export type GitSays = 'yes' | 'no' | 'unknown' | 'outside'

export interface Git {
  tracked(file: string): Promise<GitSays>
  ignored(file: string): Promise<GitSays>
}

/** `env` is asked for the search path and the home folder (global ignore rules); nothing else is handed on. */
export function gitWith(env: (name: string) => string | undefined): Git {
  const given = { PATH: safePath(env('PATH')), HOME: env('HOME'), XDG_CONFIG_HOME: env('XDG_CONFIG_HOME'), GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' }
  const ask = async (file: string, ...question: readonly string[]): Promise<GitSays> => {
    const folder = dirname(file)
    if (!(await inWorkTree(folder))) return 'outside'
    const exit = await exitOf(['-c', 'core.fsmonitor=false', ...question, '--', basename(file)], folder, given)
    return exit === 0 ? 'yes' : exit === 1 ? 'no' : 'unknown'
  }
  return {
    tracked: (file) => ask(file, '--literal-pathspecs', 'ls-files', '--error-unmatch'),
    ignored: (file) => ask(file, 'check-ignore', '--quiet'),
  }
}

/** A search path without relative parts: the folder git runs in is not trusted with a program of that name. */
function safePath(path: string | undefined): string {
  const parts = (path ?? '').split(delimiter).filter((part) => isAbsolute(part))
  return parts.length === 0 ? ['/usr/local/bin', '/usr/bin', '/bin', '/opt/homebrew/bin'].join(delimiter) : parts.join(delimiter)
}

async function inWorkTree(folder: string): Promise<boolean> {
  const found = await lstat(join(folder, '.git')).then(
    () => true,
    () => false,
  )
  if (found) return true
  const parent = dirname(folder)
  return parent === folder ? false : inWorkTree(parent)
}

/** The exit code, or `null` when git could not be run to its end. */
function exitOf(args: readonly string[], cwd: string, env: Record<string, string | undefined>): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn('git', args, { cwd, env, stdio: 'ignore', timeout: 10_000 })
    child.on('error', () => resolve(null))
    child.on('close', (code) => resolve(code))
  })
}
