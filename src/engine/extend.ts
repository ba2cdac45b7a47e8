/** A settled key whose end is near gets a longer life where policy allows, whether or not its rotation may begin now (design section 4). */
import { formatDuration } from '../domain/duration.ts'
import { committedLife } from '../domain/policy.ts'
import type { Ground, Opening } from './opening.ts'
import type { Ending } from './report.ts'

/** Moves the end and looks again. Nothing is begun, and no slot is touched. */
export async function extendLife({ credential, ws }: Ground, { situation, survey }: Opening): Promise<Ending> {
  const { name, policy, provider } = credential
  const key = situation.is === 'settled' ? situation.predecessor : null
  const life = committedLife(policy, provider.limits.maxLife)
  const end = key?.listed?.expiresAt ?? null
  const now = survey.listing?.serverTime ?? ws.clock.now()
  if (key?.id == null || life === null || provider.expire === undefined || end === null || end <= now || end - now > policy.safetyHorizon)
    return { status: 'nothing', code: 'KR_NOTHING_TO_EXTEND', message: `${name} has no end that is near and can be moved` }
  await provider.expire(key.id, life)
  const listing = await provider.list?.()
  const moved = listing?.keys.find((listed) => listed.id === key.id)
  const seen = moved !== undefined && (moved.expiresAt === null || moved.expiresAt > end)
  if (seen) return { status: 'done', code: 'KR_EXTENDED', message: `the key in use of ${name} lives ${formatDuration(life)} longer than today` }
  // Lists lag: the next tick looks again, and moves it again if need be.
  return { status: 'done', code: 'KR_EXTENDED', message: `the provider was asked to let the key in use of ${name} live longer; its list does not show it yet` }
}
