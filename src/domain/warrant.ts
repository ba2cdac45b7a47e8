/**
 * The warrant: the only thing `Provider.retire` accepts, and only this file can make one. Design section 4; each item is
 * *met*, *unmet* or *unknown*, and unknown is never met.
 */
import { MAX_SKEW } from './policy.ts'
import type { Ms } from './duration.ts'

export const WARRANT_ITEMS = ['successor-live', 'read-back', 'unreferenced', 'quiet', 'consumers', 'revivable', 'lock', 'approval', 'clock'] as const
export type WarrantItem = (typeof WARRANT_ITEMS)[number]

/** Items that a person may answer or waive. The lock is not among them: a fenced-out run has no say. */
export const ANSWERABLE: readonly WarrantItem[] = ['successor-live', 'read-back', 'unreferenced', 'quiet', 'consumers', 'revivable', 'approval', 'clock']

export type ItemState = 'met' | 'unmet' | 'unknown'

/** Who may stand in for a proof. */
export type Stand = 'person' | 'flag' | 'rule'

export interface ItemFinding {
  readonly item: WarrantItem
  readonly state: ItemState
  /** One clause in keyrot's own words. */
  readonly evidence: string
  /** Where waiting alone can mend it: until when. */
  readonly until?: Ms
  /** Set where a person, a flag or the rule of an incident stood in for the proof. */
  readonly answeredBy?: Stand
}

/** How fresh the successor's proof and the second read-back must be. */
export const EVIDENCE_AGE: Ms = 60_000

export interface ReadBack {
  readonly target: string
  readonly first: Ms | null
  readonly second: Ms | null
  /** `unknown`: a write-only store of which nothing is on record; `none`: it holds something else. */
  readonly strength: 'value' | 'marker' | 'weak' | 'unknown' | 'none'
}

/** How far the consumers of one target are; `why` in keyrot's own words. */
export interface ConsumerFinding {
  readonly target: string
  readonly state: ItemState
  readonly why?: string
}

export interface WarrantFacts {
  readonly now: Ms
  /** Subject of the warrant. */
  readonly keyId: string
  /** When the successor last answered a probe, and when the listing shows it was last used by others. */
  readonly successorProvenAt: Ms | null
  readonly successorUsedAt: Ms | null
  readonly readBacks: readonly ReadBack[]
  /** `null` = recovery or bootstrap: the subject is dead already or was never in use, so there is no soak. */
  readonly soakEnd: Ms | null
  readonly references: readonly string[]
  readonly unknownReferences: readonly string[]
  /** Last promotion, reload or own call with the subject: uses up to here are not evidence of a forgotten consumer. */
  readonly quietBase: Ms
  /** Whether that time is known, or only bounded from below because a receipt (of a reload, of an own call) was lost. */
  readonly quietBaseKnown: boolean
  readonly quiet: Ms
  /** `undefined` = the provider does not say. */
  readonly lastUsedAt: Ms | null | undefined
  readonly consumers: readonly ConsumerFinding[]
  /** Whether somebody besides keyrot has called with the successor since the promotion; `null` = cannot be told. */
  readonly witnessed: boolean | null
  /** What would bring the subject back into use if somebody revived it: `target: what`. */
  readonly revivable: readonly string[]
  readonly lockHeld: boolean
  readonly approval: ItemState
  /** Why an approval on record does not hold. */
  readonly approvalFlaw?: string
  readonly skew: Ms | null
  /** The subject is known dead, or no consumer was ever given it: quiet and soak have nothing to say. */
  readonly idleByNature: boolean
}

/** Permission to delete one key. Made here only; expires with its evidence. */
class WarrantToken {
  readonly #made = true
  readonly keyId: string
  readonly kind: 'retirement' | 'orphan'
  readonly issuedAt: Ms
  readonly items: readonly ItemFinding[]

  constructor(keyId: string, kind: 'retirement' | 'orphan', issuedAt: Ms, items: readonly ItemFinding[]) {
    this.keyId = keyId
    this.kind = kind
    this.issuedAt = issuedAt
    this.items = items
  }

  /** Whether a value was made here: a look-alike object has no private field. */
  static made(value: unknown): value is WarrantToken {
    return typeof value === 'object' && value !== null && #made in value && value.#made
  }
}

export type Warrant = WarrantToken

/** Whether a value is a warrant drawn up here, whatever its type says. Providers ask before they delete. */
export function isWarrant(value: unknown): value is Warrant {
  return WarrantToken.made(value)
}

export interface WarrantDecision {
  readonly warrant: Warrant | null
  readonly items: readonly ItemFinding[]
}

type Finder = (facts: WarrantFacts) => Omit<ItemFinding, 'item'>

