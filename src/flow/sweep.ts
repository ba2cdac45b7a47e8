/** Sweep: keys of ours that nobody holds and that were never committed, in the second half of their birth life. */
import { orphanWarrant, type Warrant } from '../domain/warrant.ts'
import { isOurs, parseKeyName } from '../domain/key-name.ts'
import { roleIn, type Context } from './context.ts'
import { ACTED, needed, satisfied, type Act, type Look, type StepLogic } from './step.ts'

export const sweep: StepLogic = { look, act }

async function look(cx: Context): Promise<Look> {
  const warrants = await orphans(cx)
  return warrants.length === 0 ? satisfied('nothing of ours is left over') : needed(`${warrants.length} never used`)
}

async function act(cx: Context): Promise<Act> {
  for (const warrant of await orphans(cx)) {
    await cx.book.append('key.swept', { step: 'sweep', data: { id: warrant.keyId } })
    if ((await cx.credential.provider.retire?.(warrant)) === 'refused') {
      cx.facts.unsweepable.add(warrant.keyId)
      cx.findings.push({ code: 'orphan-kept', severity: 'info', message: `the provider refuses to delete ${warrant.keyId}; it ends by itself` })
    } else cx.facts.unsweepable.add(warrant.keyId)
  }
  return ACTED
}

/** Warrants for what may be swept now, by a fresh listing; every condition is observed now (design section 3). */
async function orphans(cx: Context): Promise<Warrant[]> {
  const { provider, policy } = cx.credential
  if (provider.list === undefined || provider.retire === undefined) return []
  const listing = await provider.list()
  const found = listing.keys.map((key) =>
    orphanWarrant({
      keyId: key.id,
      ours: isOurs(parseKeyName(key.name), cx.ws.ns, cx.credential.name),
      createdAt: key.createdAt,
      expiresAt: key.expiresAt,
      serverTime: listing.serverTime,
      birthLife: policy.birthLife,
      listDelay: policy.listDelay,
      held: isHeld(cx, key.id) || cx.facts.unsweepable.has(key.id),
    }),
  )
  return found.filter((warrant) => warrant !== null)
}

/** Whether a slot, as last surveyed, holds the key. */
function isHeld(cx: Context, id: string): boolean {
  const parts = [cx.roles.a, cx.roles.b, ...cx.roles.older].filter((part) => part?.id === id)
  if (parts.length === 0) return false
  return [...cx.survey.observations.values()].some((seen) =>
    [seen.current, seen.fallback].some((held) => ['a', 'b', 'older', 'unknown'].includes(roleIn(cx, held))),
  )
}
