/** A config opened and connected for one command, with the person and the view at hand. */
import type { RunReport, RunStatus } from '../domain/run.ts'
import { KeyrotError, exitCodeOf, toKeyrotError, worstExitCode, type ErrorKind } from '../domain/errors.ts'
import { findKeys } from '../domain/patterns.ts'
import type { Secret } from '../domain/secret.ts'
import type { Prompter } from '../ports/system.ts'
import type { RunOptions, Workspace } from '../ports/workspace.ts'
import type { Screen } from '../ui/screen.ts'
import { wrap } from '../ui/text/table.ts'
import { chooseView, type View } from '../ui/view.ts'
import { connectSite, openSite, type Site } from './compose.ts'
import { misused } from './base-command.ts'
import { nearest } from './command-line.ts'
import { listOf } from './flags.ts'
import type { Interruption } from './outside/interruption.ts'
import type { Surface } from './outside/screen.ts'

export interface ConfigFlags {
  readonly config: string
  readonly state?: string | undefined
  readonly 'allow-host'?: readonly string[] | undefined
  readonly verbose?: boolean
  readonly events?: boolean
}

export interface RunFlags extends ConfigFlags {
  readonly yes?: boolean
  readonly reason?: string | undefined
  readonly waive?: readonly string[] | undefined
}

export interface Session {
  readonly site: Site
  readonly ws: Workspace
  readonly screen: Screen
  readonly view: View
  readonly prompter: Prompter | null
}

/** Opens and connects. The view closes with `close`. */
export async function openSession(flags: ConfigFlags, surface: Surface, interruption: Interruption): Promise<Session> {
  const { screen, keyboard } = surface
  const width = screen.terminal === null ? Number.POSITIVE_INFINITY : screen.columns
  const warn = (line: string): void => wrap(line, width, '    ').forEach((part) => screen.say(part))
  const site = await openSite({ config: flags.config, state: flags.state }, interruption, warn)
  const counts = new Map(site.config.credentials.map((credential) => [credential.name, credential.targets.length]))
  const view = await chooseView(screen, { events: flags.events ?? false, verbose: flags.verbose ?? false, targets: (name) => counts.get(name) ?? 0 })
  const prompter = keyboard === null || screen.terminal === null ? null : await personAt(screen, screen.terminal, keyboard, view, interruption)
  const ws = await connectSite(site, listOf(flags['allow-host']), { prompter, watch: quietly(view), warn }, interruption)
  return { site, ws, screen, view, prompter }
}

async function personAt(screen: Screen, terminal: NodeJS.WriteStream, keyboard: NodeJS.ReadStream, view: View, interruption: Interruption): Promise<Prompter> {
  const { createPrompter } = await import('../ui/prompts.ts')
  return createPrompter({ screen, terminal, keyboard, view, signal: interruption.signal, leave: interruption.leave })
}

/** A view may break; a run may not break with it. */
function quietly(view: View): Workspace['watch'] {
  return (event) => {
    try {
      view.watch(event)
    } catch {
      // Nothing to be done: the journal has the event.
    }
  }
}

/** The credentials that were named, or all of them. Throws a usage error for a name that the config does not have. */
export function pickNames(site: Site, given: readonly string[]): readonly string[] {
  const known = site.config.credentials.map((credential) => credential.name)
  for (const name of given) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw misused(
      'the config has no credential of this name',
      ...(near === null ? [] : [`did you mean ${near}?`]),
      `credentials: ${known.join(', ') || 'none'}`,
    )
  }
  return given.length === 0 ? known : [...new Set(given)]
}

/** What the flags of a mutating command say to the engine. Refuses a reason that would put a key on record. */
export function runOptions(flags: RunFlags, more: Partial<RunOptions> & { readonly pasted?: Secret | null } = {}): RunOptions {
  const reason = flags.reason ?? null
  if (reason !== null && findKeys(reason).length > 0)
    throw misused('--reason holds something that looks like a key, and reasons are kept on record', 'say it without the key')
  return { waive: listOf(flags.waive), noRollback: [], managedElsewhere: [], reason, revokeConfirmed: false, changeProject: false, pasted: null, ...more }
}

const STATUS_OF: Partial<Record<ErrorKind, RunStatus>> = {
  bug: 'bug',
  refused: 'refused',
  locked: 'locked',
  parked: 'parked',
  person: 'person',
  waiting: 'waiting',
  interrupted: 'interrupted',
}

/** Runs one act per credential, one after the other. A failure of one does not keep the next from its turn; an interruption does. */
export async function eachCredential(names: readonly string[], act: (name: string) => Promise<RunReport>): Promise<RunReport[]> {
  const reports: RunReport[] = []
  for (const name of names) {
    const report = await act(name).catch((error: unknown) => reportOfError(name, toKeyrotError(error)))
    reports.push(report)
    if (report.status === 'interrupted') break
  }
  return reports
}

function reportOfError(name: string, error: KeyrotError): RunReport {
  const status = STATUS_OF[error.kind] ?? 'failed'
  return {
    credential: name,
    runId: null,
    generation: 0,
    status,
    phase: 'unknown',
    exit: exitCodeOf(error.kind),
    code: error.code,
    message: error.message,
    hints: error.hints,
    targets: [],
    next: null,
    findings: [],
    warrant: [],
  }
}

/** The exit code of all reports; an interruption speaks for itself. */
export function exitOf(reports: readonly { readonly exit: number }[]): number {
  const codes = reports.map((report) => report.exit)
  return codes.find((code) => code >= 128) ?? worstExitCode(codes)
}
