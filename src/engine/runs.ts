/**
 * One invocation over one credential: lock, look around, walk the plan, report. Every command that changes something is one
 * of these; each makes what progress it can and ends. The same call continues what an earlier one began.
 */
import { toKeyrotError } from '../domain/errors.ts'
import type { RunReport } from '../domain/run.ts'
import type { Held } from '../ports/system.ts'
import type { RunOptions, Workspace } from '../ports/workspace.ts'
import type { Intent } from './beginning.ts'
import { credentialOf, lockNames } from './credential.ts'
import { carry } from './invocation.ts'
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

async function invoke(ws: Workspace, name: string, options: RunOptions, intent: Intent): Promise<RunReport> {
  const credential = credentialOf(ws, name)
  let lock: Held | null = null
  try {
    lock = await ws.locks.acquire(lockNames(credential))
    return await carry(ws, credential, options, intent, lock)
  } catch (thrown) {
    const error = toKeyrotError(thrown)
    if (error.kind === 'config' || error.kind === 'usage') throw error
    const ending = endingOf(error, false)
    return reportOf({ credential, runId: null, generation: 0, targets: unseenTargets(credential), phase: 'unknown', findings: [], ending })
  } finally {
    await lock?.release().catch(() => undefined)
  }
}

export { planRun } from './dry-run.ts'
export { forget } from './forget.ts'
