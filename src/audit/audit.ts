/** From facts to findings: every judge of the table is asked. Pure. */
import type { RunFinding } from '../domain/run.ts'
import type { StatusFinding } from '../domain/status.ts'
import type { CredentialFacts, ProviderFacts } from './facts.ts'
import { findingOf } from './finding.ts'
import { FINDINGS } from './findings.ts'
import { committedOrphans, orphan } from './findings/alive.ts'

export interface Audited {
  /** About the credential as a whole. */
  readonly whole: readonly StatusFinding[]
  readonly byTarget: ReadonlyMap<string, readonly StatusFinding[]>
}

/** Findings about one credential and its targets. */
export function auditCredential(facts: CredentialFacts): Audited {
  const seen = FINDINGS.flatMap((kind) => (kind.credential?.(facts) ?? []).map((sighting) => ({ sighting, finding: findingOf(kind, sighting, facts.name) })))
  return {
    whole: seen.filter(({ sighting }) => sighting.target === undefined).map(({ finding }) => finding),
    byTarget: new Map(facts.targets.map(({ name }) => [name, seen.filter(({ sighting }) => sighting.target === name).map(({ finding }) => finding)])),
  }
}

/** Findings about one place where keys are born. */
export function auditProvider(facts: ProviderFacts): readonly StatusFinding[] {
  return FINDINGS.flatMap((kind) => (kind.provider?.(facts) ?? []).map((sighting) => findingOf(kind, sighting, facts.name)))
}

/** Committed keys that bear the name of a credential which the config does not have (any more). */
export function auditStrays(credential: string, ids: readonly string[]): readonly StatusFinding[] {
  return committedOrphans(ids).map((sighting) => findingOf(orphan, sighting, credential))
}

/** What a run says of keys that were put to use once, live on, and are in no target. */
export function committedOrphan(ids: readonly string[]): RunFinding {
  const [sighting] = committedOrphans(ids)
  return { code: orphan.code, severity: orphan.severity, message: sighting?.message ?? '' }
}
