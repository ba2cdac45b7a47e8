/**
 * The state of every credential of a config: gathered side by side (as many calls at once as `engine/turns` lets through),
 * without a lock, without a single write.
 */
import { DAY } from '../domain/duration.ts'
import { DEFAULT_POLICY } from '../domain/policy.ts'
import type { StatusCredential, StatusReport } from '../domain/status.ts'
import type { RunEvent } from '../domain/events.ts'
import type { Workspace } from '../ports/workspace.ts'
import { together } from '../flow/together.ts'
import { auditCredential, auditProvider, auditStrays } from './audit.ts'
import { factsOf, standingOf, type Standing } from './credential-facts.ts'
import { dueAt, type CredentialFacts, type RunTale } from './facts.ts'
import { attempt, Listings, readCredential, type Reading } from './gather.ts'
import { readOldKey } from './oldkey.ts'
import { findStrays, type Strays } from './orphans.ts'
import { readPlaces, type PlaceReading } from './places.ts'
import { sharersOf } from './sharers.ts'
import { standingPhase } from './standing.ts'

/**
 * Everything `status` shows. A target, record or provider that cannot be read makes the report incomplete and is a finding
 * `cannot-tell`; it never ends the report. Throws only when the invocation is told to stop.
 */
export async function gatherStatus(ws: Workspace): Promise<StatusReport> {
  const listings = new Listings()
  const [readings, places] = await Promise.all([together(ws.credentials, (credential) => readCredential(ws, credential, listings)), readPlaces(ws, listings)])
  const distinct = [...new Set(readings.flatMap((reading) => reading.listing ?? []))]
  const strays = findStrays(ws.ns, distinct, readings.map(holdingOf), DEFAULT_POLICY.birthLife)
  const standings = readings.map((reading) => standingOf(reading, strays))
  const sharers = sharersOf(readings.map(({ credential, situation }) => ({ name: credential.name, slots: situation.slots })))
  const byName = new Map(readings.map((reading) => [reading.credential.name, reading]))
  const facts = await together(standings, async (standing) => {
    const { name } = standing.reading.credential
    const others = [name, ...(sharers.get(name) ?? [])].flatMap((other) => byName.get(other) ?? [])
    return factsOf(ws, { standing, beyond: await lookBeyond(ws, standing), others, strays })
  })
  return reportOf(ws, { readings, places, strays, standings, facts })
}

interface Gathered {
  readonly readings: readonly Reading[]
  readonly places: readonly PlaceReading[]
  readonly strays: Strays
  readonly standings: readonly Standing[]
  readonly facts: readonly CredentialFacts[]
}

function reportOf(ws: Workspace, { readings, places, strays, standings, facts }: Gathered): StatusReport {
  const outstanding = new Set(standings.flatMap((standing) => standing.outstanding.map(({ key }) => key.id)))
  const orphans = strays.orphans.filter(({ id }) => !outstanding.has(id))
  const names = new Set(ws.credentials.map(({ name }) => name))
  const gone = Map.groupBy(
    orphans.filter(({ credential, kind }) => !names.has(credential) && kind === 'committed'),
    ({ credential }) => credential,
  )
  return {
    at: ws.clock.now(),
    complete:
      readings.every((reading) => reading.listingGap === null && reading.recordGap === null && reading.targetGaps.size === 0) &&
      places.every(({ complete }) => complete),
    credentials: facts.map((each, at) => statusOf(readings[at] as Reading, each)),
    providers: places.map((place) => ({ name: place.facts.name, project: place.facts.project, findings: auditProvider(place.facts) })),
    orphans: orphans.map(({ id, name, createdAt, expiresAt, kind }) => ({ id, name, createdAt, expiresAt, kind })),
    findings: [...gone].flatMap(([credential, keys]) =>
      auditStrays(
        credential,
        keys.map(({ id }) => id),
      ),
    ),
  }
}

function holdingOf(reading: Reading): Parameters<typeof findStrays>[2][number] {
  const { credential, situation } = reading
  const record = reading.loaded?.record ?? null
  const blind = record === null && [...situation.slots.values()].some((slot) => slot.current.is === 'unknown')
  return { credential: credential.name, birthLife: credential.policy.birthLife, record, situation, slots: situation.slots, blind }
}

/** What is asked only where the first look gives reason to: who calls with an old key, and how the open run has fared. */
async function lookBeyond(ws: Workspace, { reading, record, old }: Standing): Promise<Pick<CredentialFacts, 'old' | 'tale'>> {
  const run = record?.run ?? null
  const now = reading.listing?.serverTime ?? ws.clock.now()
  const [called, journal] = await Promise.all([
    readOldKey(reading, old, now),
    run === null ? null : attempt(() => ws.records.journal(reading.credential.name, run.id)),
  ])
  return { old: called, tale: journal?.value == null ? null : taleOf(journal.value.events) }
}

function taleOf(events: readonly RunEvent[]): RunTale {
  const tries = events.filter(({ type }) => type === 'run.started' || type === 'run.resumed').length
  const last = events.findLast(({ type, code }) => code !== undefined && (type.startsWith('run.') || type.startsWith('step.')))
  return { tries, lastCode: last?.code ?? null }
}

function statusOf(reading: Reading, facts: CredentialFacts): StatusCredential {
  const key = facts.inUse[0]
  const ends = facts.inUse.flatMap(({ listed }) => (listed?.expiresAt == null ? [] : [listed.expiresAt]))
  const environments = new Map(reading.credential.targets.map(({ name, environment }) => [name, environment ?? null]))
  const { whole, byTarget } = auditCredential(facts)
  return {
    name: facts.name,
    generation: facts.generation,
    keyId: key?.id ?? null,
    fingerprint: key?.fingerprint ?? null,
    createdAt: key?.listed?.createdAt ?? null,
    expiresAt: ends.length === 0 ? null : Math.min(...ends),
    ageDays: key?.listed == null ? null : Math.max(0, Math.floor((facts.now - key.listed.createdAt) / DAY)),
    lastUsedAt: key?.listed?.lastUsedAt ?? null,
    phase: standingPhase(reading.situation, facts.targets, reading.listing !== null),
    openRun: facts.run?.id ?? null,
    dueAt: dueAt(facts),
    targets: facts.targets.map(({ name, type, current, fallback }) => ({
      name,
      type,
      current,
      fallback,
      environment: environments.get(name) ?? null,
      findings: byTarget.get(name) ?? [],
    })),
    findings: whole,
  }
}
