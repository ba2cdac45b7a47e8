/** Reading the world: every target of a credential and, where it can be asked, the provider. Changes nothing. */
import type { BoundCredential } from '../ports/workspace.ts'
import type { Clock } from '../ports/system.ts'
import type { Observation } from '../ports/target.ts'
import { sorted, type Listed } from './keys.ts'
import type { Survey } from './terrain.ts'

/** Observes every target side by side; a target or provider that cannot be read is an error, never a gap. */
export async function takeSurvey(credential: BoundCredential, clock: Clock): Promise<Survey> {
  const listing = listAll(credential)
  const seen = credential.targets.map(async (bound): Promise<[string, Observation]> => [bound.name, await bound.target.observe()])
  const [keys, observations] = await Promise.all([listing, Promise.all(seen)])
  return { listing: keys, observations: new Map(observations), at: clock.now() }
}

/** What the provider lists; `null` where it cannot be asked. */
export async function listAll({ provider }: Pick<BoundCredential, 'provider'>): Promise<Listed | null> {
  const listing = await provider.list?.()
  return listing === undefined ? null : sorted(listing)
}
