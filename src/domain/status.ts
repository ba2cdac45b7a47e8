/** The object behind `status --json` and `plan --json`; documented in docs/json-output.md, a promise. */
import type { Ms } from './duration.ts'
import type { Phase, RunFinding, SlotRole } from './run.ts'
import type { Verb } from './plan.ts'

export type Severity = RunFinding['severity']

/** Ids, names and times (RFC 3339) that a finding rests on. */
export type Evidence = Readonly<Record<string, string | number | null | readonly string[]>>

/** Something that is not as it should be. */
export interface StatusFinding extends RunFinding {
  /** A credential, `credential/target`, or a provider of the config. */
  readonly subject: string
  readonly evidence: Evidence
  /** What makes it go away, in words. */
  readonly mend: string
  /** What to type for it; `null` where it is not keyrot that mends it. */
  readonly command: string | null
}

export interface StatusTarget {
  readonly name: string
  readonly type: string
  readonly current: SlotRole
  readonly fallback: SlotRole
  /** What it serves, where the config says. */
  readonly environment: string | null
  readonly findings: readonly StatusFinding[]
}

export interface StatusCredential {
  readonly name: string
  readonly generation: number
  readonly keyId: string | null
  readonly fingerprint: string | null
  readonly createdAt: Ms | null
  readonly expiresAt: Ms | null
  readonly ageDays: number | null
  /** `null` = never, or not known; a finding `cannot-tell` says which. */
  readonly lastUsedAt: Ms | null
  readonly phase: Phase
  readonly openRun: string | null
  /** When a rotation is due by policy, and when the key ends by itself. */
  readonly dueAt: Ms | null
  readonly targets: readonly StatusTarget[]
  readonly findings: readonly StatusFinding[]
}

/** A place where keys are born. */
export interface StatusProvider {
  readonly name: string
  readonly project: string | null
  readonly findings: readonly StatusFinding[]
}

export interface StatusOrphan {
  readonly id: string
  readonly name: string
  readonly createdAt: Ms
  readonly expiresAt: Ms | null
  /** `sweepable` dies by itself or by the next run; `committed` needs a person. */
  readonly kind: 'sweepable' | 'committed'
}

export interface StatusReport {
  readonly at: Ms
  /** `false` where something could not be read: a partial answer is never shown as clean. */
  readonly complete: boolean
  readonly credentials: readonly StatusCredential[]
  readonly providers: readonly StatusProvider[]
  readonly orphans: readonly StatusOrphan[]
  /** About no credential or provider that the config has. */
  readonly findings: readonly StatusFinding[]
}

/** Every finding of a report, wherever it stands, in the order in which it is shown. */
export function findingsOf(report: StatusReport): readonly StatusFinding[] {
  return [
    ...report.credentials.flatMap((credential) => [...credential.findings, ...credential.targets.flatMap((target) => target.findings)]),
    ...report.providers.flatMap((provider) => provider.findings),
    ...report.findings,
  ]
}

export interface PlanStepReport {
  readonly id: string
  readonly verb: Verb
  readonly target: string | null
  readonly state: 'satisfied' | 'needed' | 'blocked' | 'skipped'
  readonly why: string
}

export interface PlanReport {
  readonly credential: string
  /** `adopt` · `bootstrap` · `recovery` · `routine` · `resume`. */
  readonly start: string
  readonly generation: number
  readonly hash: string
  readonly steps: readonly PlanStepReport[]
  readonly rollback: readonly { readonly target: string; readonly possible: boolean; readonly why: string }[]
  /** When the key in use ends if keyrot never runs again. */
  readonly endsAt: Ms | null
  readonly findings: readonly RunFinding[]
  readonly exit: number
  readonly message: string
}