const FINDERS: Record<WarrantItem, Finder> = {
  'successor-live': (f) => {
    if (f.successorProvenAt !== null && f.now - f.successorProvenAt <= EVIDENCE_AGE) return { state: 'met', evidence: 'answered a live call just now' }
    if (f.successorUsedAt !== null && f.successorUsedAt > f.quietBase) return { state: 'met', evidence: 'used by consumers after the last promotion' }
    return { state: 'unknown', evidence: 'its value is not at hand and no use of it is on record' }
  },
  'read-back': (f) => {
    const missing = f.readBacks.filter((r) => r.strength === 'none')
    if (missing.length > 0) return { state: 'unmet', evidence: `not found in ${list(missing.map((r) => r.target))}` }
    const stale = f.readBacks.filter((r) => r.first === null || r.second === null || f.now - r.second > EVIDENCE_AGE)
    if (stale.length > 0) return { state: 'unmet', evidence: `not read back twice in ${list(stale.map((r) => r.target))}` }
    if (f.soakEnd !== null && f.readBacks.some((r) => (r.second ?? 0) < (f.soakEnd ?? 0))) {
      return { state: 'unmet', evidence: 'the overlap is not over', until: f.soakEnd }
    }
    const unknown = f.readBacks.filter((r) => r.strength === 'unknown')
    if (unknown.length > 0) return { state: 'unknown', evidence: `cannot tell what ${list(unknown.map((r) => r.target))} hold` }
    const weak = f.readBacks.filter((r) => r.strength === 'weak')
    return { state: 'met', evidence: weak.length === 0 ? 'read back twice everywhere' : `read back twice; by date only in ${list(weak.map((r) => r.target))}` }
  },
  unreferenced: (f) => {
    if (f.references.length > 0) return { state: 'unmet', evidence: `still held by ${list(f.references)}` }
    if (f.unknownReferences.length > 0) return { state: 'unknown', evidence: `cannot tell what ${list(f.unknownReferences)} hold` }
    return { state: 'met', evidence: 'no other slot refers to it' }
  },
  quiet: (f) => {
    if (f.idleByNature) return { state: 'met', evidence: 'dead already, or never handed out' }
    const end = f.quietBase + f.quiet
    if (f.lastUsedAt === undefined) return { state: 'unknown', evidence: 'the provider does not say when it was last used' }
    if (f.now < end) return { state: 'unmet', evidence: 'the quiet time is not over', until: end }
    const used = f.lastUsedAt ?? 0
    if (f.quietBaseKnown && used > end) return { state: 'unmet', evidence: 'somebody still calls with it' }
    if (f.now - Math.max(used, f.quietBase) < f.quiet) return { state: 'unmet', evidence: 'used within the quiet time', until: used + f.quiet }
    return { state: 'met', evidence: 'unused since the last promotion' }
  },
  consumers: (f) => {
    const not = f.consumers.filter((c) => c.state === 'unmet')
    if (not.length > 0) return { state: 'unmet', evidence: `consumers of ${list(not.map(whose))} have not reloaded` }
    const unsure = f.consumers.filter((c) => c.state === 'unknown')
    if (unsure.length > 0) return { state: 'unknown', evidence: `only a person knows whether consumers of ${list(unsure.map(whose))} have reloaded` }
    return { state: 'met', evidence: `consumers have the new key${WITNESS[String(f.witnessed)] ?? ''}` }
  },
  revivable: (f) => {
    if (f.revivable.length === 0) return { state: 'met', evidence: 'nothing is left that would bring it back' }
    return { state: 'unknown', evidence: `${f.revivable.join('; ')} would come back with the old key` }
  },
  lock: (f) => (f.lockHeld ? { state: 'met', evidence: 'held' } : { state: 'unmet', evidence: 'lost' }),
  approval: (f) => ({ state: f.approval, evidence: f.approval === 'met' ? 'not required, or given' : (f.approvalFlaw ?? 'not given') }),
  clock: (f) => {
    if (f.skew === null) return { state: 'met', evidence: 'no provider clock to compare with' }
    const off = Math.round(Math.abs(f.skew) / 1000)
    return Math.abs(f.skew) <= MAX_SKEW ? { state: 'met', evidence: `${off} s apart` } : { state: 'unmet', evidence: `${off} s apart from the provider` }
  },
}

/** Class of the evidence: a use by somebody else is a witness; the platform's word alone is weak. */
const WITNESS: Readonly<Record<string, string>> = { true: ', and call with it', false: ' (weak: nobody but keyrot has called with it yet)' }

function whose({ target, why }: ConsumerFinding): string {
  return why === undefined ? target : `${target} (${why})`
}

function list(names: readonly string[]): string {
  return names.join(', ')
}

/** Draws up the warrant for one key; `answered` names the items a person or a flag stands in for. */
export function drawWarrant(facts: WarrantFacts, answered: ReadonlyMap<string, Stand>): WarrantDecision {
  const items = WARRANT_ITEMS.map((item): ItemFinding => {
    const found = { item, ...FINDERS[item](facts) }
    const by = answered.get(item)
    return by !== undefined && ANSWERABLE.includes(item) && found.state !== 'met' ? { ...found, answeredBy: by } : found
  })
  const complete = items.every((item) => item.state === 'met' || item.answeredBy !== undefined)
  return { warrant: complete ? new WarrantToken(facts.keyId, 'retirement', facts.now, items) : null, items }
}

export interface OrphanFacts {
  readonly keyId: string
  readonly ours: boolean
  readonly createdAt: Ms
  readonly expiresAt: Ms | null
  /** The provider's clock. */
  readonly serverTime: Ms
  readonly birthLife: Ms
  /** Two observers may see listings this much apart. */
  readonly listDelay: Ms
  readonly held: boolean
}

/**
 * Whether a key still has its birth life, so was never committed. A committed key lives at least as long as the safety
 * horizon asks; the margin covers a provider that rounds.
 */
export function hasBirthLife(createdAt: Ms, expiresAt: Ms | null, birthLife: Ms): boolean {
  return expiresAt !== null && expiresAt - createdAt <= birthLife * 1.25
}

/** The instant (provider's clock) up to which a key may be committed, and from which on it may be swept. */
export function halfLife(createdAt: Ms, expiresAt: Ms): Ms {
  return createdAt + (expiresAt - createdAt) / 2
}

/** Permission to delete a key without a warrant: only by the rule of design section 3. */
export function orphanWarrant(facts: OrphanFacts): Warrant | null {
  if (!facts.ours || facts.held || facts.expiresAt === null) return null
  if (!hasBirthLife(facts.createdAt, facts.expiresAt, facts.birthLife)) return null
  if (facts.serverTime < halfLife(facts.createdAt, facts.expiresAt) + facts.listDelay) return null
  return new WarrantToken(facts.keyId, 'orphan', facts.serverTime, [])
}
