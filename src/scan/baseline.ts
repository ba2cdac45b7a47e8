/**
 * The baseline: what was found before and is accepted for now, so that a scan fails for what is new. It goes into the repository, so
 * it holds no value and no digest of one: an entry is a keyed digest whose key is drawn for this file alone. The same leaked key looks
 * different in every baseline, and no table of digests finds it (docs/decisions/0019-keyed-baseline.md).
 */
import { createHmac } from 'node:crypto'
import { KeyrotError } from '../domain/errors.ts'
import { hitOf, withParts, type Hit } from '../domain/hit.ts'

/** Which scans can tell that an entry is stale: those of the work tree, or those of history. */
export type Seen = 'tree' | 'history'

export interface BaselineEntry {
  readonly rule: string
  readonly id: string
  readonly seen: Seen
  /** Why it may stay, written by a person; kept when the baseline is written anew. */
  readonly reason?: string
}

export interface Baseline {
  readonly salt: string
  readonly entries: readonly BaselineEntry[]
}

/** Characters of the salt; drawn by the caller, from a cryptographic source. */
export const SALT_LENGTH = 32

/** The entry that stands for a hit. A key's names the key wherever it is; a practice's names its file. */
function idOf(salt: string, { rule, key, at }: Hit): string {
  const what = key === null ? `at\0${at.path}` : `key\0${key.digest}`
  return createHmac('sha256', salt).update(`${rule}\0${what}`).digest('hex').slice(0, ID_LENGTH)
}

const ID_LENGTH = 32

/** A key that is known to work is never accepted: not by a baseline, and not by a comment. */
export function isLive({ managed, verdict }: Hit): boolean {
  return managed?.state === 'live' || verdict?.is === 'live'
}

/** The hits without what a comment beside a key that works would accept. */
export function neverAccepted(hits: readonly Hit[]): readonly Hit[] {
  return hits.map((hit) => {
    if (hit.allowed === undefined || !isLive(hit)) return hit
    const { allowed: _, ...rest } = hit
    return hitOf({ ...rest, key: hit.key })
  })
}

/** The hits, those in the baseline marked `known`. */
export function judgedBy({ salt, entries }: Baseline, hits: readonly Hit[]): readonly Hit[] {
  const ids = new Set(entries.map(({ id }) => id))
  return hits.map((hit) => (!isLive(hit) && ids.has(idOf(salt, hit)) ? withParts(hit, { known: true }) : hit))
}

/** Entries that a whole scan of the work tree, or of history, met no more; as hits in the baseline's own file. */
export function staleIn(baseline: Baseline, hits: readonly Hit[], seen: Seen, path: string): readonly Hit[] {
  const met = new Set(hits.map((hit) => idOf(baseline.salt, hit)))
  return baseline.entries.flatMap((entry, at) =>
    entry.seen !== seen || met.has(entry.id)
      ? []
      : [
          hitOf({
            rule: 'baseline-stale',
            severity: 'warning',
            at: { path, line: FIRST_ENTRY + at, column: 1 },
            what: `the baseline accepts a ${entry.rule} that is there no more`,
            key: null,
          }),
        ],
  )
}

/**
 * The baseline that accepts everything found. What this scan could have met and did not is dropped; what only the other kind of scan can
 * meet stays. `null` = this scan saw a part only, and drops nothing.
 */
export function updated({ salt, entries }: Baseline, hits: readonly Hit[], seen: Seen | null): Baseline {
  const found = hits.filter((hit) => !isLive(hit) && hit.allowed === undefined && hit.rule !== 'baseline-stale')
  const ids = new Map(found.map((hit) => [idOf(salt, hit), hit.rule]))
  const kept = entries.filter((entry) => ids.has(entry.id) || entry.seen !== seen)
  const known = new Set(kept.map(({ id }) => id))
  const fresh = [...ids].filter(([id]) => !known.has(id)).map(([id, rule]) => ({ rule, id, seen: seen ?? 'tree' }))
  return { salt, entries: [...kept, ...fresh].toSorted((left, right) => compare(left.rule + left.id, right.rule + right.id)) }
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Line of the first entry in what {@link baselineText} writes. */
const FIRST_ENTRY = 5

/** One entry per line, in order: a change of the baseline is read in a diff, and merges. */
export function baselineText({ salt, entries }: Baseline): string {
  const lines = entries.map(({ rule, id, seen, reason }) => `    ${JSON.stringify({ rule, id, seen, reason })}`)
  return `{\n  "version": 1,\n  "salt": ${JSON.stringify(salt)},\n  "entries": [\n${lines.join(',\n')}${lines.length === 0 ? '' : '\n'}  ]\n}\n`
}

/** A baseline from its text. Throws `KR_BASELINE_INVALID`, `KR_BASELINE_NEWER`. */
export function readBaseline(text: string, path: string): Baseline {
  const { version, salt, entries } = parsed(text)
  if (typeof version === 'number' && version > 1) throw wrong('KR_BASELINE_NEWER', 'the baseline was written by a newer keyrot', path)
  if (version !== 1 || typeof salt !== 'string' || salt.length < SALT_LENGTH || !Array.isArray(entries) || !entries.every(isEntry))
    throw wrong('KR_BASELINE_INVALID', 'this file is no baseline', path)
  return { salt, entries: entries.map(({ rule, id, seen, reason }) => ({ rule, id, seen, ...(reason === undefined ? {} : { reason }) })) }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    return {}
  }
}

function isEntry(value: unknown): value is BaselineEntry {
  const { rule, id, seen, reason } = Object(value) as Record<string, unknown>
  return (
    (reason === undefined || typeof reason === 'string') &&
    typeof rule === 'string' &&
    /^[a-z0-9-]{1,80}$/.test(rule) &&
    typeof id === 'string' &&
    /^[0-9a-f]{32}$/.test(id) &&
    (seen === 'tree' || seen === 'history')
  )
}

function wrong(code: 'KR_BASELINE_INVALID' | 'KR_BASELINE_NEWER', message: string, path: string): KeyrotError {
  return new KeyrotError({ code, kind: 'config', message, where: path, hints: ['a new one: keyrot scan --baseline FILE --update-baseline'] })
}
