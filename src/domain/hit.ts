/** What a scan found: places, never texts. `ScanReport` is the object behind `scan --json`; documented in docs/json-output.md, a promise. */
import type { Secret } from './secret.ts'

export type Severity = 'error' | 'warning' | 'info'

/** Where something stands, so that a person or an editor can go there. */
export interface Place {
  /** As the source names it: relative to where the scan began, with `/`. */
  readonly path: string
  /** Both count from 1, in the text as it was decoded; a file that is no text is one line of bytes. */
  readonly line: number
  readonly column: number
  /** What the text had to be unfolded from, outermost first: `['gzip', 'base64']`, `['cell 3']`. */
  readonly inside?: readonly string[]
  /** Where the text first appeared, for a piece of history. */
  readonly commit?: string
  readonly author?: string
  readonly when?: number
}

/** A key that keyrot rotates, of any generation, as far as slots, record and provider tell. */
export interface ManagedKey {
  readonly credential: string
  /** Where consumers are given it: `web current`, `api fallback`; empty for a key that is in no slot. */
  readonly slots: readonly string[]
  readonly state: 'live' | 'dead' | 'unknown'
}

/** One suspicious place. */
export interface Hit {
  /** Id of the rule, `openai-project-key`. */
  readonly rule: string
  readonly severity: Severity
  readonly at: Place
  /** Of the key found; `null` for a practice, which is no key. */
  readonly fingerprint: string | null
  /** In words for people. */
  readonly what: string
  /** Whose key it is, where it is one that keyrot rotates. */
  readonly managed?: ManagedKey
  /** What the provider said of it, where it was asked (`--verify`). */
  readonly verdict?: { readonly is: 'live' | 'dead' | 'cannot-tell'; readonly why: string }
  /** The reason beside an inline `keyrot:allow`: shown as allowed, and counted no more. */
  readonly allowed?: string
  /** It is in the baseline: shown as accepted, and counted no more. */
  readonly known?: true
  /**
   * The key itself, in memory only: not enumerable, so that printing, spreading, cloning and serialising a hit lose it. For comparing its
   * digest with managed keys, and for `--verify`.
   */
  readonly key: Secret | null
}

/** Holds the key where nothing enumerates it. A property that is only hidden costs five times as much, and a dump may hold ten thousands. */
class Keyed {
  readonly #key: Secret | null

  constructor(key: Secret | null) {
    this.#key = key
  }

  get key(): Secret | null {
    return this.#key
  }
}

/** A hit from its parts. The key's fingerprint is derived; the key stays unseen. */
export function hitOf({ key, ...seen }: Omit<Hit, 'fingerprint'>): Hit {
  return Object.assign(new Keyed(key), seen, { fingerprint: key?.fingerprint ?? null })
}

/** The same hit with some parts changed: spreading alone would lose the key. */
export function withParts(hit: Hit, parts: Partial<Omit<Hit, 'fingerprint' | 'key'>>): Hit {
  return hitOf({ ...hit, ...parts, key: hit.key })
}

/** What could not be looked through, and why: a scan never passes over anything in silence. */
export interface Skipped {
  readonly path: string
  readonly why: 'unreadable' | 'too-large'
}

/** What a scan came to, whatever its sources. */
export interface ScanReport {
  /** By path, then by place. */
  readonly hits: readonly Hit[]
  readonly skipped: readonly Skipped[]
  /** Files or blobs looked through, and their size. */
  readonly pieces: number
  readonly bytes: number
}
