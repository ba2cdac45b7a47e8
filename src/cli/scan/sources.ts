/** What a scan looks through, as its flags say; and what of it is accepted. Light: a hook starts it at every commit. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { KeyrotError } from '../../domain/errors.ts'
import type { ScanReport } from '../../domain/hit.ts'
import { baselineText, judgedBy, neverAccepted, readBaseline, SALT_LENGTH, staleIn, updated, type Baseline, type Seen } from '../../scan/baseline.ts'
import { gitAt, type Git } from '../../scan/git/process.ts'
import { scanGit } from '../../scan/git/scan.ts'
import { history, push, range, staged, type GitSource } from '../../scan/git/sources.ts'
import { replaceFile } from '../../scan/hook/replace.ts'
import type { Inspector } from '../../scan/inspect.ts'
import { scanStream } from '../../scan/stream.ts'
import { scanTree, type TreeOptions } from '../../scan/tree/tree.ts'
import { misused } from '../base-command.ts'
import { token } from '../outside/chance.ts'

/** Git as this invocation may ask it. */
export const gitIn = (folder: string): Git => gitAt({ folder, env: (name) => process.env[name] })

export interface SourceFlags {
  readonly staged: boolean
  readonly history: boolean
  readonly range?: string | undefined
  readonly push?: string | undefined
  readonly stdin: boolean
  readonly 'no-ignore': boolean
}

/** Looks through the one thing that is named, or the work tree. Throws a usage error where two are. */
export async function gathered(
  flags: SourceFlags,
  paths: readonly string[],
  inspector: Inspector,
  options: Omit<TreeOptions, 'gitIn' | 'everything'>,
): Promise<ScanReport> {
  const named = [flags.staged, flags.history, flags.range !== undefined, flags.push !== undefined, flags.stdin].filter(Boolean)
  if (named.length > 1 || (named.length === 1 && (paths.length > 0 || flags['no-ignore'])))
    throw misused('a scan looks through one thing', 'of --staged, --history, --range, --push, --stdin and paths give one; --no-ignore goes with paths')
  if (flags.stdin) return scanStream('stdin', process.stdin, inspector)
  const source = await gitSource(flags)
  if (source === null) return scanTree(paths.length === 0 ? ['.'] : paths, inspector, { ...options, gitIn, everything: flags['no-ignore'] })
  return scanGit(gitIn('.'), source, inspector, (soFar) => {
    options.signal.throwIfAborted()
    options.progress?.(null, soFar)
  })
}

async function gitSource(flags: SourceFlags): Promise<GitSource | null> {
  if (flags.staged) return staged
  if (flags.history) return history
  if (flags.range !== undefined) return range(flags.range)
  return flags.push === undefined ? null : push(flags.push, process.stdin.isTTY ? '' : await allOf(process.stdin))
}

async function allOf(input: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of input) pieces.push(piece)
  return Buffer.concat(pieces).toString('latin1')
}

/** Used without being named, where it lies in the current folder. */
const USUAL_BASELINE = '.keyrot-baseline.json'

/** The report with what is accepted marked, stale entries told, and with `update` the baseline written anew first. */
export async function accepted(
  report: ScanReport,
  flags: SourceFlags & { readonly baseline?: string | undefined },
  paths: readonly string[],
  update: boolean,
): Promise<ScanReport> {
  const own = { ...report, hits: neverAccepted(report.hits) }
  const file = flags.baseline ?? (update || existsSync(USUAL_BASELINE) ? USUAL_BASELINE : null)
  if (file === null) return own
  const seen = seenBy(flags, paths)
  const before = await baselineIn(file, update)
  const baseline = update ? updated(before, own.hits, seen) : before
  if (update) await replaceFile(file, baselineText(baseline), 0o644)
  const stale = seen === null ? [] : staleIn(baseline, own.hits, seen, file)
  return { ...own, hits: [...judgedBy(baseline, own.hits), ...stale] }
}

/** Only a scan of everything can tell that something is there no more. */
function seenBy(flags: SourceFlags, paths: readonly string[]): Seen | null {
  if (flags.history) return 'history'
  const part = flags.staged || flags.stdin || flags.range !== undefined || flags.push !== undefined || flags['no-ignore'] || paths.length > 0
  return part || !existsSync('.git') ? null : 'tree'
}

async function baselineIn(file: string, mayBeNew: boolean): Promise<Baseline> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw unreadable(file)
  })
  if (text !== null) return readBaseline(text, file)
  if (mayBeNew) return { salt: token(SALT_LENGTH), entries: [] }
  throw unreadable(file)
}

function unreadable(file: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_BASELINE_MISSING',
    kind: 'config',
    message: 'the baseline cannot be read',
    where: file,
    hints: ['a new one: keyrot scan --baseline FILE --update-baseline'],
  })
}

const SEVERITIES = ['info', 'warning', 'error'] as const

/** 4 when something at or above the threshold was found that nobody has accepted, or something could not be looked through; else 0. */
export function scanExit({ hits, skipped }: ScanReport, failOn: (typeof SEVERITIES)[number] | 'never'): number {
  if (failOn === 'never') return 0
  const least = SEVERITIES.indexOf(failOn)
  const found = hits.some(({ severity, allowed, known }) => allowed === undefined && known !== true && SEVERITIES.indexOf(severity) >= least)
  return found || (skipped.length > 0 && failOn !== 'error') ? 4 : 0
}
