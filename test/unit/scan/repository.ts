/** A real git repository in a folder of its own, with nobody's settings but these. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitAt, type Git } from '../../../src/scan/git/process.ts'

export interface Repository {
  readonly folder: string
  /** Runs git and gives its stdout without the last line end. Throws when git fails. */
  readonly run: (...args: readonly string[]) => string
  /** As the scan reads it. */
  readonly git: Git
  readonly env: Readonly<Record<string, string>>
}

const AUTHOR = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' }

/** Opens a folder that is a repository, or will be one. */
export function repositoryAt(folder: string, more: Readonly<Record<string, string>> = {}): Repository {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', ...AUTHOR, ...more }
  const run = (...args: readonly string[]): string =>
    execFileSync('git', [...args], { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).replace(/\n$/, '')
  return { folder, run, env, git: gitAt({ folder, env: (name) => (env as Readonly<Record<string, string | undefined>>)[name] }) }
}

/** Folders for a test file; `clear` removes what was made. */
export function folders(): { make(): string; clear(): void } {
  const made: string[] = []
  return {
    make() {
      made.push(mkdtempSync(join(tmpdir(), 'keyrot-git-')))
      return made.at(-1) ?? ''
    },
    clear() {
      for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function initialised(folder: string, ...options: readonly string[]): Repository {
  const repository = repositoryAt(folder)
  repository.run('init', '--quiet', '--initial-branch', 'main', ...options)
  return repository
}
