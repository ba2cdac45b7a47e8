/** The JSON shapes of docs/json-output.md: a promise. Fields may be added, never taken away; times are RFC 3339. */
import type { DueReport } from '../domain/due.ts'
import type { RunEvent } from '../domain/events.ts'
import type { ScanReport } from '../domain/hit.ts'
import { redactKeys } from '../domain/patterns.ts'
import type { ApprovalSubject, KeyFacts, RunReport } from '../domain/run.ts'
import type { PlanReport, StatusReport } from '../domain/status.ts'
import type { PermissionSheet } from '../ports/provider.ts'
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
      ...(report.moments === undefined ? {} : { moments: momentsJson(report.moments) }),
    })),
  }
}

/** What `rotate --due` adds to its runs. */
export function dueJson(report: DueReport): object {
  return { left: report.left.map((line) => ({ ...line, at: stamp(line.at) })), comeBackAt: stamp(report.comeBackAt), exit: report.exit }
}

export function approvalJson(subject: ApprovalSubject): unknown {
  const key = (facts: KeyFacts): object => ({
    ...facts,
    createdAt: stamp(facts.createdAt),
    expiresAt: stamp(facts.expiresAt),
    lastUsedAt: stamp(facts.lastUsedAt),
  })
  return { approval: { ...subject, stays: key(subject.stays), dies: subject.dies.map(key), until: stamp(subject.until) } }
}

/** Times of an incident; the span that keyrot waited for a person is in milliseconds. */
function momentsJson({ human, ...times }: Readonly<Record<string, number>>): unknown {
  return { ...Object.fromEntries(Object.entries(times).map(([name, at]) => [name, stamp(at)])), humanMs: human ?? 0 }
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
    providers: report.providers,
    orphans: report.orphans.map((orphan) => ({ ...orphan, createdAt: stamp(orphan.createdAt), expiresAt: stamp(orphan.expiresAt) })),
    findings: report.findings,
  }
}

/** A hit's key is not enumerable; one in a name or a comment is taken out of the finished object. */
export function scanJson({ hits, skipped, pieces, bytes }: ScanReport): unknown {
  const shown = hits.map(({ at, ...hit }) => ({ ...hit, at: { ...at, ...(at.when === undefined ? {} : { when: stamp(at.when) }) } }))
  return { ...(JSON.parse(redactKeys(JSON.stringify({ hits: shown, skipped }))) as object), pieces, bytes }
}

export function plansJson(plans: readonly PlanReport[]): unknown {
  return { plans: plans.map((plan) => ({ ...plan, endsAt: stamp(plan.endsAt) })) }
}

export function checkJson(lines: readonly CheckLine[]): unknown {
  return { rights: lines.map((line) => ({ where: line.where, what: line.what, state: line.state, hint: line.hint ?? null })) }
}

export function permissionsJson(sheets: readonly PermissionSheet[]): unknown {
  return { permissions: sheets.map(({ title, format, body }) => ({ title, format, body })) }
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
