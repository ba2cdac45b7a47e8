/**
 * Starts git as a child that can do nothing but read: a clean environment, no program that the repository or its config names, no
 * network, no lock. Its output streams; what it says on stderr is told apart here and never repeated.
 */
import { spawn } from 'node:child_process'
import { delimiter, isAbsolute } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { KeyrotError } from '../../domain/errors.ts'

export interface GitRun {
  /** Ends when git has; throws a KeyrotError when git failed. */
  readonly output: AsyncIterable<Buffer>
  /** Hands over the output as it comes, faster than `output`; a promise in return is waited for. Resolves when git has ended well. */
  readonly each: (take: (bytes: Buffer) => Promise<void> | void) => Promise<void>
  readonly input: Writable
  /** Ends git if it still runs: for whoever stops reading early. */
  readonly stop: () => void
}

export type Git = (...args: readonly string[]) => GitRun

/** What git is started with: where, and how to ask for a variable of the environment. */
export interface GitPlace {
  readonly folder: string
  readonly env: (name: string) => string | undefined
}

/** Variables that say which repository, index and objects are meant. A hook has them set, and must be believed: `git commit FILE` has an index of its own. */
const HANDED_ON = [
  'HOME',
  'XDG_CONFIG_HOME',
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_QUARANTINE_PATH',
  'GIT_CEILING_DIRECTORIES',
  'GIT_DISCOVERY_ACROSS_FILESYSTEM',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
] as const

const FIXED = {
  LC_ALL: 'C',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  // The objects as they are, not as refs/replace would have them seen; none fetched that a partial clone left out.
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
}

/** `protocol.allow` does for older gits what GIT_NO_LAZY_FETCH does since 2.44; beyond the threshold git hands blobs through instead of loading them. */
const SAFELY = ['-c', 'core.fsmonitor=false', '-c', 'protocol.allow=never', '-c', 'core.bigFileThreshold=16m']

/** Git at a place. Every call starts one process. */
export function gitAt({ folder, env }: GitPlace): Git {
  const given = { ...Object.fromEntries(HANDED_ON.flatMap((name) => pair(name, env(name)))), ...counted(env), ...FIXED, PATH: safePath(env('PATH')) }
  return (...args) => {
    const child = spawn('git', [...SAFELY, ...args], { cwd: folder, env: given, stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', (piece: Buffer) => (said = `${said}${piece.toString('latin1')}`.slice(0, MOST_SAID)))
    // What git does not read any more is no failure of ours: its exit code says what was wrong.
    child.stdin.on('error', () => undefined)
    const ended = new Promise<KeyrotError | null>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => resolve(notStarted(error)))
      child.once('close', (code) => resolve(code === 0 ? null : failed(said)))
    })
    const stop = (): void => void child.kill()
    const each: GitRun['each'] = async (take) => {
      const reading = handedOver(child.stdout, take).catch((error: unknown) => {
        stop()
        throw error
      })
      const [, error] = await Promise.all([reading, ended])
      if (error !== null) throw error
    }
    return { output: until(child.stdout, ended), each, input: child.stdin, stop }
  }
}

const MOST_SAID = 4_000

async function* until(stdout: AsyncIterable<Buffer>, ended: Promise<KeyrotError | null>): AsyncGenerator<Buffer> {
  yield* stdout
  const error = await ended
  if (error !== null) throw error
}

function handedOver(stdout: Readable, take: (bytes: Buffer) => Promise<void> | void): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.once('close', resolve)
    stdout.on('data', (bytes: Buffer) => {
      try {
        const busy = take(bytes)
        if (busy === undefined) return
        stdout.pause()
        busy.then(() => stdout.resume(), reject)
      } catch (error) {
        // Whatever a reader throws is passed on as it is.
        reject(error as Error)
      }
    })
  })
}

/** All that a short answer says. */
export async function textOf({ output, input }: GitRun): Promise<string> {
  input.end()
  const pieces: Buffer[] = []
  for await (const piece of output) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** Settings handed over by environment: where `safe.directory` comes from in many a CI. */
function counted(env: GitPlace['env']): Record<string, string> {
  const count = Math.min(Number(env('GIT_CONFIG_COUNT') ?? 0) || 0, MOST_SETTINGS)
  const names = Array.from({ length: count }, (_, at) => [`GIT_CONFIG_KEY_${at}`, `GIT_CONFIG_VALUE_${at}`]).flat()
  return Object.fromEntries((count === 0 ? [] : ['GIT_CONFIG_COUNT', ...names]).flatMap((name) => pair(name, env(name))))
}

const MOST_SETTINGS = 100

const pair = (name: string, value: string | undefined): [string, string][] => (value === undefined ? [] : [[name, value]])

/** A search path without relative parts: the folder git runs in is not trusted with a program of that name. */
function safePath(path: string | undefined): string {
  const parts = (path ?? '').split(delimiter).filter((part) => isAbsolute(part))
  return parts.length === 0 ? ['/usr/local/bin', '/usr/bin', '/bin', '/opt/homebrew/bin'].join(delimiter) : parts.join(delimiter)
}

function notStarted({ code }: NodeJS.ErrnoException): KeyrotError {
  if (code !== 'ENOENT') return failed('')
  return new KeyrotError({
    code: 'KR_GIT_MISSING',
    kind: 'failed',
    message: 'git could not be started',
    hints: ['is git on the PATH, and does the folder exist?'],
  })
}

/** Texts are missing here by intent: whatever they hold was not looked at, and that must not look like clean. */
export function partial(): KeyrotError {
  return new KeyrotError({
    code: 'KR_GIT_PARTIAL',
    kind: 'failed',
    message: 'this clone is partial: texts are missing that should be scanned, and keyrot fetches nothing',
    hints: ['fetch them first: git fetch --refetch --no-filter'],
  })
}

/** Git's own words decide between sentences of ours. */
function failed(said: string): KeyrotError {
  if (/not a git repository/i.test(said))
    return new KeyrotError({
      code: 'KR_GIT_NONE',
      kind: 'usage',
      message: 'there is no git repository here',
      hints: ['run it inside one, or scan files: keyrot scan PATH'],
    })
  if (/dubious ownership/i.test(said))
    return new KeyrotError({
      code: 'KR_GIT_DISTRUSTS',
      kind: 'refused',
      message: 'git does not trust this repository: another user owns it',
      hints: ['if you do: git config --global --add safe.directory FOLDER'],
    })
  if (/promisor/i.test(said)) return partial()
  return new KeyrotError({
    code: 'KR_GIT_FAILED',
    kind: 'failed',
    message: 'git could not read the repository to its end',
    hints: ['see what it says: git fsck'],
  })
}
