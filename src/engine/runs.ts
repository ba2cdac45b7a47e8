/**
 * One invocation over one credential: lock, look around, walk the plan, report. Every command that changes something is one
 * of these; each makes what progress it can and ends. The same call continues what an earlier one began.
 */
import { SECOND, type Ms } from '../domain/duration.ts'
import { toKeyrotError } from '../domain/errors.ts'
import type { RunReport } from '../domain/run.ts'
import type { Held } from '../ports/system.ts'
import type { RunOptions, Workspace } from '../ports/workspace.ts'
import type { Intent } from './beginning.ts'
import { credentialOf, lockNames } from './credential.ts'
import { carry } from './invocation.ts'
import { urgent } from './aftermath.ts'
import { endingOf, reportOf, unseenTargets } from './report.ts'

/** Continues the open run of a credential, or begins the next rotation. */
export function rotate(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'rotate')
}

/** Continues the open run; does nothing where there is none. */
export function resume(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'resume')
}

/** Puts the predecessor back everywhere, while it lives. */
export function rollback(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'rollback')
}

/** Finishes an outstanding retirement: of the open run, or of a key that was left alive. */
export function revoke(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'revoke')
}

/** Moves the end of the settled key in use, if that is near; begins nothing. */
export function extend(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'extend')
}

/** Answers a leak: a fresh key everywhere, the leaked one deleted and seen refused. Goes on where an earlier call stopped. */
export function incident(ws: Workspace, name: string, options: RunOptions): Promise<RunReport> {
  return invoke(ws, name, options, 'incident')
}

const LOOK_AGAIN: Ms = SECOND / 5

/** A living holder is asked to stop, never overtaken. An incident itself gives way to nobody. */
async function lockForIncident(ws: Workspace, names: readonly string[]): Promise<Held> {
  let until: Ms | null = null
  for (;;) {
    try {
      return await ws.locks.acquire(names)
    } catch (thrown) {
      if (toKeyrotError(thrown).kind !== 'locked' || (until !== null && ws.clock.now() >= until)) throw thrown
      until ??= ws.clock.now() + ((await ws.locks.ask?.(names)) ?? 0)
      await ws.clock.sleep(LOOK_AGAIN)
    }
  }
}

async function invoke(ws: Workspace, name: string, options: RunOptions, intent: Intent): Promise<RunReport> {
  const credential = credentialOf(ws, name)
  let lock: Held | null = null
  try {
    lock = intent === 'incident' ? await lockForIncident(ws, lockNames(credential)) : await ws.locks.acquire(lockNames(credential), ws.giveWay)
    return await carry(ws, credential, options, intent, lock)
  } catch (thrown) {
    const error = toKeyrotError(thrown)
    if (error.kind === 'config' || error.kind === 'usage') throw error
    const ending = intent === 'incident' ? urgent(endingOf(error, false), credential.name) : endingOf(error, false)
    return reportOf({ credential, runId: null, generation: 0, targets: unseenTargets(credential), phase: 'unknown', findings: [], ending })
  } finally {
    await lock?.release().catch(() => undefined)
  }
}

export { planRun } from './dry-run.ts'
export { forget } from './forget.ts'
export { foreseeStop, startPlace, stopPlace } from './place.ts'
