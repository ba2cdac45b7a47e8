/** The JSON shapes of docs/json-output.md: a promise. Fields may be added, never taken away; times are RFC 3339. */
import type { RunEvent } from '../domain/events.ts'
import type { RunReport } from '../domain/run.ts'
import type { PlanReport, StatusReport } from '../domain/status.ts'
import type { JournalReading, JournalSummary } from '../ports/system.ts'
import type { CheckLine } from './text/check.ts'
import { stamp } from './text/time.ts'

export function runsJson(reports: readonly RunReport[]): unknown {
  return {
    runs: reports.map((report) => ({
      credential: report.credential,
      runId: report.runId,
      generation: report.generation,
      status: report.status,
      phase: report.phase,
      exit: report.exit,
      code: report.code,
      message: report.message,
      hints: report.hints,
      targets: report.targets,
      next: report.next === null ? null : { command: report.next.command, at: stamp(report.next.at) },
      findings: report.findings,
      warrant: report.warrant.map((item) => ({
        item: item.item,
        state: item.state,
        evidence: item.evidence,
        until: stamp(item.until),
        answeredBy: item.answeredBy ?? null,
      })),
    })),
  }
}

export function statusJson(report: StatusReport): unknown {
  return {
    at: stamp(report.at),
    complete: report.complete,
    credentials: report.credentials.map((credential) => ({
      ...credential,
      createdAt: stamp(credential.createdAt),
      expiresAt: stamp(credential.expiresAt),
      lastUsedAt: stamp(credential.lastUsedAt),
      dueAt: stamp(credential.dueAt),
    })),
    orphans: report.orphans.map((orphan) => ({ ...orphan, createdAt: stamp(orphan.createdAt), expiresAt: stamp(orphan.expiresAt) })),
  }
}

export function plansJson(plans: readonly PlanReport[]): unknown {
  return { plans: plans.map((plan) => ({ ...plan, endsAt: stamp(plan.endsAt) })) }
}

export function checkJson(lines: readonly CheckLine[]): unknown {
  return { rights: lines.map((line) => ({ where: line.where, what: line.what, state: line.state, hint: line.hint ?? null })) }
}

export function runListJson(runs: readonly JournalSummary[]): unknown {
  return { runs: runs.map((run) => ({ ...run, startedAt: stamp(run.startedAt), lastAt: stamp(run.lastAt) })) }
}

export function timelineJson(run: string, reading: JournalReading): unknown {
  return { run, damaged: reading.damaged, torn: reading.torn, events: reading.events.map(eventJson) }
}

/** One line of `--events`, also used for timelines. */
export function eventJson(event: RunEvent): Record<string, unknown> {
  const { type, at, credential, run, step, code, data } = event
  return { type, at: stamp(at), credential, run, step: step ?? null, code: code ?? null, data: data ?? {} }
}

/** JSON in ASCII: what a terminal or a CI console could obey arrives escaped, and any parser gives it back. */
export function asciiJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
