/** What a rule is: plain data beside its own samples. `rules/` holds them, `judge.ts` applies them. */
import type { Severity } from '../domain/hit.ts'
import type { FileKind } from './file-kind.ts'

/** Texts put together at run time, so that the repository holds none of them. */
export interface Samples {
  readonly positive: readonly string[]
  readonly negative: readonly string[]
}

interface Common {
  /** Kebab-case; a promise: baselines and inline allowances name it. */
  readonly id: string
  /** What it finds, in words for people: `OpenAI project key`. */
  readonly title: string
  readonly severity: Severity
  /** Strings one of which stands in everything the rule finds: nothing else is looked at. Below four bytes each costs a pass. */
  readonly anchors: readonly string[]
  /** Where the form was read, or why the practice is one. */
  readonly source: string
  /** What to do about it. */
  readonly advice: string
  readonly samples: () => Samples
}

/** A key in clear that is known by its own form. */
export interface KeyRule extends Common {
  readonly finds: 'key'
  /** Sticky: tried `offset` characters before an anchor and nowhere else, so that no input makes it search. Bounded in length. */
  readonly pattern: RegExp
  readonly offset: number
  /** What stands for the anchors inside base64 and URLs, where they are too short to be known there. */
  readonly disguised?: readonly string[]
  /** Where what varies begins: the rest is judged for chance. */
  readonly bodyFrom: number
  /** Shannon bits per character below which nobody drew it at random. */
  readonly entropy: number
  /** The provider adapter that can tell whether such a key is alive. */
  readonly provenBy?: 'openai'
}

/** A key in clear that is known by the name it is given, on one line. Yields to a rule that knows the form. */
export interface NamedRule extends Common {
  readonly finds: 'named-key'
  /** Run over one line; the group `key` is the key. */
  readonly pattern: RegExp
  readonly entropy: number
}

/** A habit that gives keys away, on one line. */
export interface PracticeRule extends Common {
  readonly finds: 'practice'
  readonly pattern: RegExp
  readonly where: readonly FileKind[]
}

/** What no expression tells: found by looking at the repository. Here for its words only. */
export interface StandingRule extends Omit<Common, 'anchors' | 'samples'> {
  readonly finds: 'standing'
}

export type TextRule = KeyRule | NamedRule | PracticeRule
export type Rule = TextRule | StandingRule
