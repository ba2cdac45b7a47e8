/** Facts about the places where keys are born: read side by side, each once. */
import { DEFAULT_POLICY } from '../domain/policy.ts'
import type { Administrator, Guards, Provider } from '../ports/provider.ts'
import type { BoundCredential, Workspace } from '../ports/workspace.ts'
import { together } from '../flow/together.ts'
import type { Denied, Gap, ProviderFacts } from './facts.ts'
import { attempt, type Attempt, type Listings } from './gather.ts'

export interface PlaceReading {
  readonly facts: ProviderFacts
  readonly complete: boolean
}

/** One reading for each provider of the workspace, however many credentials share it. */
export function readPlaces(ws: Workspace, listings: Listings): Promise<readonly PlaceReading[]> {
  const places = [...Map.groupBy(ws.credentials, ({ provider }) => provider)]
  const projects = places.flatMap(([{ project }]) => project ?? [])
  return together(places, ([provider, credentials]) => readPlace(ws, provider, { credentials, projects, listings }))
}

interface Around {
  readonly credentials: readonly BoundCredential[]
  readonly projects: readonly string[]
  readonly listings: Listings
}

async function readPlace(ws: Workspace, provider: Provider, { credentials, projects, listings }: Around): Promise<PlaceReading> {
  const [listing, guards, administrator] = await Promise.all([
    listings.of(provider),
    provider.guards === undefined ? null : attempt(provider.guards.bind(provider)),
    provider.administrator === undefined ? null : attempt(provider.administrator.bind(provider)),
  ])
  const policies = credentials.map(({ policy }) => policy)
  const facts: ProviderFacts = {
    name: credentials[0]?.providerName ?? provider.type,
    project: provider.project ?? null,
    now: listing.value?.serverTime ?? ws.clock.now(),
    maxAge: Math.max(...policies.map(({ maxAge }) => maxAge)),
    safetyHorizon: Math.max(DEFAULT_POLICY.safetyHorizon, ...policies.map(({ safetyHorizon }) => safetyHorizon)),
    projects,
    guards: factOf<Guards, never>(guards),
    administrator: factOf<Administrator, 'unknown'>(guards === null ? null : administrator, 'unknown'),
  }
  return { facts, complete: ![facts.guards, facts.administrator].some((fact) => typeof fact === 'object' && 'unreadable' in fact) }
}

/** A right that was not given is a choice and leaves the answer whole; anything else that keeps a fact from us does not. */
function factOf<T extends object, N extends string>(read: Attempt<T | null> | null, nothing?: N): T | N | 'none' | Gap | Denied {
  if (read === null) return 'none'
  if (read.gap !== null) return ['forbidden', 'not-found'].includes(read.kind) ? { denied: read.gap } : { unreadable: read.gap }
  return read.value ?? nothing ?? 'none'
}
