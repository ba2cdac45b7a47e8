/** From the end of a walk to the report behind every view and exit code. */
import { exitCodeOf, type ErrorKind, type KeyrotError } from '../domain/errors.ts'
import type { Ms } from '../domain/duration.ts'
import type { Phase, RunFinding, RunReport, RunStatus, TargetReport } from '../domain/run.ts'
import type { ItemFinding } from '../domain/warrant.ts'
import type { BoundCredential } from '../ports/workspace.ts'
import { roleOf, type Situation } from '../flow/assess.ts'
import type { Slots } from '../flow/terrain.ts'
import type { Roles } from '../flow/context.ts'

export interface Ending {
  readonly status: RunStatus
  readonly code: string
  readonly message: string
  readonly hints?: readonly string[]
  readonly until?: Ms
  readonly command?: string
  readonly items?: readonly ItemFinding[]
  /** What was found while it was decided. */
  readonly findings?: readonly RunFinding[]
}

const KIND_OF: Record<RunStatus, ErrorKind | null> = {
  done: null,
  nothing: null,
  'rolled-back': null,
  waiting: 'waiting',
  parked: 'parked',
  failed: 'failed',
  person: 'person',
  refused: 'refused',
  locked: 'locked',
  interrupted: 'interrupted',
  bug: 'bug',
}

/** I13: only what is done, rolled back or had nothing to do exits 0. */
export function exitOf(status: RunStatus): number {
  const kind = KIND_OF[status]
  return kind === null ? 0 : exitCodeOf(kind)
}

export interface ReportParts {
  readonly credential: BoundCredential
  readonly runId: string | null
  readonly generation: number
  readonly targets: readonly TargetReport[]
  readonly phase: Phase
  readonly findings: readonly RunFinding[]
  readonly ending: Ending
  readonly moments?: Readonly<Record<string, Ms>>
}

export function reportOf(parts: ReportParts): RunReport {
  const { ending, credential } = parts
  const over = exitOf(ending.status) === 0
  return {
    credential: credential.name,
    runId: parts.runId,
    generation: parts.generation,
    status: ending.status,
    phase: parts.phase,
    exit: exitOf(ending.status),
    code: ending.code,
    message: ending.message,
    hints: ending.hints ?? [],
    targets: parts.targets,
    next: over ? null : { command: ending.command ?? `keyrot rotate ${credential.name}`, at: ending.until ?? null },
    findings: [...parts.findings, ...(ending.findings ?? [])],
    warrant: ending.items ?? [],
    ...(parts.moments === undefined ? {} : { moments: parts.moments }),
  }
}

/** What each target holds, seen from the run. */
export function targetReports(credential: BoundCredential, slots: Slots, roles: Roles): TargetReport[] {
  return credential.targets.map(({ name, target }) => {
    const slot = slots.get(name)
    const current = slot === undefined ? 'unknown' : roleOf(slot.current, roles)
    const fallback = slot === undefined ? 'unknown' : slot.hasFallback ? roleOf(slot.fallback, roles) : 'none'
    return { name, type: target.type, current, fallback }
  })
}

/** Where the slots stand; design section 1. */
export function phaseOf(situation: Situation, targets: readonly TargetReport[]): Phase {
  if (situation.is === 'unclear') return 'unknown'
  if (situation.is !== 'open') return 'settled'
  const promoted = targets.filter((target) => target.current === 'b').length
  if (promoted === targets.length) return situation.predecessor?.listed === null ? 'retired' : 'promoted'
  if (promoted > 0) return 'promoting'
  if (targets.some((target) => target.fallback === 'b')) return 'staged'
  return situation.successor === null ? 'settled' : 'minted'
}

/** Targets of an invocation that could not look at them. */
export function unseenTargets(credential: BoundCredential): TargetReport[] {
  return credential.targets.map(({ name, target }) => ({ name, type: target.type, current: 'unknown', fallback: 'unknown' }))
}

/** What an error means for the invocation: while a key of the run exists nothing is put back, so the run is unfinished, not failed. */
export function endingOf(error: KeyrotError, runIsOpen: boolean): Ending {
  const status = STATUS_OF[error.kind] ?? (runIsOpen ? 'parked' : 'failed')
  return { status, code: error.code, message: error.message, hints: error.hints, ...(error.facts.until === undefined ? {} : { until: error.facts.until }) }
}

const STATUS_OF: Partial<Record<ErrorKind, RunStatus>> = {
  refused: 'refused',
  locked: 'locked',
  parked: 'parked',
  person: 'person',
  interrupted: 'interrupted',
  bug: 'bug',
}
