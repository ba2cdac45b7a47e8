/** What a kind of finding is: data and pure judges. The table is `findings.ts`; docs/findings.md is made from it. */
import { DAY, type Ms } from '../domain/duration.ts'
import type { Evidence, Severity, StatusFinding } from '../domain/status.ts'
import type { CredentialFacts, ProviderFacts } from './facts.ts'

/** One thing that was seen. What it leaves out is as its kind says. */
export interface Sighting {
  readonly message: string
  /** Where it is less bad than its kind can be. */
  readonly severity?: Severity
  readonly evidence?: Evidence
  readonly mend?: FindingKind['mend']
  /** The target it is about; without one it is about the credential or provider as a whole. */
  readonly target?: string
}

export interface FindingKind {
  readonly code: string
  /** The worst it can be. */
  readonly severity: Severity
  readonly title: string
  /** Why it matters, in a sentence or two. */
  readonly why: string
  /** What makes it go away. `NAME` stands for the credential or provider. */
  readonly mend: { readonly words: string; readonly command: string | null }
  /** Nothing but the stored record knows it: without state it is not found. */
  readonly recordOnly?: true
  /** Pure; one sighting for each thing that is so. A judge is absent where the kind is not about such. */
  readonly credential?: (facts: CredentialFacts) => readonly Sighting[]
  readonly provider?: (facts: ProviderFacts) => readonly Sighting[]
}

/** A sighting as it is reported. */
export function findingOf(kind: FindingKind, sighting: Sighting, name: string): StatusFinding {
  const mend = sighting.mend ?? kind.mend
  return {
    code: kind.code,
    severity: sighting.severity ?? kind.severity,
    subject: sighting.target === undefined ? name : `${name}/${sighting.target}`,
    message: sighting.message,
    evidence: sighting.evidence ?? {},
    mend: filled(mend.words, name),
    command: mend.command === null ? null : filled(mend.command, name),
  }
}

function filled(words: string, name: string): string {
  return words.replaceAll(/\bNAME\b/g, name)
}

/** Zero or one sighting. */
export function when(holds: boolean, sighting: () => Sighting): readonly Sighting[] {
  return holds ? [sighting()] : []
}

export function days(span: Ms): string {
  return span < DAY ? 'less than a day' : `${Math.floor(span / DAY)} d`
}

/** RFC 3339, as programs are told times. */
export function time(at: Ms): string {
  return new Date(at).toISOString()
}

/** What a key is called to people: never its value. */
export function called(key: { readonly id: string | null; readonly name: string | null; readonly fingerprint: string | null }): string {
  return key.id ?? key.name ?? key.fingerprint ?? 'of unknown id'
}
